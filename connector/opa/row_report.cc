#include "opa/row_report.h"

#include <valuechain/record/v1/record.pb.h>

#include <set>
#include <vector>

#include "core/text.h"
#include "decision/row_plan.h"
#include "decision/row_view.h"

namespace connector::opa {
namespace {

using core::Json;
using decision::Comparison;
using decision::Predicate;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const char* word(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEq:
      return "is";
    case Comparison::kNe:
      return "is not";
    case Comparison::kLt:
      return "<";
    case Comparison::kLe:
      return "<=";
    case Comparison::kGt:
      return ">";
    case Comparison::kGe:
      return ">=";
    case Comparison::kIn:
      return "is one of";
    case Comparison::kContains:
      return "contains";
    case Comparison::kStartsWith:
      return "starts with";
    case Comparison::kEndsWith:
      return "ends with";
  }
  return "?";
}

std::string text_of(const decision::Literal& literal) {
  if (const auto* text = std::get_if<std::string>(&literal)) {
    return core::to_text(Json::string(*text));
  }
  if (const auto* number = std::get_if<core::Decimal>(&literal)) return number->canonical();
  if (const auto* flag = std::get_if<bool>(&literal)) return *flag ? "true" : "false";
  return "null";
}

std::string comparison_text(const Predicate& predicate) {
  std::string values;
  for (const auto& value : predicate.values) {
    values += (values.empty() ? "" : ", ") + text_of(value);
  }
  if (predicate.comparison == Comparison::kIn) values = "[" + values + "]";
  return predicate.field + " " + word(predicate.comparison) + " " + values;
}

std::string joined(const Predicate& predicate, const char* with) {
  std::string text;
  for (const Predicate& operand : predicate.operands) {
    const bool nested =
        operand.kind == Predicate::Kind::kAnd || operand.kind == Predicate::Kind::kOr;
    const std::string one = describe(operand);
    text += (text.empty() ? "" : with) + (nested ? "(" + one + ")" : one);
  }
  return text;
}

void judge(const Predicate& predicate, std::string_view record, const Json& row,
           std::set<std::string>& said, Json& out) {
  for (const Predicate& operand : predicate.operands) judge(operand, record, row, said, out);
  if (predicate.kind != Predicate::Kind::kCompare) return;
  const std::string condition = describe(predicate);
  const auto plan = decision::RowPlan::compile(predicate);
  if (!plan || !said.insert(condition).second) return;
  const Json* value = row.find(predicate.field);
  out.push(Json::object()
               .set("condition", Json::string(condition))
               .set("field", Json::string(predicate.field))
               .set("value", value ? *value : Json())
               .set("holds", Json::boolean(plan->admits(record))));
}

bool has(const Message& message, const std::vector<std::string_view>& steps, std::size_t at) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(steps[at]));
  if (!field) return false;
  const auto& reflection = *message.GetReflection();
  const bool last = at + 1 == steps.size();
  if (field->is_repeated()) {
    const int size = reflection.FieldSize(message, field);
    if (last || field->type() != FieldDescriptor::TYPE_MESSAGE) return size > 0;
    for (int i = 0; i < size; ++i) {
      if (has(reflection.GetRepeatedMessage(message, field, i), steps, at + 1)) return true;
    }
    return false;
  }
  if (!reflection.HasField(message, field)) return false;
  if (last) return true;
  return field->type() == FieldDescriptor::TYPE_MESSAGE &&
         has(reflection.GetMessage(message, field), steps, at + 1);
}

}  // namespace

std::string describe(const Predicate& predicate) {
  switch (predicate.kind) {
    case Predicate::Kind::kTrue:
      return "every row";
    case Predicate::Kind::kFalse:
      return "no row";
    case Predicate::Kind::kAnd:
      return joined(predicate, " and ");
    case Predicate::Kind::kOr:
      return joined(predicate, " or ");
    case Predicate::Kind::kNot:
      return "not (" + joined(predicate, " and ") + ")";
    case Predicate::Kind::kCompare:
      return comparison_text(predicate);
  }
  return "?";
}

Json judge_conditions(const Predicate& predicate, std::string_view record) {
  Json out = Json::array();
  const auto row = decision::row_json(record);
  std::set<std::string> said;
  judge(predicate, record, row ? *row : Json::object(), said, out);
  return out;
}

bool has_value(std::string_view record, const std::string& path) {
  valuechain::record::v1::Record message;
  if (!message.ParseFromArray(record.data(), static_cast<int>(record.size()))) return false;
  return has(message, core::split(path, '.'), 0);
}

}  // namespace connector::opa
