#include "site/schedule.h"

#include <algorithm>
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
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Deadlines::at(core::EpochNs when, const std::string& name, std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    due_[name] = {when, std::move(work)};
  }
  changed_.notify_all();
}

void Deadlines::cancel(const std::string& name) {
  std::lock_guard lock(mutex_);
  due_.erase(name);
}

std::map<std::string, Deadlines::Due>::iterator Deadlines::first() {
  return std::min_element(due_.begin(), due_.end(), [](const auto& one, const auto& other) {
    return one.second.when < other.second.when;
  });
}

void Deadlines::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next = first();
    if (next == due_.end()) {
      changed_.wait(lock);
      continue;
    }
    if (const Time when = time_of(next->second.when); when > std::chrono::system_clock::now()) {
      // Until then by the wall clock, however that is set meanwhile.
      changed_.wait_until(lock, when);
      continue;
    }
    const auto work = std::move(next->second.work);
    due_.erase(next);
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace connector::site
