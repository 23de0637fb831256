#include "exchange/standing.h"

#include "core/digest.h"
#include "evidence/log_entry.h"
#include "exchange/commit.h"
#include "exchange/use_statements.h"

namespace connector::exchange {
namespace {

core::Error unknown(const core::Connector& provider, const std::string& cause) {
  return core::unavailable(
      "STANDING_UNKNOWN",
      "uses are counted, and whether this store has forgotten some can only " + provider.str() +
          " tell, which gives no answer: " + cause,
      "try again when it can be reached; if the store was restored: connector vault "
      "confirm-restore");
}

core::Error restored(const std::string& agreement) {
  return core::denied("STORE_RESTORED",
                      "this store was restored: no use of agreement " + agreement +
                          " remains until the provider's last statement of it is fetched",
                      "it is asked for at every use; see: connector vault status");
}

}  // namespace

core::Status Standing::check(const std::string& agreement, const core::Connector& provider) {
  {
    const std::lock_guard lock(mutex_);
    if (checked_.count(agreement) != 0) return core::ok();
  }
  // Unlocked: one provider that is silent holds up no use of another's data.
  const auto facts = ports_.vault.facts(agreement);
  if (!facts) return facts.error();
  if (!*facts) return core::ok();
  if (auto whole = compare(**facts, provider); !whole) return whole;
  const std::lock_guard lock(mutex_);
  checked_.insert(agreement);
  return core::ok();
}

core::Status Standing::compare(const VaultFacts& facts, const core::Connector& provider) {
  const auto partner = ports_.partners.find(provider);
  if (!partner) return unknown(provider, "it is no partner any more");
  const auto last = ports_.client.last_statement(*partner, facts.agreement);
  if (!last) {
    return facts.held ? restored(facts.agreement) : unknown(provider, last.error().message);
  }
  std::uint64_t uses = 0;
  bool whole = true;
  std::string digest;
  if (*last) {
    const auto said = use_facts(**last);
    if (!said) return said.error();
    if (!ports_.ours(**last) || said->consumer != ports_.self ||
        said->agreement != facts.agreement) {
      return unknown(provider, "what it gave is no statement of ours");
    }
    const auto known = ports_.in_our_log(said->checkpoint);
    if (!known) return known.error();
    uses = said->uses;
    whole = *known && uses <= facts.uses;
    digest = core::hex(core::sha256((*last)->payload));
  }
  if (whole && !facts.held) return core::ok();
  return put_back(facts, provider, uses, digest);
}

core::Status Standing::put_back(const VaultFacts& facts, const core::Connector& provider,
                                std::uint64_t uses, const std::string& digest) {
  const StatementEntry entry{evidence::kStoreRestored,
                             false,
                             ports_.self,
                             provider,
                             facts.agreement,
                             digest,
                             "uses " + std::to_string(std::max(uses, facts.uses)),
                             {},
                             -1,
                             ports_.now()};
  return commit_now(ports_.log, {.entries = {entry_statement(entry, ports_.random)},
                                 .effects = {VaultEffect{SetUses{facts.agreement, uses, false}}},
                                 .on_behalf_of = {}});
}

core::Result<std::uint64_t> Standing::confirm(const std::vector<std::string>& counted,
                                              std::int64_t uid) {
  const std::lock_guard lock(mutex_);
  Commit commit;
  for (const std::string& agreement : counted) {
    if (checked_.count(agreement) != 0) continue;
    const auto facts = ports_.vault.facts(agreement);
    if (!facts) return facts.error();
    if (!*facts || (*facts)->held || (*facts)->emptied != 0) continue;
    const StatementEntry entry{
        evidence::kStoreRestored,   false, ports_.self, (*facts)->partner, agreement, {},
        "confirmed by an operator", {},    uid,         ports_.now()};
    commit.entries.push_back(entry_statement(entry, ports_.random));
    commit.effects.push_back(VaultEffect{SetUses{agreement, 0, true}});
  }
  const std::uint64_t count = commit.entries.size();
  if (count == 0) return count;
  if (auto done = commit_now(ports_.log, std::move(commit)); !done) return std::move(done.error());
  return count;
}

}  // namespace connector::exchange
