// The introduction binds participant, site, addresses, trust anchor and signing keys to each
// other: the one place where trust in a partner is established (docs/formats.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/name.h"
#include "evidence/dsse.h"

namespace connector::evidence {

inline constexpr const char* kIntroductionType = "application/vnd.valuechain.introduction.v1+json";

struct IntroducedKey {
  std::string public_key;  // raw Ed25519, 32 bytes
  std::int64_t valid_from_s = 0;
  std::int64_t valid_to_s = 0;
};

struct Introduction {
  core::Connector id;
  std::string name;
  std::vector<std::string> addresses;
  std::string anchor_pem;           // the CA that signs this site's TLS certificates
  std::vector<IntroducedKey> keys;  // the last one is in use, those before it were rotated out
  std::string log_key;              // signed-note verifier key
  std::uint64_t sequence = 1;
  std::string previous;                  // digest of the one before, hex; empty for the first
  std::vector<std::string> claimed_ids;  // "gln:..."; grant nothing
  std::int64_t issued_s = 0;
};

using VerifyEd25519 = std::function<bool(std::string_view public_key, std::string_view message,
                                         std::string_view signature)>;

std::string to_payload(const Introduction& introduction);
// Shape, and a signature by one of the keys that the introduction itself names.
core::Result<Introduction> read_introduction(const Envelope& envelope, const VerifyEd25519& verify);
// Over the whole envelope, so that no part can be exchanged: SHA-256 of type, payload, key id and
// signature, each length-prefixed; shown as 16 groups of 4 hex digits.
std::string fingerprint(const Envelope& envelope);
std::string digest_of(const Envelope& envelope);  // the same, as 64 hex digits
bool same_fingerprint(std::string_view given, const Envelope& envelope);  // ignores blanks, case

// What is known of the connector that introduces itself.
struct Known {
  Introduction introduction;
  std::string digest;  // of the accepted envelope
};
enum class Judgement { kAccept, kNeedsFingerprint, kKnown };
// kAccept: by itself, because it came over mTLS under the old anchor, is signed by the key in use
// of the one before and follows it in sequence. Refused: older, another participant, a broken
// chain.
core::Result<Judgement> judge(const Introduction& fresh, const Envelope& envelope,
                              const std::optional<Known>& known, bool under_old_anchor);

}  // namespace connector::evidence
