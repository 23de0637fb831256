#include "site/schedule.h"

#include <chrono>

namespace connector::site {
namespace {

using Time = std::chrono::system_clock::time_point;

Time time_of(core::EpochNs when) {
  return Time(std::chrono::duration_cast<Time::duration>(std::chrono::nanoseconds(when)));
}

}  // namespace

Deadlines::Deadlines() : thread_([this] { loop(); }) {}

Deadlines::~Deadlines() {
  stop();
}

void Deadlines::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Deadlines::at(core::EpochNs when, const std::string& name, std::function<void()> work) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    remove(name);
    due_[name] = {when, std::move(work)};
    order_.emplace(when, name);
    wake = order_.begin()->second == name;
  }
  if (wake) changed_.notify_all();
}

void Deadlines::cancel(const std::string& name) {
  std::lock_guard lock(mutex_);
  remove(name);
}

void Deadlines::remove(const std::string& name) {
  const auto found = due_.find(name);
  if (found == due_.end()) return;
  order_.erase({found->second.when, name});
  due_.erase(found);
}

void Deadlines::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (order_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto [when, name] = *order_.begin();
    if (const Time due = time_of(when); due > std::chrono::system_clock::now()) {
      // Until then by the wall clock, however that is set meanwhile.
      changed_.wait_until(lock, due);
      continue;
    }
    const auto work = std::move(due_[name].work);
    remove(name);
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace connector::site
