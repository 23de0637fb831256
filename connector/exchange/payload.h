// Fixed-shape JSON payloads in DSSE envelopes: how the statements of exchange are signed, opened
// and read. Strict: every documented member once, no other, each in its documented form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/json.h"
#include "core/result.h"
#include "exchange/partner_client.h"
#include "exchange/ports.h"

namespace connector::exchange {

inline constexpr const char* kRequestType = "application/vnd.valuechain.request.v1+json";
inline constexpr const char* kHeadType = "application/vnd.valuechain.batch-head.v1+json";
inline constexpr const char* kReceiptType = "application/vnd.valuechain.receipt.v1+json";
inline constexpr const char* kAcknowledgementType =
    "application/vnd.valuechain.acknowledgement.v1+json";

core::Json text_json(std::string text);
core::Json number_json(std::uint64_t number);

SignedEnvelope sign_payload(const char* type, const core::Json& payload, const Signer& signer);

struct OpenedPayload {
  core::Json json;
  PartnerKey key;  // that signed it
};
// STATEMENT_INVALID: another type, too large, no JSON. KEY_UNKNOWN, SIGNATURE_INVALID. Whether the
// key was valid at the time is for the caller to ask, who knows which time counts.
core::Result<OpenedPayload> open_payload(const SignedEnvelope& envelope, const char* type,
                                         const std::vector<PartnerKey>& keys,
                                         const VerifySignature& verify);
// KEY_NOT_VALID unless the key's interval, skew seconds wider on both sides, has that second.
core::Status valid_at(const PartnerKey& key, std::int64_t second, std::int64_t skew = 0);

// Takes the members of one object by name. The first that is missing or malformed is remembered;
// done() tells it, or a member that nobody asked for.
class Members {
 public:
  Members(const core::Json& json, std::string what) : json_(json), what_(std::move(what)) {}

  std::string text(const char* key, std::size_t most = 512);
  std::string present(const char* key, std::size_t most = 512);  // text, not empty
  std::uint64_t number(const char* key);
  std::int64_t signed_number(const char* key);
  std::string base64(const char* key);
  std::string hex(const char* key, std::size_t bytes);
  core::Digest digest(const char* key);
  core::Connector connector(const char* key);
  std::vector<std::string> texts(const char* key);
  const core::Json* object(const char* key);
  const core::Json* list(const char* key);
  const core::Json* object_or_null(const char* key);  // null also for null
  void fail(const std::string& cause);
  core::Status done();

 private:
  const core::Json* take(const char* key);
  const core::Json& json_;
  const std::string what_;
  std::size_t taken_ = 0;
  std::string cause_;
};

}  // namespace connector::exchange
