// What is said in a negotiation, and at the end of an agreement: payloads of a fixed shape
// (docs/formats.md, "Negotiation"). Messages are those of the Dataspace Protocol 2025-1.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contract/agreement.h"
#include "contract/negotiation.h"
#include "contract/policy.h"
#include "core/digest.h"
#include "core/name.h"
#include "core/result.h"
#include "exchange/agreements.h"
#include "exchange/envelope.h"
#include "exchange/ports.h"

namespace connector::exchange {

inline constexpr const char* kNegotiationType = "application/vnd.valuechain.negotiation.v1+json";
inline constexpr const char* kAgreementType = "application/vnd.valuechain.agreement.v1+json";
inline constexpr const char* kAgreementEndType = "application/vnd.valuechain.agreement-end.v1+json";

// Members that a message does not need are empty.
struct NegotiationMessage {
  contract::Message kind = contract::Message::kRequest;
  std::string consumer_pid;
  std::string provider_pid;  // empty in a first request
  core::Connector from;
  core::Connector audience;
  std::int64_t issued_s = 0;
  std::string offer;                       // its id
  core::Digest offer_digest{};             // of the policy as it was offered first
  std::optional<contract::Policy> policy;  // of a request and an offer: what is asked or offered
  std::vector<std::string> changed;        // its terms that differ from what the other side said
  std::string agreement;                   // id, from the agreement on
  std::string agreement_digest;            // SHA-256 of the agreement's payload, hex
  core::Revision revision;                 // of the sender's policy
  std::string reason;                      // of a termination, UPPER_SNAKE
  std::string text;                        // of a termination: for people
};

std::string to_payload(const NegotiationMessage& message);
core::Result<NegotiationMessage> read_negotiation(std::string_view payload);

// The signed form of a payload that may have been kept for a while: by the key in use now.
SignedEnvelope sign_payload(const char* type, std::string payload, const Signer& signer);

// The signature of one side over an agreement's payload.
AgreementSignature sign_agreement(const std::string& payload, const Signer& signer);

// An agreement on its way, with one signature or two.
struct AgreementParts {
  std::string payload;
  AgreementSignature provider;
  AgreementSignature consumer;
};

struct AgreementEnd {
  std::string agreement;
  core::Connector from;
  core::Connector audience;
  std::int64_t at_s = 0;
  std::string reason;  // for people
};
std::string to_payload(const AgreementEnd& end);
core::Result<AgreementEnd> read_agreement_end(std::string_view payload);

// The payload of an envelope of this type, signed by the key that the partner uses now.
core::Result<std::string> open_from(const SignedEnvelope& envelope, const char* type,
                                    const Partner& partner, core::EpochNs now,
                                    const VerifySignature& verify);
// Whether the partner's key in use made this signature of an agreement.
core::Status check_signature(const std::string& payload, const AgreementSignature& signature,
                             const Partner& partner, core::EpochNs now,
                             const VerifySignature& verify);

}  // namespace connector::exchange
