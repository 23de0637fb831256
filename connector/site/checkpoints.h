// Checkpoints of our log: signed when they are asked for.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "core/digest.h"
#include "core/name.h"
#include "core/result.h"
#include "exchange/log.h"

namespace connector::site {

class Keys;

// Signs the log's current size and root; the same size is signed once. Safe for use by several
// threads.
class Checkpoints {
 public:
  Checkpoints(core::Connector self, const exchange::Log& log, const Keys& keys)
      : origin_(self.str()), log_(log), keys_(keys) {}

  core::Result<std::string> current();

 private:
  const std::string origin_;
  const exchange::Log& log_;
  const Keys& keys_;
  std::mutex mutex_;
  std::string note_;        // guarded by mutex_
  std::uint64_t size_ = 0;  // guarded by mutex_
};

// Size and root of a checkpoint that this key has signed.
core::Result<std::pair<std::uint64_t, core::Digest>> open_note(const std::string& note,
                                                               const std::string& log_key);

}  // namespace connector::site
