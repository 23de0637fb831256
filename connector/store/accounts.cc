#include "store/accounts.h"

#include <algorithm>

#include "store/contracts.h"
#include "store/facts.h"
#include "store/rows.h"
#include "store/vault.h"

namespace connector::store {
namespace {

using exchange::Account;
using exchange::CloseAccount;
using exchange::NoteBatch;

constexpr const char* kByRequest =
    "SELECT account, partner, provider, first_request, request_id, state, outcome, receipt, "
    "acknowledgement, head FROM accounts WHERE partner = ?1 AND provider = ?2 AND "
    "request_id = ?3 ORDER BY number LIMIT 1";
constexpr const char* kNewest =
    "SELECT account, partner, provider, first_request, request_id, state, outcome, receipt, "
    "acknowledgement, head FROM accounts ORDER BY number DESC LIMIT ?1";

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
  account.head = row.text(9);
  return account;
}

core::Status add_entries(Database& database, std::string_view account,
                         std::vector<std::uint64_t>& entries) {
  Statement& rows =
      database.prepared("SELECT number FROM account_entries WHERE account = ?1 ORDER BY number");
  rows.bind(account);
  while (rows.step()) entries.push_back(rows.count(0));
  return rows.ok() ? core::ok() : core::Status(rows.failure());
}

// The last batch of that part, where it goes further than what is known.
core::Status add_batch(Database& database, std::string_view account,
                       std::vector<NoteBatch>& batches) {
  Statement& row = database.prepared(
      "SELECT account, number, chain_head, records, bytes, sequence, position "
      "FROM batches WHERE account = ?1 ORDER BY number DESC LIMIT 1");
  row.bind(account);
  if (row.step() && (batches.empty() || batches.back().index < row.count(1))) {
    batches = {NoteBatch{row.text(0), row.count(1), row.text(2), row.count(3), row.count(4),
                         row.count(5), row.text(6)}};
  }
  const bool good = row.ok();
  auto status = good ? core::ok() : core::Status(row.failure());
  row.rewind();
  return status;
}

core::Status add_part(Database& database, std::string_view part, Account& account) {
  if (auto added = add_entries(database, part, account.entries); !added) return added;
  return add_batch(database, part, account.batches);
}

// The first part stands for the whole fetch: entries of every part, the last batch, the newest
// receipt.
core::Status add_parts(Database& database, Account& account) {
  const std::string partner = account.partner.str();
  Statement parts(database,
                  "SELECT account, receipt, acknowledgement FROM accounts WHERE partner = ?1 AND "
                  "provider = ?2 AND first_request = ?3 ORDER BY number");
  parts.bind(partner).bind(account.provider ? 1 : 0).bind(account.first_request);
  while (parts.step()) {
    if (auto added = add_part(database, parts.view(0), account); !added) return added;
    if (parts.view(1).empty()) continue;
    account.receipt = parts.text(1);
    account.acknowledgement = parts.text(2);
  }
  if (!parts.ok()) return parts.failure();
  std::sort(account.entries.begin(), account.entries.end());
  return core::ok();
}

const CloseAccount* closing_of(const std::string& account,
                               const std::vector<exchange::Effect>& effects) {
  for (const exchange::Effect& effect : effects) {
    const auto* closing = std::get_if<CloseAccount>(&effect);
    if (closing != nullptr && closing->account == account) return closing;
  }
  return nullptr;
}

bool opened_in(const std::vector<exchange::Effect>& effects, const std::string& account) {
  return std::any_of(effects.begin(), effects.end(), [&](const exchange::Effect& effect) {
    const auto* opening = std::get_if<exchange::OpenAccount>(&effect);
    return opening != nullptr && opening->account == account;
  });
}

}  // namespace

core::Result<std::optional<Account>> AccountBook::by_request(const core::Connector& partner,
                                                             bool provider,
                                                             const std::string& request_id) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  const std::string name = partner.str();
  std::optional<Account> account;
  Statement& row = (*database)->prepared(kByRequest);
  row.bind(name).bind(provider ? 1 : 0).bind(request_id);
  if (row.step()) account = account_of(row);
  if (!row.ok()) return row.failure();
  row.rewind();
  if (!account) return account;
  const bool first = account->request_id == account->first_request;
  auto done =
      first ? add_parts(**database, *account) : add_part(**database, account->account, *account);
  if (!done) return std::move(done.error());
  return account;
}

core::Result<std::vector<Account>> AccountBook::list(std::size_t limit) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  std::vector<Account> accounts;
  {
    Statement rows(**database, kNewest);
    rows.bind(static_cast<std::int64_t>(limit));
    while (rows.step()) accounts.push_back(account_of(rows));
    if (!rows.ok()) return rows.failure();
  }
  for (Account& account : accounts) {
    auto done = add_part(**database, account.account, account);
    if (!done) return std::move(done.error());
  }
  return accounts;
}

core::Result<std::uint64_t> AccountBook::unacknowledged(const core::Connector& partner) const {
  return open_receipts_.of(partner);
}

core::Status Effects::apply(const std::vector<exchange::Effect>& effects) {
  all_ = &effects;
  for (const exchange::Effect& effect : effects) {
    auto written = std::visit([this](const auto& one) { return write(one); }, effect);
    if (!written) return written;
  }
  return core::ok();
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
  if (auto forgotten = forget(); !forgotten || !effect.account.empty()) return forgotten;
  return insert_account({"refused/" + partner + "/" + effect.request_id,
                         effect.from,
                         true,
                         effect.first_request.empty() ? effect.request_id : effect.first_request,
                         effect.request_id,
                         {}},
                        {{}, "refused", {}, {}});
}

core::Status Effects::forget() {
  if (!forget_s_) return core::ok();
  return database_.prepared("DELETE FROM requests WHERE keep_until < ?1").bind(*forget_s_).run();
}

core::Status Effects::insert_account(const exchange::OpenAccount& effect, const CloseAccount& end) {
  account_ = effect.account;
  const std::string partner = effect.partner.str();
  return database_
      .prepared(
          "INSERT INTO accounts (account, partner, provider, first_request, request_id, state, "
          "outcome, receipt, acknowledgement, head) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', ?9)")
      .bind(effect.account)
      .bind(partner)
      .bind(effect.provider ? 1 : 0)
      .bind(effect.first_request)
      .bind(effect.request_id)
      .bind(effect.state)
      .bind(end.outcome)
      .bind(end.receipt)
      .bind(end.head)
      .run();
}

// One that the same commit closes is written as it ends.
core::Status Effects::write(const exchange::OpenAccount& effect) {
  const CloseAccount* closing = closing_of(effect.account, *all_);
  if (closing == nullptr) return insert_account(effect, {{}, "open", {}, {}});
  const auto insert = [&] { return insert_account(effect, *closing); };
  if (closing->receipt.empty() || !effect.provider) return insert();
  return count(effect.partner.str(), effect.first_request, insert);
}

// Whether the fetch has an open receipt is looked up before and after: the difference is exact
// whatever parts it has, and counts when the commit is durable.
core::Status Effects::count(const std::string& partner, std::string_view first_request,
                            const std::function<core::Status()>& write) {
  const auto before = open_receipt(database_, partner, first_request);
  if (!before) return before.error();
  if (auto written = write(); !written) return written;
  const auto after = open_receipt(database_, partner, first_request);
  if (!after) return after.error();
  if (*after == *before) return core::ok();
  publishes_.push_back([this_count = &open_receipts_, partner, change = *after - *before] {
    this_count->add(partner, change);
  });
  return core::ok();
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

core::Status Effects::write(const CloseAccount& effect) {
  account_ = effect.account;
  if (opened_in(*all_, effect.account)) return core::ok();  // written with it
  if (effect.receipt.empty()) return close_account(effect);
  Statement& find = database_.prepared(
      "SELECT partner, first_request FROM accounts WHERE account = ?1 AND provider = 1");
  find.bind(effect.account);
  const bool ours = find.step();
  if (!find.ok()) return find.failure();
  const std::string partner = ours ? find.text(0) : std::string();
  const std::string first_request = ours ? find.text(1) : std::string();
  find.rewind();
  if (!ours) return close_account(effect);
  return count(partner, first_request, [&] { return close_account(effect); });
}

core::Status Effects::close_account(const CloseAccount& effect) {
  return database_
      .prepared("UPDATE accounts SET outcome = ?2, receipt = ?3, head = ?4 WHERE account = ?1")
      .bind(effect.account)
      .bind(effect.outcome)
      .bind(effect.receipt)
      .bind(effect.head)
      .run();
}

core::Status Effects::write(const exchange::NoteAcknowledgement& effect) {
  const std::string partner = effect.partner.str();
  Statement& find = database_.prepared(
      "SELECT account, acknowledgement <> '' FROM accounts WHERE partner = ?1 AND "
      "provider IN (0, 1) AND first_request = ?2 AND receipt <> '' ORDER BY number DESC LIMIT 1");
  find.bind(partner).bind(effect.request_id);
  const bool found = find.step();
  if (found) account_ = find.text(0);
  const bool before = found && find.number(1) != 0;
  if (!find.ok()) return find.failure();
  find.rewind();
  if (before) {
    return core::Error{core::Code::kConflict,
                       "ACKNOWLEDGED",
                       "the receipt of " + effect.request_id + " is acknowledged already",
                       {},
                       {}};
  }
  return count(partner, effect.request_id, [&] {
    return database_.prepared("UPDATE accounts SET acknowledgement = ?2 WHERE account = ?1")
        .bind(account_)
        .bind(effect.acknowledgement)
        .run();
  });
}

core::Status Effects::write(const exchange::PutNegotiation& effect) {
  return store::write(database_, effect);
}

core::Status Effects::write(const exchange::PutAgreement& effect) {
  return store::write(database_, effect);
}

core::Status Effects::keep(core::Result<PartnerList::Publish> publish) {
  if (!publish) return std::move(publish.error());
  publishes_.push_back(std::move(*publish));
  return core::ok();
}

core::Status Effects::write(const exchange::RequireIntroduction& effect) {
  const std::string partner = effect.partner.str();
  Statement& row = database_.prepared(
      "SELECT 1 FROM partners WHERE id = ?1 AND json_extract(facts, '$.digest') = ?2");
  row.bind(partner).bind(effect.digest);
  const bool in_force = row.step();
  if (!row.ok()) return row.failure();
  row.rewind();
  if (in_force) return core::ok();
  return core::Error{core::Code::kUnauthenticated,
                     "KEY_NOT_VALID",
                     partner + " introduced itself anew, or was removed, in the meantime",
                     "try again",
                     {}};
}

core::Status Effects::write(const exchange::KeepIntroduction& effect) {
  return database_
      .prepared("INSERT OR IGNORE INTO introductions (digest, envelope) VALUES (?1, ?2)")
      .bind(effect.digest)
      .bind(effect.envelope)
      .run();
}

core::Status Effects::write(const exchange::PutSetting& effect) {
  return database_.prepared("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)")
      .bind(effect.name)
      .blob(effect.value)
      .run();
}

core::Status Effects::write(const exchange::VaultEffect& effect) {
  return write_vault(database_, effect);
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

// The sender takes a record back: what it sent under that key until now is withdrawn.
core::Status Effects::withdraw(const exchange::Received& effect, const Facts& tombstone) {
  if (tombstone.withdrawn_key.empty()) return core::ok();
  const std::string partner = effect.from.str();
  return database_
      .prepared(
          "UPDATE received SET withdrawn = 1 WHERE key = ?1 AND partner = ?2 AND dataset = ?3")
      .bind(tombstone.withdrawn_key)
      .bind(partner)
      .bind(effect.dataset.str())
      .run();
}

core::Status Effects::write(const exchange::Received& effect) {
  const std::string partner = effect.from.str();
  for (const std::string& path : effect.masked) {
    auto written = database_
                       .prepared(
                           "INSERT OR IGNORE INTO received_masks (account, batch, path) "
                           "VALUES (?1, ?2, ?3)")
                       .bind(effect.account)
                       .bind(effect.batch)
                       .bind(path)
                       .run();
    if (!written) return written;
  }
  for (const std::string& bytes : effect.records) {
    const Facts facts = facts_of(bytes);
    if (auto taken_back = withdraw(effect, facts); !taken_back) return taken_back;
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
