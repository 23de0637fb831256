#include "store/contract_rows.h"

#include "contract/policy_json.h"
#include "core/digest.h"
#include "core/json.h"

namespace connector::store {
namespace {

using core::Json;
using exchange::AgreementSignature;
using exchange::AgreementState;
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

std::vector<std::string> texts(const Json& json, const char* key) {
  std::vector<std::string> values;
  const Json* list = json.find(key);
  if (list == nullptr) return values;
  for (const Json& item : list->items()) values.push_back(item.text());
  return values;
}

std::int64_t number(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value == nullptr ? 0 : value->as_int64().value_or(0);
}

bool flag(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value != nullptr && value->as_bool();
}

core::Connector connector(const Json& json, const char* key) {
  const std::string& id = json.text_at(key);
  const auto slash = id.rfind('/');
  if (slash == std::string::npos) return {};
  return {core::ParticipantId(id.substr(0, slash)), core::SiteName(id.substr(slash + 1))};
}

core::Error damaged(const char* what) {
  return core::unavailable("STORE_DAMAGED", std::string("the store is damaged: ") + what,
                           "stop the connector and restore a backup");
}

core::Result<Json> parse(const std::string& row) {
  core::JsonLimits limits;
  limits.bytes = core::limits::kPolicyBytes;
  return core::parse_untrusted(row, limits);
}

core::Result<contract::Policy> policy(const Json& json, const char* key) {
  const Json* value = json.find(key);
  if (value == nullptr) return damaged("a negotiation has no terms");
  return contract::from_json(*value);
}

Json signature(const AgreementSignature& one) {
  return Json::object()
      .set("key_id", text(one.key_id))
      .set("signature", text(core::base64(one.signature)));
}

AgreementSignature signature(const Json& json, const char* key) {
  const Json* value = json.find(key);
  if (value == nullptr) return {};
  auto bytes = core::from_base64(value->text_at("signature"));
  return {value->text_at("key_id"), bytes ? std::move(*bytes) : std::string()};
}

const char* name_of(AgreementState state) {
  switch (state) {
    case AgreementState::kSigned:
      return "signed";
    case AgreementState::kInForce:
      return "in-force";
    case AgreementState::kEnded:
      return "ended";
  }
  return "ended";
}

AgreementState state_named(const std::string& name) {
  if (name == "signed") return AgreementState::kSigned;
  return name == "in-force" ? AgreementState::kInForce : AgreementState::kEnded;
}

}  // namespace

std::string to_text(const Negotiation& one) {
  return core::to_text(Json::object()
                           .set("id", text(one.id))
                           .set("their_id", text(one.their_id))
                           .set("partner", text(one.partner.str()))
                           .set("role", text(std::string(contract::name_of(one.role))))
                           .set("state", text(std::string(contract::name_of(one.state))))
                           .set("offer", text(one.offer))
                           .set("offer_digest", text(core::hex(one.offer_digest)))
                           .set("datasets", texts(one.datasets))
                           .set("offered", contract::to_json(one.offered))
                           .set("policy", contract::to_json(one.policy))
                           .set("changed", texts(one.changed))
                           .set("waiting", Json::boolean(one.waiting))
                           .set("any_terms", Json::boolean(one.any_terms))
                           .set("delivered", Json::boolean(one.delivered))
                           .set("said", text(one.said))
                           .set("heard", text(one.heard))
                           .set("agreement", text(one.agreement))
                           .set("reason", text(one.reason))
                           .set("started", Json::integer(one.started_s))
                           .set("changed_at", Json::integer(one.changed_s))
                           .set("expires", Json::integer(one.expires_s))
                           .set("version", Json::integer(static_cast<std::int64_t>(one.version))));
}

core::Result<Negotiation> negotiation_from(const std::string& row) {
  const auto json = parse(row);
  if (!json) return json.error();
  const auto role = contract::role_named(json->text_at("role"));
  const auto state = contract::state_named(json->text_at("state"));
  const auto bytes = core::from_hex(json->text_at("offer_digest"));
  const auto digest = bytes ? core::digest_of_bytes(*bytes) : bytes.error();
  if (!role || !state || !digest) return damaged("a negotiation cannot be read");
  auto offered = policy(*json, "offered");
  if (!offered) return std::move(offered.error());
  auto terms = policy(*json, "policy");
  if (!terms) return std::move(terms.error());
  Negotiation one;
  one.id = json->text_at("id");
  one.their_id = json->text_at("their_id");
  one.partner = connector(*json, "partner");
  one.role = *role;
  one.state = *state;
  one.offer = json->text_at("offer");
  one.offer_digest = *digest;
  one.datasets = texts(*json, "datasets");
  one.offered = std::move(*offered);
  one.policy = std::move(*terms);
  one.changed = texts(*json, "changed");
  one.waiting = flag(*json, "waiting");
  one.any_terms = flag(*json, "any_terms");
  one.delivered = flag(*json, "delivered");
  one.said = json->text_at("said");
  one.heard = json->text_at("heard");
  one.agreement = json->text_at("agreement");
  one.revision = core::Revision(json->text_at("revision"));
  one.their_revision = core::Revision(json->text_at("their_revision"));
  one.rounds = static_cast<std::uint64_t>(number(*json, "rounds"));
  one.reason = json->text_at("reason");
  one.started_s = number(*json, "started");
  one.changed_s = number(*json, "changed_at");
  one.expires_s = number(*json, "expires");
  one.version = static_cast<std::uint64_t>(number(*json, "version"));
  return one;
}

std::string to_text(const KeptAgreement& one) {
  return core::to_text(Json::object()
                           .set("partner", text(one.partner.str()))
                           .set("role", text(std::string(contract::name_of(one.role))))
                           .set("state", text(name_of(one.state)))
                           .set("payload", text(one.payload))
                           .set("provider", signature(one.provider))
                           .set("consumer", signature(one.consumer))
                           .set("negotiation", text(one.negotiation))
                           .set("ended", Json::integer(one.ended_s))
                           .set("ended_by", text(one.ended_by))
                           .set("reason", text(one.reason))
                           .set("end_delivered", Json::boolean(one.end_delivered)));
}

core::Result<KeptAgreement> agreement_from(const std::string& row) {
  const auto json = parse(row);
  if (!json) return json.error();
  const auto role = contract::role_named(json->text_at("role"));
  if (!role) return damaged("an agreement cannot be read");
  KeptAgreement one;
  one.partner = connector(*json, "partner");
  one.role = *role;
  one.state = state_named(json->text_at("state"));
  one.payload = json->text_at("payload");
  one.provider = signature(*json, "provider");
  one.consumer = signature(*json, "consumer");
  one.negotiation = json->text_at("negotiation");
  one.ended_s = number(*json, "ended");
  one.ended_by = json->text_at("ended_by");
  one.reason = json->text_at("reason");
  one.end_delivered = flag(*json, "end_delivered");
  auto terms = contract::read_agreement(one.payload);
  if (!terms) return std::move(terms.error());
  one.terms = std::move(*terms);
  return one;
}

}  // namespace connector::store
