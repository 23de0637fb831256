// The JSON text of the normal form (docs/formats.md, "Policies: the normal form"): what the policy
// engine is asked with, what an agreement holds and what is signed. One policy, one text.
#pragma once

#include <string>
#include <string_view>

#include "contract/policy.h"
#include "core/json.h"
#include "core/result.h"

namespace connector::contract {

core::Json to_json(const Policy& policy);
core::Json to_json(const Rule& rule);
core::Json to_json(const Constraint& constraint);

// Compact: these bytes are what a signature or a digest is over.
std::string to_text(const Policy& policy);

// Only the normal form: exactly the documented members in their order, and nothing that reading the
// policy as ODRL would have put otherwise. An error's message names the path.
core::Result<Policy> from_json(const core::Json& json);

// The time that a right operand states, in RFC 3339 and UTC: "2023-12-31T06:00Z" (seconds may
// lack) -> "2023-12-31T06:00:00Z". "" for anything else, a time without a zone included.
std::string instant_of(const Value& value);

}  // namespace connector::contract
