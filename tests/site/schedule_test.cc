#include "site/schedule.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

namespace connector::site {
namespace {

core::EpochNs now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

constexpr core::EpochNs kHour = 3'600'000'000'000;

// Has it run within the second?
class Watched {
 public:
  std::function<void()> work() {
    return [this] { done_.set_value(); };
  }
  bool within(std::chrono::milliseconds patience) {
    return future_.wait_for(patience) == std::future_status::ready;
  }

 private:
  std::promise<void> done_;
  std::future<void> future_ = done_.get_future();
};

constexpr auto kSoon = std::chrono::milliseconds(2000);

TEST(Deadlines, WhatIsOverdueRunsAtOnceThoughNothingElseWaits) {
  Watched first, second;
  Deadlines deadlines;
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // it sleeps for good
  deadlines.at(0, "first", first.work());
  EXPECT_TRUE(first.within(kSoon));
  deadlines.at(now_ns() - 1, "second", second.work());
  EXPECT_TRUE(second.within(kSoon));
}

TEST(Deadlines, AnEarlierOneIsNotHeldUpByALaterOne) {
  Watched late, early;
  Deadlines deadlines;
  deadlines.at(now_ns() + kHour, "late", late.work());
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  deadlines.at(now_ns() + 30'000'000, "early", early.work());
  EXPECT_TRUE(early.within(kSoon));
  EXPECT_FALSE(late.within(std::chrono::milliseconds(0)));
}

TEST(Deadlines, TheLaterCallOfOneNameStands) {
  Watched given_up, stands;
  Deadlines deadlines;
  deadlines.at(now_ns() + 50'000'000, "name", given_up.work());
  deadlines.at(now_ns() + kHour, "name", given_up.work());
  deadlines.at(now_ns() + 100'000'000, "name", stands.work());
  EXPECT_TRUE(stands.within(kSoon));
  EXPECT_FALSE(given_up.within(std::chrono::milliseconds(0)));
}

TEST(Deadlines, WhatIsCancelledDoesNotRun) {
  Watched cancelled, other;
  Deadlines deadlines;
  deadlines.at(now_ns() + 50'000'000, "cancelled", cancelled.work());
  deadlines.cancel("cancelled");
  deadlines.at(now_ns() + 100'000'000, "other", other.work());
  EXPECT_TRUE(other.within(kSoon));
  EXPECT_FALSE(cancelled.within(std::chrono::milliseconds(0)));
}

}  // namespace
}  // namespace connector::site
