// What the agreements in force say to a fetch that the policy permits.
#include <algorithm>

#include "contract/offer.h"
#include "exchange/granted.h"
#include "opa/policy_engine.h"
#include "site/context.h"
#include "site/policy_options.h"
#include "store/store.h"

namespace connector::site {
namespace {

using core::Json;
using exchange::KeptAgreement;

constexpr std::size_t kAgreements = 100'000;

bool covers(const KeptAgreement& kept, const std::string& dataset) {
  const auto& patterns = kept.terms.datasets;
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return contract::covers(pattern, dataset);
  });
}

// Ours as provider, in force.
core::Result<std::vector<KeptAgreement>> live(const Context& context,
                                              const core::Connector& partner) {
  auto kept = context.store.contracts().agreements(partner, kAgreements);
  if (!kept) return std::move(kept.error());
  std::erase_if(*kept, [](const KeptAgreement& one) {
    return one.role != contract::Role::kProvider || one.state != exchange::AgreementState::kInForce;
  });
  return kept;
}

const char* word(decision::FieldOp op) {
  return op == decision::FieldOp::kDrop ? "withheld" : "changed";
}

Json judged(const Context& context, const KeptAgreement& kept, const AgreementQuestion& asked) {
  Json json = Json::object().set("id", Json::string(kept.terms.id));
  if (!context.contracting || !context.policy) return json;
  const auto granted = exchange::grant(
      kept.terms.id,
      {asked.partner, asked.dataset, asked.purpose, asked.now,
       context.partners.party_ids(asked.partner.participant)},
      [&](const std::string& id) { return context.contracting->agreement(id); },
      *context.policy->offers());
  json.set("allows", Json::boolean(granted.has_value()));
  if (!granted) {
    const auto term = granted.error().metadata.find("term");
    return json.set("text", Json::string(granted.error().message))
        .set("term", Json::string(term == granted.error().metadata.end() ? "" : term->second));
  }
  Json fields = Json::array();
  for (const decision::FieldRule& rule : granted->fields) {
    fields.push(Json::object()
                    .set("path", Json::string(rule.path))
                    .set("operation", Json::string(word(rule.op))));
  }
  return json.set("fields", std::move(fields));
}

}  // namespace

core::Result<Json> agreements_about(const Context& context, const AgreementQuestion& question) {
  auto agreements = live(context, question.partner);
  if (!agreements) return std::move(agreements.error());
  Json list = Json::array();
  for (const KeptAgreement& kept : *agreements) {
    if (covers(kept, question.dataset.id.str())) list.push(judged(context, kept, question));
  }
  return list;
}

}  // namespace connector::site
