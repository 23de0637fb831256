// Is what is on record of the uses all there was? A store that was restored from a copy has
// forgotten some; the provider has our own signed statements of them.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "exchange/outbox.h"

namespace connector::exchange {

struct StandingPorts {
  core::Connector self;
  Random random;
  Clock now;
  const Partners& partners;
  const Vault& vault;
  Log& log;
  StatementClient& client;
  // By a key of ours, whichever was in use then.
  std::function<bool(const SignedEnvelope&)> ours;
  // Does our log, at that checkpoint's size, have its root?
  std::function<core::Result<bool>(const std::string& checkpoint)> in_our_log;
};

// Asked once for each agreement and start of the connector, where uses are counted.
class Standing {
 public:
  explicit Standing(StandingPorts ports) : ports_(std::move(ports)) {}

  // Ok when the counter holds every use that the provider knows of; what was missing is put back
  // first. STANDING_UNKNOWN when the provider cannot be reached; STORE_RESTORED when an operator
  // confirmed that meanwhile.
  core::Status check(const std::string& agreement, const core::Connector& provider);
  // An operator says that the provider cannot be asked: of what is counted nothing remains until it
  // can. Of every agreement that was not checked yet; gives how many.
  core::Result<std::uint64_t> confirm(const std::vector<std::string>& counted, std::int64_t uid);

 private:
  core::Status compare(const VaultFacts& facts, const core::Connector& provider);
  core::Status put_back(const VaultFacts& facts, const core::Connector& provider,
                        std::uint64_t uses, const std::string& digest);

  const StandingPorts ports_;
  std::mutex mutex_;
  std::set<std::string> checked_;  // guarded by mutex_
};

}  // namespace connector::exchange
