#include "core/instant.h"

#include <gtest/gtest.h>

namespace connector::core {
namespace {

// Expected seconds from `date -u -d ... +%s`.
TEST(InstantTest, ReadsWhatDocumentsWrite) {
  const std::pair<const char*, EpochNs> cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2005-06-20T12:30:02Z", 1119270602'000000000},
      {"2013-06-08T14:58:56.591234567+02:00", 1370696336'591234567},
      {"2013-06-08T14:58:56.591234567+0200", 1370696336'591234567},
      {"2013-06-08T12:58:56.5Z", 1370696336'500000000},
      {"2000-02-29T23:59:59.999Z", 951868799'999000000},
      {"1969-12-31T23:59:59.5Z", -500000000},
      {"2024-02-28T24:00:00Z", 1709164800'000000000},
      {"2024-12-31T20:30-05:30", 1735696800'000000000},
      {"2024-01-01", 1704067200'000000000}};
  for (const auto& [text, at] : cases) {
    const auto instant = parse_instant(text);
    ASSERT_TRUE(instant) << text;
    EXPECT_EQ(instant->epoch_ns, at) << text;
    EXPECT_EQ(instant->text, text);
  }
}

TEST(InstantTest, KeepsOffsetAndPrecision) {
  EXPECT_EQ(parse_instant("2013-06-08T14:58:56+02:00")->offset_min, 120);
  EXPECT_EQ(parse_instant("2013-06-08T14:58:56-05:30")->offset_min, -330);
  EXPECT_EQ(parse_instant("2013-06-08T14:58:56Z")->offset_min, 0);
  EXPECT_EQ(parse_instant("2013-06-08T14:58:56")->offset_min, std::nullopt);
  EXPECT_FALSE(parse_instant("2013-06-08T14:58:56")->date_only);
  EXPECT_TRUE(parse_instant("2013-06-08")->date_only);
  EXPECT_EQ(parse_instant("2013-06-08+02:00")->offset_min, 120);
  EXPECT_EQ(parse_instant("2013-06-08+02:00")->epoch_ns, 1370642400'000000000);
}

TEST(InstantTest, DigitsBeyondNineStayInTheText) {
  const auto instant = parse_instant("2013-06-08T14:58:56.1234567899999Z");
  ASSERT_TRUE(instant);
  EXPECT_EQ(instant->epoch_ns % 1'000'000'000, 123456789);
  EXPECT_EQ(instant->text, "2013-06-08T14:58:56.1234567899999Z");
}

TEST(InstantTest, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2013",
                           "2013-06",
                           "2013-6-8",
                           "20130608",
                           "2013-13-01",
                           "2013-00-01",
                           "2013-02-29",
                           "1900-02-29",
                           "2013-06-31",
                           "2013-06-08T",
                           "2013-06-08T1:00:00Z",
                           "2013-06-08T25:00:00Z",
                           "2013-06-08T24:00:01Z",
                           "2013-06-08T12:60:00Z",
                           "2013-06-08T12:00:60Z",
                           "2013-06-08T12:00:00.Z",
                           "2013-06-08T12:00:00,5Z",
                           "2013-06-08 12:00:00Z",
                           "2013-06-08T12:00:00+14:01",
                           "2013-06-08T12:00:00+02:60",
                           "2013-06-08T12:00:00+2:00",
                           "2013-06-08T12:00:00 +02:00",
                           "2013-06-08T12:00:00Zx",
                           "2013-06-08T12:00:00ZZ",
                           "+2013-06-08",
                           "-2013-06-08",
                           "12013-06-08",
                           " 2013-06-08",
                           "2013-06-08 ",
                           "yesterday"}) {
    EXPECT_FALSE(parse_instant(text)) << text;
  }
}

TEST(InstantTest, TheRangeOfNanosecondsIsKept) {
  EXPECT_EQ(parse_instant("1677-09-21T00:12:43.145224192Z")->epoch_ns, INT64_MIN);
  EXPECT_EQ(parse_instant("2262-04-11T23:47:16.854775807Z")->epoch_ns, INT64_MAX);
  for (const char* text : {"1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z",
                           "0001-01-01", "9999-12-31T23:59:59Z", "1677-01-01"}) {
    const auto instant = parse_instant(text);
    ASSERT_FALSE(instant) << text;
    EXPECT_NE(instant.error().message.find("1678 to 2262"), std::string::npos);
  }
}

TEST(InstantTest, DateAndTimeGivenApart) {
  const auto both = parse_instant("2005-06-20", "12:30:02Z");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->epoch_ns, 1119270602'000000000);
  EXPECT_FALSE(both->date_only);
  EXPECT_TRUE(parse_instant("2005-06-20", "")->date_only);
  EXPECT_EQ(parse_instant("2005-06-20+02:00", "14:30:02")->epoch_ns, 1119270602'000000000);
  EXPECT_EQ(parse_instant("2005-06-20Z", "12:30:02Z")->offset_min, 0);
  EXPECT_FALSE(parse_instant("2005-06-20Z", "12:30:02+01:00"));
  EXPECT_FALSE(parse_instant("2005-06-20T00:00:00", "12:30:02Z"));
  EXPECT_FALSE(parse_instant("2005-06-20", "noon"));
  EXPECT_FALSE(parse_instant("", "12:30:02Z"));
}

TEST(InstantTest, Offsets) {
  EXPECT_EQ(parse_offset("+02:00").value(), 120);
  EXPECT_EQ(parse_offset("-05:30").value(), -330);
  EXPECT_EQ(parse_offset("Z").value(), 0);
  EXPECT_EQ(parse_offset("+0200").value(), 120);
  EXPECT_EQ(parse_offset("+14:00").value(), 840);
  for (const char* text : {"", "02:00", "+02", "+15:00", "+02:00 ", "z", "+2:00", "UTC"}) {
    EXPECT_FALSE(parse_offset(text)) << text;
  }
}

TEST(InstantTest, WritesRfc3339) {
  EXPECT_EQ(to_rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(1119270602'000000000), "2005-06-20T12:30:02Z");
  EXPECT_EQ(to_rfc3339(1370696336'500000000), "2013-06-08T12:58:56.500Z");
  EXPECT_EQ(to_rfc3339(1370696336'000001000), "2013-06-08T12:58:56.000001Z");
  EXPECT_EQ(to_rfc3339(1370696336'591234567), "2013-06-08T12:58:56.591234567Z");
  EXPECT_EQ(to_rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(to_rfc3339(INT64_MIN), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(to_rfc3339(INT64_MAX), "2262-04-11T23:47:16.854775807Z");
}

TEST(InstantTest, WhatIsWrittenIsReadAgain) {
  for (EpochNs at = INT64_MIN / 2; at < INT64_MAX / 2; at += 11'111'111'111'111'111) {
    ASSERT_EQ(parse_instant(to_rfc3339(at))->epoch_ns, at);
  }
}

}  // namespace
}  // namespace connector::core
