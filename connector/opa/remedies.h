// What would turn a refusal into a permission: tried out on the policy, not guessed.
#pragma once

#include "core/json.h"
#include "opa/bench.h"

namespace connector::opa {

// [{"text", "place", "command"}]: changes that would each suffice. input: as under "input" in Rego,
// with "row" where a record is looked at. allowed: the question itself is, so that only the row can
// be the matter.
core::Result<core::Json> remedies(const Bench& bench, const core::Json& input, bool allowed);

}  // namespace connector::opa
