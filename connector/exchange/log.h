// Ports: the log and the account of each request. No method throws; all may be called by several
// threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/digest.h"
#include "core/name.h"
#include "core/result.h"
#include "exchange/agreements.h"
#include "exchange/partners.h"
#include "exchange/vault.h"

namespace connector::exchange {

// State that changes in the same transaction as the log entries beside it.
struct RememberRequest {  // fails the whole commit with REPLAYED when already there
  core::Connector from;
  std::string request_id;
  std::string request_digest;  // hex
  std::int64_t keep_until_s = 0;
  std::string account;          // key of the account below; empty: refused, and has none
  std::string first_request{};  // of a refused part that was to go on with another
};
struct OpenAccount {
  std::string account;  // UUID, one per part of a fetch
  core::Connector partner;
  bool provider = true;       // false: our half as consumer
  std::string first_request;  // request id of the first part
  std::string request_id;
  std::string state;  // JSON: what a resumed part needs (bound, filter digest ...)
};
struct NoteBatch {
  std::string account;
  std::uint64_t index = 0;
  std::string chain_head;  // 32 bytes
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t sequence = 0;  // last sequence looked at; provider only
  std::string position;        // opaque, as received; consumer only
};
struct CloseAccount {
  std::string account;
  std::string outcome;  // "complete", "broken", "refused"
  std::string receipt;  // envelope JSON, empty unless complete
  std::string head{};   // envelope JSON of the last batch head received; consumer only, when broken
};
// Fails the whole commit with ACKNOWLEDGED where the receipt is acknowledged already.
struct NoteAcknowledgement {
  core::Connector partner;
  std::string request_id;       // first request of the fetch
  std::string acknowledgement;  // envelope JSON
};
// Fails the whole commit with KEY_NOT_VALID unless this is the partner's introduction in force:
// what it signed is on record under the key in use, or not at all.
struct RequireIntroduction {
  core::Connector partner;
  std::string digest;  // hex
};
struct KeepIntroduction {  // for ever, whoever it introduces
  std::string digest;      // hex
  std::string envelope;    // JSON
};
struct PutSetting {
  std::string name;
  std::string value;
};
struct PutPartner {
  Partner partner;
};
struct RemovePartner {
  core::Connector id;
};
struct PutPartyId {
  std::string identifier;  // "gln:8712345000004"
  core::ParticipantId participant;
  bool remove = false;
};
struct SeenCheckpoint {
  core::Connector partner;
  std::string checkpoint;
};
struct Received {  // consumer side: records of one batch, kept apart from our own
  core::Connector from;
  core::DatasetId dataset;
  std::string account;
  std::uint64_t batch = 0;
  std::vector<std::string> records;
  std::vector<std::string> masked;  // paths
};
// Version 1 is a new row; any other takes the place of the version before it, or fails the whole
// commit with NEGOTIATION_CHANGED.
struct PutNegotiation {
  Negotiation negotiation;
};
struct PutAgreement {
  KeptAgreement agreement;
};
using Effect =
    std::variant<RememberRequest, OpenAccount, NoteBatch, CloseAccount, NoteAcknowledgement,
                 RequireIntroduction, KeepIntroduction, PutSetting, PutPartner, RemovePartner,
                 PutPartyId, SeenCheckpoint, Received, VaultEffect, PutNegotiation, PutAgreement>;

struct Commit {
  std::vector<std::string> entries;  // serialised log entries, appended in this order
  std::vector<Effect> effects;
  core::Connector on_behalf_of;  // whose share of the log this counts against; may be empty
};

// Where the entries came to stand. size is the log's size after the commit.
struct LogSpan {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

// The Merkle log and the account book: one writer, group commit.
class Log {
 public:
  virtual ~Log() = default;
  // All or nothing, durable (fsync) before done is called, in the order of the calls. done runs
  // on the committer's thread and must be quick. Errors: REPLAYED, KEY_NOT_VALID, ACKNOWLEDGED,
  // STORAGE_FULL, EVIDENCE_UNAVAILABLE, RATE_LIMITED.
  virtual void append(Commit commit, std::function<void(core::Result<LogSpan>)> done) = 0;
  // A hint: as long as the returned lives a commit is on its way, for which others may wait a
  // moment (limits::kGroupCommitTime) to share one fsync with it.
  virtual std::shared_ptr<void> expect() { return {}; }
  virtual std::uint64_t size() const = 0;  // durable entries
  virtual core::Result<std::string> entry(std::uint64_t index) const = 0;
  // Merkle tree hash of the complete subtree: level 0 is a leaf hash.
  virtual core::Result<core::Digest> hash(int level, std::uint64_t index) const = 0;
  virtual core::Result<core::Digest> root(std::uint64_t size) const = 0;
};

struct Account {
  std::string account;
  core::Connector partner;
  bool provider = true;
  std::string first_request;
  std::string request_id;
  std::string state;
  std::string outcome;  // "open" while running
  std::string receipt;
  std::string acknowledgement;
  std::string head;                    // of the last batch received, where the part broke
  std::vector<NoteBatch> batches;      // the last one only, unless asked for all
  std::vector<std::uint64_t> entries;  // indexes in the log
};

// What is known of earlier requests.
class Accounts {
 public:
  virtual ~Accounts() = default;
  // Of the part with this request id; null when unknown. When it is the first part of a fetch,
  // receipt, acknowledgement and the last batch are those of the whole fetch, whichever part
  // they came with (the newest receipt, should there be several).
  virtual core::Result<std::optional<Account>> by_request(const core::Connector& partner,
                                                          bool provider,
                                                          const std::string& request_id) const = 0;
  // Newest first, each with its own receipt.
  virtual core::Result<std::vector<Account>> list(std::size_t limit) const = 0;
  virtual core::Result<std::uint64_t> unacknowledged(const core::Connector& partner) const = 0;
};

}  // namespace connector::exchange
