// One thread that sleeps until the next deadline, however far that is.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "exchange/schedule.h"

namespace connector::site {

class Deadlines final : public exchange::Schedule {
 public:
  Deadlines();
  ~Deadlines() override;  // what is not due is forgotten
  void at(core::EpochNs when, const std::string& name, std::function<void()> work) override;
  void cancel(const std::string& name) override;

 private:
  struct Due {
    core::EpochNs when = 0;
    std::function<void()> work;
  };
  void loop();
  std::map<std::string, Due>::iterator first();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Due> due_;  // guarded by mutex_; by name
  bool stopping_ = false;           // guarded by mutex_
  std::thread thread_;
};

}  // namespace connector::site
