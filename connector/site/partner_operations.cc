#include <future>
#include <memory>

#include "core/text.h"
#include "site/context.h"

namespace connector::site {
namespace {

using core::Json;
using exchange::Partner;
using exchange::PartnerState;

Json to_json(const Partner& partner) {
  Json addresses = Json::array();
  for (const auto& address : partner.addresses) addresses.push(Json::string(address));
  Json keys = Json::array();
  for (const auto& key : partner.keys) {
    keys.push(Json::object()
                  .set("id", Json::string(key.id.str()))
                  .set("valid_from", Json::integer(key.valid_from_s))
                  .set("valid_to", Json::integer(key.valid_to_s)));
  }
  return Json::object()
      .set("partner", Json::string(partner.id.str()))
      .set("state", Json::string(state_name(partner.state)))
      .set("name", Json::string(partner.name))
      .set("addresses", std::move(addresses))
      .set("keys", std::move(keys))
      .set("introduction_sequence",
           Json::integer(static_cast<std::int64_t>(partner.introduction_sequence)))
      .set("introduction_digest", Json::string(partner.introduction_digest))
      .set("last_checkpoint", Json::string(partner.last_checkpoint));
}

core::Result<Json> list(const Context& context) {
  Json partners = Json::array();
  for (const Partner& partner : context.partners.list()) partners.push(to_json(partner));
  return Json::object().set("partners", std::move(partners));
}

core::Result<Json> show(const Context& context, const admin::Call& call) {
  auto partner = find_partner(context.partners, call.args.text_at("partner"));
  if (!partner) return std::move(partner.error());
  Json ids = Json::array();
  for (const auto& id : context.partners.party_ids(partner->id.participant)) {
    ids.push(Json::string(id));
  }
  return to_json(*partner).set("party_ids", std::move(ids));
}

core::Result<Json> set_state(const Context& context, const admin::Call& call,
                             const std::string& verb, PartnerState state) {
  auto partner = find_partner(context.partners, call.args.text_at("partner"));
  if (!partner) return std::move(partner.error());
  if (partner->state == PartnerState::kRevoked && state != PartnerState::kRevoked) {
    return core::Error{core::Code::kConflict,
                       "PARTNER_REVOKED",
                       partner->id.str() + " was revoked; that is for good",
                       "remove it, then add a new introduction",
                       {}};
  }
  partner->state = state;
  auto changed =
      context.change({.kind = "partner." + verb,
                      .self = context.self(),
                      .partner = partner->id,
                      .subject = partner->id.str(),
                      .detail = {},
                      .uid = call.uid},
                     {exchange::RequireIntroduction{partner->id, partner->introduction_digest},
                      exchange::PutPartner{*partner}});
  if (!changed) return std::move(changed.error());
  context.partners_changed();
  return to_json(*partner);
}

core::Result<Json> remove(const Context& context, const admin::Call& call) {
  auto partner = find_partner(context.partners, call.args.text_at("partner"));
  if (!partner) return std::move(partner.error());
  auto changed = context.change({.kind = "partner.removed",
                                 .self = context.self(),
                                 .partner = partner->id,
                                 .subject = partner->id.str(),
                                 .detail = {},
                                 .uid = call.uid},
                                {exchange::RemovePartner{partner->id}});
  if (!changed) return std::move(changed.error());
  context.partners_changed();
  return Json::object().set("removed", Json::string(partner->id.str()));
}

core::Result<Json> confirm(const Context& context, const admin::Call& call) {
  const std::string participant = call.args.text_at("participant");
  const std::string identifier = core::lower_ascii(call.args.text_at("identifier"));
  if (auto checked = check_participant(participant); !checked) return std::move(checked.error());
  if (identifier.find(':') == std::string::npos || identifier.back() == ':') {
    return core::invalid("IDENTIFIER_INVALID", "'" + identifier + "' has no scheme",
                         "write scheme:value, for example gln:8712345000004");
  }
  const Json* withdraw = call.args.find("withdraw");
  const bool remove = withdraw && withdraw->as_bool();
  auto changed =
      context.change({.kind = remove ? "party.withdrawn" : "party.confirmed",
                      .self = context.self(),
                      .partner = {},
                      .subject = identifier,
                      .detail = participant,
                      .uid = call.uid},
                     {exchange::PutPartyId{identifier, core::ParticipantId(participant), remove}});
  if (!changed) return std::move(changed.error());
  context.partners_changed();
  Json ids = Json::array();
  for (const auto& id : context.partners.party_ids(core::ParticipantId(participant))) {
    ids.push(Json::string(id));
  }
  return Json::object()
      .set("participant", Json::string(participant))
      .set("party_ids", std::move(ids));
}

}  // namespace

const char* state_name(PartnerState state) {
  switch (state) {
    case PartnerState::kActive:
      return "active";
    case PartnerState::kSuspended:
      return "suspended";
    case PartnerState::kRevoked:
      return "revoked";
  }
  return "revoked";
}

core::Result<Partner> find_partner(const exchange::Partners& partners, const std::string& name) {
  std::vector<Partner> found;
  std::vector<std::string> names;
  for (Partner& partner : partners.list()) {
    names.push_back(partner.id.str());
    if (partner.id.str() == name || partner.id.participant.str() == name) {
      found.push_back(std::move(partner));
    }
  }
  if (found.size() == 1) return std::move(found.front());
  if (found.size() > 1) {
    return core::invalid("PARTNER_AMBIGUOUS", name + " has several sites",
                         "name one of them, as in " + found.front().id.str());
  }
  const std::string near = core::nearest(name, names);
  return core::Error{core::Code::kNotFound,
                     "PARTNER_NOT_FOUND",
                     "no partner '" + name + "'",
                     near.empty() ? "see: connector partner list" : "did you mean " + near + "?",
                     {}};
}

core::Status Context::change(exchange::Change what, std::vector<exchange::Effect> effects) const {
  what.at = clock();
  auto promise = std::make_shared<std::promise<core::Status>>();
  auto done = promise->get_future();
  log.append({.entries = {exchange::entry_change(what, random)},
              .effects = std::move(effects),
              .on_behalf_of = {}},
             [promise](core::Result<exchange::LogSpan> span) {
               promise->set_value(span ? core::ok() : core::Status(std::move(span.error())));
             });
  return done.get();
}

void add_partner_operations(const Context& context, admin::Operations& operations) {
  operations["partner.list"] = [context](const admin::Call&) { return list(context); };
  operations["partner.show"] = [context](const admin::Call& call) { return show(context, call); };
  operations["partner.suspend"] = [context](const admin::Call& call) {
    return set_state(context, call, "suspended", PartnerState::kSuspended);
  };
  operations["partner.resume"] = [context](const admin::Call& call) {
    return set_state(context, call, "resumed", PartnerState::kActive);
  };
  operations["partner.revoke"] = [context](const admin::Call& call) {
    return set_state(context, call, "revoked", PartnerState::kRevoked);
  };
  operations["partner.remove"] = [context](const admin::Call& call) {
    return remove(context, call);
  };
  operations["partner.confirm"] = [context](const admin::Call& call) {
    return confirm(context, call);
  };
}

}  // namespace connector::site
