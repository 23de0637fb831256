// Request ids are forgotten by the clock, so a clock that jumps must not make them forgotten.
#include "store/even_clock.h"

#include <gtest/gtest.h>

namespace connector::store {
namespace {

constexpr std::int64_t kNow = 1'750'000'000;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kYear = 365 * kDay;

TEST(EvenClock, IsBelievedAfterAnHour) {
  EvenClock clock;
  for (std::int64_t s = 0; s < kHour; s += 60) EXPECT_FALSE(clock.even(kNow + s, s)) << s;
  EXPECT_TRUE(clock.even(kNow + kHour, kHour));
  EXPECT_TRUE(clock.even(kNow + 10 * kDay, 10 * kDay));
}

TEST(EvenClock, IsNotBelievedForAnHourAfterAJumpThereAndBack) {
  for (const std::int64_t jump : {kDay, -kDay, 10 * kYear, -10 * kYear, std::int64_t{61}}) {
    EvenClock clock;
    clock.even(kNow, 0);
    ASSERT_TRUE(clock.even(kNow + kHour, kHour));
    EXPECT_FALSE(clock.even(kNow + kHour + 1 + jump, kHour + 1)) << jump;
    EXPECT_FALSE(clock.even(kNow + 2 * kHour + jump, 2 * kHour)) << jump;
    EXPECT_FALSE(clock.even(kNow + 2 * kHour + 1, 2 * kHour + 1)) << jump << ", and back";
    EXPECT_FALSE(clock.even(kNow + 3 * kHour, 3 * kHour)) << jump << ", and back";
    EXPECT_TRUE(clock.even(kNow + 3 * kHour + 1, 3 * kHour + 1)) << jump << ", and back";
  }
}

TEST(EvenClock, NoticesAJumpInManySmallSteps) {
  EvenClock clock;
  bool believed = true;
  for (std::int64_t s = 0; s <= 2 * kHour; ++s) believed = clock.even(kNow + 2 * s, s);
  EXPECT_FALSE(believed);
}

}  // namespace
}  // namespace connector::store
