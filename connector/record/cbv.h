// Words of the Core Business Vocabulary 2.0 (GS1; ISO/IEC 19988), whatever their spelling: bare,
// CURIE, EPC URN or web URI.
#pragma once

#include <string>
#include <string_view>

namespace connector::record::cbv {

enum class List { kBizStep, kDisposition, kBizTransaction, kSourceDestination, kErrorReason };

struct Word {
  std::string value;       // canonical: the bare word, or the URI as written
  bool standard = false;   // stands in the list
  bool uri = false;        // a full URI or CURIE of another vocabulary: allowed, kept
  bool misplaced = false;  // a URI of the CBV that is in none of its lists: kept, to be flagged
};

Word read(List list, std::string_view raw);

// "gs1:Temperature", "https://gs1.org/voc/Temperature" and "Temperature" are one sensor property.
std::string sensor_term(std::string_view raw);

}  // namespace connector::record::cbv
