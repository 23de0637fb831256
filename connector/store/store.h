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
#include "exchange/imports.h"
#include "exchange/ports.h"

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

  // Small facts of the connector itself, by name. Durable before set_setting returns.
  core::Result<std::optional<std::string>> setting(const std::string& name) const;
  core::Status set_setting(const std::string& name, const std::string& value);

  // Every introduction that was ever kept, as envelopes in JSON, oldest first.
  core::Result<std::vector<std::string>> introductions() const;

  // Not ok while the disk is full (it recovers by itself) and after a failed write (it does not).
  core::Check health() const;
  core::Status check(bool deep) const;  // SQLite's quick_check, or integrity_check

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::store
