// One entry of the log: fixed-shape UTF-8 JSON, digests and metadata only (docs/formats.md, "Log
// entries"). A value has exactly one text: what is read is what would be written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/instant.h"
#include "core/name.h"
#include "core/result.h"

namespace connector::evidence {

// Kinds with a meaning of their own here; others name changes ("config.reloaded",
// "policy.published").
inline constexpr const char* kFetchOpened = "fetch.opened";
inline constexpr const char* kFetchClosed = "fetch.closed";
inline constexpr const char* kFetchRefused = "fetch.refused";
inline constexpr const char* kFetchAcknowledged = "fetch.acknowledged";
// Of received data: each use is on record before it is given, and again when it has ended.
inline constexpr const char* kUseAllowed = "use.allowed";
inline constexpr const char* kUseDenied = "use.denied";
inline constexpr const char* kUseEnded = "use.ended";
inline constexpr const char* kDataDeleted = "data.deleted";              // subject: proof's digest
inline constexpr const char* kStatementReceived = "statement.received";  // likewise
inline constexpr const char* kStoreRestored = "store.restored";
// From these entries on another introduction is in force: its digest is the subject.
inline constexpr const char* kSelfIntroduced = "self.introduced";
inline constexpr const char* kKeyRotated = "key.rotated";  // the same, with another key
inline constexpr const char* kPartnerAdded = "partner.added";
inline constexpr const char* kPartnerIntroduced = "partner.introduced";
inline constexpr const char* kPartnerRemoved = "partner.removed";  // none is

// Members that do not apply are empty. Digests are lower-case hex.
struct LogEntry {
  std::string kind;  // "fetch.opened": lower-case words with "-" inside, joined by "."
  core::EpochNs at = 0;
  core::Connector self;
  core::Connector partner;
  std::string role;  // of self: "provider", "consumer" or ""
  std::string request_id;
  std::string first_request;
  std::string agreement_id;
  std::string dataset;
  std::string purpose;
  std::string request_digest;
  std::string chain_head;
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::string revision;
  std::string decision_id;
  std::string journal_digest;
  std::string outcome;
  std::string reason;
  std::string receipt_digest;
  std::string checkpoint;  // the other side's, which this entry countersigns
  std::string subject;
  std::string detail;
  std::int64_t uid = -1;  // of the local caller; -1: none
  std::string nonce;      // 32 random bytes, in hex
};

// At most limits::kLogEntryBytes: texts that are too long are cut at a character. Text that is not
// UTF-8 is replaced by a remark.
std::string to_bytes(const LogEntry& entry);
// ENTRY_INVALID unless the bytes are exactly what to_bytes gives for some entry.
core::Result<LogEntry> read_log_entry(std::string_view bytes);

}  // namespace connector::evidence
