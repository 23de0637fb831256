#include "store/vault.h"

#include "store/facts.h"
#include "store/records.h"
#include "store/rows.h"

namespace connector::store {
namespace {

using namespace exchange;

constexpr const char* kFacts =
    "SELECT agreement, partner, uses, held, first_ns, last_ns, emptied_ns, objects FROM vaults ";

VaultFacts facts_of_row(const Statement& row) {
  VaultFacts facts;
  facts.agreement = row.text(0);
  facts.partner = connector_of(row.text(1));
  facts.uses = row.count(2);
  facts.held = row.number(3) != 0;
  facts.first_use = row.number(4);
  facts.last_use = row.number(5);
  facts.emptied = row.number(6);
  facts.objects = row.count(7);
  return facts;
}

std::string marks(std::size_t count, int& next) {
  std::string text = "(";
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "?" : ",?") + std::to_string(next++);
  }
  return text + ")";
}

// ?1 and ?2: ids after and up to which to read; ?3: how many.
std::string page_sql(const VaultFilter& filter) {
  int next = 4;
  const bool led = !filter.orders.empty() || !filter.items.empty();
  // An index leads to the few that are wanted; else the range is read as it lies.
  std::string sql = led ? "SELECT id, object, dataset, account, sealed FROM vault_objects WHERE "
                          "+id > ?1 AND +id <= ?2 AND withdrawn = 0"
                        : "SELECT id, object, dataset, account, sealed FROM vault_objects WHERE "
                          "id > ?1 AND id <= ?2 AND withdrawn = 0";
  if (!filter.orders.empty()) {
    sql +=
        " AND id IN (SELECT id FROM vault_objects INDEXED BY vault_objects_by_order WHERE "
        "order_tag <> x'' AND order_tag IN " +
        marks(filter.orders.size(), next) + ")";
  }
  if (!filter.items.empty()) {
    sql += " AND id IN (SELECT id FROM vault_items WHERE tag IN " +
           marks(filter.items.size(), next) + ")";
  }
  if (!filter.dataset.empty()) sql += " AND dataset = ?" + std::to_string(next++);
  if (!filter.kinds.empty()) sql += " AND kind IN " + marks(filter.kinds.size(), next);
  if (!filter.days.empty()) sql += " AND day IN " + marks(filter.days.size(), next);
  return sql + " ORDER BY id LIMIT ?3";
}

}  // namespace

core::Result<std::optional<VaultFacts>> VaultBook::facts(const std::string& agreement) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement row(**database, std::string(kFacts) + "WHERE agreement = ?1");
  row.bind(agreement);
  std::optional<VaultFacts> found;
  if (row.step()) found = facts_of_row(row);
  if (!row.ok()) return row.failure();
  return found;
}

core::Result<std::vector<VaultFacts>> VaultBook::list() const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement rows(**database, std::string(kFacts) + "ORDER BY number");
  std::vector<VaultFacts> list;
  while (rows.step()) list.push_back(facts_of_row(rows));
  if (!rows.ok()) return rows.failure();
  return list;
}

core::Result<std::vector<StoredObject>> VaultBook::page(const std::string& agreement,
                                                        const VaultFilter& filter,
                                                        std::uint64_t after,
                                                        std::size_t most) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement vault(**database, "SELECT number FROM vaults WHERE agreement = ?1");
  vault.bind(agreement);
  if (!vault.step()) {
    if (!vault.ok()) return vault.failure();
    return std::vector<StoredObject>{};
  }
  const std::uint64_t number = vault.count(0);
  Statement rows(**database, page_sql(filter));
  rows.bind(std::max(after, record_id(number, 0))).bind(record_id(number, kSequenceMask));
  rows.bind(static_cast<std::int64_t>(most));
  const auto bind = [&](const std::vector<std::string>& tags) {
    for (const std::string& tag : tags) rows.blob(tag);
  };
  bind(filter.orders);
  bind(filter.items);
  if (!filter.dataset.empty()) rows.bind(filter.dataset);
  bind(filter.kinds);
  bind(filter.days);
  std::vector<StoredObject> objects;
  while (rows.step()) {
    objects.push_back(
        {rows.count(0), rows.text(1), core::DatasetId(rows.text(2)), rows.text(3), rows.text(4)});
  }
  if (!rows.ok()) return rows.failure();
  return objects;
}

core::Result<core::EpochNs> VaultBook::seen() const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement row(**database, "SELECT max(seen_ns) FROM vault_clock");
  const core::EpochNs at = row.step() ? row.number(0) : 0;
  if (!row.ok()) return row.failure();
  return at;
}

core::Status VaultBook::purge() {
  return writer_->purge();
}

core::Result<std::vector<PutDuty>> VaultBook::duties() const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement rows(**database, "SELECT agreement, name, due_ns FROM duties ORDER BY due_ns");
  std::vector<PutDuty> list;
  while (rows.step()) list.push_back({rows.text(0), rows.text(1), rows.number(2)});
  if (!rows.ok()) return rows.failure();
  return list;
}

core::Result<std::vector<Outgoing>> VaultBook::outgoing() const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement rows(**database,
                 "SELECT name, partner, agreement, envelope, attempts, next_ns, version FROM "
                 "outgoing ORDER BY next_ns");
  std::vector<Outgoing> list;
  while (rows.step()) {
    list.push_back({rows.text(0), connector_of(rows.text(1)), rows.text(2), rows.text(3),
                    rows.count(4), rows.number(5), rows.count(6)});
  }
  if (!rows.ok()) return rows.failure();
  return list;
}

core::Result<std::vector<KeepStatement>> VaultBook::statements(const std::string& agreement) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  const bool all = agreement.empty();
  Statement rows(**database,
                 std::string("SELECT consumer, agreement, kind, digest, uses, at_ns, envelope FROM "
                             "statements ") +
                     (all ? "" : "WHERE agreement = ?1 ") + "ORDER BY number DESC");
  if (!all) rows.bind(agreement);
  std::vector<KeepStatement> list;
  while (rows.step()) {
    list.push_back({connector_of(rows.text(0)), rows.text(1), rows.text(2), rows.text(3),
                    rows.count(4), rows.number(5), rows.text(6)});
  }
  if (!rows.ok()) return rows.failure();
  return list;
}

}  // namespace connector::store
