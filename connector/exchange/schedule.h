// Port: deadlines. Use cases ask to be woken; nothing polls.
#pragma once

#include <functional>
#include <string>

#include "core/instant.h"

namespace connector::exchange {

class Schedule {
 public:
  virtual ~Schedule() = default;
  // Runs work once, at that time of the wall clock or as soon after as it can; at once when it has
  // passed. A later call with the same name takes the place of the earlier one. Work runs on one
  // thread of its own and must be quick, or hand itself to an executor.
  virtual void at(core::EpochNs when, const std::string& name, std::function<void()> work) = 0;
  virtual void cancel(const std::string& name) = 0;
};

}  // namespace connector::exchange
