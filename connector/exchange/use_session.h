// Within exchange: one use, from the question to its last record.
#pragma once

#include "exchange/use.h"

namespace connector::exchange {

class UseSession {
 public:
  UseSession(const UsePorts& ports, const UseRequest& request, KeptAgreement agreement);

  // Decided, debited and on record, durably. turn: held meanwhile where uses are counted.
  core::Status grant(std::mutex& turn);
  // Puts the refusal on record; gives the error that the caller hears.
  core::Error refuse(core::Error error);
  core::Result<UseSummary> give(const std::function<bool(const UsedRecord&)>& give);

 private:
  bool counted() const { return duties_.counts || duties_.count_limit.has_value(); }
  core::Status check() const;
  core::Status choose_dataset();
  core::Result<UseVerdict> decide(std::uint64_t uses, const std::string& action) const;
  core::Status permit(std::uint64_t uses);
  core::Status debit(std::uint64_t uses);
  core::Result<std::vector<core::Connector>> recipients(
      const contract::Duties::Inform& inform) const;
  core::Status add_informs(contract::Duties::Occasion occasion, std::vector<Effect>& effects) const;
  std::vector<Effect> effects_of_use(std::uint64_t uses) const;
  core::Status still_permitted() const;
  core::Status stream(const std::function<bool(const UsedRecord&)>& give, UseSummary& summary);
  core::Result<bool> give_page(const VaultKey& key, const std::vector<StoredObject>& page,
                               const std::function<bool(const UsedRecord&)>& give,
                               UseSummary& summary) const;
  UseEntry entry(const char* kind) const;

  const UsePorts& ports_;
  const UseRequest& request_;
  const KeptAgreement agreement_;
  const contract::Duties duties_;
  const std::string id_;
  std::string dataset_;
  UseVerdict verdict_;
  std::uint64_t number_ = 0;  // of this use; 0: not granted
};

}  // namespace connector::exchange
