// The consumer's half of the exchange: asks, verifies every byte, keeps its own evidence.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exchange/partner_client.h"
#include "exchange/ports.h"
#include "exchange/statements.h"
#include "exchange/vault_intake.h"

namespace connector::exchange {

struct ConsumerPorts {
  core::Connector self;
  Clock clock;
  Random random;
  const Partners& partners;
  PartnerClient& client;
  Log& log;
  const Accounts& accounts;
  const Signer& signer;
  VerifySignature verify;
  std::function<core::Result<std::string>()> checkpoint;  // of our own log
  // Checks a partner's signed note against its log key; gives size and root.
  std::function<core::Result<std::pair<std::uint64_t, core::Digest>>(const std::string& note,
                                                                     const std::string& log_key)>
      open_checkpoint;
  // Seals what comes under an agreement; gives the effects that keep it.
  std::function<core::Result<std::vector<Effect>>(const std::string& agreement,
                                                  const ReceivedPart& part)>
      seal = {};
};

struct Want {
  core::Connector partner;
  core::DatasetId dataset;
  core::Purpose purpose;
  Selection selection;
  std::string changed_since;  // position of an earlier receipt
  std::string resume;         // first request id of a broken fetch of ours
  std::string agreement{};    // under which it is asked; may be empty
};

struct Progress {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t batches = 0;
};

struct Fetched {
  AccountFacts receipt;       // what the provider signed
  SignedEnvelope envelope;    // the receipt as received
  std::string account;        // ours; received records name it
  bool acknowledged = false;  // the provider has our countersignature
  std::vector<decision::FieldRule> masked;
  std::string warning;  // when something after the receipt did not succeed
};

class Consumer {
 public:
  explicit Consumer(ConsumerPorts ports) : ports_(std::move(ports)) {}

  // Blocks until the receipt is verified and logged, or an error. Errors: the partner's refusal
  // with its reason; EVIDENCE_MISMATCH when what came does not fit what was signed;
  // SPLIT_VIEW when the partner's log contradicts what it showed before.
  core::Result<Fetched> fetch(const Want& want,
                              const std::function<void(const Progress&)>& progress = {});

 private:
  class Session;
  ConsumerPorts ports_;
};

}  // namespace connector::exchange
