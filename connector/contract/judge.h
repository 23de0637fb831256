// May it be done? Judges the terms of an agreement natively, in microseconds: the provider at each
// fetch, the consumer at each use. The shipped Rego library gives the same answers (opa/
// agreement_world.h); prohibitions prevail, whatever the policy says about conflicts.
#pragma once

#include <optional>
#include <string>

#include "contract/facts.h"
#include "contract/policy.h"

namespace connector::contract {

struct Judgement {
  bool allowed = false;
  std::string term;  // path of what decided: "permission[0].constraint[2]"; may be empty
  std::string why;   // in plain words; of a refusal: what would satisfy it
  // The earliest time at which time alone may change `allowed`: the timer of a stream.
  std::optional<core::EpochNs> changes_at;
};

// Allowed when a permission holds in all that this side judges (contract/division.h) and no
// prohibition applies. What is not known, and what the registry does not hold, never permits and
// always prohibits. `distribute` is permitted where it is named, not by `use`. A fetch ("use") is
// permitted at the provider where any use by the consumer is; the provider judges "use" and
// "access" alone, the consumer all but "access". What must be paid, or consented to, before the use
// is a condition at the provider. Whether the agreement covers the dataset, and is in force, is for
// the caller.
Judgement judge(const Policy& agreement, const Facts& facts);

}  // namespace connector::contract
