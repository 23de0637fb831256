#include "store/archive.h"

#include "store/importing.h"
#include "store/records.h"

namespace connector::store {
namespace {

using exchange::RecordQuery;
using exchange::RecordRow;

core::Connector connector_of(const std::string& id) {
  const auto slash = id.rfind('/');
  return {core::ParticipantId(id.substr(0, slash)), core::SiteName(id.substr(slash + 1))};
}

// What both tables are asked alike; values are bound in the order of the text.
class Conditions {
 public:
  void add(const std::string& condition, std::string value, bool blob = false) {
    text_ += " AND " + condition;
    values_.push_back({std::move(value), blob});
  }
  void add_number(const std::string& condition, std::uint64_t value) {
    text_ += " AND " + condition + " " + std::to_string(value);
  }
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

Conditions common(const RecordQuery& query) {
  Conditions conditions;
  if (query.order_number) conditions.add("order_number = ?", *query.order_number);
  if (!query.kinds.empty()) {
    conditions.add_number("kind =", static_cast<std::uint64_t>(query.kinds.front()));
  }
  if (!query.key) return conditions;
  const auto bytes = core::from_hex(*query.key);
  if (bytes && bytes->size() >= 4) {
    conditions.add("substr(content_id, 1, " + std::to_string(bytes->size()) + ") = ?", *bytes,
                   true);
  } else {
    conditions.add("key = ?", *query.key);
  }
  return conditions;
}

core::Status own_rows(Database& database, const RecordQuery& query, std::vector<RecordRow>& out) {
  Conditions conditions = common(query);
  if (query.dataset) conditions.add("name = ?", query.dataset->str());
  conditions.add_number("records.id & " + std::to_string(kSequenceMask) + " >", query.after);
  Statement rows(database,
                 "SELECT name, records.id, body FROM records JOIN datasets "
                 "ON datasets.number = records.id >> " +
                     std::to_string(kSequenceBits) + " WHERE 1" +
                     (query.key ? "" : " AND ended = 0") + conditions.text() +
                     " ORDER BY records.id LIMIT " + std::to_string(query.limit));
  conditions.bind(rows);
  while (rows.step()) {
    out.push_back({core::DatasetId(rows.text(0)),
                   rows.count(1) & kSequenceMask,
                   rows.text(2),
                   std::nullopt,
                   {}});
  }
  return rows.ok() ? core::ok() : core::Status(rows.failure());
}

core::Status received_rows(Database& database, const RecordQuery& query,
                           std::vector<RecordRow>& out) {
  Conditions conditions = common(query);
  if (query.dataset) conditions.add("dataset = ?", query.dataset->str());
  if (!query.account.empty()) conditions.add("account = ?", query.account);
  conditions.add_number("id >", query.after);
  Statement rows(database, "SELECT dataset, id, body, partner, account FROM received WHERE 1" +
                               conditions.text() + " ORDER BY id LIMIT " +
                               std::to_string(query.limit));
  conditions.bind(rows);
  while (rows.step()) {
    out.push_back({core::DatasetId(rows.text(0)), rows.count(1), rows.text(2),
                   connector_of(rows.text(3)), rows.text(4)});
  }
  return rows.ok() ? core::ok() : core::Status(rows.failure());
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
  if (query.received && rows.size() < query.limit) {
    if (auto read = received_rows(**database, query, rows); !read) return std::move(read.error());
  }
  if (rows.size() > query.limit) rows.resize(query.limit);
  return rows;
}

core::Result<std::string> DocumentArchive::original(const core::Digest& sha256) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement row(**database, "SELECT bytes FROM originals WHERE sha256 = ?1");
  row.blob(core::view(sha256));
  if (row.step()) return row.text(0);
  return core::Error{core::Code::kNotFound,
                     "ORIGINAL_NOT_FOUND",
                     "no document with SHA-256 " + core::hex(sha256),
                     {},
                     {}};
}

}  // namespace connector::store
