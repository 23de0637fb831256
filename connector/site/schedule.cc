#include "site/schedule.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace connector::site {
namespace {

constexpr core::EpochNs kNsPerSecond = 1'000'000'000;

core::EpochNs now_by(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<core::EpochNs>(now.tv_sec) * kNsPerSecond + now.tv_nsec;
}

constexpr core::EpochNs kFar = std::numeric_limits<core::EpochNs>::max() / 2;

itimerspec spec(core::EpochNs ns) {
  itimerspec until{};
  until.it_value.tv_sec = static_cast<time_t>(ns / kNsPerSecond);
  until.it_value.tv_nsec = static_cast<long>(ns % kNsPerSecond);
  return until;
}

// What it says is read so that it can say it again; a clock that was set reads as an error.
void read_off(int descriptor) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(descriptor, &count, sizeof count);
}

}  // namespace

Deadlines::Deadlines()
    : clock_set_(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this] { loop(); }) {}

Deadlines::~Deadlines() {
  stop();
  for (const int one : {clock_set_, timer_, wake_}) ::close(one);
}

void Deadlines::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void Deadlines::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(wake_, &one, sizeof one);
}

void Deadlines::at(core::EpochNs when, const std::string& name, std::function<void()> work) {
  const core::EpochNs wall = now_by(CLOCK_REALTIME);
  const core::EpochNs left = when <= wall ? 0 : std::min(when - wall, kFar);
  const core::EpochNs steady = now_by(CLOCK_BOOTTIME);
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    remove(name);
    const Due& due = due_[name] = {when, steady + left, std::move(work)};
    by_wall_.emplace(due.wall, name);
    by_steady_.emplace(due.steady, name);
  }
  wake();
}

void Deadlines::cancel(const std::string& name) {
  std::lock_guard lock(mutex_);
  remove(name);
}

void Deadlines::remove(const std::string& name) {
  const auto found = due_.find(name);
  if (found == due_.end()) return;
  by_wall_.erase({found->second.wall, name});
  by_steady_.erase({found->second.steady, name});
  due_.erase(found);
}

void Deadlines::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!run_next(lock)) sleep(lock);
  }
}

bool Deadlines::run_next(std::unique_lock<std::mutex>& lock) {
  if (by_wall_.empty()) return false;
  std::string name;
  if (by_wall_.begin()->first <= now_by(CLOCK_REALTIME)) {
    name = by_wall_.begin()->second;
  } else if (by_steady_.begin()->first <= now_by(CLOCK_BOOTTIME)) {
    name = by_steady_.begin()->second;
  } else {
    return false;
  }
  const auto work = std::move(due_[name].work);
  remove(name);
  lock.unlock();
  work();
  lock.lock();
  return true;
}

void Deadlines::sleep(std::unique_lock<std::mutex>& lock) {
  // Far ahead: it is there to be cancelled when somebody sets the clock.
  const itimerspec far = spec(kFar);
  ::timerfd_settime(clock_set_, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, nullptr);
  itimerspec left{};  // none: never
  if (!by_wall_.empty()) {
    const core::EpochNs first = std::min(by_wall_.begin()->first - now_by(CLOCK_REALTIME),
                                         by_steady_.begin()->first - now_by(CLOCK_BOOTTIME));
    left = spec(std::max<core::EpochNs>(first, 1));
  }
  ::timerfd_settime(timer_, 0, &left, nullptr);
  lock.unlock();
  std::array<pollfd, 3> sources{{{clock_set_, POLLIN, 0}, {timer_, POLLIN, 0}, {wake_, POLLIN, 0}}};
  ::poll(sources.data(), sources.size(), -1);
  for (const pollfd& one : sources) {
    if (one.revents != 0) read_off(one.fd);
  }
  lock.lock();
}

}  // namespace connector::site
