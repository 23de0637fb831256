// A row filter and a record in words: which conditions there are, and which of them hold.
#pragma once

#include <string>
#include <string_view>

#include "core/json.h"
#include "decision/decision.h"

namespace connector::opa {

// "buyer_ids contains "|gln:1|" or seller_ids contains "|gln:1|"".
std::string describe(const decision::Predicate& predicate);

// Each comparison once: [{"condition", "field", "value", "holds"}], value being that of the
// record's row view. Judged by the row plan, as on a stream.
core::Json judge_conditions(const decision::Predicate& predicate, std::string_view record);

// Has the record a value at this path ("order_line.price.amount")? In any member of a list.
bool has_value(std::string_view record, const std::string& path);

}  // namespace connector::opa
