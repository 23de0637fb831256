#include "store/accounts.h"

#include "store/facts.h"

namespace connector::store {
namespace {

using exchange::Account;
using exchange::NoteBatch;

constexpr const char* kColumns =
    "SELECT account, partner, provider, first_request, request_id, state, outcome, receipt, "
    "acknowledgement FROM accounts ";

core::Connector connector_of(const std::string& id) {
  const auto slash = id.rfind('/');
  return {core::ParticipantId(id.substr(0, slash)), core::SiteName(id.substr(slash + 1))};
}

Account account_of(const Statement& row) {
  Account account;
  account.account = row.text(0);
  account.partner = connector_of(row.text(1));
  account.provider = row.number(2) != 0;
  account.first_request = row.text(3);
  account.request_id = row.text(4);
  account.state = row.text(5);
  account.outcome = row.text(6);
  account.receipt = row.text(7);
  account.acknowledgement = row.text(8);
  return account;
}

// Log entries of every part of the fetch, and its last batch.
core::Status complete(Database& database, const std::string& partner, Account& account) {
  const bool first = account.request_id == account.first_request;
  const std::string column = first ? "first_request" : "request_id";
  const std::string which =
      "SELECT account FROM accounts WHERE partner = ?1 AND provider = ?2 AND " + column + " = ?3";
  Statement entries(database, "SELECT number FROM account_entries WHERE account IN (" + which +
                                  ") ORDER BY number");
  entries.bind(partner).bind(account.provider ? 1 : 0).bind(account.request_id);
  while (entries.step()) account.entries.push_back(entries.count(0));
  if (!entries.ok()) return entries.failure();
  Statement batch(database,
                  "SELECT account, number, chain_head, records, bytes, sequence, position "
                  "FROM batches WHERE account IN (" +
                      which + ") ORDER BY number DESC LIMIT 1");
  batch.bind(partner).bind(account.provider ? 1 : 0).bind(account.request_id);
  if (batch.step()) {
    account.batches.push_back(NoteBatch{batch.text(0), batch.count(1), batch.text(2),
                                        batch.count(3), batch.count(4), batch.count(5),
                                        batch.text(6)});
  }
  if (!batch.ok()) return batch.failure();
  if (!first) return core::ok();
  Statement receipt(database,
                    "SELECT receipt, acknowledgement, outcome FROM accounts WHERE partner = ?1 "
                    "AND provider = ?2 AND first_request = ?3 AND receipt <> '' LIMIT 1");
  receipt.bind(partner).bind(account.provider ? 1 : 0).bind(account.request_id);
  if (receipt.step()) {
    account.receipt = receipt.text(0);
    account.acknowledgement = receipt.text(1);
  }
  return receipt.ok() ? core::ok() : core::Status(receipt.failure());
}

}  // namespace

core::Result<std::optional<Account>> AccountBook::by_request(const core::Connector& partner,
                                                             bool provider,
                                                             const std::string& request_id) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  const std::string name = partner.str();
  std::optional<Account> account;
  {
    Statement row(**database, std::string(kColumns) +
                                  "WHERE partner = ?1 AND provider = ?2 AND request_id = ?3");
    row.bind(name).bind(provider ? 1 : 0).bind(request_id);
    if (row.step()) account = account_of(row);
    if (!row.ok()) return row.failure();
  }
  if (!account) return account;
  if (auto done = complete(**database, name, *account); !done) return std::move(done.error());
  return account;
}

core::Result<std::vector<Account>> AccountBook::list(std::size_t limit) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  std::vector<Account> accounts;
  {
    Statement rows(**database, std::string(kColumns) + "ORDER BY opened DESC LIMIT ?1");
    rows.bind(static_cast<std::int64_t>(limit));
    while (rows.step()) accounts.push_back(account_of(rows));
    if (!rows.ok()) return rows.failure();
  }
  for (Account& account : accounts) {
    auto done = complete(**database, account.partner.str(), account);
    if (!done) return std::move(done.error());
  }
  return accounts;
}

core::Result<std::uint64_t> AccountBook::unacknowledged(const core::Connector& partner) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  const std::string name = partner.str();
  Statement& row = (*database)->prepared(
      "SELECT count(*) FROM accounts WHERE partner = ?1 AND provider = 1 AND receipt <> '' AND "
      "acknowledgement = ''");
  row.bind(name);
  if (!row.step()) return row.failure();
  const std::uint64_t count = row.count(0);
  row.rewind();
  return count;
}

core::Status Effects::apply(const exchange::Effect& effect) {
  return std::visit([this](const auto& one) { return write(one); }, effect);
}

core::Status Effects::tie(std::uint64_t first_entry, std::uint64_t count) {
  if (account_.empty()) return core::ok();
  for (std::uint64_t i = 0; i < count; ++i) {
    auto tied = database_
                    .prepared(
                        "INSERT OR IGNORE INTO account_entries (account, number) "
                        "VALUES (?1, ?2)")
                    .bind(account_)
                    .bind(first_entry + i)
                    .run();
    if (!tied) return tied;
  }
  return core::ok();
}

// A request id is used once: whether this is the first time decides the primary key.
core::Status Effects::write(const exchange::RememberRequest& effect) {
  const std::string partner = effect.from.str();
  Statement& insert = database_.prepared(
      "INSERT OR IGNORE INTO requests (partner, request_id, digest, keep_until) "
      "VALUES (?1, ?2, ?3, ?4)");
  auto written = insert.bind(partner)
                     .bind(effect.request_id)
                     .bind(effect.request_digest)
                     .bind(effect.keep_until_s)
                     .run();
  if (!written) return written;
  if (sqlite3_changes(database_.get()) == 0) {
    return core::denied("REPLAYED", "request id " + effect.request_id + " was used before",
                        "sign a new request with a new id");
  }
  auto pruned = database_.prepared("DELETE FROM requests WHERE keep_until < ?1").bind(now_s_).run();
  if (!pruned || !effect.account.empty()) return pruned;
  return insert_account({"refused/" + partner + "/" + effect.request_id,
                         effect.from,
                         true,
                         effect.request_id,
                         effect.request_id,
                         {}},
                        "refused");
}

core::Status Effects::insert_account(const exchange::OpenAccount& effect, const char* outcome) {
  account_ = effect.account;
  const std::string partner = effect.partner.str();
  return database_
      .prepared(
          "INSERT INTO accounts (account, opened, partner, provider, first_request, "
          "request_id, state, outcome, receipt, acknowledgement) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', '')")
      .bind(effect.account)
      .bind(now_s_)
      .bind(partner)
      .bind(effect.provider ? 1 : 0)
      .bind(effect.first_request)
      .bind(effect.request_id)
      .bind(effect.state)
      .bind(std::string_view(outcome))
      .run();
}

core::Status Effects::write(const exchange::OpenAccount& effect) {
  return insert_account(effect, "open");
}

core::Status Effects::write(const NoteBatch& effect) {
  account_ = effect.account;
  return database_
      .prepared(
          "INSERT INTO batches (account, number, chain_head, records, bytes, sequence, "
          "position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .bind(effect.account)
      .bind(effect.index)
      .blob(effect.chain_head)
      .bind(effect.records)
      .bind(effect.bytes)
      .bind(effect.sequence)
      .blob(effect.position)
      .run();
}

core::Status Effects::write(const exchange::CloseAccount& effect) {
  account_ = effect.account;
  return database_.prepared("UPDATE accounts SET outcome = ?2, receipt = ?3 WHERE account = ?1")
      .bind(effect.account)
      .bind(effect.outcome)
      .bind(effect.receipt)
      .run();
}

core::Status Effects::write(const exchange::NoteAcknowledgement& effect) {
  const std::string partner = effect.partner.str();
  Statement& find = database_.prepared(
      "SELECT account FROM accounts WHERE partner = ?1 AND first_request = ?2 AND receipt <> ''");
  find.bind(partner).bind(effect.request_id);
  if (find.step()) account_ = find.text(0);
  if (!find.ok()) return find.failure();
  find.rewind();
  return database_.prepared("UPDATE accounts SET acknowledgement = ?2 WHERE account = ?1")
      .bind(account_)
      .bind(effect.acknowledgement)
      .run();
}

core::Status Effects::keep(core::Result<PartnerList::Publish> publish) {
  if (!publish) return std::move(publish.error());
  publishes_.push_back(std::move(*publish));
  return core::ok();
}

core::Status Effects::write(const exchange::PutPartner& effect) {
  return keep(partners_.put(database_, effect.partner));
}
core::Status Effects::write(const exchange::RemovePartner& effect) {
  return keep(partners_.remove(database_, effect.id));
}
core::Status Effects::write(const exchange::PutPartyId& effect) {
  return keep(partners_.put(database_, effect));
}
core::Status Effects::write(const exchange::SeenCheckpoint& effect) {
  return keep(partners_.see(database_, effect));
}

core::Status Effects::write(const exchange::Received& effect) {
  const std::string partner = effect.from.str();
  for (const std::string& bytes : effect.records) {
    const Facts facts = facts_of(bytes);
    Statement& insert = database_.prepared(
        "INSERT INTO received (partner, dataset, account, batch, kind, order_number, key, "
        "content_id, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    insert.bind(partner).bind(effect.dataset.str()).bind(effect.account).bind(effect.batch);
    insert.bind(facts.kind);
    facts.order_number ? insert.bind(*facts.order_number) : insert.null();
    auto written = insert.bind(facts.key).blob(facts.content_id).blob(bytes).run();
    if (!written) return written;
  }
  return core::ok();
}

}  // namespace connector::store
