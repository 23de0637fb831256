#include "store/importing.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/instant.h"
#include "decision/known_fields.h"
#include "record/document.h"
#include "store/facts.h"
#include "store/records.h"

namespace connector::store {
namespace {

namespace pb = valuechain::record::v1;
using exchange::Imported;
using exchange::ImportItem;

// Gives a dataset its number and its records their sequence.
class Sequence {
 public:
  static core::Result<Sequence> of(Database& database, const std::string& dataset) {
    auto made =
        database.prepared("INSERT OR IGNORE INTO datasets (name) VALUES (?1)").bind(dataset).run();
    if (!made) return std::move(made.error());
    auto row = dataset_row(database, dataset);
    if (!row) return std::move(row.error());
    return Sequence(*row);
  }
  std::uint64_t next() { return record_id(row_.number, ++row_.last); }
  std::uint64_t last() const { return row_.last; }
  std::uint64_t number() const { return row_.number; }
  core::Status keep(Database& database) const {
    return database.prepared("UPDATE datasets SET last = ?2 WHERE number = ?1")
        .bind(row_.number)
        .bind(row_.last)
        .run();
  }

 private:
  explicit Sequence(DatasetRow row) : row_(row) {}
  DatasetRow row_;
};

struct Existing {
  std::uint64_t id = 0;
  std::uint64_t version = 0;
  std::string content_id;
  std::string body;
};

// The record of this key that is in force: neither superseded nor withdrawn.
core::Result<std::optional<Existing>> in_force(Database& database, std::uint64_t dataset,
                                               const std::string& key) {
  Statement& row = database.prepared(
      "SELECT id, version, content_id, body FROM records "
      "WHERE key = ?1 AND ended = 0 AND withdrew = 0 AND id > ?2 AND id <= ?3");
  row.bind(key).bind(record_id(dataset, 0)).bind(record_id(dataset, kSequenceMask));
  std::optional<Existing> found;
  if (row.step()) found = Existing{row.count(0), row.count(1), row.text(2), row.text(3)};
  if (!row.ok()) return row.failure();
  row.rewind();
  return found;
}

// Versions of a key are counted on after a withdrawal.
core::Result<std::uint64_t> next_version(Database& database, std::uint64_t dataset,
                                         const std::string& key) {
  Statement& row = database.prepared(
      "SELECT max(version) FROM records WHERE key = ?1 AND withdrew = 0 AND id > ?2 AND id <= ?3");
  row.bind(key).bind(record_id(dataset, 0)).bind(record_id(dataset, kSequenceMask));
  std::uint64_t version = 1;
  if (row.step()) version = row.count(0) + 1;
  if (!row.ok()) return row.failure();
  row.rewind();
  return version;
}

core::Status end_record(Database& database, std::uint64_t id, std::uint64_t by_sequence) {
  return database.prepared("UPDATE records SET ended = ?2 WHERE id = ?1")
      .bind(id)
      .bind(by_sequence)
      .run();
}

// What a tombstone is about.
struct Withdrawn {
  std::uint64_t sequence = 0;
  std::uint64_t until = 0;  // sequence of the version that had taken its place, or 0
};

// facts: what the row is selected by.
core::Status insert(Database& database, std::uint64_t id, const pb::Record& record,
                    const std::string& bytes, const Facts& facts, const Withdrawn& withdrawn) {
  const pb::Header& header = record.header();
  Statement& row = database.prepared(
      "INSERT INTO records (id, kind, ended, withdrew, until, event_ns, order_number, key, "
      "version, content_id, schema, digest, body) "
      "VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
  row.bind(id).bind(facts.kind).bind(withdrawn.sequence).bind(withdrawn.until);
  facts.event_ns ? row.bind(*facts.event_ns) : row.null();
  facts.order_number ? row.bind(*facts.order_number) : row.null();
  row.bind(header.key()).bind(header.version()).blob(header.content_id());
  const core::Digest digest = core::sha256(bytes);
  row.bind(decision::wholly_known(bytes) ? decision::schema_mark() : 0);
  row.blob(core::view(digest)).blob(bytes);
  if (auto written = row.run(); !written) return written;
  for (const std::string& item_key : facts.item_keys) {
    auto indexed = database.prepared("INSERT INTO record_items (item_key, id) VALUES (?1, ?2)")
                       .blob(item_key)
                       .bind(id)
                       .run();
    if (!indexed) return indexed;
  }
  return core::ok();
}

std::string short_digest(std::string_view sha256) {
  return core::hex(sha256).substr(0, 16);
}

// Versions that are counted or dated can be told apart in age; others cannot.
bool is_older(std::string_view version, std::string_view than) {
  const auto count = [](std::string_view text) {
    while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
    return text;
  };
  const auto counted = [](std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!counted(version) || !counted(than)) {
    const auto created = core::parse_instant(version);
    const auto before = core::parse_instant(than);
    return created && before && created->epoch_ns < before->epoch_ns;
  }
  const std::string_view a = count(version);
  const std::string_view b = count(than);
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string why_not(const ImportItem& item, std::string_view version) {
  if (item.document.version.empty() || version == item.document.version) {
    return "has other content, and does not say that it is a new version";
  }
  return is_older(item.document.version, version)
             ? "is version " + item.document.version + ", older than " + std::string(version) +
                   ": versions are imported in their order"
             : std::string();
}

// Another document of the same number: is this a new version of it, or a contradiction? A version
// says what changed: what it does not mention stays in force.
core::Status check_document(Database& database, const ImportItem& item, std::uint64_t dataset,
                            Imported& imported) {
  Statement& rows = database.prepared(
      "SELECT sha256, version, name FROM documents INDEXED BY documents_by_key "
      "WHERE dataset = ?1 AND document_key = ?2 AND "
      "document_key <> ''");
  rows.bind(dataset).bind(item.document.document_key);
  while (rows.step()) {
    const std::string why = why_not(item, rows.view(1));
    if (why.empty()) continue;
    imported.outcome = Imported::Outcome::kConflict;
    imported.cause = item.document.document_key + " in " + item.name + " (SHA-256 " +
                     short_digest(core::view(item.sha256)) + ") " + why +
                     ". Here already: " + rows.text(2) + " (SHA-256 " + short_digest(rows.view(0)) +
                     ")";
    break;
  }
  if (!rows.ok()) return rows.failure();
  rows.rewind();
  return core::ok();
}

core::Result<bool> is_known(Database& database, const ImportItem& item, std::uint64_t dataset) {
  Statement& row = database.prepared("SELECT 1 FROM documents WHERE dataset = ?1 AND sha256 = ?2");
  row.bind(dataset).blob(core::view(item.sha256));
  const bool known = row.step();
  if (!row.ok()) return row.failure();
  row.rewind();
  return known;
}

core::Status keep_document(Database& database, const ImportItem& item, std::uint64_t dataset) {
  auto kept = database.prepared("INSERT OR IGNORE INTO originals (sha256, bytes) VALUES (?1, ?2)")
                  .blob(core::view(item.sha256))
                  .blob(item.original)
                  .run();
  if (!kept) return kept;
  return database
      .prepared(
          "INSERT INTO documents (dataset, sha256, format, document_key, version, name) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
      .bind(dataset)
      .blob(core::view(item.sha256))
      .bind(item.document.format.name)
      .bind(item.document.document_key)
      .bind(item.document.version)
      .bind(item.name)
      .run();
}

// A record of a key that is there already: the same statement, a new version, or a contradiction.
enum class Place { kNew, kSame, kVersion, kConflict };

// Of a record that is here already: "order.xml (SHA-256 0123...)".
core::Result<std::string> document_of(Database& database, std::uint64_t dataset,
                                      const std::string& body) {
  pb::Record record;
  if (!record.ParseFromString(body)) return core::internal("a record does not parse");
  const std::string sha256 = record.header().source_sha256();
  Statement& row =
      database.prepared("SELECT name FROM documents WHERE dataset = ?1 AND sha256 = ?2");
  row.bind(dataset).blob(sha256);
  std::string name = row.step() ? row.text(0) : "this document itself";
  if (!row.ok()) return row.failure();
  row.rewind();
  return name + " (SHA-256 " + short_digest(sha256) + ")";
}

core::Result<Place> place_of(const std::optional<Existing>& existing, const pb::Record& record,
                             const ImportItem& item) {
  if (!existing) return Place::kNew;
  pb::Record known;
  if (!known.ParseFromString(existing->body)) return core::internal("a record does not parse");
  if (same_statement(known, record)) return Place::kSame;
  const bool corrects = record.header().lifecycle() == pb::LIFECYCLE_CORRECTED;
  return corrects || !item.document.version.empty() ? Place::kVersion : Place::kConflict;
}

core::Status add_record(Database& database, const ImportItem& item, pb::Record record,
                        Sequence& sequence, Imported& imported) {
  auto existing = in_force(database, sequence.number(), record.header().key());
  if (!existing) return std::move(existing.error());
  const auto place = place_of(*existing, record, item);
  if (!place) return place.error();
  if (*place == Place::kSame) return core::ok();
  if (*place == Place::kConflict) {
    imported.outcome = Imported::Outcome::kConflict;
    auto other = document_of(database, sequence.number(), (*existing)->body);
    if (!other) return std::move(other.error());
    imported.cause = "'" + record.header().key() + "' in " + item.name + " (SHA-256 " +
                     short_digest(core::view(item.sha256)) + ") says other than in " + *other +
                     ", and does not say that it is a new version";
    return core::ok();
  }
  auto version = next_version(database, sequence.number(), record.header().key());
  if (!version) return std::move(version.error());
  const std::uint64_t id = sequence.next();
  record.mutable_header()->set_version(*version);
  if (*place == Place::kVersion) {
    record.mutable_header()->add_supersedes((*existing)->content_id);
    if (auto ended = end_record(database, (*existing)->id, sequence.last()); !ended) return ended;
  }
  const std::string bytes = record::finish(record, core::view(item.sha256));
  ++imported.records;
  return insert(database, id, record, bytes, facts_of(record), {});
}

// Every version of the key that was ever served: what is in force and what it superseded.
core::Result<std::vector<std::pair<Existing, std::uint64_t>>> served(Database& database,
                                                                     std::uint64_t dataset,
                                                                     const std::string& key) {
  Statement& row = database.prepared(
      "SELECT id, version, content_id, body, ended FROM records "
      "WHERE key = ?1 AND ended >= 0 AND withdrew = 0 AND id > ?2 AND id <= ?3 ORDER BY id");
  row.bind(key).bind(record_id(dataset, 0)).bind(record_id(dataset, kSequenceMask));
  std::vector<std::pair<Existing, std::uint64_t>> found;
  while (row.step()) {
    found.push_back({{row.count(0), row.count(1), row.text(2), row.text(3)}, row.count(4)});
  }
  if (!row.ok()) return row.failure();
  return found;
}

pb::Record tombstone_of(const Withdrawal& withdrawal, const pb::Record& record) {
  pb::Record tombstone;
  pb::Header& header = *tombstone.mutable_header();
  header.set_kind(pb::KIND_TOMBSTONE);
  header.set_key("tombstone/" + withdrawal.key);
  header.set_version(record.header().version() + 1);
  header.set_lifecycle(pb::LIFECYCLE_WITHDRAWN);
  pb::Tombstone& body = *tombstone.mutable_tombstone();
  body.set_withdrawn_key(withdrawal.key);
  body.set_withdrawn_content_id(record.header().content_id());
  body.mutable_withdrawn_at()->set_text(core::to_rfc3339(withdrawal.at));
  body.mutable_withdrawn_at()->set_epoch_ns(withdrawal.at);
  body.set_reason(withdrawal.reason);
  body.set_withdrawn_kind(record.header().kind());
  return tombstone;
}

core::Status withdraw_version(Database& database, const Withdrawal& withdrawal,
                              const Existing& existing, std::uint64_t until, Sequence& sequence) {
  pb::Record record;
  if (!record.ParseFromString(existing.body)) return core::internal("a record does not parse");
  pb::Record tombstone = tombstone_of(withdrawal, record);
  const std::string bytes = record::finish(tombstone, record.header().source_sha256());
  auto ended =
      database.prepared("UPDATE records SET ended = -1 WHERE id = ?1").bind(existing.id).run();
  if (!ended) return ended;
  return insert(database, sequence.next(), tombstone, bytes, facts_of(record),
                {existing.id & kSequenceMask, until});
}

}  // namespace

core::Status import_into(Database& database, const ImportItem& item, Imported& imported) {
  imported = {};
  auto sequence = Sequence::of(database, item.dataset.str());
  if (!sequence) return std::move(sequence.error());
  auto known = is_known(database, item, sequence->number());
  if (!known) return std::move(known.error());
  if (*known) {
    imported.outcome = Imported::Outcome::kKnown;
    return core::ok();
  }
  if (auto checked = check_document(database, item, sequence->number(), imported); !checked) {
    return checked;
  }
  for (const pb::Record& record : item.document.records) {
    if (imported.outcome == Imported::Outcome::kConflict) break;
    if (auto added = add_record(database, item, record, *sequence, imported); !added) return added;
  }
  if (imported.outcome == Imported::Outcome::kConflict) {
    // Undoes this task alone; the outcome is what the caller looks at.
    imported.records = 0;
    return database.prepared("ROLLBACK TO task").run();
  }
  if (auto kept = keep_document(database, item, sequence->number()); !kept) return kept;
  return sequence->keep(database);
}

core::Status withdraw_from(Database& database, const Withdrawal& withdrawal, std::size_t& count) {
  count = 0;
  auto sequence = Sequence::of(database, withdrawal.dataset.str());
  if (!sequence) return std::move(sequence.error());
  auto versions = served(database, sequence->number(), withdrawal.key);
  if (!versions) return std::move(versions.error());
  for (const auto& [existing, until] : *versions) {
    auto done = withdraw_version(database, withdrawal, existing, until, *sequence);
    if (!done) return done;
    if (until == 0) ++count;
  }
  return sequence->keep(database);
}

}  // namespace connector::store
