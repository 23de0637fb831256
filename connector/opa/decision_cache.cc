#include "opa/decision_cache.h"

#include "core/limits.h"

namespace connector::opa {

exchange::Decided DecisionCache::find(const std::string& key, std::int64_t now_s) const {
  std::lock_guard lock(mutex_);
  const auto found = decisions_.find(key);
  if (found == decisions_.end()) return nullptr;
  const std::int64_t left = found->second->valid_until_s - now_s;
  // A clock that was set back must not lengthen a decision's life.
  if (left <= 0 || left > core::limits::kDecisionValidity.count()) return nullptr;
  return found->second;
}

void DecisionCache::keep(const std::string& key, exchange::Decided decision, std::int64_t now_s) {
  std::lock_guard lock(mutex_);
  if (decisions_.size() >= core::limits::kDecisionCacheEntries) {
    std::erase_if(decisions_,
                  [&](const auto& kept) { return kept.second->valid_until_s <= now_s; });
    if (decisions_.size() >= core::limits::kDecisionCacheEntries) decisions_.clear();
  }
  decisions_.insert_or_assign(key, std::move(decision));
}

}  // namespace connector::opa
