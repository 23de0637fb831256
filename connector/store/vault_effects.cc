#include "store/records.h"
#include "store/vault.h"

namespace connector::store {

// An object's id is its vault's number * 2^40 + its number in that vault, so that a vault is read
// in the order in which it lies on the disk, and goes as one range.
const char* const kVaultTables = R"sql(
CREATE TABLE vaults (number INTEGER PRIMARY KEY, agreement TEXT NOT NULL UNIQUE,
                     partner TEXT NOT NULL, uses INTEGER NOT NULL DEFAULT 0,
                     held INTEGER NOT NULL DEFAULT 0, first_ns INTEGER NOT NULL DEFAULT 0,
                     last_ns INTEGER NOT NULL DEFAULT 0, emptied_ns INTEGER NOT NULL DEFAULT 0,
                     objects INTEGER NOT NULL DEFAULT 0);
CREATE TABLE vault_objects (id INTEGER PRIMARY KEY, object TEXT NOT NULL, dataset TEXT NOT NULL,
                            account TEXT NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0,
                            kind BLOB NOT NULL, key BLOB NOT NULL, order_tag BLOB NOT NULL,
                            day BLOB NOT NULL, sealed BLOB NOT NULL);
CREATE INDEX vault_objects_by_key ON vault_objects (key);
CREATE INDEX vault_objects_by_order ON vault_objects (order_tag) WHERE order_tag <> x'';
CREATE TABLE vault_items (tag BLOB NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tag, id))
  WITHOUT ROWID;
CREATE INDEX vault_items_by_id ON vault_items (id);
CREATE TABLE vault_clock (one INTEGER PRIMARY KEY CHECK (one = 1), seen_ns INTEGER NOT NULL);
CREATE TABLE duties (agreement TEXT NOT NULL, name TEXT NOT NULL, due_ns INTEGER NOT NULL,
                     PRIMARY KEY (agreement, name)) WITHOUT ROWID;
CREATE TABLE outgoing (name TEXT PRIMARY KEY, partner TEXT NOT NULL, agreement TEXT NOT NULL,
                       envelope TEXT NOT NULL, attempts INTEGER NOT NULL, next_ns INTEGER NOT NULL,
                       version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE statements (number INTEGER PRIMARY KEY, consumer TEXT NOT NULL,
                         agreement TEXT NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,
                         uses INTEGER NOT NULL, at_ns INTEGER NOT NULL, envelope TEXT NOT NULL);
CREATE INDEX statements_by_agreement ON statements (agreement, number);
)sql";

namespace {

using namespace exchange;

constexpr std::uint64_t kLastInVault = kSequenceMask;

struct VaultRow {
  std::uint64_t number = 0;  // 0: there is none
  bool emptied = false;
};

core::Result<VaultRow> find_vault(Database& database, const std::string& agreement) {
  Statement& row = database.prepared("SELECT number, emptied_ns FROM vaults WHERE agreement = ?1");
  row.bind(agreement);
  VaultRow found;
  if (row.step()) found = {row.count(0), row.number(1) != 0};
  if (!row.ok()) return row.failure();
  row.rewind();
  return found;
}

core::Status see(Database& database, core::EpochNs at) {
  return database
      .prepared(
          "INSERT INTO vault_clock (one, seen_ns) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET "
          "seen_ns = max(seen_ns, ?1)")
      .bind(at)
      .run();
}

core::Result<VaultRow> open_vault(Database& database, const KeepSealed& effect) {
  auto row = find_vault(database, effect.agreement);
  if (!row) return row;
  if (row->emptied) {
    return core::denied("VAULT_EMPTIED",
                        "what was received under agreement " + effect.agreement + " is deleted",
                        "conclude a new agreement");
  }
  if (row->number != 0) return row;
  const std::string partner = effect.from.str();
  auto made = database.prepared("INSERT INTO vaults (agreement, partner) VALUES (?1, ?2)")
                  .bind(effect.agreement)
                  .bind(partner)
                  .run();
  if (!made) return std::move(made.error());
  return find_vault(database, effect.agreement);
}

core::Result<std::uint64_t> last_in(Database& database, std::uint64_t vault) {
  Statement& row =
      database.prepared("SELECT max(id) FROM vault_objects WHERE id > ?1 AND id <= ?2");
  row.bind(record_id(vault, 0)).bind(record_id(vault, kLastInVault));
  const bool there = row.step() && !row.is_null(0);
  if (!row.ok()) return row.failure();
  const std::uint64_t last = there ? row.count(0) : record_id(vault, 0);
  row.rewind();
  return last;
}

// How many there are is kept with the vault: counting them would read them all.
core::Status count(Database& database, std::uint64_t vault, std::int64_t change) {
  return database.prepared("UPDATE vaults SET objects = objects + ?2 WHERE number = ?1")
      .bind(vault)
      .bind(change)
      .run();
}

core::Result<std::int64_t> withdraw(Database& database, const std::string& key) {
  if (key.empty()) return std::int64_t{0};
  auto taken_back =
      database.prepared("UPDATE vault_objects SET withdrawn = 1 WHERE key = ?1 AND withdrawn = 0")
          .blob(key)
          .run();
  if (!taken_back) return std::move(taken_back.error());
  return std::int64_t{sqlite3_changes(database.get())};
}

core::Status add(Database& database, std::uint64_t id, const KeepSealed& effect,
                 const SealedObject& object) {
  auto written =
      database
          .prepared(
              "INSERT INTO vault_objects (id, object, dataset, account, kind, key, order_tag, "
              "day, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
          .bind(id)
          .bind(object.object)
          .bind(effect.dataset.str())
          .bind(effect.account)
          .blob(object.kind)
          .blob(object.key)
          .blob(object.order)
          .blob(object.day)
          .blob(object.sealed)
          .run();
  for (std::size_t i = 0; written && i < object.items.size(); ++i) {
    written = database.prepared("INSERT OR IGNORE INTO vault_items (tag, id) VALUES (?1, ?2)")
                  .blob(object.items[i])
                  .bind(id)
                  .run();
  }
  return written;
}

core::Status write(Database& database, const KeepSealed& effect) {
  const auto vault = open_vault(database, effect);
  if (!vault) return vault.error();
  auto id = last_in(database, vault->number);
  if (!id) return std::move(id.error());
  for (const std::string& path : effect.masked) {
    auto written = database
                       .prepared(
                           "INSERT OR IGNORE INTO received_masks (account, batch, path) "
                           "VALUES (?1, ?2, ?3)")
                       .bind(effect.account)
                       .bind(effect.batch)
                       .bind(path)
                       .run();
    if (!written) return written;
  }
  auto change = static_cast<std::int64_t>(effect.objects.size());
  for (const SealedObject& object : effect.objects) {
    const auto gone = withdraw(database, object.withdraws);
    if (!gone) return gone.error();
    change -= *gone;
    if (auto added = add(database, ++*id, effect, object); !added) return added;
  }
  if (auto counted = count(database, vault->number, change); !counted) return counted;
  return see(database, effect.at);
}

core::Error held_back(const std::string& agreement) {
  return core::denied("STORE_RESTORED",
                      "this store was restored from a copy: no use of agreement " + agreement +
                          " remains until the provider's last statement of it is fetched",
                      "connector vault status");
}

// Whether this use is the next one decides the row, in one statement.
core::Status write(Database& database, const DebitUse& effect) {
  Statement& update = database.prepared(
      "UPDATE vaults SET uses = uses + 1, last_ns = max(last_ns, ?3), first_ns = CASE first_ns "
      "WHEN 0 THEN ?3 ELSE first_ns END WHERE agreement = ?1 AND (?2 IS NULL OR uses = ?2) AND "
      "held = 0 AND emptied_ns = 0");
  update.bind(effect.agreement);
  effect.expected ? update.bind(*effect.expected) : update.null();
  if (auto debited = update.bind(effect.at).run(); !debited) return debited;
  if (sqlite3_changes(database.get()) == 1) return see(database, effect.at);
  Statement& row = database.prepared("SELECT held FROM vaults WHERE agreement = ?1");
  row.bind(effect.agreement);
  const bool held = row.step() && row.number(0) != 0;
  if (!row.ok()) return row.failure();
  row.rewind();
  if (held) return held_back(effect.agreement);
  return core::Error{core::Code::kConflict,
                     "USE_RACED",
                     "another use of agreement " + effect.agreement + " came in between",
                     "try again",
                     {}};
}

core::Status write(Database& database, const SetUses& effect) {
  return database.prepared("UPDATE vaults SET uses = max(uses, ?2), held = ?3 WHERE agreement = ?1")
      .bind(effect.agreement)
      .bind(effect.uses)
      .bind(effect.held ? 1 : 0)
      .run();
}

core::Status write(Database& database, const PutDuty& effect) {
  return database
      .prepared(
          "INSERT INTO duties (agreement, name, due_ns) VALUES (?1, ?2, ?3) ON CONFLICT "
          "(agreement, name) DO UPDATE SET due_ns = min(due_ns, ?3)")
      .bind(effect.agreement)
      .bind(effect.name)
      .bind(effect.due)
      .run();
}

core::Status write(Database& database, const EndDuty& effect) {
  return database.prepared("DELETE FROM duties WHERE agreement = ?1 AND name = ?2")
      .bind(effect.agreement)
      .bind(effect.name)
      .run();
}

core::Status write(Database& database, const EmptyVault& effect) {
  const auto vault = find_vault(database, effect.agreement);
  if (!vault) return vault.error();
  if (vault->number == 0 || vault->emptied) return see(database, effect.at);
  const std::uint64_t from = record_id(vault->number, 0);
  const std::uint64_t to = record_id(vault->number, kLastInVault);
  auto done = database.prepared("UPDATE vaults SET emptied_ns = ?2 WHERE number = ?1")
                  .bind(vault->number)
                  .bind(effect.at)
                  .run();
  if (!done) return done;
  done = database.prepared("DELETE FROM vault_items WHERE id > ?1 AND id <= ?2")
             .bind(from)
             .bind(to)
             .run();
  if (!done) return done;
  done = database.prepared("DELETE FROM vault_objects WHERE id > ?1 AND id <= ?2")
             .bind(from)
             .bind(to)
             .run();
  return done ? see(database, effect.at) : done;
}

core::Status write(Database& database, const PutOutgoing& effect) {
  const Outgoing& one = effect.outgoing;
  const std::string to = one.to.str();
  return database
      .prepared(
          "INSERT INTO outgoing (name, partner, agreement, envelope, attempts, next_ns, version) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1) ON CONFLICT (name) DO UPDATE SET partner = ?2, "
          "agreement = ?3, envelope = ?4, attempts = ?5, next_ns = ?6, version = version + 1")
      .bind(one.name)
      .bind(to)
      .bind(one.agreement)
      .bind(one.envelope)
      .bind(one.attempts)
      .bind(one.next)
      .run();
}

core::Status write(Database& database, const RetryOutgoing& effect) {
  return database
      .prepared("UPDATE outgoing SET attempts = ?3, next_ns = ?4 WHERE name = ?1 AND version = ?2")
      .bind(effect.outgoing.name)
      .bind(effect.outgoing.version)
      .bind(effect.outgoing.attempts)
      .bind(effect.outgoing.next)
      .run();
}

core::Status write(Database& database, const DropOutgoing& effect) {
  return database.prepared("DELETE FROM outgoing WHERE name = ?1 AND version = ?2")
      .bind(effect.name)
      .bind(effect.version)
      .run();
}

core::Status write(Database& database, const KeepStatement& effect) {
  const std::string consumer = effect.consumer.str();
  return database
      .prepared(
          "INSERT OR IGNORE INTO statements (consumer, agreement, kind, digest, uses, at_ns, "
          "envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .bind(consumer)
      .bind(effect.agreement)
      .bind(effect.kind)
      .bind(effect.digest)
      .bind(effect.uses)
      .bind(effect.at)
      .bind(effect.envelope)
      .run();
}

}  // namespace

core::Status write_vault(Database& database, const VaultEffect& effect) {
  return std::visit([&](const auto& one) { return write(database, one); }, effect);
}

}  // namespace connector::store
