// The account book: what was asked, how far it went, how it ended.
#pragma once

#include <optional>

#include "exchange/ports.h"
#include "store/facts.h"
#include "store/partners.h"
#include "store/readers.h"

namespace connector::store {

class AccountBook final : public exchange::Accounts {
 public:
  explicit AccountBook(Readers& readers) : readers_(readers) {}

  core::Result<std::optional<exchange::Account>> by_request(
      const core::Connector& partner, bool provider, const std::string& request_id) const override;
  core::Result<std::vector<exchange::Account>> list(std::size_t limit) const override;
  core::Result<std::uint64_t> unacknowledged(const core::Connector& partner) const override;

 private:
  Readers& readers_;
};

// Writes the effects of one commit, in the writer's transaction, and ties its log entries to the
// account that they belong to.
class Effects {
 public:
  // forget_s: request ids that were to be kept until before then are forgotten; none: none are.
  Effects(Database& database, PartnerList& partners, std::optional<std::int64_t> forget_s)
      : database_(database), partners_(partners), forget_s_(forget_s) {}

  core::Status apply(const exchange::Effect& effect);
  core::Status tie(std::uint64_t first_entry, std::uint64_t count);
  std::vector<PartnerList::Publish> take_publishes() { return std::move(publishes_); }

 private:
  core::Status write(const exchange::RememberRequest& effect);
  core::Status write(const exchange::OpenAccount& effect);
  core::Status write(const exchange::NoteBatch& effect);
  core::Status write(const exchange::CloseAccount& effect);
  core::Status write(const exchange::NoteAcknowledgement& effect);
  core::Status write(const exchange::RequireIntroduction& effect);
  core::Status write(const exchange::KeepIntroduction& effect);
  core::Status write(const exchange::PutSetting& effect);
  core::Status write(const exchange::PutPartner& effect);
  core::Status write(const exchange::RemovePartner& effect);
  core::Status write(const exchange::PutPartyId& effect);
  core::Status write(const exchange::SeenCheckpoint& effect);
  core::Status write(const exchange::Received& effect);
  core::Status withdraw(const exchange::Received& effect, const Facts& tombstone);
  core::Status keep(core::Result<PartnerList::Publish> publish);
  core::Status forget();
  core::Status insert_account(const exchange::OpenAccount& effect, const char* outcome);

  Database& database_;
  PartnerList& partners_;
  const std::optional<std::int64_t> forget_s_;
  std::string account_;  // that the commit is about
  std::vector<PartnerList::Publish> publishes_;
};

}  // namespace connector::store
