// The provider's half of the exchange: verifies, decides, filters, masks, signs, logs, answers.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exchange/granted.h"
#include "exchange/rules.h"
#include "exchange/schedule.h"
#include "exchange/serving.h"
#include "exchange/visibility.h"

namespace connector::exchange {

// What the provider stands on. Everything referred to must outlive it.
struct ProviderPorts {
  core::Connector self;
  std::string software;  // "connector/0.1.0"
  Clock clock;
  Random random;
  Executor run;
  const Partners& partners;
  const Records& records;
  Log& log;
  const Accounts& accounts;
  DecisionPoint& decisions;
  const Signer& signer;
  VerifySignature verify;
  PartnerHash hash;
  Sealer sealer;
  Datasets datasets;
  std::function<core::Result<std::string>()> checkpoint;  // signed note, newest
  std::function<std::vector<PartnerKey>()> keys;          // ours, with validity
  std::string log_key;                                    // ours, signed-note form
  std::function<core::Status(const core::Connector&, std::uint64_t)> released;  // limit of bytes
  std::function<core::Result<SignedEnvelope>()> introduction;                   // our own, current
  // Judges a later introduction that came over mTLS under the old anchor, and keeps it.
  std::function<core::Status(const core::Connector&, const SignedEnvelope&)> accept_introduction;
  std::uint64_t max_unacknowledged = 100;
  // Fetches under agreements. Not set: none is known.
  AgreementById agreements{};
  Offers offers{};
  Schedule* schedule = nullptr;    // ends streams when a term ends
  bool require_agreement = false;  // without one a fetch is refused
};

class ServedStream;

class Provider final : public Serving {
 public:
  explicit Provider(ProviderPorts ports);
  ~Provider() override;

  core::Result<Description> describe(const Caller& caller) override;
  core::Result<DatasetPage> list_datasets(const Caller& caller, const std::string& purpose,
                                          int page_size, const std::string& page_token) override;
  std::shared_ptr<FetchStream> fetch(const Caller& caller, SignedEnvelope request) override;
  void acknowledge(const Caller& caller, SignedEnvelope acknowledgement,
                   std::function<void(core::Result<std::string>)> done) override;
  core::Result<Proof> get_proof(const Caller& caller, const std::string& request_id,
                                std::uint64_t from_size) override;
  void introduce(const Caller& caller, SignedEnvelope introduction,
                 std::function<void(core::Result<SignedEnvelope>)> done) override;

  // A new revision is in force, or a partner's state changed: every running stream is looked at
  // again now, whether or not its reader asks for more.
  void look_again();
  // Ends all streams with SHUTTING_DOWN and refuses new ones.
  void stop();
  std::size_t streams() const;  // running now

 private:
  const std::vector<std::shared_ptr<ServedStream>> running() const;
  ProviderPorts ports_;
  Visibility visibility_;
  RuleBook rules_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<ServedStream>> streams_;  // guarded by mutex_
  bool stopping_ = false;                             // guarded by mutex_
};

}  // namespace connector::exchange
