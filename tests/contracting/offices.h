// Two companies that negotiate: real stores on disk, real signatures, real deadlines. The wire
// between them is a function call, and the power of each can be cut at any step.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>

#include "contract/policy_json.h"
#include "core/json.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "exchange/contracting.h"
#include "site/pool.h"
#include "site/schedule.h"
#include "store/store.h"
#include "support/ed25519.h"
#include "support/temp_dir.h"

namespace connector::testing {

using namespace exchange;  // NOLINT: a test speaks of nothing else

inline core::Connector maker() {
  return {core::ParticipantId("did:web:veldkamp.example"), core::SiteName("hengelo")};
}
inline core::Connector supplier() {
  return {core::ParticipantId("did:web:brink.example"), core::SiteName("almelo")};
}

// Goes off at the n-th step: from then on nothing is kept, sent or heard.
class Power {
 public:
  void cut_after(int steps) { left_ = steps; }
  void on() { left_ = -1; }
  bool off() const { return left_ == 0; }
  // One step of work; false: the power is off.
  bool step() {
    for (int left = left_;;) {
      if (left == 0) return false;
      if (left < 0) return true;
      if (left_.compare_exchange_weak(left, left - 1)) return left - 1 > 0;
    }
  }

 private:
  std::atomic<int> left_{-1};
};

core::Error power_cut();

// A log whose machine may lose power before a commit is durable, or after it is and before anybody
// hears of it.
class PoweredLog final : public Log {
 public:
  PoweredLog(Log& log, Power& power) : log_(log), power_(power) {}
  void append(Commit commit, std::function<void(core::Result<LogSpan>)> done) override;
  std::uint64_t size() const override { return log_.size(); }
  core::Result<std::string> entry(std::uint64_t index) const override { return log_.entry(index); }
  core::Result<core::Digest> hash(int level, std::uint64_t index) const override {
    return log_.hash(level, index);
  }
  core::Result<core::Digest> root(std::uint64_t size) const override { return log_.root(size); }

 private:
  Log& log_;
  Power& power_;
};

// What the policy of a company says to negotiations.
class SaidPolicy final : public NegotiationPoint {
 public:
  core::Result<Weighed> weigh(const NegotiationQuestion& question) override;
  NegotiationVerdict unchanged = NegotiationVerdict::kAgree;
  NegotiationVerdict changed = NegotiationVerdict::kCounter;
  NegotiationVerdict received = NegotiationVerdict::kAsk;
};

class Office;

// To the other company, if its machine runs.
class Line final : public ContractClient {
 public:
  explicit Line(Office& from) : from_(from) {}
  core::Result<OfferPage> list_offers(const Partner& partner, const OfferQuery& query) override;
  core::Result<NegotiationAnswer> negotiate(
      const Partner& partner, const SignedEnvelope& message,
      const std::optional<AgreementParts>& agreement) override;
  core::Result<std::string> end_agreement(const Partner& partner,
                                          const SignedEnvelope& end) override;
  Office* to = nullptr;
  std::atomic<int> calls{0};

 private:
  Office& from_;
};

class Signing final : public Signer {
 public:
  explicit Signing(KnownKey key) : key_(std::move(key)) {}
  void use(KnownKey key) { key_ = std::move(key); }  // while nobody signs
  core::KeyId key_id() const override { return core::KeyId(key_.key_id()); }
  std::string sign(std::string_view message) const override { return key_.sign(message); }
  PartnerKey introduced() const { return {key_id(), key_.public_key(), 0, 4'000'000'000}; }

 private:
  KnownKey key_;
};

class Office {
 public:
  Office(core::Connector id, std::size_t key);
  ~Office() { close(); }

  void meet(Office& other);  // each knows the other as an active partner
  void open();               // the machine starts
  void close();              // and stops, whatever it was doing
  Contracting& contracting() { return *contracting_; }
  store::Store& store() { return *store_; }
  Contracts& contracts() { return store_->contracts(); }

  void offer(std::vector<contract::Offer> offers);
  OfferItem catalogued(const std::string& offer, Office& at);  // as this company sees it there

  const core::Connector id;
  Power power;
  SaidPolicy policy;
  Line line{*this};
  Signing signer;
  std::chrono::seconds person_time{7 * 86'400};

 private:
  friend class Line;
  TempDir folder_;
  std::shared_ptr<const OfferTable> offers_ = std::make_shared<const OfferTable>();
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<PoweredLog> log_;
  std::unique_ptr<site::Deadlines> deadlines_;
  std::unique_ptr<Contracting> contracting_;
  std::unique_ptr<site::Pool> work_;
  std::unique_ptr<site::Pool> calls_;
};

// "use quality data for complaint handling, ten times": short form, offered to the maker.
contract::Offer quality_offer(const std::string& uses = "10");
// The same terms but for the number of uses.
contract::Policy with_uses(const OfferItem& item, const std::string& uses);

struct TwoOffices {
  TwoOffices();
  core::Result<Negotiation> ask(std::optional<contract::Policy> terms = {}, bool any_terms = false,
                                bool anew = false);
  // Both stop and start again; waits until nothing is left to be said on either side.
  void restart();
  void wait_until_quiet();

  Office provider{supplier(), 1};
  Office consumer{maker(), 0};
};

}  // namespace connector::testing
