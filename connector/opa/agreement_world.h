// An agreement's terms as a question to the shipped Rego library: the same that contract::judge
// answers natively, in plain ODRL. What the other side judges is left out, what counts from the
// agreement stands as an instant, and what is known stands in the world.
#pragma once

#include "contract/facts.h"
#include "contract/policy.h"
#include "core/json.h"

namespace connector::opa {

struct AgreementQuestion {
  contract::Policy policy;
  contract::Policy request;
  core::Json world;
};

// A policy with a term that the registry does not hold permits nothing.
AgreementQuestion agreement_question(const contract::Policy& agreement,
                                     const contract::Facts& facts);

// Of an answer (opa/odrl.h): a permission is active, and no prohibition.
bool permits(const core::Json& answer);

}  // namespace connector::opa
