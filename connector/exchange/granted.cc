#include "exchange/granted.h"

#include <algorithm>

#include "contract/condition.h"
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

// Sealed on its way and where it comes to lie; without names where the consumer has to take them
// out before the first read; else what our admin has labelled the dataset as.
std::vector<std::string> states_of(const DatasetInfo& dataset, const contract::Duties& duties) {
  std::vector<std::string> states{"idsc:encrypted"};
  if (duties.anonymize) states.emplace_back("idsc:anonymized");
  for (const std::string& label : dataset.labels) {
    if (label == "anonymized" || label == "pseudonymized" || label == "combined") {
      states.push_back("idsc:" + label);
    }
  }
  return states;
}

contract::Facts facts_of(const FetchFacts& fetch, const KeptAgreement& kept,
                         const contract::Duties& duties, const OfferTable& table) {
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
  facts.artifact_states = states_of(fetch.dataset, duties);
  facts.rows_by_consent = true;  // Granted::consenting
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

std::vector<decision::FieldRule> fields_of(const contract::Policy& policy,
                                           const contract::Duties& duties,
                                           const OfferTable& table) {
  std::vector<decision::FieldRule> fields;
  withhold(policy.targets, table, fields);
  for (const contract::Rule& rule : policy.permissions) withhold(rule.targets, table, fields);
  for (const auto& replace : duties.replaces) {
    fields.push_back({path_of(replace.json_path), decision::FieldOp::kReplace, replace.with});
  }
  return fields;
}

// Of the persons whom the agreement names those who consent.
std::vector<std::string> consents_of(const contract::Duties& duties, const OfferTable& table) {
  std::vector<std::string> found;
  for (const auto& consent : duties.consents) {
    for (const std::string& person : consent.persons) {
      if (table.consenting()->contains(person)) found.push_back(person);
    }
  }
  return found;
}

bool concerns_each(const contract::Duties& duties) {
  return std::any_of(duties.consents.begin(), duties.consents.end(),
                     [](const auto& one) { return one.persons.empty(); });
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
  const contract::Policy& policy = agreement.terms.policy;
  const auto duties = contract::duties_of(policy, agreement.terms.concluded_s * kNsPerSecond);
  contract::Facts known = facts_of(facts, agreement, duties, table);
  known.consents = consents_of(duties, table);
  const auto lapse = table.add_payments(agreement.terms, known);
  const auto judged = contract::judge(policy, known);
  if (!judged.allowed) {
    core::Error error =
        refusal("AGREEMENT_TERM", "agreement " + id + " does not permit this: " + judged.why,
                "connector agreement show " + id);
    error.metadata = {{"agreement", id}, {"term", judged.term}};
    return error;
  }
  auto fields = fields_of(policy, duties, table);
  return Granted{std::move(*kept), std::move(fields),
                 concerns_each(duties) ? table.consenting() : nullptr,
                 contract::earliest(judged.changes_at, lapse)};
}

}  // namespace connector::exchange
