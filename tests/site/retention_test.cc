// When old things are forgotten: only while the clock can be believed.
#include "site/retention.h"

#include <gtest/gtest.h>

#include <atomic>

#include "support/temp_dir.h"

namespace connector::site {
namespace {

using namespace std::chrono_literals;

std::int64_t wall_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

template <typename Condition>
bool within(std::chrono::milliseconds time, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return condition();
}

TEST(Retention, ItRunsOnceTheClockWasEvenAndThenAtItsPace) {
  std::atomic<int> passes = 0;
  std::atomic<std::int64_t> at = 0;
  const auto start = std::chrono::steady_clock::now();
  Retention retention(
      {.clock = wall_ns, .even = 1s, .every = 100ms, .pass = [&](std::int64_t now_s) {
         at = now_s;
         ++passes;
       }});
  ASSERT_TRUE(within(10s, [&] { return passes > 0; }));
  EXPECT_GE(std::chrono::steady_clock::now() - start, 1s);
  EXPECT_NEAR(static_cast<double>(at), static_cast<double>(wall_ns() / 1'000'000'000), 5);
  EXPECT_TRUE(within(10s, [&] { return passes >= 3; }));
}

TEST(Retention, AClockThatJumpedIsNotBelieved) {
  std::atomic<int> passes = 0;
  std::atomic<int> asked = 0;
  // Ten years further at every look.
  Retention retention({.clock = [&] { return wall_ns() + asked++ * 315'360'000'000'000'000; },
                       .even = 1s,
                       .every = 50ms,
                       .pass = [&](std::int64_t) { ++passes; }});
  ASSERT_TRUE(within(20s, [&] { return asked >= 3; }));
  EXPECT_EQ(passes, 0);
}

TEST(Retention, ItEndsAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  {
    Retention retention({.clock = wall_ns, .even = 1h, .pass = [](std::int64_t) {}});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(Retention, CopiesThatWerePutAsideGoAndNothingElse) {
  const testing::TempDir folder;
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 40);
  for (const char* name :
       {"store.db", "store.db.version-4", "store.db.before-20260101T000000Z",
        "policy.before-20260101T000000Z/active.json", "policy/active.json", "ballast", "lock"}) {
    std::filesystem::last_write_time(folder.write(name, "x"), old);
  }
  std::filesystem::last_write_time(folder / "policy.before-20260101T000000Z", old);
  folder.write("store.db.before-20261101T000000Z", "young");
  const std::int64_t now_s = wall_ns() / 1'000'000'000;
  EXPECT_EQ(forget_copies(folder.path(), now_s - 41 * 86'400), 0u);
  EXPECT_EQ(forget_copies(folder.path(), now_s - 30 * 86'400), 3u);
  for (const char* name :
       {"store.db", "store.db.before-20261101T000000Z", "policy/active.json", "ballast", "lock"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
}

}  // namespace
}  // namespace connector::site
