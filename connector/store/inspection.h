// What a look at every page and every entry of a store found.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace connector::store {

struct Inspection {
  std::int64_t schema = 0;
  std::uint64_t entries = 0;          // of the log
  std::string root;                   // of the log, hex, computed from the entries alone
  std::vector<std::string> problems;  // none: all is well
};

// How much of how much is copied; false: stop.
using BackupProgress = std::function<bool(std::uint64_t done, std::uint64_t all)>;

}  // namespace connector::store
