// The state of the world that an ODRL policy is judged in: the clock, who belongs to what, what is
// known about duties, and facts for left operands. docs/policy-guide.md shows one.
#pragma once

#include "core/json.h"
#include "core/result.h"

namespace connector::opa {

// The "world" of a question (policy/README.md). POLICY_UNREADABLE for what is not understood: the
// message names path, line and column.
core::Result<core::Json> read_world(const core::Json& document);

}  // namespace connector::opa
