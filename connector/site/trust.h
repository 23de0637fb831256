// Introductions: ours, and what becomes of a partner's.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evidence/introduction.h"
#include "exchange/partner_client.h"
#include "exchange/ports.h"
#include "exchange/statements.h"
#include "site/config.h"
#include "site/keys.h"

namespace connector::store {
class Store;
}

namespace connector::site {

exchange::SignedEnvelope signed_envelope(const evidence::Envelope& envelope);
evidence::Envelope envelope_of(const exchange::SignedEnvelope& envelope);

// By itself, under the anchor before, which then is good for an overlap; or by its fingerprint,
// which ends whatever was good before.
enum class Accepted { kByItself, kByFingerprint };

// What an introduction makes of a partner. Keys of earlier ones are kept for verifying what they
// signed in their time; from now on they sign nothing.
exchange::Partner partner_of(const evidence::Introduction& introduction,
                             const evidence::Envelope& envelope,
                             const std::optional<exchange::Partner>& before, core::EpochNs now,
                             Accepted how);

// Our own introduction: one at a time, each chained to the one before. Safe for several threads.
class OwnIntroduction {
 public:
  OwnIntroduction(store::Store& store, Keys& keys, exchange::Clock clock, exchange::Random random)
      : store_(store), keys_(keys), clock_(std::move(clock)), random_(std::move(random)) {}

  // Reads the stored one, or makes the first; makes a new one where the configuration changed.
  core::Status load(const Config& config);
  evidence::Envelope envelope() const;
  // Every introduction of ours from this sequence on: a partner that missed some follows the chain.
  core::Result<std::vector<std::pair<std::uint64_t, evidence::Envelope>>> since(
      std::uint64_t sequence) const;
  std::vector<exchange::PartnerKey> keys() const;
  std::string log_key() const;
  // Makes a new signing key and the introduction that binds it, signed by the old key. uid: of the
  // local caller.
  core::Status rotate(std::int64_t uid);

 private:
  // Signs with the key in use; logs and stores in one commit.
  core::Status issue(evidence::Introduction next);
  evidence::Envelope sign(evidence::Introduction& next) const;
  core::Status commit(const char* kind, const evidence::Introduction& next,
                      const evidence::Envelope& envelope, std::int64_t uid);
  static bool same(const evidence::Introduction& one, const Config& config,
                   const std::string& anchor_pem);
  evidence::Introduction described_by(const Config& config, std::string anchor_pem) const;

  store::Store& store_;
  Keys& keys_;
  exchange::Clock clock_;
  exchange::Random random_;
  mutable std::mutex mutex_;
  evidence::Envelope envelope_;          // guarded by mutex_
  evidence::Introduction introduction_;  // guarded by mutex_
};

}  // namespace connector::site
