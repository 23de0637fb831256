#include <algorithm>
#include <chrono>

#include "contract/offer.h"
#include "contract/policy_json.h"
#include "contract/registry.h"
#include "core/limits.h"
#include "exchange/contracting.h"
#include "site/context.h"
#include "store/store.h"

namespace connector::site {
namespace {

using contract::Constraint;
using contract::Operator;
using core::Json;
using exchange::KeptAgreement;
using exchange::Negotiation;

Json text(const std::string& value) {
  return Json::string(value);
}

Json texts(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push(Json::string(value));
  return list;
}

Json time(std::int64_t second) {
  return Json::string(second == 0 ? "" : core::to_rfc3339(second * 1'000'000'000));
}

core::Error not_running() {
  return core::unavailable("CONNECTOR_NOT_RUNNING", "contracts are made by the running connector",
                           "start it: connector serve");
}

Json terms(const contract::Policy& policy) {
  Json list = Json::array();
  for (const contract::Finding& finding : contract::assess(policy).findings) {
    list.push(Json::object()
                  .set("path", text(finding.path))
                  .set("plain", text(finding.plain))
                  .set("label", text(std::string(words(finding.term->enforcer)))));
  }
  return list;
}

core::Result<contract::Policy> policy_of(const exchange::OfferItem& item) {
  const auto json = core::parse_untrusted(item.policy);
  if (!json) return json.error();
  return contract::from_json(*json);
}

core::Result<Json> to_json(const exchange::OfferItem& item) {
  auto policy = policy_of(item);
  if (!policy) return std::move(policy.error());
  Json datasets = Json::array();
  for (const auto& dataset : item.datasets) datasets.push(text(dataset.id.str()));
  return Json::object()
      .set("offer", text(item.id))
      .set("title", text(item.title))
      .set("datasets", std::move(datasets))
      .set("patterns", texts(item.patterns))
      .set("digest", text(core::hex(core::sha256(item.policy))))
      .set("terms", terms(*policy));
}

Json to_json(const Negotiation& one) {
  return Json::object()
      .set("negotiation", text(one.id))
      .set("partner", text(one.partner.str()))
      .set("role", text(std::string(contract::name_of(one.role))))
      .set("state", text(std::string(contract::name_of(one.state))))
      .set("offer", text(one.offer))
      .set("datasets", texts(one.datasets))
      .set("changed", texts(one.changed))
      .set("waiting", Json::boolean(one.waiting))
      .set("delivered", Json::boolean(one.delivered))
      .set("agreement", text(one.agreement))
      .set("reason", text(one.reason))
      .set("their_id", text(one.their_id))
      .set("started", time(one.started_s))
      .set("changed_at", time(one.changed_s))
      .set("expires", time(one.expires_s));
}

const char* name_of(exchange::AgreementState state) {
  switch (state) {
    case exchange::AgreementState::kSigned:
      return "signed";
    case exchange::AgreementState::kInForce:
      return "in force";
    case exchange::AgreementState::kEnded:
      return "ended";
  }
  return "ended";
}

Json to_json(const KeptAgreement& one) {
  return Json::object()
      .set("agreement", text(one.terms.id))
      .set("partner", text(one.partner.str()))
      .set("role", text(std::string(contract::name_of(one.role))))
      .set("state", text(name_of(one.state)))
      .set("offer", text(one.terms.offer))
      .set("datasets", texts(one.terms.datasets))
      .set("concluded", time(one.terms.concluded_s))
      .set("ended", time(one.ended_s))
      .set("ended_by", text(one.ended_by))
      .set("reason", text(one.reason));
}

// ---- what we ask for ----

// Of the first permission: the one constraint on this operand is put otherwise, or added.
void put(contract::Policy& policy, const std::string& left, Operator op, contract::Value value) {
  if (policy.permissions.empty()) return;
  auto& constraints = policy.permissions.front().constraints;
  const auto found =
      std::find_if(constraints.begin(), constraints.end(), [&](const Constraint& one) {
        return one.kind == Constraint::Kind::kAtomic && one.left == left && one.op == op;
      });
  Constraint made;
  if (found != constraints.end()) made = *found;
  made.left = left;
  made.op = op;
  made.right = {std::move(value)};
  if (found != constraints.end()) {
    *found = std::move(made);
  } else {
    constraints.push_back(std::move(made));
  }
}

core::Result<std::optional<contract::Policy>> asked_terms(const Json& args,
                                                          const exchange::OfferItem& item) {
  const std::string uses = args.text_at("uses");
  const std::string until = args.text_at("until");
  if (uses.empty() && until.empty()) return std::optional<contract::Policy>();
  auto policy = policy_of(item);
  if (!policy) return std::move(policy.error());
  if (!uses.empty()) put(*policy, "count", Operator::kLteq, {"xsd:integer", uses});
  if (!until.empty()) put(*policy, "dateTime", Operator::kLteq, {"xsd:dateTime", until});
  return std::optional<contract::Policy>(std::move(*policy));
}

core::Result<exchange::OfferItem> find_offer(const Context& context,
                                             const exchange::Partner& partner,
                                             const std::string& id) {
  exchange::OfferQuery query;
  query.offer = id;
  auto page = context.contract_client.list_offers(partner, query);
  if (!page) return std::move(page.error());
  if (page->offers.empty()) {
    return core::Error{core::Code::kNotFound,
                       "OFFER_NOT_FOUND",
                       partner.id.str() + " makes us no offer '" + id + "'",
                       "connector catalog " + partner.id.str(),
                       {}};
  }
  return std::move(page->offers.front());
}

core::Result<Json> catalog(const Context& context, const admin::Call& call) {
  auto partner = find_partner(context.partners, call.args.text_at("partner"));
  if (!partner) return std::move(partner.error());
  if (auto told = introduce_to(context, *partner);
      !told && told.error().code == core::Code::kInternal) {
    return std::move(told.error());
  }
  exchange::OfferQuery query;
  query.dataset = call.args.text_at("dataset");
  query.page_token = call.args.text_at("page_token");
  query.page_size = static_cast<int>(core::limits::kPageSizeMax);
  auto page = context.contract_client.list_offers(*partner, query);
  if (!page) return std::move(page.error());
  Json offers = Json::array();
  for (const auto& item : page->offers) {
    auto json = to_json(item);
    if (!json) return json;
    offers.push(std::move(*json));
  }
  return Json::object()
      .set("partner", text(partner->id.str()))
      .set("offers", std::move(offers))
      .set("next_page_token", text(page->next_page_token));
}

core::Result<Json> negotiate(const Context& context, const admin::Call& call) {
  if (context.contracting == nullptr) return not_running();
  auto partner = find_partner(context.partners, call.args.text_at("partner"));
  if (!partner) return std::move(partner.error());
  if (auto told = introduce_to(context, *partner);
      !told && told.error().code == core::Code::kInternal) {
    return std::move(told.error());
  }
  auto offer = find_offer(context, *partner, call.args.text_at("offer"));
  if (!offer) return std::move(offer.error());
  auto wanted = asked_terms(call.args, *offer);
  if (!wanted) return std::move(wanted.error());
  const auto flag = [&](const char* key) {
    const Json* value = call.args.find(key);
    return value && value->as_bool();
  };
  const auto start = std::chrono::steady_clock::now();
  auto row = context.contracting->ask(
      {partner->id, std::move(*offer), std::move(*wanted), flag("accept"), flag("anew"), call.uid});
  if (!row) return std::move(row.error());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  return to_json(*row)
      .set("terms", terms(row->policy))
      .set("milliseconds", text(std::to_string(took.count())));
}

core::Result<Json> show_negotiation(const Context& context, const std::string& id) {
  auto row = context.store.contracts().negotiation(id);
  if (!row) return std::move(row.error());
  if (!*row) {
    return core::Error{core::Code::kNotFound,
                       "NEGOTIATION_NOT_FOUND",
                       "no negotiation " + id,
                       "connector negotiation list",
                       {}};
  }
  return to_json(**row).set("terms", terms((*row)->policy));
}

core::Result<Json> list_negotiations(const Context& context, bool open) {
  auto rows = context.store.contracts().negotiations(open, core::limits::kPageSizeMax);
  if (!rows) return std::move(rows.error());
  Json list = Json::array();
  for (const Negotiation& row : *rows) list.push(to_json(row));
  return Json::object().set("negotiations", std::move(list));
}

// Names one of its constraints other purposes only?
bool allows_purpose(const contract::Rule& rule, const std::string& purpose) {
  return std::all_of(rule.constraints.begin(), rule.constraints.end(), [&](const Constraint& one) {
    const bool names = one.kind == Constraint::Kind::kAtomic && one.left == "purpose" &&
                       one.op != Operator::kIsNoneOf && one.op != Operator::kNeq;
    return !names || std::any_of(one.right.begin(), one.right.end(),
                                 [&](const auto& value) { return value.text == purpose; });
  });
}

core::Result<Json> answered(core::Result<Negotiation> row) {
  if (!row) return std::move(row.error());
  return to_json(*row);
}

// Deletion proofs and use statements of the consumer, newest first.
core::Result<Json> statements_about(const Context& context, const std::string& agreement) {
  const auto kept = context.store.vault_work().statements(agreement);
  if (!kept) return kept.error();
  Json list = Json::array();
  for (const exchange::KeepStatement& one : *kept) {
    list.push(Json::object()
                  .set("what", text(one.kind))
                  .set("from", text(one.consumer.str()))
                  .set("uses", text(std::to_string(one.uses)))
                  .set("at", text(core::to_rfc3339(one.at)))
                  .set("digest", text(one.digest)));
  }
  return list;
}

core::Result<Json> show_agreement(const Context& context, const std::string& id) {
  auto kept = context.store.contracts().agreement(id);
  if (!kept) return std::move(kept.error());
  if (!*kept) {
    return core::Error{core::Code::kNotFound,
                       "AGREEMENT_NOT_FOUND",
                       "no agreement " + id,
                       "connector agreement list",
                       {}};
  }
  auto statements = statements_about(context, id);
  if (!statements) return statements;
  return to_json(**kept)
      .set("terms", terms((*kept)->terms.policy))
      .set("statements", std::move(*statements))
      .set("payload", text((*kept)->payload))
      .set("signatures", Json::array({Json::object()
                                          .set("role", text("provider"))
                                          .set("key_id", text((*kept)->provider.key_id)),
                                      Json::object()
                                          .set("role", text("consumer"))
                                          .set("key_id", text((*kept)->consumer.key_id))}));
}

core::Result<Json> list_agreements(const Context& context, const std::string& name) {
  core::Connector partner;
  if (!name.empty()) {
    auto found = find_partner(context.partners, name);
    if (!found) return std::move(found.error());
    partner = found->id;
  }
  auto kept = context.store.contracts().agreements(partner, core::limits::kPageSizeMax);
  if (!kept) return std::move(kept.error());
  Json list = Json::array();
  for (const KeptAgreement& one : *kept) list.push(to_json(one));
  return Json::object().set("agreements", std::move(list));
}

}  // namespace

core::Result<std::string> agreement_for(const Context& context, const core::Connector& partner,
                                        const std::string& dataset, const std::string& purpose) {
  auto kept = context.store.contracts().agreements(partner, core::limits::kPageSizeMax);
  if (!kept) return std::move(kept.error());
  std::string another;
  for (const KeptAgreement& one : *kept) {
    const auto& covered = one.terms.datasets;
    if (one.role != contract::Role::kConsumer || one.state != exchange::AgreementState::kInForce ||
        std::none_of(covered.begin(), covered.end(), [&](const std::string& pattern) {
          return contract::covers(pattern, dataset);
        })) {
      continue;
    }
    // As the provider will judge it, by what we know of ourselves; it knows the rest.
    const auto& permissions = one.terms.policy.permissions;
    const bool fits = std::any_of(permissions.begin(), permissions.end(),
                                  [&](const auto& rule) { return allows_purpose(rule, purpose); });
    if (fits) return one.terms.id;
    if (another.empty()) another = one.terms.id;
  }
  return another;  // its provider names the term that forbids it
}

void add_contract_operations(const Context& context, admin::Operations& operations) {
  operations["catalog"] = [context](const admin::Call& call) { return catalog(context, call); };
  operations["negotiate"] = [context](const admin::Call& call) { return negotiate(context, call); };
  operations["negotiation.list"] = [context](const admin::Call& call) {
    const Json* open = call.args.find("open");
    return list_negotiations(context, open && open->as_bool());
  };
  operations["negotiation.show"] = [context](const admin::Call& call) {
    return show_negotiation(context, call.args.text_at("negotiation"));
  };
  operations["negotiation.approve"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (context.contracting == nullptr) return not_running();
    return answered(context.contracting->approve(call.args.text_at("negotiation"), call.uid));
  };
  operations["negotiation.reject"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (context.contracting == nullptr) return not_running();
    return answered(context.contracting->reject(call.args.text_at("negotiation"),
                                                call.args.text_at("reason"), call.uid));
  };
  operations["agreement.list"] = [context](const admin::Call& call) {
    return list_agreements(context, call.args.text_at("partner"));
  };
  operations["agreement.show"] = [context](const admin::Call& call) {
    return show_agreement(context, call.args.text_at("agreement"));
  };
  operations["agreement.end"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (context.contracting == nullptr) return not_running();
    auto ended = context.contracting->end(call.args.text_at("agreement"),
                                          call.args.text_at("reason"), call.uid);
    if (!ended) return std::move(ended.error());
    return to_json(*ended);
  };
}

}  // namespace connector::site
