// Negotiations and agreements, as rows.
#pragma once

#include "exchange/agreements.h"
#include "exchange/log.h"
#include "store/readers.h"

namespace connector::store {

class ContractBook final : public exchange::Contracts {
 public:
  explicit ContractBook(Readers& readers) : readers_(readers) {}

  core::Result<std::optional<exchange::Negotiation>> negotiation(
      const std::string& id) const override;
  core::Result<std::optional<exchange::Negotiation>> negotiation_of(
      const core::Connector& partner, const std::string& their_id) const override;
  core::Result<std::vector<exchange::Negotiation>> negotiations(bool open,
                                                                std::size_t limit) const override;
  core::Result<std::optional<exchange::KeptAgreement>> agreement(
      const std::string& id) const override;
  core::Result<std::vector<exchange::KeptAgreement>> agreements(const core::Connector& partner,
                                                                std::size_t limit) const override;

  core::Result<std::vector<exchange::KeptAgreement>> agreements_about(
      const core::Connector& partner, const std::string& offer) const override;

 private:
  Readers& readers_;
};

// In the writer's transaction. NEGOTIATION_CHANGED: the row is not at the version that the change
// was made from. NEGOTIATION_UNDER_WAY: the partner negotiates the same already.
core::Status write(Database& database, const exchange::PutNegotiation& effect);
core::Status write(Database& database, const exchange::PutAgreement& effect);

}  // namespace connector::store
