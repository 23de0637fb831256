#include "decision/row_plan.h"

#include <utility>

#include "decision/row_check.h"

namespace connector::decision {

struct RowPlan::Node {
  RowWalk walk;
  Check check;
};

core::Result<RowPlan> RowPlan::compile(const Predicate& predicate) {
  auto node = std::make_shared<Node>();
  auto check = check_of(predicate, node->walk);
  if (!check) return std::move(check.error());
  node->check = std::move(*check);
  RowPlan plan;
  plan.root_ = std::move(node);
  return plan;
}

bool RowPlan::admits(std::string_view record) const {
  Row row(root_->walk.bits());
  return root_->walk.read(record, row) && root_->check.holds(row);
}

bool RowPlan::admits(std::string_view record, RowMemo& memo) const {
  if (memo.plan != root_) memo = {root_->walk.memo(), root_};
  Row row(root_->walk.bits(), &memo);
  return root_->walk.read(record, row) && root_->check.holds(row);
}

bool RowPlan::admits_all() const {
  return root_->check.kind == Predicate::Kind::kTrue;
}

bool RowPlan::admits_none() const {
  return root_->check.kind == Predicate::Kind::kFalse;
}

}  // namespace connector::decision
