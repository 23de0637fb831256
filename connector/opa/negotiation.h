// What the policy is asked about a negotiation and what it answers: "connector.negotiation/1".
// policy/README.md documents both.
#pragma once

#include <string>

#include "core/result.h"
#include "exchange/contracting.h"
#include "opa/client.h"

namespace connector::opa {

inline constexpr const char* kNegotiationPath =
    "/v1/data/connector/negotiation/result?strict-builtin-errors=true";

std::string to_text(const exchange::NegotiationQuestion& question);
// POLICY_UNAVAILABLE: not understood, or not of this revision.
core::Result<exchange::Weighed> read_weighed(const Answer& answer, const core::Revision& expected);

}  // namespace connector::opa
