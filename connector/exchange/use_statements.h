// What a consumer signs about received data: that it is deleted, and how often it was used. And the
// entries of the log that speak of uses. docs/formats.md, "Use statement", "Deletion proof".
#pragma once

#include <cstdint>
#include <string>

#include "exchange/envelope.h"
#include "exchange/partners.h"
#include "exchange/ports.h"

namespace connector::exchange {

inline constexpr const char* kDeletionProofType =
    "application/vnd.valuechain.deletion-proof.v1+json";
inline constexpr const char* kUseStatementType = "application/vnd.valuechain.use-statement.v1+json";

// Both kinds, as the log and the store name them.
inline constexpr const char* kDeletionProof = "deletion-proof";
inline constexpr const char* kUseStatement = "use-statement";

struct DeletionProof {
  core::Connector consumer;
  core::Connector provider;
  std::string agreement;
  std::string duty;           // path of the term: "permission[0].duty[1]"; "" by hand
  core::EpochNs due = 0;      // 0: by hand
  core::EpochNs deleted = 0;  // when the key was destroyed
  std::uint64_t records = 0;  // that were deleted
  std::uint64_t uses = 0;     // all
  std::string checkpoint;     // of the consumer's log, before the entry of this proof
  core::EpochNs at = 0;
};

struct UseStatement {
  core::Connector consumer;
  core::Connector provider;
  std::string agreement;
  std::uint64_t uses = 0;      // all
  core::EpochNs last_use = 0;  // 0: none
  // Of one use that somebody is to be informed of; else empty.
  std::string occasion;  // "use", "refusal"
  std::string purpose;
  std::string application;
  std::string checkpoint;  // of the consumer's log
  core::EpochNs at = 0;
};

SignedEnvelope sign_deletion_proof(const DeletionProof& proof, const Signer& signer);
SignedEnvelope sign_use_statement(const UseStatement& statement, const Signer& signer);
// The key must be the one in use, and valid at the time stated.
core::Result<DeletionProof> read_deletion_proof(const SignedEnvelope& envelope,
                                                const Partner& consumer, core::EpochNs now,
                                                const VerifySignature& verify);
core::Result<UseStatement> read_use_statement(const SignedEnvelope& envelope,
                                              const Partner& consumer, core::EpochNs now,
                                              const VerifySignature& verify);
// Without a look at the signature: of what we have signed ourselves, or have verified before.
core::Result<DeletionProof> deletion_facts(const SignedEnvelope& envelope);
core::Result<UseStatement> use_facts(const SignedEnvelope& envelope);

// ---- log entries, serialised, with a fresh nonce ----

// A local use, in all that the log says of it.
struct UseEntry {
  std::string kind;  // of evidence/log_entry.h: "use.allowed" ...
  core::Connector self;
  core::Connector partner;  // the provider
  std::string id;           // of the use
  std::string agreement;
  std::string dataset;
  std::string purpose;
  std::string application;
  std::string action;
  std::uint64_t number = 0;  // of the use, under its agreement; 0: refused
  std::string revision;      // of the policy that decided
  std::string decision_id;
  std::string outcome;  // "complete", "broken", "refused"
  std::string reason;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::int64_t uid = -1;
  core::EpochNs at = 0;
};
std::string entry_use(const UseEntry& use, const Random& random);

// Of a statement: signed by us, or received.
struct StatementEntry {
  std::string kind;  // "data.deleted", "statement.received" ...
  bool provider = false;
  core::Connector self;
  core::Connector partner;
  std::string agreement;
  std::string subject;     // SHA-256 of its payload, hex
  std::string detail;      // what it is: "deletion-proof"
  std::string checkpoint;  // of the other side, which this entry countersigns
  std::int64_t uid = -1;
  core::EpochNs at = 0;
};
std::string entry_statement(const StatementEntry& entry, const Random& random);

}  // namespace connector::exchange
