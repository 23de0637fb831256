// A UBL document's header and its lines.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "record/ubl_parts.h"

namespace connector::record::ubl {

// What every line of the document starts from.
struct Head {
  pb::Record record;  // order_line with the header's fields
  Owners owners;
  std::string issuer;  // owner_of the issuing party; may be empty
  // Orders that the header names: of an Order its own number.
  std::vector<std::string> orders;
  // Handling units that the header assigns to lines by number; "" for those it does not assign.
  std::map<std::string, std::vector<std::string>> handling_units;
};

Head read_head(Reading& reading, pugi::xml_node root, const Format& format);

// The records of one line: itself, then its sub-lines (UBL SubLineItem; SCSN additional services).
void read_line(Reading& reading, const Head& head, pugi::xml_node line,
               std::vector<pb::Record>& out);

// "order/<order no>/<document type>/<document id>[/<line no>...]@<issuer>": the issuer keeps equal
// numbers of different companies apart in one dataset.
// `way` is "/<line no>" of each line above a sub-line.
std::string key_of(const Head& head, const pb::OrderLine& line, std::string_view way = {});

}  // namespace connector::record::ubl
