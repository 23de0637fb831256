#include "exchange/granted.h"

#include <algorithm>

#include "contract/duties.h"
#include "contract/judge.h"
#include "contract/offer.h"

namespace connector::exchange {
namespace {

using contract::Constraint;
using contract::Operator;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

core::Error refusal(const char* reason, const std::string& what, const std::string& next) {
  return core::denied(reason, what, next);
}

core::Error not_found(const std::string& id) {
  return {core::Code::kNotFound,
          "AGREEMENT_NOT_FOUND",
          "no agreement '" + id + "' between the two covers this dataset",
          "connector agreement list; connector catalog lists what can be agreed",
          {}};
}

contract::Facts facts_of(const FetchFacts& fetch, const KeptAgreement& kept,
                         const OfferTable& table) {
  contract::Facts facts;
  facts.enforcer = contract::Role::kProvider;
  facts.now = fetch.now;
  facts.concluded = kept.terms.concluded_s * kNsPerSecond;
  facts.consumer = fetch.caller;
  facts.dataset = fetch.dataset.id.str();
  facts.purpose = fetch.purpose.str();
  facts.party_ids = fetch.party_ids;
  // What the tables list is all there is: an empty list is known to be empty.
  facts.groups = table.groups_of(fetch.caller);
  if (facts.groups.empty()) facts.groups.emplace_back();
  facts.labels = fetch.dataset.labels;
  if (facts.labels.empty()) facts.labels.emplace_back();
  table.add_stated_facts(fetch.caller.participant, facts);
  return facts;
}

// "$.order_line.price" -> "order_line.price".
std::string path_of(const std::string& json_path) {
  return json_path.starts_with("$.") ? json_path.substr(2) : json_path;
}

// Labels that no target may have: fields with such a label are withheld.
void withhold(const std::vector<contract::Subject>& targets, const OfferTable& table,
              std::vector<decision::FieldRule>& fields) {
  for (const contract::Subject& target : targets) {
    for (const Constraint& one : target.refinements) {
      if (one.left != "skos:concept" || one.op != Operator::kIsNoneOf) continue;
      for (const contract::Value& label : one.right) {
        for (const std::string& path : table.paths_labelled(label.text)) {
          fields.push_back({path, decision::FieldOp::kDrop, {}});
        }
      }
    }
  }
}

std::vector<decision::FieldRule> fields_of(const KeptAgreement& kept, const OfferTable& table) {
  std::vector<decision::FieldRule> fields;
  const contract::Policy& policy = kept.terms.policy;
  withhold(policy.targets, table, fields);
  for (const contract::Rule& rule : policy.permissions) withhold(rule.targets, table, fields);
  const auto duties = contract::duties_of(policy, kept.terms.concluded_s * kNsPerSecond);
  for (const auto& replace : duties.replaces) {
    fields.push_back({path_of(replace.json_path), decision::FieldOp::kReplace, replace.with});
  }
  return fields;
}

}  // namespace

core::Result<Granted> grant(const std::string& id, const FetchFacts& facts,
                            const AgreementById& agreements, const OfferTable& table) {
  auto kept = agreements(id);
  if (!kept) return std::move(kept.error());
  if (!*kept || (*kept)->partner != facts.caller || (*kept)->role != contract::Role::kProvider) {
    return not_found(id);
  }
  const KeptAgreement& agreement = **kept;
  const auto& covered = agreement.terms.datasets;
  if (std::none_of(covered.begin(), covered.end(), [&](const std::string& pattern) {
        return contract::covers(pattern, facts.dataset.id.str());
      })) {
    return not_found(id);
  }
  if (agreement.state == AgreementState::kSigned) {
    return refusal("AGREEMENT_NOT_IN_FORCE", "agreement " + id + " is not signed by both sides yet",
                   "finish its negotiation");
  }
  if (agreement.state == AgreementState::kEnded) {
    return refusal(
        "AGREEMENT_ENDED",
        "agreement " + id + " was ended by " + agreement.ended_by + ": " + agreement.reason,
        "negotiate a new one");
  }
  const auto judged = contract::judge(agreement.terms.policy, facts_of(facts, agreement, table));
  if (!judged.allowed) {
    core::Error error =
        refusal("AGREEMENT_TERM", "agreement " + id + " does not permit this: " + judged.why,
                "connector agreement show " + id);
    error.metadata = {{"agreement", id}, {"term", judged.term}};
    return error;
  }
  return Granted{std::move(*kept), fields_of(agreement, table), judged.changes_at};
}

}  // namespace connector::exchange
