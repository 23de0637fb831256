// What is held under our agreements as consumer, for people and applications.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "exchange/agreements.h"
#include "exchange/vault.h"

namespace connector::exchange {

struct Holding {
  KeptAgreement agreement;
  VaultFacts facts;                        // zeros where nothing was received
  std::optional<std::uint64_t> remaining;  // uses, where they are counted
  std::optional<core::EpochNs> due;        // of the deletion
};

// Newest first.
core::Result<std::vector<Holding>> holdings_of(const Contracts& contracts, const Vault& vault,
                                               const VaultWork& work);

}  // namespace connector::exchange
