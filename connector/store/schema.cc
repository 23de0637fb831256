#include "store/schema.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "core/limits.h"
#include "store/vault.h"

namespace connector::store {
namespace {

// A record's id is its dataset's number * 2^40 + its sequence in that dataset, so that a dataset
// is read in the order in which it lies on the disk. "ended" is the sequence of the version that
// took its place; 0: in force; -1: withdrawn, never read again. A tombstone names in "withdrew"
// the sequence of the version that it withdrew, and in "until" that of the version that had taken
// its place before, or 0; it is selected by the withdrawn record's kind, order number, time and
// items. "schema" is the mark of the schema that knows every field of the record, as was seen when
// it was written; 0: not seen. "digest" is the SHA-256 of the body.
constexpr const char* kTables = R"sql(
CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE datasets (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
                       last INTEGER NOT NULL DEFAULT 0);
CREATE TABLE originals (sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL,
                        imported INTEGER NOT NULL DEFAULT (unixepoch()));
CREATE TABLE documents (dataset INTEGER NOT NULL, sha256 BLOB NOT NULL, format TEXT NOT NULL,
                        document_key TEXT NOT NULL, version TEXT NOT NULL, name TEXT NOT NULL,
                        PRIMARY KEY (dataset, sha256)) WITHOUT ROWID;
CREATE INDEX documents_by_key ON documents (dataset, document_key) WHERE document_key <> '';
CREATE TABLE records (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, ended INTEGER NOT NULL,
                      withdrew INTEGER NOT NULL, until INTEGER NOT NULL, event_ns INTEGER,
                      order_number TEXT, key TEXT NOT NULL, version INTEGER NOT NULL,
                      content_id BLOB NOT NULL, schema INTEGER NOT NULL,
                      digest BLOB, body BLOB NOT NULL);
CREATE INDEX records_by_order ON records (order_number) WHERE order_number IS NOT NULL;
CREATE INDEX records_by_key ON records (key);
CREATE INDEX records_by_content ON records (content_id);
CREATE TABLE record_items (item_key BLOB NOT NULL, id INTEGER NOT NULL,
                           PRIMARY KEY (item_key, id)) WITHOUT ROWID;
CREATE TABLE received (id INTEGER PRIMARY KEY, partner TEXT NOT NULL, dataset TEXT NOT NULL,
                       account TEXT NOT NULL, batch INTEGER NOT NULL, kind INTEGER NOT NULL,
                       withdrawn INTEGER NOT NULL DEFAULT 0, order_number TEXT,
                       key TEXT NOT NULL, content_id BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE received_masks (account TEXT NOT NULL, batch INTEGER NOT NULL, path TEXT NOT NULL,
                             PRIMARY KEY (account, batch, path)) WITHOUT ROWID;
CREATE INDEX received_by_account ON received (account);
CREATE INDEX received_by_order ON received (order_number) WHERE order_number IS NOT NULL;
CREATE INDEX received_by_key ON received (key);
CREATE INDEX received_by_content ON received (content_id);
CREATE TABLE partners (id TEXT PRIMARY KEY, facts TEXT NOT NULL, checkpoint TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE party_ids (identifier TEXT PRIMARY KEY, participant TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE introductions (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE,
                            envelope TEXT NOT NULL);
CREATE TABLE entries (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE nodes (level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
                    PRIMARY KEY (level, number)) WITHOUT ROWID;
CREATE TABLE requests (partner TEXT NOT NULL, request_id TEXT NOT NULL, digest TEXT NOT NULL,
                       keep_until INTEGER NOT NULL, PRIMARY KEY (partner, request_id))
  WITHOUT ROWID;
CREATE INDEX requests_by_time ON requests (keep_until);
CREATE TABLE accounts (number INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE,
                       partner TEXT NOT NULL, provider INTEGER NOT NULL,
                       first_request TEXT NOT NULL, request_id TEXT NOT NULL,
                       state TEXT NOT NULL, outcome TEXT NOT NULL, receipt TEXT NOT NULL,
                       acknowledgement TEXT NOT NULL, head TEXT NOT NULL);
CREATE INDEX accounts_by_request ON accounts (partner, provider, request_id);
CREATE INDEX accounts_by_first ON accounts (partner, provider, first_request);
CREATE INDEX accounts_unacknowledged ON accounts (partner)
  WHERE provider = 1 AND receipt <> '' AND acknowledgement = '';
CREATE TABLE account_entries (account TEXT NOT NULL, number INTEGER NOT NULL,
                              PRIMARY KEY (account, number)) WITHOUT ROWID;
CREATE TABLE batches (account TEXT NOT NULL, number INTEGER NOT NULL, chain_head BLOB NOT NULL,
                      records INTEGER NOT NULL, bytes INTEGER NOT NULL, sequence INTEGER NOT NULL,
                      position BLOB NOT NULL, PRIMARY KEY (account, number)) WITHOUT ROWID;
)sql";

// "facts" is the whole of a row as JSON (contract_rows.h); the other columns are searched.
constexpr const char* kContractTables = R"sql(
CREATE TABLE negotiations (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
                           partner TEXT NOT NULL, their_id TEXT NOT NULL, open INTEGER NOT NULL,
                           version INTEGER NOT NULL, subject TEXT NOT NULL, facts TEXT NOT NULL);
CREATE UNIQUE INDEX negotiations_by_theirs ON negotiations (partner, their_id)
  WHERE their_id <> '';
CREATE UNIQUE INDEX negotiations_under_way ON negotiations (partner, subject) WHERE open = 1;
CREATE TABLE agreements (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
                         partner TEXT NOT NULL, offer TEXT NOT NULL, facts TEXT NOT NULL);
CREATE INDEX agreements_by_partner ON agreements (partner, number);
CREATE INDEX agreements_by_offer ON agreements (partner, offer, number);
)sql";

// What an earlier version kept counts as imported when it was migrated.
constexpr const char* kOriginalTimes = R"sql(
ALTER TABLE originals RENAME TO originals_before;
CREATE TABLE originals (sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL,
                        imported INTEGER NOT NULL DEFAULT (unixepoch()));
INSERT INTO originals (sha256, bytes) SELECT sha256, bytes FROM originals_before;
DROP TABLE originals_before;
)sql";

// In ascending order. Version 1 is the first.
const std::vector<Migration> kMigrations = {
    {1,
     "ALTER TABLE records ADD COLUMN schema INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE records ADD COLUMN digest BLOB"},
    {2, kContractTables},
    {3, kVaultTables},
    {4, kOriginalTimes}};

core::Result<std::int64_t> pragma(const Database& database, const std::string& name) {
  Statement statement(database, "PRAGMA " + name);
  if (!statement.step()) return statement.failure();
  return statement.number(0);
}

core::Result<bool> has_tables(const Database& database) {
  Statement statement(database, "SELECT count(*) FROM sqlite_schema");
  if (!statement.step()) return statement.failure();
  return statement.number(0) > 0;
}

core::Status set_version(Database& database, std::int64_t version) {
  return database.run(("PRAGMA user_version=" + std::to_string(version)).c_str());
}

core::Status to_disk(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  return synced ? core::ok()
                : core::Status(error_of(SQLITE_IOERR_FSYNC, "cannot write the copy " + path));
}

core::Status copy_beside(const Database& database, const std::string& file, std::int64_t version) {
  std::string copy = file + ".version-" + std::to_string(version);
  for (int i = 1; std::filesystem::exists(copy); ++i) {
    copy = file + ".version-" + std::to_string(version) + "." + std::to_string(i);
  }
  Statement statement(database, "VACUUM INTO ?1");
  statement.bind(copy);
  if (auto copied = statement.run(); !copied) return copied;
  return to_disk(copy);
}

core::Status step_up(Database& database, const Migration& step) {
  if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = database.run(step.sql);
  if (done) done = set_version(database, step.from + 1);
  if (done) done = database.run("COMMIT");
  if (done) return done;
  [[maybe_unused]] const auto undone = database.run("ROLLBACK");
  return done;
}

core::Status create(Database& database) {
  if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun;
  for (const char* tables : {kTables, kContractTables, kVaultTables}) {
    if (auto made = database.run(tables); !made) return made;
  }
  const std::string mark = "PRAGMA application_id=" + std::to_string(kApplicationId);
  if (auto marked = database.run(mark.c_str()); !marked) return marked;
  if (auto set = set_version(database, core::limits::kSchemaVersion); !set) return set;
  return database.run("COMMIT");
}

core::Error cannot_use(const std::string& reason, const std::string& message,
                       const std::string& next) {
  return {core::Code::kConflict, reason, message, next, {}};
}

}  // namespace

core::Status migrate(Database& database, const std::string& file,
                     const std::vector<Migration>& steps, std::int64_t target) {
  auto version = pragma(database, "user_version");
  if (!version) return std::move(version.error());
  if (*version == target) return core::ok();
  const std::string is = file + " has schema version " + std::to_string(*version);
  if (*version > target) {
    return cannot_use("STORE_TOO_NEW", is + "; this program knows " + std::to_string(target),
                      "use the newer program, or restore an older backup");
  }
  std::vector<Migration> path;
  for (const Migration& step : steps) {
    if (step.from == *version + static_cast<std::int64_t>(path.size())) path.push_back(step);
  }
  if (*version + static_cast<std::int64_t>(path.size()) != target) {
    return cannot_use("STORE_TOO_OLD", is + "; this program cannot read it any more",
                      "open it with the release in between first");
  }
  if (auto copied = copy_beside(database, file, *version); !copied) return copied;
  for (const Migration& step : path) {
    if (auto done = step_up(database, step); !done) return done;
  }
  return core::ok();
}

core::Status prepare_schema(Database& database, const std::string& file) {
  auto tables = has_tables(database);
  if (!tables) return std::move(tables.error());
  if (!*tables) return create(database);
  auto application = pragma(database, "application_id");
  if (!application) return std::move(application.error());
  if (*application != kApplicationId) {
    return cannot_use("STORE_FOREIGN", file + " is a database of another program",
                      "name another file, or move that one away");
  }
  return migrate(database, file, kMigrations, core::limits::kSchemaVersion);
}

}  // namespace connector::store
