// A predicate resolved against the row view: its comparisons are judged while a row is read, the
// rest is what joins them.
#pragma once

#include <cstddef>
#include <vector>

#include "core/result.h"
#include "decision/decision.h"
#include "decision/row_walk.h"

namespace connector::decision {

// Rego has no third truth value that outlives a rule: a comparison with an undefined field
// fails, whatever the comparison, and "not" of what fails holds.
struct Check {
  Predicate::Kind kind = Predicate::Kind::kFalse;
  std::size_t comparison = 0;  // of kCompare: its number in the row
  std::vector<Check> operands;

  bool holds(const Row& row) const;
};

// Constants are folded: a result of kind true or false has no operands, no other node has one
// of these below it. Tells the walk what it needs to look at.
core::Result<Check> check_of(const Predicate& predicate, RowWalk& walk);

}  // namespace connector::decision
