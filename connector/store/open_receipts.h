// How many fetches of each partner were served whole and not acknowledged: asked on every request,
// so it is counted as it changes and read from memory.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "core/name.h"
#include "core/result.h"
#include "store/sqlite.h"

namespace connector::store {

class OpenReceipts {
 public:
  core::Status load(Database& database);
  std::uint64_t of(const core::Connector& partner) const;
  void add(const std::string& partner, std::int64_t change);  // once it is durable

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;  // guarded by mutex_
};

// 1 if the newest receipt that this partner was given for that fetch is not acknowledged, else 0.
core::Result<std::int64_t> open_receipt(Database& database, std::string_view partner,
                                        std::string_view first_request);

}  // namespace connector::store
