// One thread that sleeps until the next deadline, however far that is.
#pragma once

#include <condition_variable>
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
  struct Due {
    core::EpochNs when = 0;
    std::function<void()> work;
  };
  void loop();
  void remove(const std::string& name);  // mutex_ is held

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Due> due_;                         // guarded by mutex_; by name
  std::set<std::pair<core::EpochNs, std::string>> order_;  // guarded by mutex_; the same, by time
  bool stopping_ = false;                                  // guarded by mutex_
  std::thread thread_;
};

}  // namespace connector::site
