// Row filters as OPA's compile endpoint delivers them: UCAST, a tree of conditions as JSON
// (openpolicyagent.org, "Compile API", application/vnd.opa.ucast.all+json).
#pragma once

#include "core/json.h"
#include "core/result.h"
#include "decision/decision.h"

namespace connector::decision {

// query: the value of "query" in OPA's answer. Its absence means "never" and is the caller's to
// refuse; an empty object means "always". Fields lose their prefix "row.".
// Refused (ROW_FILTER_UNSUPPORTED): any node, operator or value that is not known here; a
// comparison of two fields; a number of more than 15 significant digits, because OPA hands
// numbers on as doubles and what was meant can no longer be known. More depth or nodes than
// core/limits.h allows.
core::Result<Predicate> predicate_from_ucast(const core::Json& query);

}  // namespace connector::decision
