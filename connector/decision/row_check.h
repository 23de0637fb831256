// A predicate resolved against the row view: names became slots, literals became typed values.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "decision/decision.h"
#include "decision/row_walk.h"

namespace connector::decision {

// Rego has no third truth value that outlives a rule: a comparison with an undefined field
// fails, whatever the comparison, and "not" of what fails holds.
struct Check {
  Predicate::Kind kind = Predicate::Kind::kFalse;
  Comparison comparison = Comparison::kEq;
  RowType type = RowType::kString;
  std::size_t slot = 0;
  bool with_null = false;
  std::vector<bool> truths;        // of bools
  std::vector<std::string> texts;  // sorted; numbers view them
  std::vector<Number> numbers;     // sorted
  std::vector<Check> operands;

  Check() = default;
  Check(Check&&) noexcept = default;  // and never copied: numbers would view the other's texts
  Check& operator=(Check&&) noexcept = default;

  bool holds(const Row& row) const;
};

// Constants are folded: a result of kind true or false has no operands, no other node has one
// of these below it. Adds the slots it needs to walk.
core::Result<Check> check_of(const Predicate& predicate, RowWalk& walk);

}  // namespace connector::decision
