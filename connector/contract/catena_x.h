// The Catena-X ODRL profile of 2025-9 (https://w3id.org/catenax/2025/9/policy/, standard CX-0152):
// which constraint may stand in which rule, with which operator and values. Follows the profile's
// schemas for single constraints, and its policy schema as it is meant (docs/odrl.md).
#pragma once

#include <string>
#include <vector>

#include "contract/policy.h"

namespace connector::contract {

struct Violation {
  std::string path;  // in the normal form: "$.permissions[0].constraints[1]"
  std::string what;  // names the term and what the profile wants
};

// Empty when the policy keeps the profile.
std::vector<Violation> catena_x_violations(const Policy& policy);
// A constraint alone, wherever it may stand.
std::vector<Violation> catena_x_violations(const Constraint& constraint);

// The left operands of the profile, with prefix.
std::vector<std::string> catena_x_operands();

}  // namespace connector::contract
