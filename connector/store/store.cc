#include "store/store.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>

#include "store/accounts.h"
#include "store/archive.h"
#include "store/backup.h"
#include "store/contracts.h"
#include "store/lock.h"
#include "store/merkle_log.h"
#include "store/records.h"
#include "store/schema.h"
#include "store/vault.h"

namespace connector::store {
namespace {

core::Error cannot(const std::string& what, const std::filesystem::path& path) {
  return core::unavailable(
      "EVIDENCE_UNAVAILABLE",
      "cannot " + what + " " + path.string() + ": " + std::generic_category().message(errno),
      "check the folder's permissions and the disk");
}

// The file is its owner's alone, and its name is on the disk before anything is said to be in it.
core::Status make_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return cannot("make", path);
  ::close(file);
  const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  return synced ? core::ok() : core::Status(cannot("write the folder of", path));
}

// After a clean stop everything is in the database and the WAL is empty.
bool was_killed(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file.string() + "-wal", error);
  return !error && size > 0;
}

// Few at once, so that others are not kept waiting for long.
core::Status forget_rows(Writer& writer, const char* sql, std::int64_t before,
                         std::uint64_t& count) {
  for (int gone = 1; gone > 0;) {
    auto done = writer.wait_for([&](Database& database) {
      auto deleted = database.prepared(sql).bind(before).run();
      gone = deleted ? sqlite3_changes(database.get()) : 0;
      return deleted;
    });
    if (!done) return done;
    count += static_cast<std::uint64_t>(gone);
  }
  return core::ok();
}

core::Status check(Database& database, bool deep) {
  Statement row(database, deep ? "PRAGMA integrity_check" : "PRAGMA quick_check");
  if (row.step() && row.view(0) == "ok") return core::ok();
  return core::unavailable(
      "STORE_DAMAGED", "the store is damaged: " + (row.ok() ? row.text(0) : row.failure().message),
      "stop the connector and restore a backup");
}

}  // namespace

struct Store::State {
  StoreOptions options;
  std::optional<Lock> lock;
  Readers readers;
  PartnerList partners;
  RecordReader records;
  DocumentArchive archive;
  OpenReceipts open_receipts;
  AccountBook accounts;
  ContractBook contracts;
  VaultBook vault;
  MerkleLog log;
  std::unique_ptr<Writer> writer;

  explicit State(StoreOptions given)
      : options(std::move(given)),
        readers(options.file.string(), options.vfs),
        records(readers),
        archive(readers),
        accounts(readers, open_receipts),
        contracts(readers),
        vault(readers),
        log(readers, partners, open_receipts, options.entries_per_minute, options.even_clock) {}

  core::Status open();
};

core::Status Store::State::open() {
  if (!options.file.has_parent_path()) options.file = "." / options.file;
  const std::string file = options.file.string();
  auto taken = Lock::take(options.file.parent_path());
  if (!taken) return std::move(taken.error());
  lock.emplace(std::move(*taken));
  if (auto made = make_file(options.file); !made) return made;
  const bool killed = was_killed(options.file);
  auto database = Database::open(file, Database::Mode::kWrite, options.vfs);
  if (!database) return std::move(database.error());
  if (auto set = database->run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                               "PRAGMA cell_size_check=1; PRAGMA cache_size=-8192; "
                               "PRAGMA secure_delete=ON;");
      !set) {
    return set;
  }
  if (auto sound = killed ? store::check(*database, false) : core::ok(); !sound) return sound;
  if (auto prepared = prepare_schema(*database, file); !prepared) return prepared;
  if (auto loaded = partners.load(*database); !loaded) return loaded;
  if (auto loaded = open_receipts.load(*database); !loaded) return loaded;
  if (auto loaded = log.load(*database); !loaded) return loaded;
  writer = std::make_unique<Writer>(
      std::move(*database), options.file.parent_path() / "ballast", options.ballast_bytes,
      log.undo(), options.on_failure ? options.on_failure : [](const std::string&) {});
  log.use(*writer);
  archive.use(*writer);
  vault.use(*writer);
  return core::ok();
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;

core::Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  if (auto opened = state->open(); !opened) return std::move(opened.error());
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

exchange::Partners& Store::partners() {
  return state_->partners;
}
exchange::Records& Store::records() {
  return state_->records;
}
exchange::Archive& Store::archive() {
  return state_->archive;
}
exchange::Log& Store::log() {
  return state_->log;
}
exchange::Accounts& Store::accounts() {
  return state_->accounts;
}
exchange::Contracts& Store::contracts() {
  return state_->contracts;
}
exchange::Vault& Store::vault() {
  return state_->vault;
}
exchange::VaultWork& Store::vault_work() {
  return state_->vault;
}

core::Result<std::optional<std::string>> Store::setting(const std::string& name) const {
  auto database = state_->readers.lend();
  if (!database) return std::move(database.error());
  Statement row(**database, "SELECT value FROM settings WHERE name = ?1");
  row.bind(name);
  std::optional<std::string> value;
  if (row.step()) value = row.text(0);
  if (!row.ok()) return row.failure();
  return value;
}

core::Status Store::set_setting(const std::string& name, const std::string& value) {
  return state_->writer->wait_for([&](Database& database) {
    return database.prepared("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)")
        .bind(name)
        .blob(value)
        .run();
  });
}

core::Result<std::vector<std::string>> Store::introductions() const {
  auto database = state_->readers.lend();
  if (!database) return std::move(database.error());
  Statement rows(**database, "SELECT envelope FROM introductions ORDER BY number");
  std::vector<std::string> envelopes;
  while (rows.step()) envelopes.push_back(rows.text(0));
  if (!rows.ok()) return rows.failure();
  return envelopes;
}

core::Status Store::copy_to(const std::filesystem::path& file,
                            const BackupProgress& progress) const {
  return copy_database(state_->options.file.string(), file.string(), state_->options.vfs, progress);
}

core::Result<Inspection> Store::inspect() const {
  auto database = state_->readers.lend();
  if (!database) return std::move(database.error());
  return store::inspect(**database);
}

core::Result<Store::Forgotten> Store::forget(std::int64_t now_s,
                                             std::optional<std::int64_t> originals_before_s) {
  Forgotten forgotten;
  auto ids = forget_rows(*state_->writer,
                         "DELETE FROM requests WHERE (partner, request_id) IN (SELECT partner, "
                         "request_id FROM requests WHERE keep_until < ?1 LIMIT 1000)",
                         now_s, forgotten.request_ids);
  if (!ids) return std::move(ids.error());
  if (!originals_before_s) return forgotten;
  auto originals = forget_rows(*state_->writer,
                               "DELETE FROM originals WHERE sha256 IN (SELECT sha256 FROM "
                               "originals WHERE imported < ?1 LIMIT 100)",
                               *originals_before_s, forgotten.originals);
  if (!originals) return std::move(originals.error());
  return forgotten;
}

core::Check Store::health() const {
  return state_->writer->health();
}

core::Status Store::check(bool deep) const {
  auto database = state_->readers.lend();
  if (!database) return std::move(database.error());
  return store::check(**database, deep);
}

}  // namespace connector::store
