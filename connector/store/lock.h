// One process at a time may have a store open.
#pragma once

#include <filesystem>
#include <utility>

#include "core/result.h"

namespace connector::store {

// Held as long as it lives, by its descriptor, and so never left behind.
class Lock {
 public:
  // The file "lock" of the store's folder; waits a little for one that is ending. STORE_IN_USE.
  static core::Result<Lock> take(const std::filesystem::path& folder);
  ~Lock();
  Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  explicit Lock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace connector::store
