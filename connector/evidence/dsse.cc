#include "evidence/dsse.h"

#include "core/digest.h"
#include "core/json.h"

namespace connector::evidence {

using core::Json;

std::string pae(std::string_view payload_type, std::string_view payload) {
  std::string out = "DSSEv1 ";
  out += std::to_string(payload_type.size());
  out += ' ';
  out += payload_type;
  out += ' ';
  out += std::to_string(payload.size());
  out += ' ';
  out += payload;
  return out;
}

std::string to_json_text(const Envelope& envelope) {
  Json signature = Json::object();
  signature.set("keyid", Json::string(envelope.key_id))
      .set("sig", Json::string(core::base64(envelope.signature)));
  Json json = Json::object();
  json.set("payloadType", Json::string(envelope.payload_type))
      .set("payload", Json::string(core::base64(envelope.payload)))
      .set("signatures", Json::array({std::move(signature)}));
  return core::to_text(json);
}

core::Result<Envelope> envelope_from_json(std::string_view text) {
  core::JsonLimits limits;
  limits.bytes = 2 * core::limits::kEnvelopeBytes;
  auto json = core::parse_untrusted(text, limits);
  if (!json) return std::move(json.error());
  const auto bad = [](const char* what) {
    return core::invalid("ENVELOPE_INVALID", std::string("not a DSSE envelope: ") + what);
  };
  const Json* signatures = json->find("signatures");
  if (json->members().size() != 3 || !signatures || signatures->items().size() != 1) {
    return bad("payloadType, payload and exactly one signature are expected");
  }
  const Json& signature = signatures->items().front();
  const Json* type = json->find("payloadType");
  const Json* key_id = signature.find("keyid");
  if (!type || !type->is_string() || !key_id || !key_id->is_string() ||
      signature.members().size() != 2) {
    return bad("payloadType and keyid must be texts, and keyid and sig all of a signature");
  }
  auto payload = core::from_base64(json->text_at("payload"));
  auto bytes = core::from_base64(signature.text_at("sig"));
  if (!payload || !bytes) return bad("payload and sig must be base64");
  return Envelope{json->text_at("payloadType"), std::move(*payload), signature.text_at("keyid"),
                  std::move(*bytes)};
}

}  // namespace connector::evidence
