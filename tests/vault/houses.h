// A consumer and a provider under one agreement: real stores, real keys, real signatures. Only the
// wire between them and the clock are the test's.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "contract/judge.h"
#include "crypto/signing_key.h"
#include "crypto/vault_keys.h"
#include "exchange/custody.h"
#include "exchange/even_time.h"
#include "exchange/outbox.h"
#include "exchange/standing.h"
#include "exchange/statements_received.h"
#include "exchange/use.h"
#include "exchange/vault_intake.h"
#include "store/store.h"
#include "support/temp_dir.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::testing {

namespace pb = valuechain::record::v1;

inline constexpr core::EpochNs kSecond = 1'000'000'000;
inline constexpr core::EpochNs kDayNs = 86'400 * kSecond;
inline constexpr std::int64_t kConcluded = 1'750'000'000;  // Unix seconds
inline constexpr const char* kAgreementId = "5f0c3a52-7f0e-4f5e-9d55-6a4f2f6d1b11";

inline const core::Connector kProvider{core::ParticipantId("did:web:brink.example"),
                                       core::SiteName("almelo")};
inline const core::Connector kConsumer{core::ParticipantId("did:web:veldkamp.example"),
                                       core::SiteName("hengelo")};

// The short form of an offer, as JSON, made into an agreement between the two.
exchange::KeptAgreement agreement(const std::string& offer, contract::Role role,
                                  const std::string& id = kAgreementId);

// Work waits until the test lets time come to it.
class HandSchedule final : public exchange::Schedule {
 public:
  void at(core::EpochNs when, const std::string& name, std::function<void()> work) override;
  void cancel(const std::string& name) override;
  std::optional<core::EpochNs> next() const;
  void run_due(core::EpochNs now);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::pair<core::EpochNs, std::function<void()>>> due_;
};

// Judges natively, as a site does beside its OPA.
class JudgePoint final : public exchange::UsePoint {
 public:
  core::Result<exchange::UseVerdict> decide(const contract::Agreement& agreement,
                                            const contract::Facts& facts) override;
  std::atomic<bool> available = true;
};

class Provider {
 public:
  explicit Provider(const std::string& offer, const std::string& consumer_key);
  exchange::StatementsReceived& received() { return *received_; }
  store::Store& store() { return *store_; }
  std::atomic<core::EpochNs> wall = kConcluded * kSecond;

 private:
  TempDir dir_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<const exchange::KeptAgreement> agreement_;
  std::unique_ptr<exchange::StatementsReceived> received_;
};

// The wire: calls arrive at once, or the provider cannot be reached.
class Wire final : public exchange::StatementClient {
 public:
  explicit Wire(Provider& provider) : provider_(provider) {}
  core::Result<std::string> report(const exchange::Partner& partner,
                                   const exchange::SignedEnvelope& statement) override;
  core::Result<std::optional<exchange::SignedEnvelope>> last_statement(
      const exchange::Partner& partner, const std::string& agreement) override;
  std::atomic<bool> reachable = true;
  std::atomic<int> asked = 0;

 private:
  Provider& provider_;
};

// One run of the consumer's connector on its folder.
class Consumer {
 public:
  // wire may be null: nothing is sent.
  Consumer(const std::filesystem::path& folder, const std::string& offer, Wire* wire,
           core::EpochNs wall = kConcluded * kSecond);

  // Received under the agreement, in one batch.
  core::Status receive(const std::vector<pb::Record>& records);
  // The keys of the records that a use gave, or the reason why not.
  std::string use(exchange::UseRequest request = {});
  std::vector<pb::Record> used(exchange::UseRequest request = {});

  std::vector<std::string> kinds_logged() const;
  exchange::VaultFacts facts() const;
  core::Status settle();  // outbox and what is due, now

  // In the order of construction.
  std::filesystem::path folder;
  std::atomic<core::EpochNs> wall;
  std::atomic<core::EpochNs> steady = 0;
  std::shared_ptr<const exchange::KeptAgreement> agreement_kept;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<crypto::VaultKeyFiles> keys;
  std::unique_ptr<exchange::EvenTime> time;
  HandSchedule schedule;
  JudgePoint point;
  std::unique_ptr<exchange::Standing> standing;
  std::unique_ptr<exchange::Outbox> outbox;
  std::unique_ptr<exchange::Custody> custody;
  std::unique_ptr<exchange::Use> use_case;

 private:
  int batches_ = 0;
};

// The consumer's key, the same in every run of it.
const crypto::SigningKey& consumer_key();

pb::Record order_line(const std::string& order, int line);
exchange::UseRequest request(const std::string& purpose = "complaint-handling");
// Is the text in any file below the folder?
bool found_in_files(const std::filesystem::path& folder, const std::string& text);

}  // namespace connector::testing
