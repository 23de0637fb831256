#include "decision/row_check.h"

#include <algorithm>

#include "core/limits.h"
#include "core/text.h"

namespace connector::decision {
namespace {

namespace limits = core::limits;
using Kind = Predicate::Kind;

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
    case Comparison::kGe:
      return order >= 0;
    default:
      return false;
  }
}

bool less(const Number& a, const Number& b) {
  return compare(a, b) < 0;
}

bool compares(const Check& check, std::string_view text) {
  const std::vector<std::string>& texts = check.texts;
  switch (check.comparison) {
    case Comparison::kIn:
      return std::binary_search(texts.begin(), texts.end(), text);
    case Comparison::kContains:
      return text.find(texts.front()) != std::string_view::npos;
    case Comparison::kStartsWith:
      return text.starts_with(texts.front());
    case Comparison::kEndsWith:
      return text.ends_with(texts.front());
    default:
      return ordered(check.comparison, text.compare(texts.front()) <=> 0);
  }
}

bool compares(const Check& check, const Number& number) {
  if (check.comparison != Comparison::kIn) {
    return ordered(check.comparison, compare(number, check.numbers.front()));
  }
  return std::binary_search(check.numbers.begin(), check.numbers.end(), number, less);
}

bool compares(const Check& check, bool truth) {
  const auto& truths = check.truths;
  const bool equal = std::find(truths.begin(), truths.end(), truth) != truths.end();
  return check.comparison == Comparison::kNe ? !equal : equal;
}

bool compares(const Check& check, const RowValue& value) {
  if (!value.present) return false;
  if (check.with_null) return check.comparison == Comparison::kNe;  // a present field is not null
  switch (check.type) {
    case RowType::kString:
    case RowType::kList:
      return compares(check, value.text);
    case RowType::kDecimal:
    case RowType::kInteger:
      return compares(check, value.number);
    case RowType::kBool:
      return compares(check, value.truth);
  }
  return false;
}

// --- Making one ------------------------------------------------------------------------------

core::Error refuse(const std::string& field, const std::string& why, std::string next = {}) {
  return core::invalid("ROW_FILTER_INVALID", "row." + field + ": " + why, std::move(next));
}

bool is_equality(Comparison comparison) {
  return comparison == Comparison::kEq || comparison == Comparison::kNe;
}

bool is_of_text(Comparison comparison) {
  return comparison == Comparison::kContains || comparison == Comparison::kStartsWith ||
         comparison == Comparison::kEndsWith;
}

bool fits(RowType type, Comparison comparison) {
  switch (type) {
    case RowType::kString:
      return true;
    case RowType::kDecimal:
    case RowType::kInteger:
      return !is_of_text(comparison);
    case RowType::kBool:
      return is_equality(comparison) || comparison == Comparison::kIn;
    case RowType::kList:
      return comparison == Comparison::kContains;
  }
  return false;
}

// "|member|": with another text a part of a member would do.
bool is_member(std::string_view text) {
  return text.size() > 2 && text.front() == '|' && text.find('|', 1) == text.size() - 1;
}

core::Status add_literal(Check& check, const Predicate& compare, const Literal& literal) {
  const std::string* text = std::get_if<std::string>(&literal);
  const bool* truth = std::get_if<bool>(&literal);
  const core::Decimal* number = std::get_if<core::Decimal>(&literal);
  switch (check.type) {
    case RowType::kString:
      if (text == nullptr) break;
      check.texts.push_back(*text);
      return core::ok();
    case RowType::kList:
      if (text == nullptr) break;
      if (!is_member(*text)) {
        return refuse(compare.field, "\"" + *text + "\" is not the form of a member of a list",
                      "write one whole member between bars: contains(row." + compare.field +
                          ", \"|scheme:value|\")");
      }
      check.texts.push_back(*text);
      return core::ok();
    case RowType::kBool:
      if (truth == nullptr) break;
      check.truths.push_back(*truth);
      return core::ok();
    case RowType::kDecimal:
    case RowType::kInteger:
      if (number == nullptr) break;
      check.texts.push_back(number->text());
      return core::ok();
  }
  return refuse(compare.field, "is compared with a value of another type",
                "it is of type " + std::string(type_name(check.type)) + " (docs/row-view.md)");
}

core::Error unknown_field(const std::string& name) {
  std::vector<std::string> names;
  for (const RowField& field : row_fields()) names.emplace_back(field.name);
  const std::string near = core::nearest(name, names);
  return refuse(name, "is no field of the row view",
                near.empty() ? "docs/row-view.md lists them" : "did you mean row." + near + "?");
}

// Takes the literals, once their number and the comparison are known to fit.
core::Status add_literals(Check& check, const Predicate& compare) {
  for (const Literal& literal : compare.values) {
    if (auto added = add_literal(check, compare, literal); !added) return added;
  }
  const bool numeric = check.type == RowType::kDecimal || check.type == RowType::kInteger;
  for (const std::string& text : check.texts) {
    if (numeric) check.numbers.push_back(*Number::of(text));  // it is a core::Decimal's text
  }
  std::sort(check.numbers.begin(), check.numbers.end(), less);
  if (!numeric) std::sort(check.texts.begin(), check.texts.end());
  return core::ok();
}

core::Result<Check> comparison_of(const Predicate& compare, RowWalk& walk) {
  const auto type = row_type(compare.field);
  if (!type) return unknown_field(compare.field);
  const bool in = compare.comparison == Comparison::kIn;
  if (!in && compare.values.size() != 1) {
    return refuse(compare.field, "is compared with " + std::to_string(compare.values.size()) +
                                     " values where one is wanted");
  }
  Check check;
  check.kind = Kind::kCompare;
  check.comparison = compare.comparison;
  check.type = *type;
  check.slot = *walk.slot(compare.field);
  if (!in && std::holds_alternative<std::nullptr_t>(compare.values.front())) {
    check.with_null = true;
    if (!is_equality(compare.comparison)) return refuse(compare.field, "is ordered against null");
    return check;
  }
  if (!fits(*type, compare.comparison)) {
    return refuse(compare.field, "cannot be compared in this way",
                  "it is of type " + std::string(type_name(*type)) + " (docs/row-view.md)");
  }
  if (auto added = add_literals(check, compare); !added) return std::move(added.error());
  return check;
}

class Maker {
 public:
  explicit Maker(RowWalk& walk) : walk_(walk) {}

  core::Result<Check> make(const Predicate& predicate, std::size_t depth) {
    nodes_ += 1 + predicate.values.size();
    if (nodes_ > limits::kPredicateNodes || depth > limits::kPredicateDepth) {
      return core::invalid("ROW_FILTER_INVALID", "the row filter is larger or deeper than allowed",
                           "write it with fewer values or alternatives");
    }
    switch (predicate.kind) {
      case Kind::kTrue:
      case Kind::kFalse:
        return constant(predicate.kind == Kind::kTrue);
      case Kind::kCompare:
        return comparison_of(predicate, walk_);
      case Kind::kNot:
        return negation(predicate, depth);
      case Kind::kAnd:
      case Kind::kOr:
        return compound(predicate, depth);
    }
    return core::internal("a predicate of no known kind");
  }

 private:
  static Check constant(bool truth) {
    Check check;
    check.kind = truth ? Kind::kTrue : Kind::kFalse;
    return check;
  }

  core::Result<Check> negation(const Predicate& predicate, std::size_t depth) {
    if (predicate.operands.size() != 1) {
      return core::invalid("ROW_FILTER_INVALID", "\"not\" has one operand");
    }
    auto operand = make(predicate.operands.front(), depth + 1);
    if (!operand) return operand;
    if (operand->kind == Kind::kTrue || operand->kind == Kind::kFalse) {
      return constant(operand->kind == Kind::kFalse);
    }
    Check check;
    check.kind = Kind::kNot;
    check.operands.push_back(std::move(*operand));
    return check;
  }

  // All of nothing is true, any of nothing is false.
  core::Result<Check> compound(const Predicate& predicate, std::size_t depth) {
    const Kind neutral = predicate.kind == Kind::kAnd ? Kind::kTrue : Kind::kFalse;
    const Kind decisive = predicate.kind == Kind::kAnd ? Kind::kFalse : Kind::kTrue;
    bool decided = false;
    Check check;
    check.kind = predicate.kind;
    for (const Predicate& part : predicate.operands) {
      auto operand = make(part, depth + 1);
      if (!operand) return operand;
      decided = decided || operand->kind == decisive;
      if (operand->kind != neutral) check.operands.push_back(std::move(*operand));
    }
    if (decided) return constant(decisive == Kind::kTrue);
    if (check.operands.empty()) return constant(neutral == Kind::kTrue);
    return check;
  }

  RowWalk& walk_;
  std::size_t nodes_ = 0;
};

}  // namespace

bool Check::holds(const Row& row) const {
  const auto does = [&row](const Check& operand) { return operand.holds(row); };
  switch (kind) {
    case Kind::kTrue:
      return true;
    case Kind::kFalse:
      return false;
    case Kind::kAnd:
      return std::all_of(operands.begin(), operands.end(), does);
    case Kind::kOr:
      return std::any_of(operands.begin(), operands.end(), does);
    case Kind::kNot:
      return !operands.front().holds(row);
    case Kind::kCompare:
      return compares(*this, row[slot]);
  }
  return false;
}

core::Result<Check> check_of(const Predicate& predicate, RowWalk& walk) {
  return Maker(walk).make(predicate, 1);
}

}  // namespace connector::decision
