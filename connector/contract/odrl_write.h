// The normal form as ODRL in JSON-LD, in the words of the Dataspace Protocol 2025-1.
#pragma once

#include "contract/policy.h"
#include "core/json.h"

namespace connector::contract {

// A policy as it stands in a message or a catalogue of the protocol: without "@context". Terms of
// ODRL stand bare where the protocol's context has them, else as "odrl:...", all others as whole
// IRIs, so that nothing but that context is needed. Reading it gives the same policy again.
core::Json to_odrl(const Policy& policy);

// As a document of its own, with the protocol's "@context".
core::Json to_odrl_document(const Policy& policy);

}  // namespace connector::contract
