// Constraints against the facts of a fetch or a use, in three values: where a fact is missing, or
// the constraint is not one of the registry, it is unknown. Whoever reads that decides what it
// means: a permission does not hold by it, a prohibition does.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contract/facts.h"
#include "contract/policy.h"
#include "contract/registry.h"

namespace connector::contract {

enum class Truth { kNo, kUnknown, kYes };

struct Outcome {
  Truth truth = Truth::kYes;
  std::optional<core::EpochNs> changes_at = {};  // when time alone may change it; else it lasts
  const Constraint* cause = nullptr;             // why it is not kYes, where a constraint is why
};

// Both hold; either holds. What decides for good makes the other's times irrelevant.
Outcome both(const Outcome& a, const Outcome& b);
Outcome either(const Outcome& a, const Outcome& b);
std::optional<core::EpochNs> earliest(std::optional<core::EpochNs> a,
                                      std::optional<core::EpochNs> b);

// Keeps a reference to the facts.
class Conditions {
 public:
  explicit Conditions(const Facts& facts);

  Outcome judge(Term::Place place, const Constraint& constraint) const;
  // All of them together.
  Outcome judge(Term::Place place, const std::vector<Constraint>& constraints) const;

  // What is known of an operand, in words: "'marketing'"; empty: nothing.
  std::string found(Term::Place place, const Constraint& constraint) const;

 private:
  Outcome atomic(Term::Place place, const Constraint& constraint) const;
  Outcome one_of(Term::Place place, const Constraint& constraint) const;
  Truth count(const Constraint& constraint) const;
  Truth payment(const Constraint& constraint) const;
  std::span<const std::string> texts(Term::Place place, std::string_view operand) const;

  const Facts& facts_;
  std::string connector_;
};

}  // namespace connector::contract
