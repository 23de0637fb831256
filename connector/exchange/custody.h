// What an agreement makes us do with received data, other than to use it: to delete it in time, to
// prove that, to make up at the start what was missed while the connector was off.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "exchange/ports.h"
#include "exchange/schedule.h"
#include "exchange/use.h"
#include "exchange/vault_keys.h"

namespace connector::exchange {

struct CustodyPorts {
  core::Connector self;
  Random random;
  Clock now;  // that is never set back
  AgreementById agreement;
  Vault& vault;
  const VaultWork& work;
  VaultKeys& keys;
  Log& log;
  const Signer& signer;
  Schedule& schedule;
  Executor run;  // work that takes a while
  std::function<core::Result<std::string>()> checkpoint;
  std::function<void()> outgoing;                      // something waits to be sent
  std::function<void(const std::string&)> on_failure;  // for the operator's log
};

// Must outlive what it has given to the schedule and the executor.
class Custody {
 public:
  explicit Custody(CustodyPorts ports) : ports_(std::move(ports)) {}

  // Before anything is served: deletes what is overdue, and what lost its key to a restored store.
  core::Status make_up();
  // Looks at the deadlines anew: after something was received, or used. From any thread.
  void look_again();
  // Deletes what was received under the agreement, now: the key first, then every trace of the
  // ciphertext, then the proof. Done half-way it is repeated. uid: of the operator, -1 for a duty.
  core::Status erase(const std::string& agreement, core::EpochNs due, std::int64_t uid);

 private:
  core::Status erase_due();
  // erasing_ is held.
  core::Status erase_alone(const std::string& agreement, core::EpochNs due, std::int64_t uid);
  core::Status purge() const;
  core::Status prove(const KeptAgreement& kept, const VaultFacts& facts, core::EpochNs due,
                     std::int64_t uid);

  const CustodyPorts ports_;
  std::mutex erasing_;
};

}  // namespace connector::exchange
