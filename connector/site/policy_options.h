// Where a connector's policy lies, which datasets it speaks of, and what hangs on it.
#pragma once

#include "opa/policy_engine.h"
#include "site/config.h"
#include "site/context.h"

namespace connector::site {

// Folders, datasets and the connector's name; clock and callbacks are the caller's to set.
opa::PolicyEngine::Options policy_options(const Config& config);

// What may be asked of us at any time: a fetch of each dataset for each purpose that an agreement
// in force is about. What would be told then belongs to the impact of a policy as much as what was
// told before.
std::vector<opa::LiveQuestion> live_questions(const Context& context);
// One question to the agreements that a partner holds with us.
struct AgreementQuestion {
  core::Connector partner;
  exchange::DatasetInfo dataset;
  core::Purpose purpose;
  core::EpochNs now = 0;
};
// Those in force that cover the dataset: [{"id", "allows", "text", "term", "fields"}]. text and
// term, a path: of a refusal; fields: what it hides beside the policy. While no connector runs
// their terms are not judged: only "id".
core::Result<core::Json> agreements_about(const Context& context,
                                          const AgreementQuestion& question);
// With the live questions, and progress where the caller wants it.
opa::ImpactOptions impact_options(const Context& context, const admin::Call& call);

}  // namespace connector::site
