// Decisions of one revision, kept until they are no longer valid.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "decision/decision.h"

namespace connector::opa {

// Safe for use by several threads.
class DecisionCache {
 public:
  std::optional<decision::Decision> find(const std::string& key, std::int64_t now_s) const;
  void keep(const std::string& key, decision::Decision decision, std::int64_t now_s);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, decision::Decision> decisions_;  // guarded by mutex_
};

}  // namespace connector::opa
