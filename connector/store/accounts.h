// The account book: what was asked, how far it went, how it ended.
#pragma once

#include <functional>
#include <optional>

#include "exchange/ports.h"
#include "store/facts.h"
#include "store/open_receipts.h"
#include "store/partners.h"
#include "store/readers.h"

namespace connector::store {

class AccountBook final : public exchange::Accounts {
 public:
  AccountBook(Readers& readers, const OpenReceipts& open_receipts)
      : readers_(readers), open_receipts_(open_receipts) {}

  core::Result<std::optional<exchange::Account>> by_request(
      const core::Connector& partner, bool provider, const std::string& request_id) const override;
  core::Result<std::vector<exchange::Account>> list(std::size_t limit) const override;
  core::Result<std::uint64_t> unacknowledged(const core::Connector& partner) const override;

 private:
  Readers& readers_;
  const OpenReceipts& open_receipts_;
};

// Writes the effects of one commit, in the writer's transaction, and ties its log entries to the
// account that they belong to.
class Effects {
 public:
  // forget_s: request ids that were to be kept until before then are forgotten; none: none are.
  Effects(Database& database, PartnerList& partners, OpenReceipts& open_receipts,
          std::optional<std::int64_t> forget_s)
      : database_(database),
        partners_(partners),
        open_receipts_(open_receipts),
        forget_s_(forget_s) {}

  core::Status apply(const std::vector<exchange::Effect>& effects);
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
  core::Status write(const exchange::VaultEffect& effect);
  core::Status write(const exchange::PutNegotiation& effect);
  core::Status write(const exchange::PutAgreement& effect);
  core::Status withdraw(const exchange::Received& effect, const Facts& tombstone);
  core::Status keep(core::Result<PartnerList::Publish> publish);
  core::Status forget();
  core::Status insert_account(const exchange::OpenAccount& effect,
                              const exchange::CloseAccount& end);
  core::Status close_account(const exchange::CloseAccount& effect);
  core::Status count(const std::string& partner, std::string_view first_request,
                     const std::function<core::Status()>& write);

  Database& database_;
  PartnerList& partners_;
  OpenReceipts& open_receipts_;
  const std::optional<std::int64_t> forget_s_;
  std::string account_;                                 // that the commit is about
  const std::vector<exchange::Effect>* all_ = nullptr;  // while they are applied
  std::vector<PartnerList::Publish> publishes_;
};

}  // namespace connector::store
