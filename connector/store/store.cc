#include "store/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>

#include "store/accounts.h"
#include "store/archive.h"
#include "store/merkle_log.h"
#include "store/records.h"
#include "store/schema.h"

namespace connector::store {
namespace {

constexpr auto kLockPatience = std::chrono::seconds(5);

core::Error cannot(const std::string& what, const std::filesystem::path& path) {
  return core::unavailable(
      "EVIDENCE_UNAVAILABLE",
      "cannot " + what + " " + path.string() + ": " + std::generic_category().message(errno),
      "check the folder's permissions and the disk");
}

// One process at a time: kept as long as the descriptor is open, and so never left behind.
class Lock {
 public:
  ~Lock() {
    if (file_ >= 0) ::close(file_);
  }
  core::Status take(const std::string& path) {
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const auto until = std::chrono::steady_clock::now() + kLockPatience;
    while (file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      if (std::chrono::steady_clock::now() > until) {
        return core::unavailable("STORE_IN_USE", "another process has this store open",
                                 "is it starting or stopping? try again in a moment");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return file_ >= 0 ? core::ok() : core::Status(cannot("make", path));
  }

 private:
  int file_ = -1;
};

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
  Lock lock;
  Readers readers;
  PartnerList partners;
  RecordReader records;
  DocumentArchive archive;
  OpenReceipts open_receipts;
  AccountBook accounts;
  MerkleLog log;
  std::unique_ptr<Writer> writer;

  explicit State(StoreOptions given)
      : options(std::move(given)),
        readers(options.file.string(), options.vfs),
        records(readers),
        archive(readers),
        accounts(readers, open_receipts),
        log(readers, partners, open_receipts, options.entries_per_minute, options.even_clock) {}

  core::Status open();
};

core::Status Store::State::open() {
  if (!options.file.has_parent_path()) options.file = "." / options.file;
  const std::string file = options.file.string();
  if (auto taken = lock.take((options.file.parent_path() / "lock").string()); !taken) return taken;
  if (auto made = make_file(options.file); !made) return made;
  const bool killed = was_killed(options.file);
  auto database = Database::open(file, Database::Mode::kWrite, options.vfs);
  if (!database) return std::move(database.error());
  if (auto set = database->run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                               "PRAGMA cell_size_check=1; PRAGMA cache_size=-8192;");
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

core::Check Store::health() const {
  return state_->writer->health();
}

core::Status Store::check(bool deep) const {
  auto database = state_->readers.lend();
  if (!database) return std::move(database.error());
  return store::check(**database, deep);
}

}  // namespace connector::store
