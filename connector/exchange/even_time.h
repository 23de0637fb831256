// A clock that is never set back: terms are held against it, so that no use comes back and no term
// grows longer when somebody turns the machine's clock.
#pragma once

#include <algorithm>
#include <functional>
#include <mutex>

#include "core/instant.h"

namespace connector::exchange {

// Safe for use by several threads.
class EvenTime {
 public:
  using Clock = std::function<core::EpochNs()>;

  // wall: may jump; steady: does not, and means nothing by itself; seen: the latest time that is
  // on record from before.
  EvenTime(Clock wall, Clock steady, core::EpochNs seen)
      : wall_(std::move(wall)), steady_(std::move(steady)), latest_(seen), at_(steady_()) {}

  // The wall clock, or what has passed since the latest time that was known if that is later.
  core::EpochNs now() {
    const std::lock_guard lock(mutex_);
    const core::EpochNs steady = steady_();
    latest_ = std::max(wall_(), latest_ + std::max<core::EpochNs>(0, steady - at_));
    at_ = steady;
    return latest_;
  }

 private:
  const Clock wall_;
  const Clock steady_;
  std::mutex mutex_;
  core::EpochNs latest_;  // guarded by mutex_
  core::EpochNs at_;      // guarded by mutex_; steady, when latest_ was told
};

}  // namespace connector::exchange
