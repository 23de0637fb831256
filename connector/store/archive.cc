#include "store/archive.h"

#include <algorithm>
#include <cstdint>

#include "store/importing.h"
#include "store/records.h"
#include "store/rows.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::store {
namespace {

using exchange::RecordQuery;
using exchange::RecordRow;

constexpr std::size_t kPrefixBytes = 4;  // of a content id; less is read as a key
constexpr int kTombstone = valuechain::record::v1::KIND_TOMBSTONE;

// What both tables are asked alike; values are bound in the order of the text.
class Conditions {
 public:
  void add(const std::string& condition, std::string value, bool blob = false) {
    text_ += " AND " + condition;
    values_.push_back({std::move(value), blob});
  }
  void add(const std::string& condition) { text_ += " AND " + condition; }
  void add_prefix(const std::string& bytes);
  const std::string& text() const { return text_; }
  void bind(Statement& statement) const {
    for (const auto& [value, blob] : values_) {
      blob ? statement.blob(value) : statement.bind(std::string_view(value));
    }
  }

 private:
  std::string text_;
  std::vector<std::pair<std::string, bool>> values_;
};

// As a range, which an index can answer.
void Conditions::add_prefix(const std::string& bytes) {
  add("content_id >= ?", bytes, true);
  add("content_id <= ?", bytes + std::string(32 - std::min<std::size_t>(bytes.size(), 32), '\xFF'),
      true);
}

std::string list(const std::vector<int>& kinds) {
  std::string text;
  for (const int kind : kinds) text += (text.empty() ? "" : ",") + std::to_string(kind);
  return text;
}

Conditions common(const RecordQuery& query) {
  Conditions conditions;
  if (query.order_number) conditions.add("order_number = ?", *query.order_number);
  if (!query.key) return conditions;
  const auto bytes = core::from_hex(*query.key);
  if (bytes && bytes->size() >= kPrefixBytes) {
    conditions.add_prefix(*bytes);
  } else {
    conditions.add("key = ?", *query.key);
  }
  return conditions;
}

// Where an index leads to the rows, their range of ids must not tempt SQLite to walk the table.
const char* id_of(const RecordQuery& query) {
  return query.order_number || query.key || !query.account.empty() ? "+id" : "id";
}

// A tombstone's row has the kind of what it withdrew.
std::string own_kinds(const std::vector<int>& kinds) {
  const bool tombstones = std::count(kinds.begin(), kinds.end(), kTombstone) > 0;
  return "((withdrew = 0 AND kind IN (" + list(kinds) + "))" +
         (tombstones ? " OR withdrew <> 0)" : ")");
}

// What is in force; of a key, everything that ever was.
core::Status own_rows(Database& database, const RecordQuery& query, const std::string& name,
                      std::uint64_t number, std::vector<RecordRow>& out) {
  Conditions conditions = common(query);
  if (!query.key) conditions.add("ended = 0");
  if (!query.kinds.empty()) conditions.add(own_kinds(query.kinds));
  const std::string id = id_of(query);
  Statement rows(database, "SELECT id, body FROM records WHERE id > " +
                               std::to_string(record_id(number, query.after)) +
                               " AND id <= " + std::to_string(record_id(number, kSequenceMask)) +
                               conditions.text() + " ORDER BY id LIMIT " +
                               std::to_string(query.limit));
  conditions.bind(rows);
  while (rows.step()) {
    out.push_back(
        {core::DatasetId(name), rows.count(0) & kSequenceMask, rows.text(1), std::nullopt, {}});
  }
  return rows.ok() ? core::ok() : core::Status(rows.failure());
}

core::Status own_rows(Database& database, const RecordQuery& query, std::vector<RecordRow>& out) {
  if (query.after > kSequenceMask) return core::ok();
  Statement datasets(database, "SELECT name, number FROM datasets ORDER BY name");
  while (datasets.step()) {
    const std::string name = datasets.text(0);
    if (query.dataset && query.dataset->str() != name) continue;
    auto read = own_rows(database, query, name, datasets.count(1), out);
    if (!read) return read;
  }
  return datasets.ok() ? core::ok() : core::Status(datasets.failure());
}

// What its sender has withdrawn is shown where it is asked for by name or by receipt only.
core::Status received_rows(Database& database, const RecordQuery& query,
                           std::vector<RecordRow>& out) {
  Conditions conditions = common(query);
  if (query.dataset) conditions.add("dataset = ?", query.dataset->str());
  if (!query.account.empty()) conditions.add("account = ?", query.account);
  if (query.account.empty() && !query.key) conditions.add("withdrawn = 0");
  if (!query.kinds.empty()) conditions.add("kind IN (" + list(query.kinds) + ")");
  Statement rows(database, "SELECT dataset, id, body, partner, account FROM received WHERE " +
                               std::string(id_of(query)) + " > " +
                               std::to_string(std::min<std::uint64_t>(query.after, INT64_MAX)) +
                               conditions.text() + " ORDER BY id LIMIT " +
                               std::to_string(query.limit));
  conditions.bind(rows);
  while (rows.step()) {
    out.push_back({core::DatasetId(rows.text(0)), rows.count(1), rows.text(2),
                   connector_of(rows.text(3)), rows.text(4)});
  }
  return rows.ok() ? core::ok() : core::Status(rows.failure());
}

// In the order of their sequence, own ones first: so that "after" goes on where a page ended. Rows
// of several datasets may share a number; a page never ends between them.
void cut(std::vector<RecordRow>& rows, std::size_t limit) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  while (limit > 0 && limit < rows.size() && rows[limit].sequence == rows[limit - 1].sequence) {
    ++limit;
  }
  if (rows.size() > limit) rows.resize(limit);
}

}  // namespace

core::Result<exchange::Imported> DocumentArchive::import(const exchange::ImportItem& item) {
  exchange::Imported imported;
  auto stored =
      writer_->wait_for([&](Database& database) { return import_into(database, item, imported); });
  if (!stored) return std::move(stored.error());
  return imported;
}

core::Result<std::size_t> DocumentArchive::withdraw(const core::DatasetId& dataset,
                                                    const std::string& key,
                                                    const std::string& reason, core::EpochNs at) {
  std::size_t count = 0;
  auto stored = writer_->wait_for([&](Database& database) {
    return withdraw_from(database, {dataset, key, reason, at}, count);
  });
  if (!stored) return std::move(stored.error());
  return count;
}

core::Result<std::vector<RecordRow>> DocumentArchive::query(const RecordQuery& query) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  std::vector<RecordRow> rows;
  if (query.own) {
    if (auto read = own_rows(**database, query, rows); !read) return std::move(read.error());
  }
  if (query.received) {
    if (auto read = received_rows(**database, query, rows); !read) return std::move(read.error());
  }
  cut(rows, query.limit);
  return rows;
}

core::Result<std::string> DocumentArchive::original(const core::Digest& sha256) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement row(**database, "SELECT bytes FROM originals WHERE sha256 = ?1");
  row.blob(core::view(sha256));
  if (row.step()) return row.text(0);
  if (!row.ok()) return row.failure();
  return core::Error{core::Code::kNotFound,
                     "ORIGINAL_NOT_FOUND",
                     "no document with SHA-256 " + core::hex(sha256),
                     {},
                     {}};
}

}  // namespace connector::store
