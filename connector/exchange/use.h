// The use case "use": the one way to received data. The agreement's terms and the counters are
// asked; the use is debited and logged, durably, before a byte is opened.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/duties.h"
#include "contract/facts.h"
#include "core/json.h"
#include "exchange/granted.h"
#include "exchange/ports.h"
#include "exchange/use_statements.h"
#include "exchange/vault_keys.h"

namespace connector::exchange {

struct UseVerdict {
  bool allowed = false;
  std::string term;  // path of what decided: "permission[0].constraint[2]"; may be empty
  std::string why;   // in plain words
  std::string decision_id;
  core::Revision revision;                  // of the company's policy
  std::optional<core::EpochNs> changes_at;  // when time alone may change it
};

class UsePoint {
 public:
  virtual ~UsePoint() = default;
  // By the agreement's terms; of several judges deny wins. POLICY_UNAVAILABLE when no answer can be
  // had, which refuses.
  virtual core::Result<UseVerdict> decide(const contract::Agreement& agreement,
                                          const contract::Facts& facts) = 0;
};

struct UseRequest {
  std::string agreement;
  std::string dataset;  // may be empty where the agreement covers one alone
  core::Purpose purpose;
  std::string application;         // as the configuration names the caller
  std::vector<std::string> roles;  // likewise
  std::string action = "use";      // of the registry
  bool to_file = false;            // a plain copy is made: "print" must be permitted as well
  Selection selection;
  std::int64_t uid = -1;  // of the caller
};

// One record, as it was received; the views hold while it is given.
struct UsedRecord {
  std::string_view bytes;
  const core::DatasetId& dataset;
  const std::string& account;  // its receipt
};

struct UseSummary {
  std::string id;
  std::uint64_t number = 0;                // of the use, where the agreement counts; else 0
  std::optional<std::uint64_t> remaining;  // where the agreement counts
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

struct UsePorts {
  core::Connector self;
  Random random;
  Clock now;  // that is never set back
  AgreementById agreement;
  const Partners& partners;
  const Vault& vault;
  VaultKeys& keys;
  Log& log;
  const Signer& signer;
  UsePoint& point;
  // Fills in what this house knows: places, events, states.
  std::function<void(contract::Facts&)> complete;
  std::function<core::Result<std::string>()> checkpoint;
  // Whether what is on record of the uses is all there was; asked where they are counted.
  std::function<core::Status(const contract::Agreement&)> standing;
  std::function<void(const std::string& agreement)> ended;  // a use did: duties may be due
};

class Use {
 public:
  explicit Use(UsePorts ports) : ports_(std::move(ports)) {}

  // Blocks. give is called for each record, in the order in which they came; false: enough.
  // AGREEMENT_NOT_FOUND, AGREEMENT_NOT_IN_FORCE, NOTHING_RECEIVED, DATASET_NOT_COVERED, USE_DENIED
  // (metadata: term, decisionId), DATA_DELETED, STORE_RESTORED, DUTY_IMPOSSIBLE,
  // POLICY_UNAVAILABLE; USE_CUT where the right to it ended under way.
  core::Result<UseSummary> run(const UseRequest& request,
                               const std::function<bool(const UsedRecord&)>& give);

 private:
  class Session;
  std::shared_ptr<std::mutex> turn_of(const std::string& agreement);

  const UsePorts ports_;
  std::mutex mutex_;
  // Uses that are counted take turns, from the look at the counter to its durable debit.
  std::map<std::string, std::shared_ptr<std::mutex>> turns_;  // guarded by mutex_
};

}  // namespace connector::exchange
