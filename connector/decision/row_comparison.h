// One comparison of a predicate: a field of the row view against literals of its type.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "decision/decision.h"
#include "decision/number.h"
#include "decision/row_view.h"
#include "decision/subjects.h"

namespace connector::decision {

// Asked only about fields that are there: a comparison with an absent one holds never.
class RowComparison {
 public:
  // Refuses: no field of the row view, literals of another type or number, an operator that the
  // field's type does not have.
  static core::Result<RowComparison> of(const Predicate& compare);

  // Of a kString: is it one of them?
  static RowComparison among(std::shared_ptr<const Subjects> subjects);

  RowComparison(RowComparison&&) noexcept = default;  // never copied: numbers view its own texts
  RowComparison& operator=(RowComparison&&) noexcept = default;

  bool holds(std::string_view text) const;  // of kString; a member of a kList
  bool holds(const Number& number) const;   // of kDecimal and kInteger
  bool holds(bool truth) const;             // of kBool
  // A kList's member that lies in the record in two parts: "scheme:value".
  bool holds(std::string_view scheme, std::string_view value) const;

 private:
  RowComparison() = default;
  core::Status add(const Predicate& compare, const Literal& literal);
  core::Status add_all(const Predicate& compare);
  bool has_member(std::string_view text) const;

  Comparison comparison_ = Comparison::kEq;
  RowType type_ = RowType::kString;
  bool with_null_ = false;
  bool escaped_ = false;            // the member sought has a bar, written "%7C"
  std::vector<bool> truths_;        // of bools
  std::vector<std::string> texts_;  // sorted; numbers view them; of a list: the member sought
  std::vector<Number> numbers_;     // sorted
  std::shared_ptr<const Subjects> subjects_;  // instead of texts_, where there are many
};

}  // namespace connector::decision
