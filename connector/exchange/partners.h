// Ports: whom we know, and who calls. No method throws; all may be called by several threads at
// once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/name.h"
#include "core/result.h"

namespace connector::exchange {

enum class PartnerState { kActive, kSuspended, kRevoked };

struct PartnerKey {
  core::KeyId id;
  std::string public_key;  // raw Ed25519, 32 bytes
  std::int64_t valid_from_s = 0;
  std::int64_t valid_to_s = 0;
};

// One connector of a partner, as its accepted introduction binds it.
struct Partner {
  core::Connector id;
  PartnerState state = PartnerState::kActive;
  std::string name;
  std::vector<std::string> addresses;  // "192.0.2.7:7443"
  std::string anchor_pem;              // the CA that signs this site's certificates
  std::string earlier_anchor_pem;      // good beside it until then: see anchors_of
  std::int64_t earlier_anchor_until_s = 0;
  std::vector<PartnerKey> keys;  // of this and earlier introductions
  std::string log_key;           // signed-note verifier key
  std::uint64_t introduction_sequence = 0;
  std::string introduction_digest;  // SHA-256 over the envelope, hex
  std::string introduction;         // the envelope as received (JSON)
  std::string last_checkpoint;      // newest checkpoint of its log that we have seen
};

// Where a chain of this partner may end: at its anchor, and for the overlap after a change that was
// introduced under the one before at that one as well, so that the change costs no call.
inline std::vector<std::string> anchors_of(const Partner& partner, std::int64_t now_s) {
  std::vector<std::string> anchors{partner.anchor_pem};
  const std::int64_t left = partner.earlier_anchor_until_s - now_s;
  // A clock that was set back must not lengthen the overlap.
  if (!partner.earlier_anchor_pem.empty() && left > 0 &&
      left <= (core::limits::kAnchorOverlap + core::limits::kClockSkew).count()) {
    anchors.push_back(partner.earlier_anchor_pem);
  }
  return anchors;
}

class Partners {
 public:
  virtual ~Partners() = default;
  // From memory: called on every call and every handshake.
  virtual std::optional<Partner> find(const core::Connector& id) const = 0;
  virtual std::vector<Partner> list() const = 0;
  // Party identifiers ("gln:8712345000004") that our admin confirmed for a participant.
  virtual std::vector<std::string> party_ids(const core::ParticipantId& id) const = 0;
};

struct Caller {
  core::Connector id;
  std::string certificate_sha256;  // hex
};

// Implemented by edge; asked on every call.
class Callers {
 public:
  virtual ~Callers() = default;
  // peer_name is what gRPC shows as the peer of the connection. Error: not known, suspended,
  // revoked, certificate expired, or a limit of calls is reached.
  virtual core::Result<Caller> caller(std::string_view peer_name) = 0;
  // Bytes released to a caller, for the limit per minute.
  virtual core::Status released(const core::Connector& id, std::uint64_t bytes) = 0;
};

}  // namespace connector::exchange
