// DSSE envelopes (secure-systems-lab/dsse, v1.0.2) with exactly one Ed25519 signature.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace connector::evidence {

struct Envelope {
  std::string payload_type;
  std::string payload;
  std::string key_id;
  std::string signature;  // 64 bytes
};

// What is signed: "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload.
std::string pae(std::string_view payload_type, std::string_view payload);

// {"payloadType", "payload": base64, "signatures": [{"keyid", "sig": base64}]}
std::string to_json_text(const Envelope& envelope);
core::Result<Envelope> envelope_from_json(std::string_view text);

}  // namespace connector::evidence
