#include "evidence/introduction.h"

#include "core/digest.h"
#include "core/json.h"
#include "core/text.h"

namespace connector::evidence {
namespace {

using core::Json;

core::Error bad(const std::string& what) {
  return core::invalid("INTRODUCTION_INVALID", "not a valid introduction: " + what,
                       "ask the partner for a new one: connector introduce");
}

Json texts(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const auto& value : values) list.push(Json::string(value));
  return list;
}

core::Result<std::vector<std::string>> read_texts(const Json& json, const char* key) {
  const Json* list = json.find(key);
  if (!list || !list->is_array() || list->items().size() > 100) {
    return bad(std::string(key) + " must be a list");
  }
  std::vector<std::string> values;
  for (const Json& item : list->items()) {
    if (!item.is_string()) return bad(std::string(key) + " must hold texts");
    values.push_back(item.text());
  }
  return values;
}

core::Result<std::vector<IntroducedKey>> read_keys(const Json& json) {
  const Json* list = json.find("keys");
  if (!list || list->items().empty() || list->items().size() > 100) {
    return bad("keys must hold 1 to 100 keys");
  }
  std::vector<IntroducedKey> keys;
  for (const Json& item : list->items()) {
    IntroducedKey key;
    auto bytes = core::from_base64(item.text_at("public_key"));
    const Json* from = item.find("valid_from");
    const Json* to = item.find("valid_to");
    if (item.members().size() != 3 || !bytes || bytes->size() != 32 || !from || !to ||
        !from->as_int64() || !to->as_int64()) {
      return bad("a key needs public_key (32 bytes), valid_from and valid_to");
    }
    key.public_key = std::move(*bytes);
    key.valid_from_s = *from->as_int64();
    key.valid_to_s = *to->as_int64();
    keys.push_back(std::move(key));
  }
  return keys;
}

// Exactly the documented members; those that are no lists are texts.
bool has_shape(const Json& json) {
  const auto is_text = [&](const char* key) {
    const Json* member = json.find(key);
    return member && member->is_string();
  };
  const auto is_list = [&](const char* key) {
    const Json* member = json.find(key);
    return member && member->is_array();
  };
  return json.members().size() == 11 && is_text("participant") && is_text("site") &&
         is_text("name") && is_list("addresses") && is_text("anchor") && is_list("keys") &&
         is_text("log_key") && is_text("sequence") && is_text("previous") &&
         is_list("claimed_ids") && is_text("issued");
}

std::string key_id(std::string_view public_key) {
  return core::hex(core::sha256(public_key)).substr(0, 16);
}

// The last one; those before it have been rotated out.
bool uses_key(const Introduction& introduction, const std::string& id) {
  return key_id(introduction.keys.back().public_key) == id;
}

}  // namespace

std::string to_payload(const Introduction& introduction) {
  Json keys = Json::array();
  for (const IntroducedKey& key : introduction.keys) {
    Json one = Json::object();
    one.set("public_key", Json::string(core::base64(key.public_key)))
        .set("valid_from", Json::string(std::to_string(key.valid_from_s)))
        .set("valid_to", Json::string(std::to_string(key.valid_to_s)));
    keys.push(std::move(one));
  }
  Json json = Json::object();
  json.set("participant", Json::string(introduction.id.participant.str()))
      .set("site", Json::string(introduction.id.site.str()))
      .set("name", Json::string(introduction.name))
      .set("addresses", texts(introduction.addresses))
      .set("anchor", Json::string(introduction.anchor_pem))
      .set("keys", std::move(keys))
      .set("log_key", Json::string(introduction.log_key))
      .set("sequence", Json::string(std::to_string(introduction.sequence)))
      .set("previous", Json::string(introduction.previous))
      .set("claimed_ids", texts(introduction.claimed_ids))
      .set("issued", Json::string(std::to_string(introduction.issued_s)));
  return core::to_text(json);
}

core::Result<Introduction> read_introduction(const Envelope& envelope,
                                             const VerifyEd25519& verify) {
  if (envelope.payload_type != kIntroductionType) return bad("it is of another type");
  core::JsonLimits limits;
  limits.bytes = core::limits::kEnvelopeBytes;
  auto json = core::parse_untrusted(envelope.payload, limits);
  if (!json) return bad(json.error().message);
  if (!has_shape(*json)) return bad("it has other members than documented");
  Introduction read;
  read.id = {core::ParticipantId(json->text_at("participant")),
             core::SiteName(json->text_at("site"))};
  read.name = json->text_at("name");
  read.anchor_pem = json->text_at("anchor");
  read.log_key = json->text_at("log_key");
  read.previous = json->text_at("previous");
  auto addresses = read_texts(*json, "addresses");
  auto claimed = read_texts(*json, "claimed_ids");
  auto keys = read_keys(*json);
  if (!addresses) return std::move(addresses.error());
  if (!claimed) return std::move(claimed.error());
  if (!keys) return std::move(keys.error());
  read.addresses = std::move(*addresses);
  read.claimed_ids = std::move(*claimed);
  read.keys = std::move(*keys);
  const Json* sequence = json->find("sequence");
  const Json* issued = json->find("issued");
  if (!sequence || !sequence->as_uint64() || !issued || !issued->as_int64()) {
    return bad("sequence or issued is missing");
  }
  read.sequence = *sequence->as_uint64();
  read.issued_s = *issued->as_int64();
  if (read.id.participant.empty() || read.id.site.empty() || read.addresses.empty() ||
      read.log_key.rfind(read.id.str() + "+", 0) != 0) {
    return bad("participant, site, addresses or log key are missing or do not belong together");
  }
  const std::string message = pae(envelope.payload_type, envelope.payload);
  for (const IntroducedKey& key : read.keys) {
    if (key_id(key.public_key) == envelope.key_id &&
        verify(key.public_key, message, envelope.signature)) {
      return read;
    }
  }
  return bad("no key that it names has signed it");
}

std::string digest_of(const Envelope& envelope) {
  core::Sha256 sha;
  for (const std::string* part :
       {&envelope.payload_type, &envelope.payload, &envelope.key_id, &envelope.signature}) {
    std::string size(4, '\0');
    for (std::size_t i = 0; i < 4; ++i) {
      size[i] = static_cast<char>(part->size() >> (8 * (3 - i)));
    }
    sha.update(size).update(*part);
  }
  return core::hex(sha.finish());
}

std::string fingerprint(const Envelope& envelope) {
  std::string digits = digest_of(envelope);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 4) {
    out += (i ? " " : "") + digits.substr(i, 4);
  }
  return out;
}

bool same_fingerprint(std::string_view given, const Envelope& envelope) {
  std::string digits;
  for (const char c : core::lower_ascii(given)) {
    if (c != ' ' && c != ':' && c != '-') digits += c;
  }
  return digits == digest_of(envelope);
}

core::Result<Judgement> judge(const Introduction& fresh, const Envelope& envelope,
                              const std::optional<Known>& known, bool under_old_anchor) {
  if (!known) return Judgement::kNeedsFingerprint;
  if (fresh.id != known->introduction.id) return bad("it names another connector");
  if (digest_of(envelope) == known->digest) return Judgement::kKnown;
  if (fresh.sequence <= known->introduction.sequence) {
    return core::invalid("INTRODUCTION_OLD",
                         "introduction " + std::to_string(fresh.sequence) + " is not newer than " +
                             std::to_string(known->introduction.sequence) + ", which is known",
                         "ask the partner for its newest one");
  }
  const bool chained = fresh.previous == known->digest;
  const bool its_key = uses_key(known->introduction, envelope.key_id);
  if (under_old_anchor && chained && its_key) return Judgement::kAccept;
  return Judgement::kNeedsFingerprint;
}

}  // namespace connector::evidence
