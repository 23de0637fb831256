// What is at hand while a message of a negotiation is judged. Of contracting*.cc only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exchange/contracting.h"
#include "exchange/uuid.h"

namespace connector::exchange {

// One message, verified: who sent it, and what it says.
struct Contracting::Heard {
  Partner partner;
  NegotiationMessage message;
  std::string digest;  // SHA-256 of its payload, hex
  std::optional<AgreementParts> agreement;
};

// What a message, or a decision of a person, makes of a negotiation: not durable yet.
struct Contracting::Turn {
  Negotiation row;
  std::optional<KeptAgreement> agreement;
  std::vector<std::string> entries;  // of the log
  bool repeated = false;             // heard before: nothing changes
};

// Names the first term that is not in the registry, or that we in this role could not carry out,
// and what could be said instead. Both sides ask before anything is signed.
std::optional<std::string> not_carried_out(const contract::Policy& policy, contract::Role role);

}  // namespace connector::exchange
