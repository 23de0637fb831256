#include "store/records.h"

#include "core/limits.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::store {
namespace {

namespace pb = valuechain::record::v1;
using exchange::ReadRange;
using exchange::RecordPage;
using exchange::Selection;

constexpr const char* kDataset = "SELECT number, last FROM datasets WHERE name = ?1";

// ?1 and ?2: ids after and up to which to read; ?3: the bound of the fetch; ?4: tombstones of
// records up to this sequence.
constexpr const char* kAll =
    "SELECT id, body, withdrew FROM records WHERE id > ?1 AND id <= ?2 "
    "AND (ended = 0 OR ended > ?3) AND (withdrew = 0 OR withdrew <= ?4) ORDER BY id LIMIT ?5";

std::string marks(std::size_t count) {
  std::string text = "(";
  for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "?" : ",?";
  return text + ")";
}

bool narrows(const Selection& selection) {
  return !selection.kinds.empty() || !selection.order_numbers.empty() ||
         !selection.item_keys.empty() || selection.event_from || selection.event_to;
}

// Tombstones have none of what is selected by; the row filter judges them by what they withdrew.
std::string narrowed(const Selection& selection) {
  std::string sql = kAll;
  const auto order = sql.rfind(" ORDER BY");
  std::string more;
  if (!selection.kinds.empty()) more += " AND kind IN " + marks(selection.kinds.size());
  if (!selection.order_numbers.empty()) {
    more += " AND order_number IN " + marks(selection.order_numbers.size());
  }
  if (!selection.item_keys.empty()) {
    more += " AND id IN (SELECT id FROM record_items WHERE item_key IN " +
            marks(selection.item_keys.size()) + ")";
  }
  if (selection.event_from) more += " AND event_ns >= ?";
  if (selection.event_to) more += " AND event_ns < ?";
  sql.insert(order, more);
  return sql;
}

void bind_selection(Statement& statement, const Selection& selection) {
  for (const int kind : selection.kinds) statement.bind(kind);
  for (const std::string& number : selection.order_numbers) statement.bind(number);
  for (const std::string& key : selection.item_keys) statement.blob(key);
  if (selection.event_from) statement.bind(*selection.event_from);
  if (selection.event_to) statement.bind(*selection.event_to);
}

void bind_range(Statement& statement, const ReadRange& range, std::uint64_t dataset) {
  statement.bind(record_id(dataset, range.after))
      .bind(record_id(dataset, std::min(range.bound, kSequenceMask)))
      .bind(range.bound)
      .bind(range.changed_since)
      .bind(static_cast<std::int64_t>(range.max_records));
}

// The withdrawn record's bytes, behind the tombstone's.
core::Status add_judged(Database& database, std::uint64_t id, std::uint64_t withdrew,
                        RecordPage& page, RecordPage::Row& row) {
  Statement& body = database.prepared("SELECT body FROM records WHERE id = ?1");
  body.bind(record_id(id >> kSequenceBits, withdrew));
  if (!body.step())
    return body.ok() ? core::internal("a withdrawn record is gone") : body.failure();
  row.judged_offset = page.buffer.size();
  row.judged_size = body.view(0).size();
  page.buffer.append(body.view(0));
  body.rewind();
  return core::ok();
}

core::Status fill(Database& database, Statement& rows, const ReadRange& range, RecordPage& page) {
  bool more = false;
  while ((more = rows.step())) {
    const std::uint64_t id = rows.count(0);
    RecordPage::Row row{id & kSequenceMask, page.buffer.size(), rows.view(1).size(), 0, 0};
    page.buffer.append(rows.view(1));
    if (const std::uint64_t withdrew = rows.count(2); withdrew != 0) {
      if (auto added = add_judged(database, id, withdrew, page, row); !added) return added;
    }
    page.rows.push_back(row);
    if (page.buffer.size() >= range.max_bytes || page.rows.size() >= range.max_records) break;
  }
  if (!rows.ok()) return rows.failure();
  page.end = !more;
  page.next = page.end ? range.bound : page.rows.back().sequence;
  return core::ok();
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

core::Status RecordReader::read(const ReadRange& range, const Selection& selection,
                                RecordPage& page) const {
  page.buffer.clear();
  page.rows.clear();
  page.end = true;
  page.next = range.bound;
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  const auto dataset = dataset_row(**database, range.dataset.str());
  if (!dataset) return dataset.error();
  if (dataset->number == 0 || range.after >= range.bound) return core::ok();
  if (!narrows(selection)) {
    Statement& rows = (*database)->prepared(kAll);
    bind_range(rows, range, dataset->number);
    auto filled = fill(**database, rows, range, page);
    rows.rewind();  // ends the read transaction
    return filled;
  }
  Statement rows(**database, narrowed(selection));
  bind_range(rows, range, dataset->number);
  bind_selection(rows, selection);
  return fill(**database, rows, range, page);
}

}  // namespace connector::store
