// Whether an onward policy keeps every term of the received one.
#include <algorithm>

#include "contract/duties.h"
#include "contract/time_limit.h"
#include "core/duration.h"

namespace connector::contract {
namespace {

using Constraints = std::vector<Constraint>;

template <typename List, typename Holds>
bool all_of(const List& list, const Holds& holds) {
  return std::all_of(list.begin(), list.end(), holds);
}
template <typename List, typename Holds>
bool any_of(const List& list, const Holds& holds) {
  return std::any_of(list.begin(), list.end(), holds);
}

bool is_conjunction(const Constraint& constraint) {
  return constraint.kind == Constraint::Kind::kAnd ||
         constraint.kind == Constraint::Kind::kAndSequence;
}

// The same term: ids and notes say nothing.
bool same(const Constraint& a, const Constraint& b) {
  if (a.kind != b.kind || a.left != b.left || a.op != b.op || a.right != b.right ||
      a.unit != b.unit || a.data_type != b.data_type || a.frequency != b.frequency ||
      a.contract != b.contract || a.operands.size() != b.operands.size()) {
    return false;
  }
  return std::equal(a.operands.begin(), a.operands.end(), b.operands.begin(), same);
}

bool same_qualifiers(const Constraint& a, const Constraint& b) {
  return a.left == b.left && a.unit == b.unit && a.data_type == b.data_type &&
         a.frequency == b.frequency && a.contract == b.contract;
}

// ---- sets of values ----

bool wants_one_of(Operator op) {
  return op == Operator::kEq || op == Operator::kIsAnyOf || op == Operator::kIsPartOf ||
         op == Operator::kIsA;
}
bool wants_none_of(Operator op) {
  return op == Operator::kNeq || op == Operator::kIsNoneOf;
}

bool within(const std::vector<Value>& part, const std::vector<Value>& whole) {
  return all_of(part, [&](const Value& value) {
    return any_of(whole, [&](const Value& other) { return other == value; });
  });
}

bool stricter_values(const Constraint& received, const Constraint& onward) {
  if (wants_one_of(received.op) && wants_one_of(onward.op)) {
    return within(onward.right, received.right);
  }
  const bool more = (wants_none_of(received.op) && wants_none_of(onward.op)) ||
                    (received.op == Operator::kIsAllOf && onward.op == Operator::kIsAllOf);
  return more && within(received.right, onward.right);
}

// ---- limits ----

bool is_upper(Operator op) {
  return op == Operator::kLt || op == Operator::kLteq || op == Operator::kTermLteq;
}

bool stricter_limit(Operator received_op, Operator onward_op, std::int64_t received,
                    std::int64_t onward) {
  if (is_upper(received_op) != is_upper(onward_op)) return false;
  if (received == onward) {
    const bool excludes = received_op == Operator::kLt || received_op == Operator::kGt;
    return !excludes || received_op == onward_op;
  }
  return is_upper(received_op) ? onward < received : onward > received;
}

bool stricter_count(const Constraint& received, const Constraint& onward) {
  const auto number = [](const Constraint& one) -> std::int64_t {
    const std::string text = one.right.size() == 1 ? one.right[0].text : "";
    if (text.empty() || text.size() > 18 ||
        text.find_first_not_of("0123456789") != std::string::npos) {
      return -1;
    }
    return std::stoll(text);
  };
  const std::int64_t before = number(received);
  const std::int64_t after = number(onward);
  return is_upper(received.op) && is_upper(onward.op) && before >= 0 && after >= 0 &&
         stricter_limit(received.op, onward.op, before, after);
}

bool is_stricter(const Constraint& received, const Constraint& onward) {
  if (same(received, onward)) return true;
  if (received.kind != Constraint::Kind::kAtomic || onward.kind != Constraint::Kind::kAtomic ||
      !same_qualifiers(received, onward)) {
    return false;
  }
  // Both counted from the same moment, whichever it is.
  const auto before = time_limit(received, 0);
  const auto after = time_limit(onward, 0);
  if (before && after) return stricter_limit(before->op, after->op, before->at, after->at);
  if (before || after) return false;
  if (received.left == "count") return stricter_count(received, onward);
  if (received.left == "payAmount") return false;
  return stricter_values(received, onward);
}

// Each of what must hold there must hold here.
bool keeps(const Constraints& received, const Constraints& onward);

bool stands_in(const Constraint& received, const Constraints& onward) {
  if (is_conjunction(received)) return keeps(received.operands, onward);
  return any_of(onward, [&](const Constraint& one) {
    return is_conjunction(one) ? stands_in(received, one.operands) : is_stricter(received, one);
  });
}

bool keeps(const Constraints& received, const Constraints& onward) {
  return all_of(received, [&](const Constraint& one) { return stands_in(one, onward); });
}

// ---- rules ----

bool covers(const Action& wider, const Action& narrower) {
  const bool named =
      wider.name == narrower.name ||
      (wider.name == "use" && narrower.name != "access" && narrower.name != "distribute");
  return named && keeps(wider.refinements, narrower.refinements);
}

bool same_functions(const Rule& a, const Rule& b) {
  return all_of(a.functions, [&](const Function& one) {
    return persons_of(a, one.name) == persons_of(b, one.name);
  });
}

bool keeps_duty(const Rule& received, const std::vector<Rule>& onward) {
  return any_of(onward, [&](const Rule& one) {
    return received.next_policy == one.next_policy && same_functions(received, one) &&
           received.actions.size() == one.actions.size() &&
           std::equal(received.actions.begin(), received.actions.end(), one.actions.begin(),
                      [](const Action& a, const Action& b) {
                        return a.name == b.name && keeps(a.refinements, b.refinements);
                      }) &&
           keeps(received.constraints, one.constraints);
  });
}

// Whatever subject the onward rule names: what refines each received one refines it, too.
bool keeps_refinements(const std::vector<Subject>& received, const std::vector<Subject>& onward) {
  return all_of(received, [&](const Subject& one) {
    if (one.refinements.empty()) return true;
    return !onward.empty() && all_of(onward, [&](const Subject& other) {
      return keeps(one.refinements, other.refinements);
    });
  });
}

const std::vector<Subject>& own_or_shared(const std::vector<Subject>& own,
                                          const std::vector<Subject>& shared) {
  return own.empty() ? shared : own;
}

class Comparison {
 public:
  Comparison(const Policy& received, const Policy& onward) : received_(received), onward_(onward) {}

  bool holds() const {
    return all_of(onward_.permissions,
                  [&](const Rule& one) {
                    return any_of(received_.permissions,
                                  [&](const Rule& other) { return lies_within(one, other); });
                  }) &&
           all_of(received_.prohibitions,
                  [&](const Rule& one) {
                    return any_of(onward_.prohibitions,
                                  [&](const Rule& other) { return forbids_all(other, one); });
                  }) &&
           all_of(received_.obligations,
                  [&](const Rule& one) { return keeps_duty(one, onward_.obligations); });
  }

 private:
  bool lies_within(const Rule& onward, const Rule& received) const {
    return !onward.actions.empty() &&
           all_of(onward.actions,
                  [&](const Action& one) {
                    return any_of(received.actions,
                                  [&](const Action& other) { return covers(other, one); });
                  }) &&
           keeps(received.constraints, onward.constraints) &&
           keeps_refinements(own_or_shared(received.targets, received_.targets),
                             own_or_shared(onward.targets, onward_.targets)) &&
           keeps_refinements(own_or_shared(received.assignees, received_.assignees),
                             own_or_shared(onward.assignees, onward_.assignees)) &&
           all_of(received.duties,
                  [&](const Rule& duty) { return keeps_duty(duty, onward.duties); });
  }

  // It must bind every new holder with all of the data, and so is narrowed by nothing.
  bool forbids_all(const Rule& onward, const Rule& received) const {
    const auto plain = [](const Subject& one) { return one.refinements.empty(); };
    return onward.assignees.empty() && onward.targets.empty() && all_of(onward_.assignees, plain) &&
           all_of(onward_.targets, plain) &&
           all_of(received.actions,
                  [&](const Action& one) {
                    return any_of(onward.actions, [&](const Action& other) {
                      return (other.name == one.name || other.name == "use") &&
                             keeps(other.refinements, one.refinements);
                    });
                  }) &&
           keeps(onward.constraints, received.constraints);
  }

  const Policy& received_;
  const Policy& onward_;
};

}  // namespace

bool holds_all_terms(const Policy& received, const Policy& onward) {
  return Comparison(received, onward).holds();
}

}  // namespace connector::contract
