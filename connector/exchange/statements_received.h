// The provider's half: deletion proofs and use statements of its consumers, verified, logged and
// kept; and which of them are overdue.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exchange/agreements.h"
#include "exchange/envelope.h"
#include "exchange/ports.h"
#include "exchange/use.h"

namespace connector::exchange {

struct StatementsReceivedPorts {
  core::Connector self;
  Clock clock;
  Random random;
  const Partners& partners;
  const Contracts& contracts;
  AgreementById agreement;
  const VaultWork& work;
  Log& log;
  VerifySignature verify;
  std::function<core::Result<std::string>()> checkpoint;
};

// A proof that should be here by now.
struct OverdueProof {
  std::string agreement;
  core::Connector consumer;
  core::EpochNs due = 0;  // of the deletion
};

// Safe for concurrent use.
class StatementsReceived {
 public:
  explicit StatementsReceived(StatementsReceivedPorts ports) : ports_(std::move(ports)) {}

  // done gets our checkpoint that covers it. The same statement again is answered, not logged
  // again. STATEMENT_INVALID, SIGNATURE_INVALID, KEY_NOT_VALID, EVIDENCE_MISMATCH.
  void report(const Caller& caller, SignedEnvelope statement,
              std::function<void(core::Result<std::string>)> done);
  // The caller's newest use statement of that agreement.
  core::Result<std::optional<SignedEnvelope>> last_statement(const Caller& caller,
                                                             const std::string& agreement) const;
  // Deletions that were due more than limits::kProofGrace ago, of which there is no proof.
  core::Result<std::vector<OverdueProof>> overdue() const;

 private:
  core::Result<KeepStatement> read(const SignedEnvelope& envelope, const Partner& consumer,
                                   std::string& checkpoint) const;

  const StatementsReceivedPorts ports_;
};

}  // namespace connector::exchange
