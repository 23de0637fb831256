// A predicate compiled to run over the wire bytes of one record, without parsing it whole.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "decision/decision.h"
#include "decision/row_memo.h"
#include "decision/subjects.h"

namespace connector::decision {

// Immutable after compile; safe for use by several threads.
class RowPlan {
 public:
  // Refuses: a field that the row view does not have, a literal of the wrong type for it, more
  // nodes or depth than core/limits.h allows.
  static core::Result<RowPlan> compile(const Predicate& predicate);
  // The same for rows alone that have no such field, or in which it is one of the subjects.
  // Refused: no field of the row view that is a text.
  core::Result<RowPlan> among(const std::string& field,
                              std::shared_ptr<const Subjects> subjects) const;
  // A row of another shape (wrong wire type, truncated bytes) is never admitted.
  bool admits(std::string_view record) const;
  // The same, quicker for one of many rows that have parts in common.
  bool admits(std::string_view record, RowMemo& memo) const;
  bool admits_all() const;   // the predicate is "true"
  bool admits_none() const;  // the predicate is "false"

 private:
  struct Node;
  std::shared_ptr<const Node> root_;
  std::shared_ptr<const Node> among_;  // null: nothing more is asked of a row
};

}  // namespace connector::decision
