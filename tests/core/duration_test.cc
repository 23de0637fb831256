#include "core/duration.h"

#include <gtest/gtest.h>

#include <limits>

namespace connector::core {
namespace {

EpochNs at(const char* text) {
  return parse_instant(text)->epoch_ns;
}

TEST(Duration, ReadsWhatXmlSchemaWrites) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  EXPECT_EQ(*parse_duration("P3M"), (Duration{3, 0}));
  EXPECT_EQ(*parse_duration("P1Y2M10DT2H30M"),
            (Duration{14, (10 * 86'400 + 2 * 3'600 + 30 * 60) * kSecond}));
  EXPECT_EQ(*parse_duration("PT0.5S"), (Duration{0, kSecond / 2}));
  EXPECT_EQ(*parse_duration("PT5M"), (Duration{0, 300 * kSecond}));
  EXPECT_EQ(*parse_duration("P0D"), (Duration{0, 0}));
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text :
       {"", "P", "PT", "3M", "-P3M", "P3", "P3X", "P1M1Y", "P1D1D", "PT1.5M", "PT1.S",
        "PT1.1234567890S", "P1DT", "P 1D", "P999999999999Y", "PT999999999999H", "P1H"}) {
    const auto read = parse_duration(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().reason, "DURATION_INVALID");
  }
}

TEST(Duration, AddsMonthsOfTheCalendar) {
  const auto add_text = [](const char* start, const char* duration) {
    return to_rfc3339(add(at(start), *parse_duration(duration)));
  };
  EXPECT_EQ(add_text("2026-01-31T08:00:00Z", "P1M"), "2026-02-28T08:00:00Z");
  EXPECT_EQ(add_text("2028-01-31T08:00:00Z", "P1M"), "2028-02-29T08:00:00Z");
  EXPECT_EQ(add_text("2026-11-25T23:59:59Z", "P3MT2S"), "2027-02-26T00:00:01Z");
  EXPECT_EQ(add_text("1969-12-31T23:00:00Z", "PT2H"), "1970-01-01T01:00:00Z");
}

TEST(Duration, EndsWhereTimeEnds) {
  EXPECT_EQ(add(at("2026-01-01T00:00:00Z"), *parse_duration("P500Y")),
            std::numeric_limits<EpochNs>::max());
}

}  // namespace
}  // namespace connector::core
