#include "exchange/payload.h"

#include <algorithm>

#include "core/limits.h"
#include "evidence/dsse.h"

namespace connector::exchange {
namespace limits = core::limits;
using core::Json;

namespace {

core::Error bad(const std::string& what, const std::string& cause) {
  return core::invalid("STATEMENT_INVALID", what + ": " + cause,
                       "see docs/formats.md for its exact form");
}

// A number has one text: no sign but "-", no leading zero.
template <typename Number>
bool canonical(const std::string& text, const std::optional<Number>& number) {
  return number && std::to_string(*number) == text;
}

}  // namespace

Json text_json(std::string text) {
  return Json::string(std::move(text));
}

Json number_json(std::uint64_t number) {
  return Json::string(std::to_string(number));
}

SignedEnvelope sign_payload(const char* type, const Json& payload, const Signer& signer) {
  SignedEnvelope envelope{type, core::to_text(payload), signer.key_id().str(), {}};
  envelope.signature = signer.sign(evidence::pae(envelope.payload_type, envelope.payload));
  return envelope;
}

core::Result<OpenedPayload> open_payload(const SignedEnvelope& envelope, const char* type,
                                         const std::vector<PartnerKey>& keys,
                                         const VerifySignature& verify) {
  if (envelope.payload_type != type)
    return bad("the envelope", "its type is not " + std::string(type));
  if (envelope.payload.size() > limits::kEnvelopeBytes)
    return bad("the envelope", "it is too large");
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const PartnerKey& one) {
    return one.id.str() == envelope.key_id;
  });
  if (key == keys.end()) {
    return core::Error{core::Code::kUnauthenticated,
                       "KEY_UNKNOWN",
                       "signed by a key that its sender did not introduce",
                       "introduce the new key first",
                       {}};
  }
  const std::string message = evidence::pae(envelope.payload_type, envelope.payload);
  if (!verify(key->public_key, message, envelope.signature)) {
    return core::Error{core::Code::kUnauthenticated,
                       "SIGNATURE_INVALID",
                       "the signature does not fit the payload",
                       {},
                       {}};
  }
  core::JsonLimits bounds;
  bounds.bytes = limits::kEnvelopeBytes;
  auto json = core::parse_untrusted(envelope.payload, bounds);
  if (!json) return bad("the payload", json.error().message);
  if (!json->is_object()) return bad("the payload", "it is no object");
  return OpenedPayload{std::move(*json), *key};
}

core::Status valid_at(const PartnerKey& key, std::int64_t second, std::int64_t skew) {
  if (second >= key.valid_from_s - skew && second <= key.valid_to_s + skew) return core::ok();
  return core::Error{core::Code::kUnauthenticated,
                     "KEY_NOT_VALID",
                     "key " + key.id.str() + " is not valid at that time",
                     "sign with the key in use",
                     {}};
}

const Json* Members::take(const char* key) {
  const Json* member = json_.find(key);
  if (member == nullptr) {
    fail(std::string(key) + " is missing");
  } else {
    ++taken_;
  }
  return member;
}

void Members::fail(const std::string& cause) {
  if (cause_.empty()) cause_ = cause;
}

std::string Members::text(const char* key, std::size_t most) {
  const Json* member = take(key);
  if (member == nullptr) return {};
  if (!member->is_string() || member->text().size() > most) {
    fail(std::string(key) + " is not a text of at most " + std::to_string(most) + " bytes");
    return {};
  }
  return member->text();
}

std::string Members::present(const char* key, std::size_t most) {
  std::string value = text(key, most);
  if (value.empty()) fail(std::string(key) + " is empty");
  return value;
}

std::uint64_t Members::number(const char* key) {
  const std::string value = text(key, 20);
  const auto number = Json::string(value).as_uint64();
  if (!canonical(value, number)) fail(std::string(key) + " is not a whole number in a string");
  return number.value_or(0);
}

std::int64_t Members::signed_number(const char* key) {
  const std::string value = text(key, 20);
  const auto number = Json::string(value).as_int64();
  if (!canonical(value, number)) fail(std::string(key) + " is not a whole number in a string");
  return number.value_or(0);
}

std::string Members::base64(const char* key) {
  auto bytes = core::from_base64(text(key, limits::kEnvelopeBytes));
  if (!bytes) fail(std::string(key) + " is not base64");
  return bytes ? std::move(*bytes) : std::string();
}

std::string Members::hex(const char* key, std::size_t bytes) {
  const std::string value = text(key, 2 * bytes);
  auto read = core::from_hex(value);
  if (!read || read->size() != bytes || core::hex(*read) != value) {
    fail(std::string(key) + " is not " + std::to_string(bytes) + " bytes in lower-case hex");
    return {};
  }
  return std::move(*read);
}

core::Digest Members::digest(const char* key) {
  const auto value = core::digest_of_bytes(hex(key, 32));
  return value ? *value : core::Digest{};
}

core::Connector Members::connector(const char* key) {
  const std::string value = text(key);
  const auto slash = value.rfind('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == value.size()) {
    fail(std::string(key) + " is not a participant, \"/\" and a site");
    return {};
  }
  return {core::ParticipantId(value.substr(0, slash)), core::SiteName(value.substr(slash + 1))};
}

std::vector<std::string> Members::texts(const char* key) {
  const Json* list = take(key);
  if (list == nullptr) return {};
  std::vector<std::string> values;
  bool fits = list->is_array() && list->items().size() <= limits::kFilterValues;
  for (const Json& item : list->items()) {
    fits = fits && item.is_string() && !item.text().empty() && item.text().size() <= 512;
    if (fits) values.push_back(item.text());
  }
  if (!fits) {
    fail(std::string(key) + " is not a list of at most " + std::to_string(limits::kFilterValues) +
         " texts");
  }
  return values;
}

const Json* Members::object(const char* key) {
  const Json* member = take(key);
  if (member != nullptr && !member->is_object()) fail(std::string(key) + " is no object");
  return member;
}

const Json* Members::list(const char* key) {
  const Json* member = take(key);
  if (member != nullptr && !member->is_array()) fail(std::string(key) + " is no list");
  return member;
}

const Json* Members::object_or_null(const char* key) {
  const Json* member = take(key);
  if (member == nullptr || member->is_null()) return nullptr;
  if (!member->is_object()) fail(std::string(key) + " is neither an object nor null");
  return member;
}

core::Status Members::done() {
  if (cause_.empty() && taken_ != json_.members().size()) fail("it has a member that is not known");
  if (cause_.empty()) return core::ok();
  return bad(what_, cause_);
}

}  // namespace connector::exchange
