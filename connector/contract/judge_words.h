// Within the room: where a term stands in a policy, and why it decided, in words.
#pragma once

#include <string>

#include "contract/condition.h"
#include "contract/policy.h"

namespace connector::contract {

// The part of a rule that decided.
enum class Part { kNone, kAction, kAssignee, kTarget, kConstraint, kDuty };

struct Cause {
  Part part = Part::kNone;
  const Constraint* constraint = nullptr;
  const Rule* duty = nullptr;
};

// "permission[0].constraint[1]", "target[0].refinement[0]" of the policy's own targets.
std::string path_of(const Policy& policy, const std::string& rule_path, const Rule& rule,
                    const Cause& cause);

std::string why_refused(const Policy& policy, const Rule& rule, const Cause& cause,
                        const Facts& facts);
std::string why_forbidden(const Rule& rule, const Facts& facts);

}  // namespace connector::contract
