#include "store/contracts.h"

#include "contract/policy_json.h"
#include "store/contract_rows.h"

namespace connector::store {
namespace {

using exchange::KeptAgreement;
using exchange::Negotiation;

// One row of one column, read by one of the readers.
template <typename Read>
auto one_row(Statement& row, Read read)
    -> core::Result<std::optional<typename std::decay_t<decltype(*read(std::string()))>>> {
  using Value = std::decay_t<decltype(*read(std::string()))>;
  const bool found = row.step();
  if (!row.ok()) return row.failure();
  if (!found) return std::optional<Value>();
  auto value = read(row.text(0));
  row.rewind();
  if (!value) return std::move(value.error());
  return std::optional<Value>(std::move(*value));
}

template <typename Read>
auto all_rows(Statement& rows, Read read)
    -> core::Result<std::vector<typename std::decay_t<decltype(*read(std::string()))>>> {
  std::vector<std::decay_t<decltype(*read(std::string()))>> values;
  while (rows.step()) {
    auto value = read(rows.text(0));
    if (!value) return std::move(value.error());
    values.push_back(std::move(*value));
  }
  if (!rows.ok()) return rows.failure();
  return values;
}

// What may be negotiated once at a time: with a partner that asks us, the same offer under the same
// terms. What we ask for ourselves is held apart by its own id.
std::string subject_of(const Negotiation& one) {
  if (one.role == contract::Role::kConsumer) return one.id;
  return one.offer + "/" + core::hex(contract::digest_of(one.policy));
}

core::Error changed_meanwhile() {
  return {core::Code::kConflict,
          "NEGOTIATION_CHANGED",
          "the negotiation went on in the meantime",
          "look at its state, then try again",
          {}};
}

core::Status insert(Database& database, const Negotiation& one, const std::string& facts) {
  const std::string partner = one.partner.str();
  const std::string subject = subject_of(one);
  Statement& row = database.prepared(
      "INSERT OR IGNORE INTO negotiations (id, partner, their_id, open, version, subject, facts) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  auto written = row.bind(one.id)
                     .bind(partner)
                     .bind(one.their_id)
                     .bind(contract::is_final(one.state) ? 0 : 1)
                     .bind(one.version)
                     .bind(subject)
                     .bind(facts)
                     .run();
  if (!written || sqlite3_changes(database.get()) == 1) return written;
  return core::Error{core::Code::kConflict,
                     "NEGOTIATION_UNDER_WAY",
                     "the same offer is being negotiated under the same terms already",
                     "go on with the negotiation that is under way",
                     {}};
}

core::Status update(Database& database, const Negotiation& one, const std::string& facts) {
  Statement& row = database.prepared(
      "UPDATE negotiations SET their_id = ?2, open = ?3, version = ?4, facts = ?5 "
      "WHERE id = ?1 AND version = ?4 - 1");
  auto written = row.bind(one.id)
                     .bind(one.their_id)
                     .bind(contract::is_final(one.state) ? 0 : 1)
                     .bind(one.version)
                     .bind(facts)
                     .run();
  if (!written) return written;
  return sqlite3_changes(database.get()) == 1 ? core::ok() : core::Status(changed_meanwhile());
}

}  // namespace

core::Status write(Database& database, const exchange::PutNegotiation& effect) {
  const std::string facts = to_text(effect.negotiation);
  return effect.negotiation.version == 1 ? insert(database, effect.negotiation, facts)
                                         : update(database, effect.negotiation, facts);
}

// What was signed stays: a later change is of the same bytes, or it is another's.
core::Status write(Database& database, const exchange::PutAgreement& effect) {
  const std::string partner = effect.agreement.partner.str();
  const std::string facts = to_text(effect.agreement);
  auto written =
      database
          .prepared(
              "INSERT INTO agreements (id, partner, offer, facts) VALUES (?1, ?2, ?3, ?4) "
              "ON CONFLICT (id) DO UPDATE SET facts = excluded.facts "
              "WHERE partner = excluded.partner "
              "AND json_extract(facts, '$.payload') = json_extract(excluded.facts, '$.payload')")
          .bind(effect.agreement.terms.id)
          .bind(partner)
          .bind(effect.agreement.terms.offer)
          .bind(facts)
          .run();
  if (!written || sqlite3_changes(database.get()) == 1) return written;
  return core::Error{core::Code::kConflict,
                     "NEGOTIATION_MISMATCH",
                     "there is another agreement of this id",
                     "look at the negotiation on both sides",
                     {}};
}

core::Result<std::optional<Negotiation>> ContractBook::negotiation(const std::string& id) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement& row = (*database)->prepared("SELECT facts FROM negotiations WHERE id = ?1");
  row.bind(id);
  return one_row(row, negotiation_from);
}

core::Result<std::optional<Negotiation>> ContractBook::negotiation_of(
    const core::Connector& partner, const std::string& their_id) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  const std::string name = partner.str();
  Statement& row = (*database)->prepared(
      "SELECT facts FROM negotiations WHERE partner = ?1 AND their_id = ?2 AND their_id <> ''");
  row.bind(name).bind(their_id);
  return one_row(row, negotiation_from);
}

core::Result<std::vector<Negotiation>> ContractBook::negotiations(bool open,
                                                                  std::size_t limit) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement rows(**database, open ? "SELECT facts FROM negotiations WHERE open = 1 "
                                    "ORDER BY number DESC LIMIT ?1"
                                  : "SELECT facts FROM negotiations ORDER BY number DESC LIMIT ?1");
  rows.bind(static_cast<std::int64_t>(limit));
  return all_rows(rows, negotiation_from);
}

core::Result<std::optional<KeptAgreement>> ContractBook::agreement(const std::string& id) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  Statement& row = (*database)->prepared("SELECT facts FROM agreements WHERE id = ?1");
  row.bind(id);
  return one_row(row, agreement_from);
}

core::Result<std::vector<KeptAgreement>> ContractBook::agreements(const core::Connector& partner,
                                                                  std::size_t limit) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  const bool all = partner.participant.empty();
  const std::string name = partner.str();
  Statement rows(**database, all ? "SELECT facts FROM agreements ORDER BY number DESC LIMIT ?1"
                                 : "SELECT facts FROM agreements WHERE partner = ?2 "
                                   "ORDER BY number DESC LIMIT ?1");
  rows.bind(static_cast<std::int64_t>(limit));
  if (!all) rows.bind(name);
  return all_rows(rows, agreement_from);
}

core::Result<std::vector<KeptAgreement>> ContractBook::agreements_about(
    const core::Connector& partner, const std::string& offer) const {
  auto database = readers_.lend();
  if (!database) return std::move(database.error());
  const std::string name = partner.str();
  Statement rows(**database,
                 "SELECT facts FROM agreements WHERE partner = ?1 AND offer = ?2 "
                 "ORDER BY number DESC LIMIT ?3");
  rows.bind(name).bind(offer).bind(static_cast<std::int64_t>(core::limits::kPageSizeMax));
  return all_rows(rows, agreement_from);
}

}  // namespace connector::store
