// What our partners may ask under the agreements that are in force.
#include <algorithm>
#include <set>

#include "contract/offer.h"
#include "site/context.h"
#include "site/policy_options.h"
#include "store/store.h"

namespace connector::site {
namespace {

using contract::Constraint;
using contract::Operator;
using exchange::KeptAgreement;

constexpr std::size_t kMost = 10'000;  // questions, of the newest agreements

void add_purposes(const Constraint& constraint, std::set<std::string>& purposes) {
  for (const Constraint& operand : constraint.operands) add_purposes(operand, purposes);
  const bool permits = constraint.left == "purpose" && constraint.op != Operator::kIsNoneOf &&
                       constraint.op != Operator::kNeq;
  if (!permits) return;
  for (const contract::Value& value : constraint.right) purposes.insert(value.text);
}

// Those that it names; where it names none, a fetch that states none stands for all.
std::set<std::string> purposes_of(const KeptAgreement& agreement) {
  std::set<std::string> purposes;
  for (const contract::Rule& rule : agreement.terms.policy.permissions) {
    for (const Constraint& one : rule.constraints) add_purposes(one, purposes);
  }
  if (purposes.empty()) purposes.emplace();
  return purposes;
}

bool covers(const KeptAgreement& agreement, const core::DatasetId& dataset) {
  const auto& patterns = agreement.terms.datasets;
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return contract::covers(pattern, dataset.str());
  });
}

decision::Question question_of(const Context& context, const KeptAgreement& agreement,
                               const exchange::DatasetInfo& dataset) {
  decision::Question question;
  question.point = "fetch";
  question.caller = agreement.partner;
  question.self = context.self();
  question.request_id = "live";
  question.dataset = dataset.id;
  question.dataset_labels = dataset.labels;
  question.kinds = dataset.kinds;
  question.party_ids = context.partners.party_ids(agreement.partner.participant);
  question.agreement_id = agreement.terms.id;
  question.now_s = context.clock() / 1'000'000'000;
  return question;
}

}  // namespace

std::vector<opa::LiveQuestion> live_questions(const Context& context) {
  std::vector<opa::LiveQuestion> questions;
  const auto agreements = context.store.contracts().agreements({}, kMost);
  if (!agreements) return questions;
  const Config config = context.config();
  for (const KeptAgreement& agreement : *agreements) {
    if (agreement.role != contract::Role::kProvider ||
        agreement.state != exchange::AgreementState::kInForce) {
      continue;
    }
    for (const DatasetConfig& one : config.datasets) {
      if (!covers(agreement, one.info.id)) continue;
      for (const std::string& purpose : purposes_of(agreement)) {
        if (questions.size() == kMost) return questions;
        decision::Question question = question_of(context, agreement, one.info);
        question.purpose = core::Purpose(purpose);
        questions.push_back({"agreement " + agreement.terms.id, std::move(question)});
      }
    }
  }
  return questions;
}

}  // namespace connector::site
