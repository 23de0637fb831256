// Statements on their way to partners: sent until they are heard, with longer and longer pauses.
// Nothing polls: the next attempt is a deadline.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "exchange/envelope.h"
#include "exchange/ports.h"
#include "exchange/schedule.h"

namespace connector::exchange {

// A partner's ear for statements about its data.
class StatementClient {
 public:
  virtual ~StatementClient() = default;
  // Blocks. Gives the partner's checkpoint.
  virtual core::Result<std::string> report(const Partner& partner,
                                           const SignedEnvelope& statement) = 0;
  // Our newest use statement of that agreement as the partner keeps it; none: it never had one.
  virtual core::Result<std::optional<SignedEnvelope>> last_statement(
      const Partner& partner, const std::string& agreement) = 0;
};

struct OutboxPorts {
  core::Connector self;
  Clock now;      // the wall clock: when to try again is no term of anybody
  Executor call;  // work that waits for partners
  const Partners& partners;
  const Vault& vault;
  const VaultWork& work;
  Log& log;
  const Signer& signer;
  StatementClient& client;
  Schedule& schedule;
  std::function<core::Result<std::string>()> checkpoint;
};

// Must outlive what it has given to the schedule and the executor.
class Outbox {
 public:
  explicit Outbox(OutboxPorts ports) : ports_(std::move(ports)) {}
  // Looks at what is due, and again when the next is. From any thread.
  void wake();
  // The same, and waits: what is due now was tried once when it returns.
  core::Status run();

 private:
  core::Status send(const Outgoing& outgoing);
  core::Result<SignedEnvelope> envelope_of(const Outgoing& outgoing) const;
  core::Status sent(const Outgoing& outgoing);
  core::Status not_sent(Outgoing outgoing);
  void sleep_until_next();

  const OutboxPorts ports_;
  std::mutex running_;
};

}  // namespace connector::exchange
