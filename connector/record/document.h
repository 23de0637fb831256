// Bytes in, records or a refusal out. Readers are pure: they open no file, read no clock and
// remember nothing between calls.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.h"
#include "core/result.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::record {

namespace pb = valuechain::record::v1;

// Counted from the records that came out, never from the document. Names as users see them:
// "events_ObjectEvent", "lines", "quantity_sum[KGM]", "characteristic_measurements" ...
using Counts = std::map<std::string, core::Decimal>;

struct Format {
  std::string name;     // "UBL", "EPCIS", "QIF", "Catena-X aspect", "PACT", "AAS" ...
  std::string version;  // "2.1"; empty where the document does not say
  std::string kind;     // "Order", "EPCISDocument", "MeasurementResults", aspect name ...
};

// Where in the document: an XPath-like or JSON-Pointer-like path, and line and column if known.
struct Place {
  std::string path;
  std::size_t line = 0;
  std::size_t column = 0;
  std::string str() const;  // "Order/OrderLine[2]/LineItem/Quantity (line 14, column 7)"
};

enum class Outcome { kRead, kDeclined, kRefused };

struct Document {
  Outcome outcome = Outcome::kRefused;
  Format format;
  std::string document_key;  // "Order/34", unique per format and issuer; empty if it has none
  std::string version;       // the document's own version, if it says one
  std::vector<pb::Record> records;  // header.kind, key, lifecycle, source_* set; no content_id yet
  std::map<std::string, std::string> facts;  // document_id, issue_date, qif_version, ... as text
  Counts counts;
  std::string cause;  // of a refusal or a declined document, one sentence
  Place place;
};

struct ReadOptions {
  bool lenient = false;  // keep vocabulary slips with a flag instead of refusing the document
};

// Recognises the format by content alone, never by file name, and calls its reader.
Document read(std::string_view bytes, const ReadOptions& options = {});

// Sets header.source_sha256, header.version and header.content_id; the record's final bytes.
std::string finish(pb::Record& record, std::string_view source_sha256);

// The label-bearing name of a record's body: "order_line", "event" ...
std::string_view kind_name(pb::Kind kind);

}  // namespace connector::record
