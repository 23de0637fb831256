// The ports of the use cases: what exchange needs from the rooms around it. Owned here,
// implemented by adapters, joined by site. No method throws. Unless said otherwise every method
// may be called by several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/digest.h"
#include "core/instant.h"
#include "core/name.h"
#include "core/result.h"
#include "decision/decision.h"

namespace connector::exchange {

using Clock = std::function<core::EpochNs()>;                 // wall clock
using Random = std::function<std::string(std::size_t)>;       // bytes, cryptographically strong
using Executor = std::function<void(std::function<void()>)>;  // runs work on a bounded pool

// ---- partners ----------------------------------------------------------------------------

enum class PartnerState { kActive, kSuspended, kRevoked };

struct PartnerKey {
  core::KeyId id;
  std::string public_key;  // raw Ed25519, 32 bytes
  std::int64_t valid_from_s = 0;
  std::int64_t valid_to_s = 0;
};

// One connector of a partner, as its accepted introduction binds it.
struct Partner {
  core::Connector id;
  PartnerState state = PartnerState::kActive;
  std::string name;
  std::vector<std::string> addresses;  // "192.0.2.7:7443"
  std::string anchor_pem;              // the only CA that may sign this site's certificates
  std::vector<PartnerKey> keys;        // of this and earlier introductions
  std::string log_key;                 // signed-note verifier key
  std::uint64_t introduction_sequence = 0;
  std::string introduction_digest;  // SHA-256 over the envelope, hex
  std::string introduction;         // the envelope as received (JSON)
  std::string last_checkpoint;      // newest checkpoint of its log that we have seen
};

class Partners {
 public:
  virtual ~Partners() = default;
  // From memory: called on every call and every handshake.
  virtual std::optional<Partner> find(const core::Connector& id) const = 0;
  virtual std::vector<Partner> list() const = 0;
  // Party identifiers ("gln:8712345000004") that our admin confirmed for a participant.
  virtual std::vector<std::string> party_ids(const core::ParticipantId& id) const = 0;
};

// ---- who calls ---------------------------------------------------------------------------

struct Caller {
  core::Connector id;
  std::string certificate_sha256;  // hex
};

// Implemented by edge; asked on every call.
class Callers {
 public:
  virtual ~Callers() = default;
  // peer_name is what gRPC shows as the peer of the connection. Error: not known, suspended,
  // revoked, certificate expired, or a limit of calls is reached.
  virtual core::Result<Caller> caller(std::string_view peer_name) = 0;
  // Bytes released to a caller, for the limit per minute.
  virtual core::Status released(const core::Connector& id, std::uint64_t bytes) = 0;
};

// ---- records -----------------------------------------------------------------------------

// What a request asks for, or a dataset is limited to; every member narrows.
struct Selection {
  std::vector<int> kinds;  // valuechain.record.v1.Kind
  std::vector<std::string> order_numbers;
  std::vector<std::string> item_keys;       // 16 bytes each
  std::optional<core::EpochNs> event_from;  // inclusive
  std::optional<core::EpochNs> event_to;    // exclusive
  bool nothing = false;                     // two selections that have nothing in common
};

struct DatasetInfo {
  core::DatasetId id;
  std::string title;
  std::vector<std::string> kinds;  // "order_line" ...
  std::vector<std::string> labels;
  Selection selection = {};  // which of its records are offered
};

// One page of serialised records in sequence order; the buffer is reused between reads.
struct RecordPage {
  struct Row {
    std::uint64_t sequence = 0;
    std::size_t offset = 0;
    std::size_t size = 0;
    // Of a tombstone: the record that was withdrawn. Whoever may not see that must not learn of
    // its end either, so the row filter looks at it in the tombstone's place. Else 0.
    std::size_t judged_offset = 0;
    std::size_t judged_size = 0;
  };
  std::string buffer;
  std::vector<Row> rows;
  bool end = false;        // nothing more up to the bound
  std::uint64_t next = 0;  // sequence to go on after: of the last row looked at
  std::string_view bytes(const Row& row) const {
    return std::string_view(buffer).substr(row.offset, row.size);
  }
  std::string_view judged(const Row& row) const {
    return row.judged_size == 0
               ? bytes(row)
               : std::string_view(buffer).substr(row.judged_offset, row.judged_size);
  }
};

struct ReadRange {
  core::DatasetId dataset;
  std::uint64_t after = 0;  // exclusive
  std::uint64_t bound = 0;  // inclusive
  std::size_t max_records = 0;
  std::size_t max_bytes = 0;
  // The reader has everything up to this sequence: tombstones of those records are rows too.
  std::uint64_t changed_since = 0;
};

class Records {
 public:
  virtual ~Records() = default;
  virtual core::Result<std::uint64_t> last_sequence(const core::DatasetId& dataset) const = 0;
  // Own records only, never received ones. No read transaction outlives the call.
  virtual core::Status read(const ReadRange& range, const Selection& selection,
                            RecordPage& page) const = 0;
};

// ---- the account of a request, and the log -----------------------------------------------

// State that changes in the same transaction as the log entries beside it.
struct RememberRequest {  // fails the whole commit with REPLAYED when already there
  core::Connector from;
  std::string request_id;
  std::string request_digest;  // hex
  std::int64_t keep_until_s = 0;
  std::string account;  // key of the account below
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
};
struct NoteAcknowledgement {
  core::Connector partner;
  std::string request_id;       // first request of the fetch
  std::string acknowledgement;  // envelope JSON
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
using Effect =
    std::variant<RememberRequest, OpenAccount, NoteBatch, CloseAccount, NoteAcknowledgement,
                 PutPartner, RemovePartner, PutPartyId, SeenCheckpoint, Received>;

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
  // on the committer's thread and must be quick. Errors: REPLAYED, STORAGE_FULL,
  // EVIDENCE_UNAVAILABLE, RATE_LIMITED.
  virtual void append(Commit commit, std::function<void(core::Result<LogSpan>)> done) = 0;
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

// ---- decisions ---------------------------------------------------------------------------

class DecisionPoint {
 public:
  virtual ~DecisionPoint() = default;
  // Answers within limits::kDecisionTime or fails with POLICY_UNAVAILABLE. A denial is a
  // Decision with allow = false, not an error.
  virtual core::Result<decision::Decision> decide(const decision::Question& question) = 0;
  virtual core::Revision revision() const = 0;  // in force now; cheap
  virtual bool available() const = 0;           // a decision could be had now
};

// ---- keys --------------------------------------------------------------------------------

class Signer {
 public:
  virtual ~Signer() = default;
  virtual core::KeyId key_id() const = 0;
  virtual std::string sign(std::string_view message) const = 0;  // Ed25519, 64 bytes
};
using VerifySignature = std::function<bool(std::string_view public_key, std::string_view message,
                                           std::string_view signature)>;
// HMAC-SHA256 under a key kept for this partner.
using PartnerHash = std::function<std::string(const core::ParticipantId&, std::string_view)>;
// Opaque tokens: authenticated encryption under a key of this connector.
struct Sealer {
  std::function<std::string(std::string_view)> seal;
  std::function<core::Result<std::string>(std::string_view)> open;
};

}  // namespace connector::exchange
