#include "decision/row_plan.h"

#include <utility>

#include "decision/row_check.h"

namespace connector::decision {

struct RowPlan::Node {
  RowWalk walk;
  Check check;
  bool admits(std::string_view record) const;
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

core::Result<RowPlan> RowPlan::among(const std::string& field,
                                     std::shared_ptr<const Subjects> subjects) const {
  auto node = std::make_shared<Node>();
  Predicate any_text;
  any_text.kind = Predicate::Kind::kCompare;
  any_text.comparison = Comparison::kStartsWith;
  any_text.field = field;
  any_text.values = {std::string()};
  Predicate none;
  none.kind = Predicate::Kind::kNot;
  none.operands.push_back(std::move(any_text));
  auto absent = check_of(none, node->walk);
  if (!absent) return std::move(absent.error());
  Check member;
  member.kind = Predicate::Kind::kCompare;
  member.comparison = node->walk.add(field, RowComparison::among(std::move(subjects)));
  node->check.kind = Predicate::Kind::kOr;
  node->check.operands = {std::move(*absent), std::move(member)};
  RowPlan plan = *this;
  plan.among_ = std::move(node);
  return plan;
}

bool RowPlan::Node::admits(std::string_view record) const {
  Row row(walk.bits());
  return walk.read(record, row) && check.holds(row);
}

bool RowPlan::admits(std::string_view record) const {
  return root_->admits(record) && (!among_ || among_->admits(record));
}

bool RowPlan::admits(std::string_view record, RowMemo& memo) const {
  if (memo.plan != root_) memo = {root_->walk.memo(), root_};
  Row row(root_->walk.bits(), &memo);
  return root_->walk.read(record, row) && root_->check.holds(row) &&
         (!among_ || among_->admits(record));
}

bool RowPlan::admits_all() const {
  return root_->check.kind == Predicate::Kind::kTrue && !among_;
}

bool RowPlan::admits_none() const {
  return root_->check.kind == Predicate::Kind::kFalse;
}

}  // namespace connector::decision
