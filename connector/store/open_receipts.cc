#include "store/open_receipts.h"

namespace connector::store {

core::Status OpenReceipts::load(Database& database) {
  Statement rows(database,
                 "SELECT partner, count(*) FROM accounts AS one INDEXED BY accounts_unacknowledged "
                 "WHERE provider = 1 AND receipt <> '' AND acknowledgement = '' AND NOT EXISTS "
                 "(SELECT 1 FROM accounts AS later WHERE later.partner = one.partner AND "
                 "later.provider = 1 AND later.first_request = one.first_request AND "
                 "later.receipt <> '' AND later.number > one.number) GROUP BY partner");
  std::lock_guard lock(mutex_);
  while (rows.step()) counts_[rows.text(0)] = rows.count(1);
  return rows.ok() ? core::ok() : core::Status(rows.failure());
}

std::uint64_t OpenReceipts::of(const core::Connector& partner) const {
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(partner.str());
  return found == counts_.end() ? 0 : found->second;
}

void OpenReceipts::add(const std::string& partner, std::int64_t change) {
  std::lock_guard lock(mutex_);
  counts_[partner] += static_cast<std::uint64_t>(change);
}

core::Result<std::int64_t> open_receipt(Database& database, std::string_view partner,
                                        std::string_view first_request) {
  Statement& row = database.prepared(
      "SELECT acknowledgement = '' FROM accounts INDEXED BY accounts_by_first WHERE partner = ?1 "
      "AND provider = 1 AND first_request = ?2 AND receipt <> '' ORDER BY number DESC LIMIT 1");
  row.bind(partner).bind(first_request);
  const std::int64_t open = row.step() ? row.number(0) : 0;
  if (!row.ok()) return row.failure();
  row.rewind();
  return open;
}

}  // namespace connector::store
