#include "decision/row_comparison.h"

#include <algorithm>

#include "core/text.h"

namespace connector::decision {
namespace {

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

core::Error unknown_field(const std::string& name) {
  std::vector<std::string> names;
  for (const RowField& field : row_fields()) names.emplace_back(field.name);
  const std::string near = core::nearest(name, names);
  return refuse(name, "is no field of the row view",
                near.empty() ? "docs/row-view.md lists them" : "did you mean row." + near + "?");
}

}  // namespace

// --- Does it hold? -----------------------------------------------------------------------------

bool RowComparison::holds(std::string_view text) const {
  if (with_null_) return comparison_ == Comparison::kNe;  // a field that is there is not null
  if (type_ == RowType::kList) return has_member(text);
  if (subjects_) return subjects_->contains(text);
  switch (comparison_) {
    case Comparison::kIn:
      return std::binary_search(texts_.begin(), texts_.end(), text);
    case Comparison::kContains:
      return text.find(texts_.front()) != std::string_view::npos;
    case Comparison::kStartsWith:
      return text.starts_with(texts_.front());
    case Comparison::kEndsWith:
      return text.ends_with(texts_.front());
    default:
      return ordered(comparison_, text.compare(texts_.front()) <=> 0);
  }
}

bool RowComparison::holds(const Number& number) const {
  if (with_null_) return comparison_ == Comparison::kNe;
  if (comparison_ != Comparison::kIn) {
    return ordered(comparison_, compare(number, numbers_.front()));
  }
  return std::binary_search(numbers_.begin(), numbers_.end(), number, less);
}

bool RowComparison::holds(bool truth) const {
  if (with_null_) return comparison_ == Comparison::kNe;
  const bool equal = std::find(truths_.begin(), truths_.end(), truth) != truths_.end();
  return comparison_ == Comparison::kNe ? !equal : equal;
}

bool RowComparison::holds(std::string_view scheme, std::string_view value) const {
  if (with_null_) return comparison_ == Comparison::kNe;
  if (escaped_) return has_member(std::string(scheme).append(1, ':').append(value));
  const std::string_view sought = texts_.front();
  return sought.size() == scheme.size() + 1 + value.size() && sought.ends_with(value) &&
         sought.starts_with(scheme) && sought[scheme.size()] == ':';
}

// A member with a bar equals no text without "%7C": only then it is worth writing it out.
bool RowComparison::has_member(std::string_view text) const {
  if (!escaped_) return text == texts_.front();
  std::string list;
  add_member(list, text);
  return std::string_view(list).substr(1, list.size() - 2) == texts_.front();
}

// --- Making one ------------------------------------------------------------------------------

core::Result<RowComparison> RowComparison::of(const Predicate& compare) {
  const auto type = row_type(compare.field);
  if (!type) return unknown_field(compare.field);
  const bool in = compare.comparison == Comparison::kIn;
  if (!in && compare.values.size() != 1) {
    return refuse(compare.field, "is compared with " + std::to_string(compare.values.size()) +
                                     " values where one is wanted");
  }
  RowComparison made;
  made.comparison_ = compare.comparison;
  made.type_ = *type;
  if (!in && std::holds_alternative<std::nullptr_t>(compare.values.front())) {
    made.with_null_ = true;
    if (!is_equality(compare.comparison)) return refuse(compare.field, "is ordered against null");
    return made;
  }
  if (!fits(*type, compare.comparison)) {
    return refuse(compare.field, "cannot be compared in this way",
                  "it is of type " + std::string(type_name(*type)) + " (docs/row-view.md)");
  }
  if (auto added = made.add_all(compare); !added) return std::move(added.error());
  return made;
}

RowComparison RowComparison::among(std::shared_ptr<const Subjects> subjects) {
  RowComparison made;
  made.comparison_ = Comparison::kIn;
  made.subjects_ = std::move(subjects);
  return made;
}

// Takes the literals, once their number and the comparison are known to fit.
core::Status RowComparison::add_all(const Predicate& compare) {
  for (const Literal& literal : compare.values) {
    if (auto added = add(compare, literal); !added) return added;
  }
  const bool numeric = type_ == RowType::kDecimal || type_ == RowType::kInteger;
  for (const std::string& text : texts_) {
    if (numeric) numbers_.push_back(*Number::of(text));  // it is a core::Decimal's text
  }
  std::sort(numbers_.begin(), numbers_.end(), less);
  if (!numeric) std::sort(texts_.begin(), texts_.end());
  return core::ok();
}

core::Status RowComparison::add(const Predicate& compare, const Literal& literal) {
  const std::string* text = std::get_if<std::string>(&literal);
  const bool* truth = std::get_if<bool>(&literal);
  const core::Decimal* number = std::get_if<core::Decimal>(&literal);
  switch (type_) {
    case RowType::kString:
      if (text == nullptr) break;
      texts_.push_back(*text);
      return core::ok();
    case RowType::kList:
      if (text == nullptr) break;
      if (!is_member(*text)) {
        return refuse(compare.field, "\"" + *text + "\" is not the form of a member of a list",
                      "write one whole member between bars: contains(row." + compare.field +
                          ", \"|scheme:value|\")");
      }
      texts_.push_back(text->substr(1, text->size() - 2));
      escaped_ = texts_.back().find("%7C") != std::string::npos;
      return core::ok();
    case RowType::kBool:
      if (truth == nullptr) break;
      truths_.push_back(*truth);
      return core::ok();
    case RowType::kDecimal:
    case RowType::kInteger:
      if (number == nullptr) break;
      texts_.push_back(number->text());
      return core::ok();
  }
  return refuse(compare.field, "is compared with a value of another type",
                "it is of type " + std::string(type_name(type_)) + " (docs/row-view.md)");
}

}  // namespace connector::decision
