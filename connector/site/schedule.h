// One thread that sleeps until the next deadline, however far that is.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "exchange/schedule.h"

namespace connector::site {

class Deadlines final : public exchange::Schedule {
 public:
  Deadlines();
  ~Deadlines() override;
  void stop();  // what is not due is forgotten, and so is what comes later; idempotent
  void at(core::EpochNs when, const std::string& name, std::function<void()> work) override;
  void cancel(const std::string& name) override;

 private:
  // A deadline is met when the wall clock says so, or when as much time has passed as was left of
  // it: a clock that is set back puts nothing off.
  struct Due {
    core::EpochNs wall = 0;
    core::EpochNs steady = 0;
    std::function<void()> work;
  };
  using Order = std::set<std::pair<core::EpochNs, std::string>>;
  void loop();
  bool run_next(std::unique_lock<std::mutex>& lock);  // false: nothing is due
  void sleep(std::unique_lock<std::mutex>& lock);
  void remove(const std::string& name);  // mutex_ is held
  void wake() const;

  const int clock_set_;  // readable when the wall clock was set
  const int timer_;      // goes on while the machine sleeps
  const int wake_;
  std::mutex mutex_;
  std::map<std::string, Due> due_;  // guarded by mutex_; by name
  Order by_wall_;                   // guarded by mutex_; the same, by time
  Order by_steady_;                 // guarded by mutex_
  bool stopping_ = false;           // guarded by mutex_
  std::thread thread_;
};

}  // namespace connector::site
