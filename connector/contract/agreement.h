// An agreement: what two connectors sign, both over the same bytes (docs/formats.md, "Agreement").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "contract/policy.h"
#include "core/digest.h"
#include "core/name.h"
#include "core/result.h"

namespace connector::contract {

struct Agreement {
  std::string id;  // UUID
  core::Connector provider;
  core::Connector consumer;
  std::string offer;                  // id of the offer that it came of
  core::Digest offer_digest;          // of the policy as it was offered first
  std::vector<std::string> datasets;  // ids, or beginnings with "*" behind them
  Policy policy;                      // type kAgreement, its id the agreement's
  std::string registry;               // version of the registry of terms it was read by
  core::Revision provider_revision;   // of the policy that agreed
  core::Revision consumer_revision;   // empty where the consumer has no policy on agreements
  std::int64_t concluded_s = 0;       // Unix seconds; where durations count from
  friend bool operator==(const Agreement&, const Agreement&) = default;
};

// The payload that is signed: JSON of a fixed shape.
std::string to_text(const Agreement& agreement);

// Refused (AGREEMENT_INVALID): another shape, another registry, a policy that is not an agreement
// of this id between these two, a term that the registry does not hold.
core::Result<Agreement> read_agreement(std::string_view payload);

// SHA-256 over the policy's JSON text: names an offer by its content.
core::Digest digest_of(const Policy& policy);

// The policy of an agreement from what was offered: type, id and parties are filled in.
Policy agreed(Policy offered, const std::string& id, const core::Connector& provider,
              const core::Connector& consumer);

// Paths of the terms in which the two differ: "permission[0].constraint[1]". Empty: none.
std::vector<std::string> changed_terms(const Policy& offered, const Policy& asked);

}  // namespace connector::contract
