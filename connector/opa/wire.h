// The question and its answer as OPA sees them: "connector.input/1" and "connector.decision/1".
// policy/README.md documents both, field by field. What is not understood is refused.
#pragma once

#include <optional>
#include <string>

#include "core/json.h"
#include "core/result.h"
#include "decision/decision.h"
#include "opa/client.h"

namespace connector::opa {

inline constexpr const char* kDecisionPath =
    "/v1/data/connector/decision/result?strict-builtin-errors=true";
inline constexpr const char* kRowsPath = "/v1/compile/connector/rows/include";
inline constexpr const char* kUcast = "application/vnd.opa.ucast.all+json";

// A question that every policy answers, if only with a refusal: is OPA there, and of this revision?
decision::Question canary(const core::Connector& self, std::int64_t now_s);
core::Json to_json(const decision::Question& question);
// What the answer depends on: everything but the request's id and the time.
std::string cache_key(const decision::Question& question);

// Permits only on status 200, a known schema, allow literally true, the expected revision, known
// obligations and a validity that has not ended. rows stays "false": it comes with read_rows.
// Error (POLICY_UNAVAILABLE): the answer is not understood, or not to this revision.
core::Result<decision::Decision> read_decision(const Answer& answer, const core::Revision& expected,
                                               std::int64_t now_s);
// Nothing where OPA's answer has no query: no row may leave. Error: the filter is not understood.
core::Result<std::optional<decision::Predicate>> read_rows(const Answer& answer);

// What OPA says of its errors: "company.rego:12: ..." for those with a place.
std::string describe_errors(const core::Json& answer);

core::Error policy_unavailable(const std::string& cause);

}  // namespace connector::opa
