// The flat view of one record that policies see as input.row: a fixed set of names, each of one
// type. docs/row-view.md is the same table for people; a test holds the two together.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/result.h"

namespace google::protobuf {
class FieldDescriptor;
}

namespace connector::decision {

// kList: a set of members written as one string, "|a|b|", because the row filters that OPA can
// compile know no membership in a field: contains(input.row.buyer_ids, "|gln:8712345000004|").
// A "|" within a member is written "%7C".
enum class RowType { kString, kDecimal, kInteger, kBool, kList };

// One source of one name. A name has one type and at most one source per kind, lists excepted:
// their members come from all their sources.
struct RowField {
  std::string_view name;
  RowType type;
  std::string_view path;  // of valuechain.record.v1; empty: which body the record has
};

std::span<const RowField> row_fields();
std::optional<RowType> row_type(std::string_view name);
std::string_view type_name(RowType type);

// How the value at the end of a path becomes a value of the view.
enum class RowForm {
  kText,        // string, as it is
  kEnum,        // name of the value without the prefix of its type: "order_line"
  kHex,         // bytes
  kIdentifier,  // "scheme:value"; nothing where one of the two is absent
  kDecimal,
  kEpochNs,
  kUnsigned,
  kBool,
};

// A path resolved against the schema. Decimals and instants go down to their scalar.
struct RowSource {
  std::vector<const google::protobuf::FieldDescriptor*> steps;
  RowForm form = RowForm::kText;
  bool repeated = false;  // one of the steps is; a name that is no list takes the first then
};
RowSource resolve(const RowField& field);

// "order_line" for KIND_ORDER_LINE; nothing for a number that this version does not know.
std::optional<std::string> enum_text(const google::protobuf::FieldDescriptor& field, int number);

// Appends one member to a list: "|a|" becomes "|a|b|".
void add_member(std::string& list, std::string_view member);

// input.row of this record, as JSON: decimals and times as exact numbers, absent fields absent.
// For tests, dry runs and the policy playground; the row plan does not use it.
// Refused: bytes that are no record, or one without a body that this version knows.
core::Result<core::Json> row_json(std::string_view record);

}  // namespace connector::decision
