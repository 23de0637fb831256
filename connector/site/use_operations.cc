#include <algorithm>

#include "contract/duties.h"
#include "exchange/orders.h"
#include "site/context.h"
#include "site/received_data.h"
#include "store/store.h"

namespace connector::site {
namespace {

using core::Json;

core::Error not_running() {
  return core::unavailable("CONNECTOR_NOT_RUNNING",
                           "received data is used through the running connector",
                           "start it: connector serve");
}

Json number(std::uint64_t value) {
  return Json::string(std::to_string(value));
}

Json time_text(core::EpochNs at) {
  return Json::string(at == 0 ? std::string() : core::to_rfc3339(at));
}

core::Result<exchange::UseRequest> request_of(const Context& context, const admin::Call& call) {
  auto application =
      exchange::application_of(context.config().apps, {call.uid, {}}, call.args.text_at("app"));
  if (!application) return std::move(application.error());
  exchange::UseRequest request;
  request.agreement = call.args.text_at("agreement");
  request.dataset = call.args.text_at("dataset");
  request.purpose = core::Purpose(call.args.text_at("purpose"));
  request.application = application->name;
  request.roles = application->roles;
  if (!call.args.text_at("action").empty()) request.action = call.args.text_at("action");
  request.to_file = !call.args.text_at("out").empty();
  request.uid = call.uid;
  if (auto read = read_selection(call.args, request.selection); !read) {
    return std::move(read.error());
  }
  return request;
}

core::Result<Json> use(const Context& context, const admin::Call& call) {
  if (context.received == nullptr) return not_running();
  auto request = request_of(context, call);
  if (!request) return std::move(request.error());
  const core::Connector self = context.self();
  std::optional<core::Error> failure;
  const auto give = [&](const exchange::UsedRecord& given) {
    auto record = exchange::record_to_json(
        {given.dataset, 0, std::string(given.bytes), std::nullopt, given.account}, self);
    if (!record) failure = std::move(record.error());
    if (!record || !call.progress) return record.has_value();
    return call.progress(Json::object().set("record", *record->find("record")));
  };
  const auto summary = context.received->use().run(*request, give);
  if (!summary) return summary.error();
  if (failure) return *failure;
  return Json::object()
      .set("use_id", Json::string(summary->id))
      .set("agreement", Json::string(request->agreement))
      .set("application", Json::string(request->application))
      .set("number", number(summary->number))
      .set("remaining",
           Json::string(summary->remaining ? std::to_string(*summary->remaining) : std::string()))
      .set("records", number(summary->records))
      .set("bytes", number(summary->bytes));
}

Json to_json(const exchange::Holding& holding) {
  Json datasets = Json::array();
  for (const auto& one : holding.agreement.terms.datasets) datasets.push(Json::string(one));
  const exchange::VaultFacts& facts = holding.facts;
  const bool in_force = holding.agreement.state == exchange::AgreementState::kInForce;
  return Json::object()
      .set("agreement", Json::string(holding.agreement.terms.id))
      .set("provider", Json::string(holding.agreement.partner.str()))
      .set("datasets", std::move(datasets))
      .set("in_force", Json::boolean(in_force))
      .set("records", number(facts.objects))
      .set("uses", number(facts.uses))
      .set("remaining",
           Json::string(holding.remaining ? std::to_string(*holding.remaining) : std::string()))
      .set("held", Json::boolean(facts.held))
      .set("last_use", time_text(facts.last_use))
      .set("delete_by", time_text(holding.due.value_or(0)))
      .set("deleted", time_text(facts.emptied));
}

core::Result<Json> status(const Context& context) {
  if (context.received == nullptr) return not_running();
  const auto holdings = context.received->holdings();
  if (!holdings) return holdings.error();
  Json list = Json::array();
  for (const auto& one : *holdings) list.push(to_json(one));
  const auto outgoing = context.store.vault_work().outgoing();
  if (!outgoing) return outgoing.error();
  Json waiting = Json::array();
  for (const auto& one : *outgoing) {
    waiting.push(Json::object()
                     .set("what", Json::string(one.name))
                     .set("to", Json::string(one.to.str()))
                     .set("attempts", number(one.attempts))
                     .set("next", time_text(one.next)));
  }
  return Json::object().set("agreements", std::move(list)).set("outgoing", std::move(waiting));
}

core::Result<Json> confirm_restore(const Context& context, const admin::Call& call) {
  if (context.received == nullptr) return not_running();
  const auto holdings = context.received->holdings();
  if (!holdings) return holdings.error();
  std::vector<std::string> counted;
  for (const auto& one : *holdings) {
    if (one.remaining) counted.push_back(one.agreement.terms.id);
  }
  const auto held = context.received->standing().confirm(counted, call.uid);
  if (!held) return held.error();
  return Json::object().set("held", number(*held));
}

core::Result<Json> erase(const Context& context, const admin::Call& call) {
  if (context.received == nullptr) return not_running();
  const std::string agreement = call.args.text_at("agreement");
  const auto facts = context.store.vault().facts(agreement);
  if (!facts) return facts.error();
  if (!*facts) {
    return core::Error{core::Code::kNotFound,
                       "NOTHING_RECEIVED",
                       "nothing was received under agreement '" + agreement + "'",
                       "connector vault status",
                       {}};
  }
  if (auto erased = context.received->custody().erase(agreement, 0, call.uid); !erased) {
    return std::move(erased.error());
  }
  return Json::object().set("agreement", Json::string(agreement));
}

}  // namespace

core::Result<std::vector<exchange::RecordRow>> used_for_order(const Context& context,
                                                              const admin::Call& call) {
  std::vector<exchange::RecordRow> rows;
  const Json* const agreements = call.args.find("agreements");
  if (agreements == nullptr || agreements->items().empty()) return rows;
  if (context.received == nullptr) return not_running();
  for (const Json& agreement : agreements->items()) {
    auto request = request_of(context, call);
    if (!request) return std::move(request.error());
    request->agreement = agreement.text();
    request->action = "display";
    request->selection.order_numbers = {call.args.text_at("order")};
    const auto kept = context.store.contracts().agreement(request->agreement);
    if (!kept) return kept.error();
    const auto from = *kept ? std::optional((*kept)->partner) : std::nullopt;
    const auto done = context.received->use().run(*request, [&](const exchange::UsedRecord& given) {
      rows.push_back({given.dataset, 0, std::string(given.bytes), from, given.account});
      return true;
    });
    if (!done) return done.error();
  }
  return rows;
}

void add_use_operations(const Context& context, admin::Operations& operations) {
  operations["use"] = [context](const admin::Call& call) { return use(context, call); };
  operations["vault.status"] = [context](const admin::Call&) { return status(context); };
  operations["vault.confirm-restore"] = [context](const admin::Call& call) {
    return confirm_restore(context, call);
  };
  operations["vault.delete"] = [context](const admin::Call& call) { return erase(context, call); };
}

}  // namespace connector::site
