// The ports of the use cases: what exchange needs from the rooms around it. Owned here,
// implemented by adapters, joined by site. No method throws. Unless said otherwise every method
// may be called by several threads at once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/instant.h"
#include "core/name.h"
#include "core/result.h"
#include "decision/decision.h"
#include "decision/field_program.h"
#include "exchange/log.h"
#include "exchange/partners.h"
#include "exchange/records.h"

namespace connector::exchange {

using Clock = std::function<core::EpochNs()>;                 // wall clock
using Random = std::function<std::string(std::size_t)>;       // bytes, cryptographically strong
using Executor = std::function<void(std::function<void()>)>;  // runs work on a bounded pool

// ---- decisions ---------------------------------------------------------------------------

// Shared by all who asked the same while it is valid.
using Decided = std::shared_ptr<const decision::Decision>;

class DecisionPoint {
 public:
  virtual ~DecisionPoint() = default;
  // Answers within limits::kDecisionTime or fails with POLICY_UNAVAILABLE. A denial is a
  // Decision with allow = false, not an error.
  virtual core::Result<Decided> decide(const decision::Question& question) = 0;
  virtual core::Revision revision() const = 0;  // in force now; cheap
  virtual bool available() const = 0;           // a decision could be had now
};

// ---- keys --------------------------------------------------------------------------------

class Signer {
 public:
  virtual ~Signer() = default;
  virtual core::KeyId key_id() const = 0;
  virtual std::string sign(std::string_view message) const = 0;  // Ed25519, 64 bytes
};
using VerifySignature = std::function<bool(std::string_view public_key, std::string_view message,
                                           std::string_view signature)>;
// The hash of this partner, under a key of its own.
using PartnerHash = std::function<decision::KeyedHash(const core::ParticipantId&)>;
// Opaque tokens: authenticated encryption under a key of this connector.
struct Sealer {
  std::function<std::string(std::string_view)> seal;
  std::function<core::Result<std::string>(std::string_view)> open;
};

}  // namespace connector::exchange
