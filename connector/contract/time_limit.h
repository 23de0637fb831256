// The terms that time alone decides, as one instant each.
#pragma once

#include <optional>

#include "contract/policy.h"
#include "core/instant.h"

namespace connector::contract {

// "now op at".
struct TimeLimit {
  Operator op = Operator::kLteq;  // kLt, kLteq, kGt or kGteq
  core::EpochNs at = 0;
  friend bool operator==(const TimeLimit&, const TimeLimit&) = default;
};

// Of dateTime, elapsedTime (counted from the agreement) and the ends of the Catena-X profile, which
// they write with "eq". Nothing: another operand, operator or value.
std::optional<TimeLimit> time_limit(const Constraint& constraint, core::EpochNs concluded);

// The policy with every limit that counts from the agreement written as the dateTime that it is.
Policy with_instants(Policy policy, core::EpochNs concluded);

}  // namespace connector::contract
