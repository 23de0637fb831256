#include "exchange/negotiation_message.h"

#include <algorithm>
#include <array>

#include "contract/policy_json.h"
#include "core/limits.h"
#include "evidence/dsse.h"
#include "exchange/payload.h"

namespace connector::exchange {
namespace {

namespace limits = core::limits;
using contract::Message;
using core::Json;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kNameBytes = 200;
constexpr std::size_t kTextBytes = 2000;

struct Word {
  Message kind;
  const char* word;
};
constexpr std::array<Word, 7> kWords = {{{Message::kRequest, "request"},
                                         {Message::kOffer, "offer"},
                                         {Message::kAccept, "accepted"},
                                         {Message::kAgreement, "agreement"},
                                         {Message::kVerification, "verification"},
                                         {Message::kFinalization, "finalized"},
                                         {Message::kTermination, "termination"}}};

std::string word_of(Message kind) {
  return kWords[static_cast<std::size_t>(kind)].word;
}

Message kind_of(Members& members) {
  const std::string word = members.present("message", kNameBytes);
  for (const Word& one : kWords) {
    if (word == one.word) return one.kind;
  }
  members.fail("message is none of the protocol's");
  return Message::kTermination;
}

Json texts(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push(text_json(value));
  return list;
}

core::Result<Json> parse(std::string_view payload, const char* what) {
  core::JsonLimits bounds;
  bounds.bytes = limits::kEnvelopeBytes;
  auto json = core::parse_untrusted(payload, bounds);
  if (json && json->is_object()) return json;
  return core::invalid("STATEMENT_INVALID",
                       std::string(what) + ": " + (json ? "it is no object" : json.error().message),
                       "see docs/formats.md for its exact form");
}

// Only the key in use speaks now; what was signed with an earlier one is signed anew before it is
// sent again.
core::Status in_use_now(const Partner& partner, const PartnerKey& key, core::EpochNs now) {
  if (key.id != partner.keys.back().id) {
    return core::Error{core::Code::kUnauthenticated,
                       "KEY_NOT_VALID",
                       "key " + key.id.str() + " was rotated out",
                       "sign with the key in use",
                       {}};
  }
  return valid_at(key, now / kNsPerSecond, limits::kClockSkew.count());
}

}  // namespace

std::string to_payload(const NegotiationMessage& message) {
  Json json = Json::object();
  json.set("message", text_json(word_of(message.kind)))
      .set("consumer_pid", text_json(message.consumer_pid))
      .set("provider_pid", text_json(message.provider_pid))
      .set("from", text_json(message.from.str()))
      .set("audience", text_json(message.audience.str()))
      .set("issued", text_json(std::to_string(message.issued_s)))
      .set("offer", text_json(message.offer))
      .set("offer_digest", text_json(core::hex(message.offer_digest)))
      .set("policy", message.policy ? contract::to_json(*message.policy) : Json())
      .set("changed", texts(message.changed))
      .set("agreement", text_json(message.agreement))
      .set("agreement_digest", text_json(message.agreement_digest))
      .set("revision", text_json(message.revision.str()))
      .set("reason", text_json(message.reason))
      .set("text", text_json(message.text));
  return core::to_text(json);
}

core::Result<NegotiationMessage> read_negotiation(std::string_view payload) {
  const auto json = parse(payload, "the message of a negotiation");
  if (!json) return json.error();
  Members members(*json, "the message of a negotiation");
  NegotiationMessage message;
  message.kind = kind_of(members);
  message.consumer_pid = members.present("consumer_pid", kNameBytes);
  message.provider_pid = members.text("provider_pid", kNameBytes);
  message.from = members.connector("from");
  message.audience = members.connector("audience");
  message.issued_s = members.signed_number("issued");
  message.offer = members.present("offer", kNameBytes);
  message.offer_digest = members.digest("offer_digest");
  const Json* policy = members.object_or_null("policy");
  message.changed = members.texts("changed");
  message.agreement = members.text("agreement", kNameBytes);
  message.agreement_digest = members.text("agreement_digest", 64);
  message.revision = core::Revision(members.text("revision", kNameBytes));
  message.reason = members.text("reason", kNameBytes);
  message.text = members.text("text", kTextBytes);
  const bool states_terms = message.kind == Message::kRequest || message.kind == Message::kOffer;
  if (states_terms != (policy != nullptr)) members.fail("policy stands in requests and offers");
  if (auto done = members.done(); !done) return std::move(done.error());
  if (policy == nullptr) return message;
  auto terms = contract::from_json(*policy);
  if (!terms) return std::move(terms.error());
  message.policy = std::move(*terms);
  return message;
}

SignedEnvelope sign_payload(const char* type, std::string payload, const Signer& signer) {
  SignedEnvelope envelope{type, std::move(payload), signer.key_id().str(), {}};
  envelope.signature = signer.sign(evidence::pae(envelope.payload_type, envelope.payload));
  return envelope;
}

AgreementSignature sign_agreement(const std::string& payload, const Signer& signer) {
  return {signer.key_id().str(), signer.sign(evidence::pae(kAgreementType, payload))};
}

std::string to_payload(const AgreementEnd& end) {
  Json json = Json::object();
  json.set("agreement", text_json(end.agreement))
      .set("from", text_json(end.from.str()))
      .set("audience", text_json(end.audience.str()))
      .set("time", text_json(std::to_string(end.at_s)))
      .set("reason", text_json(end.reason));
  return core::to_text(json);
}

core::Result<AgreementEnd> read_agreement_end(std::string_view payload) {
  const auto json = parse(payload, "the end of an agreement");
  if (!json) return json.error();
  Members members(*json, "the end of an agreement");
  AgreementEnd end;
  end.agreement = members.present("agreement", kNameBytes);
  end.from = members.connector("from");
  end.audience = members.connector("audience");
  end.at_s = members.signed_number("time");
  end.reason = members.text("reason", kTextBytes);
  if (auto done = members.done(); !done) return std::move(done.error());
  return end;
}

core::Result<std::string> open_from(const SignedEnvelope& envelope, const char* type,
                                    const Partner& partner, core::EpochNs now,
                                    const VerifySignature& verify) {
  auto opened = open_payload(envelope, type, partner.keys, verify);
  if (!opened) return std::move(opened.error());
  if (auto fine = in_use_now(partner, opened->key, now); !fine) return std::move(fine.error());
  return envelope.payload;
}

core::Status check_signature(const std::string& payload, const AgreementSignature& signature,
                             const Partner& partner, core::EpochNs now,
                             const VerifySignature& verify) {
  const auto key =
      std::find_if(partner.keys.begin(), partner.keys.end(),
                   [&](const PartnerKey& one) { return one.id.str() == signature.key_id; });
  if (key == partner.keys.end() ||
      !verify(key->public_key, evidence::pae(kAgreementType, payload), signature.signature)) {
    return core::Error{core::Code::kUnauthenticated,
                       "SIGNATURE_INVALID",
                       "the agreement is not signed by " + partner.id.str(),
                       "sign the agreement's exact bytes with the key in use",
                       {}};
  }
  return in_use_now(partner, *key, now);
}

}  // namespace connector::exchange
