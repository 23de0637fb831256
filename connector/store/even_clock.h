// Whether the wall clock may be believed when something is forgotten because of its age.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>

#include "core/limits.h"

namespace connector::store {

// For one thread.
class EvenClock {
 public:
  explicit EvenClock(std::chrono::seconds needed = core::limits::kEvenClock) : needed_(needed) {}

  // Told both clocks, in seconds, at every write. True: for as long as is needed, in this process,
  // the wall clock has run like the steady one, so that no jump of it explains what looks old.
  bool even(std::int64_t wall_s, std::int64_t steady_s) {
    const std::int64_t apart = wall_s - steady_s;
    if (!told_ || std::abs(apart - apart_) > core::limits::kClockSkew.count()) {
      told_ = true;
      apart_ = apart;
      since_s_ = steady_s;
    }
    return steady_s - since_s_ >= needed_.count();
  }

 private:
  const std::chrono::seconds needed_;
  bool told_ = false;
  std::int64_t apart_ = 0;    // of the two clocks, when they began to run evenly
  std::int64_t since_s_ = 0;  // steady
};

}  // namespace connector::store
