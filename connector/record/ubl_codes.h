// Codes of the order chain and what they mean here (UBL 2.x line status, UNCL1229 as Peppol uses
// it, SCSN; header answers of UNCL4343 and UNCL1225).
#pragma once

#include <optional>
#include <string_view>

#include "record/document.h"

namespace connector::record::ubl {

// By the text of LineStatusCode, case aside. The same word says other things in other documents:
// "Revised" is the buyer's in an order and the seller's in a response. Nothing for an unknown one.
std::optional<pb::LineStatus> line_status(std::string_view code, bool from_seller);

// OrderResponseCode of a whole response: AP, 29 accepted; RE, 27 rejected; nothing for AB
// (received), CA, 30 (accepted with changes) and any other.
std::optional<bool> accepted(std::string_view response_code);

}  // namespace connector::record::ubl
