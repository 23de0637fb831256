// Decisions of one revision, kept until they are no longer valid.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "exchange/ports.h"

namespace connector::opa {

// Safe for use by several threads.
class DecisionCache {
 public:
  exchange::Decided find(const std::string& key, std::int64_t now_s) const;  // may be null
  void keep(const std::string& key, exchange::Decided decision, std::int64_t now_s);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, exchange::Decided> decisions_;  // guarded by mutex_
};

}  // namespace connector::opa
