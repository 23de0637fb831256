#include "decision/row_check.h"

#include <algorithm>

#include "core/limits.h"
#include "decision/row_comparison.h"

namespace connector::decision {
namespace {

namespace limits = core::limits;
using Kind = Predicate::Kind;

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
        return comparison(predicate);
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

  core::Result<Check> comparison(const Predicate& predicate) {
    auto made = RowComparison::of(predicate);
    if (!made) return std::move(made.error());
    Check check;
    check.kind = Kind::kCompare;
    check.comparison = walk_.add(predicate.field, std::move(*made));
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
      return row.holds(comparison);
  }
  return false;
}

core::Result<Check> check_of(const Predicate& predicate, RowWalk& walk) {
  return Maker(walk).make(predicate, 1);
}

}  // namespace connector::decision
