#include "store/records.h"

#include <algorithm>

#include "core/limits.h"
#include "decision/known_fields.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::store {
namespace {

namespace pb = valuechain::record::v1;
using exchange::ReadRange;
using exchange::Records;
using exchange::Selection;
using exchange::ShownRecord;

constexpr const char* kDataset = "SELECT number, last FROM datasets WHERE name = ?1";

// ?1 and ?2: ids after and up to which to read; ?3: the bound of the fetch; ?4: tombstones of
// what was in force at this sequence.
constexpr const char* kAll =
    "SELECT id, body, withdrew, schema, digest FROM records WHERE id > ?1 AND id <= ?2 "
    "AND (ended = 0 OR ended > ?3) "
    "AND (withdrew = 0 OR (withdrew <= ?4 AND (until = 0 OR until > ?4))) "
    "ORDER BY id LIMIT ?5";

// Parameters of a selection are numbered on after those of the range.
class Marks {
 public:
  std::string one() { return "?" + std::to_string(next_++); }
  std::string list(std::size_t count) {
    std::string text = "(" + one();
    for (std::size_t i = 1; i < count; ++i) text += "," + one();
    return text + ")";
  }

 private:
  int next_ = 6;
};

bool narrows(const Selection& selection) {
  return !selection.kinds.empty() || !selection.order_numbers.empty() ||
         !selection.item_keys.empty() || selection.event_from || selection.event_to;
}

// What is asked for most: the index gives the rows in their order, nothing is put together first.
constexpr const char* kOneOrder =
    "SELECT id, body, withdrew, schema, digest FROM records INDEXED BY records_by_order "
    "WHERE order_number = ?6 AND id > ?1 AND id <= ?2 AND (ended = 0 OR ended > ?3) "
    "AND (withdrew = 0 OR (withdrew <= ?4 AND (until = 0 OR until > ?4))) "
    "ORDER BY id LIMIT ?5";
bool one_order(const Selection& selection) {
  return selection.order_numbers.size() == 1 && selection.kinds.empty() &&
         selection.item_keys.empty() && !selection.event_from && !selection.event_to;
}

// An index leads to the few rows that are wanted; the range of ids must not tempt SQLite to walk
// the whole dataset instead.
std::string led_by_index(const Selection& selection, Marks& marks) {
  const std::string range = " AND id > ?1 AND id <= ?2)";
  std::string sql;
  if (!selection.order_numbers.empty()) {
    sql += " AND id IN (SELECT id FROM records INDEXED BY records_by_order WHERE order_number IN " +
           marks.list(selection.order_numbers.size()) + range;
  }
  if (!selection.item_keys.empty()) {
    sql += " AND id IN (SELECT id FROM record_items WHERE item_key IN " +
           marks.list(selection.item_keys.size()) + range;
  }
  return sql;
}

// Tombstones are selected by what they withdrew.
std::string narrowed(const Selection& selection) {
  Marks marks;
  std::string more = led_by_index(selection, marks);
  std::string sql = kAll;
  if (!more.empty()) sql.replace(sql.find("id > ?1 AND id <= ?2"), 20, "+id > ?1 AND +id <= ?2");
  if (!selection.kinds.empty()) {
    const bool tombstones = std::count(selection.kinds.begin(), selection.kinds.end(),
                                       static_cast<int>(pb::KIND_TOMBSTONE)) > 0;
    more += " AND (kind IN " + marks.list(selection.kinds.size()) +
            (tombstones ? " OR withdrew <> 0)" : ")");
  }
  if (selection.event_from) more += " AND event_ns >= " + marks.one();
  if (selection.event_to) more += " AND event_ns < " + marks.one();
  sql.insert(sql.rfind(" ORDER BY"), more);
  return sql;
}

void bind_selection(Statement& statement, const Selection& selection) {
  for (const std::string& number : selection.order_numbers) statement.bind(number);
  for (const std::string& key : selection.item_keys) statement.blob(key);
  for (const int kind : selection.kinds) statement.bind(kind);
  if (selection.event_from) statement.bind(*selection.event_from);
  if (selection.event_to) statement.bind(*selection.event_to);
}

void bind_range(Statement& statement, const ReadRange& range, std::uint64_t dataset) {
  statement.bind(record_id(dataset, range.after))
      .bind(record_id(dataset, std::min(range.bound, kSequenceMask)))
      .bind(range.bound)
      .bind(range.changed_since)
      .bind(static_cast<std::int64_t>(range.max_records) + 1);  // is there one more?
}

// A tombstone is judged by the record that was withdrawn.
core::Result<bool> show_tombstone(Database& database, ShownRecord tombstone,
                                  std::uint64_t withdrawn, const Records::Show& show) {
  Statement& body = database.prepared("SELECT body FROM records WHERE id = ?1");
  body.bind(withdrawn);
  if (!body.step())
    return body.ok() ? core::internal("a withdrawn record is gone") : body.failure();
  tombstone.judged = body.view(0);
  const bool more = show(tombstone);
  body.rewind();
  return more;
}

core::Result<bool> show_rows(Database& database, Statement& rows, const ReadRange& range,
                             const Records::Show& show) {
  core::Result<bool> more = true;
  for (std::size_t shown = 0; rows.step(); ++shown) {
    if (!*more || shown == range.max_records) return false;
    const std::uint64_t id = rows.count(0);
    const std::string_view body = rows.view(1);
    const bool known = rows.number(3) == decision::schema_mark();
    const ShownRecord record{id & kSequenceMask, body, body, known, rows.view(4)};
    const std::uint64_t withdrew = rows.count(2);
    more = withdrew == 0
               ? show(record)
               : show_tombstone(database, record, record_id(id >> kSequenceBits, withdrew), show);
    if (!more) return more;
  }
  if (!rows.ok()) return rows.failure();
  return true;
}

}  // namespace

core::Result<DatasetRow> dataset_row(Database& database, const std::string& name) {
  Statement& row = database.prepared(kDataset);
  row.bind(name);
  DatasetRow found;
  if (row.step()) found = {row.count(0), row.count(1)};
  if (!row.ok()) return row.failure();
  row.rewind();
  return found;
}

core::Result<std::uint64_t> RecordReader::last_sequence(const core::DatasetId& dataset) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  auto row = dataset_row(**database, dataset.str());
  if (!row) return std::move(row.error());
  return row->last;
}

core::Result<std::uint64_t> RecordReader::number_of(Database& database,
                                                    const core::DatasetId& dataset) const {
  {
    std::lock_guard lock(mutex_);
    if (const auto known = numbers_.find(dataset); known != numbers_.end()) return known->second;
  }
  const auto row = dataset_row(database, dataset.str());
  if (!row) return row.error();
  std::lock_guard lock(mutex_);
  if (row->number != 0) numbers_[dataset] = row->number;
  return row->number;
}

core::Result<bool> RecordReader::read(const ReadRange& range, const Selection& selection,
                                      const Show& show) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  const auto dataset = number_of(**database, range.dataset);
  if (!dataset) return dataset.error();
  if (*dataset == 0 || range.after >= range.bound || selection.nothing) return true;
  if (narrows(selection) && !one_order(selection)) {
    Statement rows(**database, narrowed(selection));
    bind_range(rows, range, *dataset);
    bind_selection(rows, selection);
    return show_rows(**database, rows, range, show);
  }
  // Both are prepared once.
  Statement& rows = (*database)->prepared(narrows(selection) ? kOneOrder : kAll);
  bind_range(rows, range, *dataset);
  bind_selection(rows, selection);
  auto end = show_rows(**database, rows, range, show);
  rows.rewind();  // ends the read transaction
  return end;
}

}  // namespace connector::store
