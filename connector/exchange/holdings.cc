#include "exchange/holdings.h"

#include <algorithm>
#include <map>

#include "contract/duties.h"
#include "core/limits.h"

namespace connector::exchange {

core::Result<std::vector<Holding>> holdings_of(const Contracts& contracts, const Vault& vault,
                                               const VaultWork& work) {
  const auto agreements = contracts.agreements({}, core::limits::kAgreementsInMemory);
  if (!agreements) return agreements.error();
  const auto vaults = vault.list();
  if (!vaults) return vaults.error();
  const auto duties = work.duties();
  if (!duties) return duties.error();
  std::map<std::string, VaultFacts> facts;
  for (const VaultFacts& one : *vaults) facts[one.agreement] = one;
  std::map<std::string, core::EpochNs> due;
  for (const PutDuty& one : *duties) due[one.agreement] = one.due;
  std::vector<Holding> list;
  for (const KeptAgreement& one : *agreements) {
    if (one.role != contract::Role::kConsumer) continue;
    Holding holding{one, {}, {}, {}};
    if (const auto held = facts.find(one.terms.id); held != facts.end()) {
      holding.facts = held->second;
    }
    const auto limit =
        contract::duties_of(one.terms.policy, one.terms.concluded_s * 1'000'000'000).count_limit;
    if (limit) {
      const std::uint64_t left = *limit - std::min(*limit, holding.facts.uses);
      holding.remaining = holding.facts.held ? 0 : left;
    }
    if (const auto duty = due.find(one.terms.id); duty != due.end()) holding.due = duty->second;
    list.push_back(std::move(holding));
  }
  return list;
}

}  // namespace connector::exchange
