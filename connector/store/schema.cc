#include "store/schema.h"

#include "core/limits.h"

namespace connector::store {
namespace {

// A record's id is its dataset's number * 2^40 + its sequence in that dataset, so that a dataset
// is read in the order in which it lies on the disk. "ended" is the sequence of the row that
// replaced or withdrew it; 0: in force. "essence" tells whether two records of a key say the same.
constexpr const char* kTables = R"sql(
CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE datasets (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
                       last INTEGER NOT NULL DEFAULT 0);
CREATE TABLE originals (sha256 BLOB PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE documents (dataset INTEGER NOT NULL, sha256 BLOB NOT NULL, format TEXT NOT NULL,
                        document_key TEXT NOT NULL, version TEXT NOT NULL, name TEXT NOT NULL,
                        PRIMARY KEY (dataset, sha256)) WITHOUT ROWID;
CREATE INDEX documents_by_key ON documents (dataset, document_key) WHERE document_key <> '';
CREATE TABLE records (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, ended INTEGER NOT NULL,
                      withdrew INTEGER NOT NULL, event_ns INTEGER, order_number TEXT,
                      key TEXT NOT NULL, version INTEGER NOT NULL, content_id BLOB NOT NULL,
                      essence BLOB NOT NULL, body BLOB NOT NULL);
CREATE INDEX records_by_order ON records (order_number) WHERE order_number IS NOT NULL;
CREATE INDEX records_by_key ON records (key);
CREATE INDEX records_by_content ON records (content_id);
CREATE TABLE record_items (item_key BLOB NOT NULL, id INTEGER NOT NULL,
                           PRIMARY KEY (item_key, id)) WITHOUT ROWID;
CREATE TABLE received (id INTEGER PRIMARY KEY, partner TEXT NOT NULL, dataset TEXT NOT NULL,
                       account TEXT NOT NULL, batch INTEGER NOT NULL, kind INTEGER NOT NULL,
                       order_number TEXT, key TEXT NOT NULL, content_id BLOB NOT NULL,
                       body BLOB NOT NULL);
CREATE INDEX received_by_account ON received (account);
CREATE INDEX received_by_order ON received (order_number) WHERE order_number IS NOT NULL;
CREATE INDEX received_by_key ON received (key);
CREATE TABLE partners (id TEXT PRIMARY KEY, facts TEXT NOT NULL, checkpoint TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE party_ids (identifier TEXT PRIMARY KEY, participant TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE nodes (level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
                    PRIMARY KEY (level, number)) WITHOUT ROWID;
CREATE TABLE requests (partner TEXT NOT NULL, request_id TEXT NOT NULL, digest TEXT NOT NULL,
                       keep_until INTEGER NOT NULL, PRIMARY KEY (partner, request_id))
  WITHOUT ROWID;
CREATE INDEX requests_by_time ON requests (keep_until);
CREATE TABLE accounts (account TEXT PRIMARY KEY, opened INTEGER NOT NULL, partner TEXT NOT NULL,
                       provider INTEGER NOT NULL, first_request TEXT NOT NULL,
                       request_id TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT NOT NULL,
                       receipt TEXT NOT NULL, acknowledgement TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX accounts_by_request ON accounts (partner, provider, request_id);
CREATE INDEX accounts_by_first ON accounts (partner, provider, first_request);
CREATE INDEX accounts_unacknowledged ON accounts (partner)
  WHERE provider = 1 AND receipt <> '' AND acknowledgement = '';
CREATE INDEX accounts_by_time ON accounts (opened);
CREATE TABLE account_entries (account TEXT NOT NULL, number INTEGER NOT NULL,
                              PRIMARY KEY (account, number)) WITHOUT ROWID;
CREATE TABLE batches (account TEXT NOT NULL, number INTEGER NOT NULL, chain_head BLOB NOT NULL,
                      records INTEGER NOT NULL, bytes INTEGER NOT NULL, sequence INTEGER NOT NULL,
                      position BLOB NOT NULL, PRIMARY KEY (account, number)) WITHOUT ROWID;
)sql";

// From version i + 1 to i + 2. Version 1 is the first: nothing to do yet.
constexpr const char* kMigrations[] = {nullptr};

int version_of(const Database& database) {
  Statement statement(database, "PRAGMA user_version");
  return statement.step() ? static_cast<int>(statement.number(0)) : -1;
}

core::Status set_version(Database& database, int version) {
  return database.run(("PRAGMA user_version=" + std::to_string(version)).c_str());
}

core::Status copy_beside(const Database& database, const std::string& file, int version) {
  const std::string copy = file + ".version-" + std::to_string(version);
  Statement statement(database, "VACUUM INTO ?1");
  statement.bind(copy);
  return statement.run();
}

core::Status migrate(Database& database, const std::string& file, int from, int to) {
  if (auto copied = copy_beside(database, file, from); !copied) return copied;
  for (int version = from; version < to; ++version) {
    const char* step = kMigrations[version - 1];
    if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun;
    if (step != nullptr) {
      if (auto done = database.run(step); !done) return done;
    }
    if (auto set = set_version(database, version + 1); !set) return set;
    if (auto done = database.run("COMMIT"); !done) return done;
  }
  return core::ok();
}

}  // namespace

core::Status prepare_schema(Database& database, const std::string& file) {
  constexpr int kNow = static_cast<int>(core::limits::kSchemaVersion);
  const int version = version_of(database);
  if (version == kNow) return core::ok();
  if (version > kNow) {
    return core::Error{core::Code::kConflict,
                       "STORE_TOO_NEW",
                       file + " has schema version " + std::to_string(version) +
                           "; this program knows " + std::to_string(kNow),
                       "use the newer program, or restore an older backup",
                       {}};
  }
  if (version < 0) return database.failure("cannot read " + file);
  if (version > 0) return migrate(database, file, version, kNow);
  if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun;
  if (auto made = database.run(kTables); !made) return made;
  if (auto set = set_version(database, kNow); !set) return set;
  return database.run("COMMIT");
}

}  // namespace connector::store
