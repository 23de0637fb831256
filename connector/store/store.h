// Everything that must survive, in one SQLite file: records, partners, the log and the account
// book. One connection writes, on one thread, many commits in one transaction (group commit, WAL,
// synchronous=FULL); readers are read-only. Nothing is acknowledged before it is durable.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/limits.h"
#include "core/metrics.h"
#include "exchange/agreements.h"
#include "exchange/imports.h"
#include "exchange/ports.h"
#include "exchange/vault.h"
#include "store/inspection.h"

namespace connector::store {

struct StoreOptions {
  std::filesystem::path file;
  std::uint64_t entries_per_minute = core::limits::kLogEntriesPerPartnerMinute;
  std::chrono::seconds even_clock = core::limits::kEvenClock;  // before anything is forgotten
  // Space kept back, so that closing entries can be written when the disk is full; at most an
  // eighth of the disk. On a disk without twice as much free space the store counts as full.
  std::uint64_t ballast_bytes = core::limits::kBallastBytes;
  std::function<void(const std::string&)> on_failure;  // for the operator's log
  const char* vfs = nullptr;                           // of SQLite; null: the default
};

// All methods may be called from any thread.
class Store {
 public:
  // Makes the file and its tables where there are none; after a kill it is checked first.
  // STORE_TOO_NEW, STORE_TOO_OLD, STORE_FOREIGN, STORE_IN_USE (another process serves it),
  // STORE_DAMAGED, EVIDENCE_UNAVAILABLE, STORAGE_FULL.
  static core::Result<std::unique_ptr<Store>> open(StoreOptions options);
  ~Store();  // writes what was queued

  exchange::Partners& partners();
  exchange::Records& records();
  exchange::Archive& archive();
  exchange::Log& log();
  exchange::Accounts& accounts();
  exchange::Contracts& contracts();
  exchange::Vault& vault();
  exchange::VaultWork& vault_work();

  // Small facts of the connector itself, by name. Durable before set_setting returns.
  core::Result<std::optional<std::string>> setting(const std::string& name) const;
  core::Status set_setting(const std::string& name, const std::string& value);

  // Every introduction that was ever kept, as envelopes in JSON, oldest first.
  core::Result<std::vector<std::string>> introductions() const;

  // A copy of the whole as it is at one moment, while others go on reading and writing. The file
  // must not exist; it needs nothing beside it.
  core::Status copy_to(const std::filesystem::path& file, const BackupProgress& progress) const;
  // Reads everything: see backup.h.
  core::Result<Inspection> inspect() const;

  // Forgets request ids whose time is over, and originals imported before then (Unix seconds; none:
  // no originals). Only what the even clock vouches for is old: that is the caller's to know.
  struct Forgotten {
    std::uint64_t request_ids = 0;
    std::uint64_t originals = 0;
  };
  core::Result<Forgotten> forget(std::int64_t now_s,
                                 std::optional<std::int64_t> originals_before_s);

  // Not ok while the disk is full (it recovers by itself) and after a failed write (it does not).
  core::Check health() const;
  core::Status check(bool deep) const;  // SQLite's quick_check, or integrity_check

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::store
