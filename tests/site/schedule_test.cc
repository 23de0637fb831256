#include "site/schedule.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "support/temp_dir.h"

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

// The library that turns clocks for one process; empty where it is not installed.
std::string libfaketime() {
  for (const auto& arch : std::filesystem::directory_iterator("/usr/lib")) {
    const auto library = arch.path() / "faketime/libfaketimeMT.so.1";
    std::error_code error;
    if (std::filesystem::exists(library, error)) return library.string();
  }
  return {};
}

// Run by the test below, in a process whose clock the file turns.
TEST(Deadlines, DISABLED_UnderATurnedClock) {
  const char* const clock = std::getenv("FAKETIME_TIMESTAMP_FILE");
  ASSERT_NE(clock, nullptr);
  const core::EpochNs before = now_ns();
  Watched due;
  Deadlines deadlines;
  deadlines.at(before + 600'000'000, "due", due.work());
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  std::ofstream(clock) << "-3650d\n";
  EXPECT_TRUE(due.within(kSoon));
  EXPECT_LT(now_ns(), before - 3600 * kHour) << "the clock was turned back";
}

TEST(Deadlines, AClockThatIsSetBackPutsNothingOff) {
  const std::string library = libfaketime();
  if (library.empty()) GTEST_SKIP() << "no libfaketime";
  connector::testing::TempDir dir;
  std::ofstream(dir.path() / "clock") << "+0\n";
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command =
      "FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_TIMESTAMP_FILE=" +
      (dir.path() / "clock").string() + " LD_PRELOAD=" + library + " " + self +
      " --gtest_also_run_disabled_tests --gtest_filter=Deadlines.DISABLED_UnderATurnedClock";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace connector::site
