#include "random_predicate.h"

#include <algorithm>

#include "core/digest.h"
#include "decision/row_view.h"

namespace connector::testing {
namespace {

using core::Json;
using decision::Comparison;
using decision::Literal;
using decision::Predicate;
using decision::RowType;
using Kind = decision::Predicate::Kind;

const std::vector<std::string>& word_pool() {
  static const std::vector<std::string> kPool = {
      "order_line", "event",     "measurement", "tombstone",         "active", "accepted", "fail",
      "pass",       "installed", "observe",     "gln:8712345000004", "a:b",    "a:a",      "B:ab"};
  return kPool;
}

std::string text_literal(RandomRecord& random) {
  return random.pick(random.below(2) == 0 ? word_pool() : text_pool());
}

// A member as add_member writes it, of the kinds that lists hold.
std::string member_literal(RandomRecord& random) {
  std::string member = random.pick(text_pool());
  if (random.below(2) == 0) member += ":" + random.pick(text_pool());
  if (random.below(3) == 0) member = core::hex(random.pick(text_pool()));
  std::string list;
  decision::add_member(list, member.empty() ? "a" : member);
  return list;
}

core::Decimal number(const std::string& text) {
  return *core::Decimal::parse(text);
}

Literal literal(RandomRecord& random, RowType type) {
  switch (type) {
    case RowType::kString:
      return text_literal(random);
    case RowType::kList:
      return member_literal(random);
    case RowType::kBool:
      return random.below(2) == 0;
    case RowType::kDecimal:
      return number(random.pick(decimal_pool()));
    case RowType::kInteger:
      break;
  }
  if (random.below(4) == 0) return number(random.pick(decimal_pool()));
  return number(std::to_string(random.pick(time_pool())));
}

Comparison comparison_for(RandomRecord& random, RowType type) {
  switch (type) {
    case RowType::kList:
      return Comparison::kContains;
    case RowType::kBool:
      return static_cast<Comparison>(random.below(2));
    case RowType::kString:
      return static_cast<Comparison>(random.below(10));
    default:
      return static_cast<Comparison>(random.below(7));
  }
}

Predicate random_comparison(RandomRecord& random) {
  const auto fields = decision::row_fields();
  // Half of them on fields that most rows have, else nearly nothing would ever match.
  const auto& field = fields[random.below(2) == 0 ? random.below(20) : random.below(fields.size())];
  Predicate predicate;
  predicate.kind = Kind::kCompare;
  predicate.field = field.name;
  if (random.below(12) == 0) {
    predicate.comparison = random.below(2) == 0 ? Comparison::kEq : Comparison::kNe;
    predicate.values = {Literal(nullptr)};
    return predicate;
  }
  predicate.comparison = comparison_for(random, field.type);
  const std::size_t values = predicate.comparison == Comparison::kIn ? random.below(5) : 1;
  for (std::size_t i = 0; i < values; ++i) predicate.values.push_back(literal(random, field.type));
  return predicate;
}

// --- As Rego ---------------------------------------------------------------------------------

Json json_of(const Literal& literal) {
  if (const auto* text = std::get_if<std::string>(&literal)) return Json::string(*text);
  if (const auto* truth = std::get_if<bool>(&literal)) return Json::boolean(*truth);
  const auto* decimal = std::get_if<core::Decimal>(&literal);
  return decimal == nullptr ? Json() : Json::number(decimal->canonical());
}

std::string condition(const Predicate& predicate) {
  const std::string field = "row." + predicate.field;
  if (predicate.comparison == Comparison::kIn) {
    std::string list;
    for (const Literal& value : predicate.values) {
      list += (list.empty() ? "" : ", ") + to_text(json_of(value));
    }
    return field + " in [" + list + "]";
  }
  const std::string value = to_text(json_of(predicate.values.front()));
  switch (predicate.comparison) {
    case Comparison::kEq:
      return field + " == " + value;
    case Comparison::kNe:
      return field + " != " + value;
    case Comparison::kLt:
      return field + " < " + value;
    case Comparison::kLe:
      return field + " <= " + value;
    case Comparison::kGt:
      return field + " > " + value;
    case Comparison::kGe:
      return field + " >= " + value;
    case Comparison::kContains:
      return "contains(" + field + ", " + value + ")";
    case Comparison::kStartsWith:
      return "startswith(" + field + ", " + value + ")";
    default:
      return "endswith(" + field + ", " + value + ")";
  }
}

// --- Slowly ----------------------------------------------------------------------------------

bool ordered(Comparison comparison, std::strong_ordering order) {
  switch (comparison) {
    case Comparison::kEq:
      return order == 0;
    case Comparison::kNe:
      return order != 0;
    case Comparison::kLt:
      return order < 0;
    case Comparison::kLe:
      return order <= 0;
    case Comparison::kGt:
      return order > 0;
    default:
      return order >= 0;
  }
}

bool equal(const Json& value, const Literal& wanted) {
  const Json other = json_of(wanted);
  if (value.kind() != other.kind()) return false;
  if (value.is_number()) return number(value.text()) == number(other.text());
  return value.is_bool() ? value.as_bool() == other.as_bool() : value.text() == other.text();
}

bool compares(const Predicate& predicate, const Json& value) {
  const auto& values = predicate.values;
  if (predicate.comparison == Comparison::kIn) {
    return std::any_of(values.begin(), values.end(),
                       [&](const Literal& wanted) { return equal(value, wanted); });
  }
  if (predicate.comparison == Comparison::kEq) return equal(value, values.front());
  if (predicate.comparison == Comparison::kNe) return !equal(value, values.front());
  if (value.is_number()) {
    return ordered(predicate.comparison,
                   number(value.text()) <=> std::get<core::Decimal>(values.front()));
  }
  const std::string& wanted = std::get<std::string>(values.front());
  switch (predicate.comparison) {
    case Comparison::kContains:
      return value.text().find(wanted) != std::string::npos;
    case Comparison::kStartsWith:
      return value.text().starts_with(wanted);
    case Comparison::kEndsWith:
      return value.text().ends_with(wanted);
    default:
      return ordered(predicate.comparison, value.text() <=> wanted);
  }
}

}  // namespace

Predicate random_predicate(RandomRecord& random, int depth) {
  const std::size_t choice = depth == 0 ? 0 : random.below(10);
  if (choice < 3) return random_comparison(random);
  Predicate predicate;
  predicate.kind = choice < 5 ? Kind::kAnd : choice < 8 ? Kind::kOr : Kind::kNot;
  const std::size_t operands = predicate.kind == Kind::kNot ? 1 : 1 + random.below(3);
  for (std::size_t i = 0; i < operands; ++i) {
    predicate.operands.push_back(random_predicate(random, depth - 1));
  }
  return predicate;
}

std::string rego_of(const Predicate& predicate, int& next, std::string& rules) {
  std::vector<std::string> operands;
  for (const Predicate& operand : predicate.operands) {
    operands.push_back(rego_of(operand, next, rules));
  }
  const std::string name = "f" + std::to_string(next++);
  const std::string head = name + "(row) if {";
  const auto call = [](const std::string& function) { return " " + function + "(row);"; };
  switch (predicate.kind) {
    case Kind::kTrue:
      rules += head + " true }\n";
      break;
    case Kind::kFalse:
      rules += head + " false }\n";
      break;
    case Kind::kCompare:
      rules += head + " " + condition(predicate) + " }\n";
      break;
    case Kind::kNot:
      rules += head + " not " + operands.front() + "(row) }\n";
      break;
    case Kind::kAnd:
      rules += head;
      for (const std::string& operand : operands) rules += call(operand);
      rules += " true }\n";
      break;
    case Kind::kOr:
      for (const std::string& operand : operands) rules += head + call(operand) + " true }\n";
      break;
  }
  return name;
}

bool holds(const Predicate& predicate, const Json& row) {
  const auto& operands = predicate.operands;
  const auto does = [&row](const Predicate& operand) { return holds(operand, row); };
  switch (predicate.kind) {
    case Kind::kTrue:
      return true;
    case Kind::kFalse:
      return false;
    case Kind::kAnd:
      return std::all_of(operands.begin(), operands.end(), does);
    case Kind::kOr:
      return std::any_of(operands.begin(), operands.end(), does);
    case Kind::kNot:
      return !holds(operands.front(), row);
    case Kind::kCompare:
      break;
  }
  const Json* value = row.find(predicate.field);
  return value != nullptr && compares(predicate, *value);
}

}  // namespace connector::testing
