#include "core/decimal.h"

#include <gtest/gtest.h>

namespace connector::core {
namespace {

Decimal decimal(std::string_view text) {
  auto parsed = Decimal::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Decimal();
}

TEST(DecimalTest, KeepsTheTextOfTheDocument) {
  for (const char* text : {"90.00", "+1", "-0.50", ".5", "5.", "007", "1e3", "1.50E-2", "-0"}) {
    EXPECT_EQ(decimal(text).text(), text);
  }
  EXPECT_EQ(decimal("12.123456789012345678901234567890").text(),
            "12.123456789012345678901234567890");
}

TEST(DecimalTest, OneCanonicalTextPerValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"90.00", "90"},
      {"090", "90"},
      {"+90", "90"},
      {"9e1", "90"},
      {"0.9E+2", "90"},
      {"-0.50", "-0.5"},
      {".5", "0.5"},
      {"5.", "5"},
      {"-0", "0"},
      {"0.000", "0"},
      {"0e400", "0"},
      {"1e-3", "0.001"},
      {"1.0010", "1.001"},
      {"123456789012345678901234567890", "123456789012345678901234567890"},
      {"1e20", "100000000000000000000"},
      {"-12.5e1", "-125"},
      {"12.5e-1", "1.25"}};
  for (const auto& [text, canonical] : cases) {
    EXPECT_EQ(decimal(text).canonical(), canonical) << text;
    EXPECT_EQ(decimal(decimal(text).canonical()), decimal(text)) << text;
  }
}

TEST(DecimalTest, RefusesWhatIsNoDecimal) {
  for (const char* text :
       {"",    "+",    "-",   ".",   "e5",  "1e", "1e+", "--1",   "+-1",   "1.2.3",
        "1,5", "0x10", "INF", "NaN", "inf", " 1", "1 ",  "1_000", "1e5.0", "\xd9\xa1"}) {
    EXPECT_FALSE(Decimal::parse(text)) << text;
  }
  EXPECT_FALSE(Decimal::parse(std::string_view("1\0", 2)));
}

TEST(DecimalTest, SizeIsLimited) {
  EXPECT_TRUE(Decimal::parse(std::string(400, '9')));
  EXPECT_FALSE(Decimal::parse(std::string(401, '9')));
  EXPECT_TRUE(Decimal::parse("1e400"));
  EXPECT_FALSE(Decimal::parse("1e401"));
  EXPECT_FALSE(Decimal::parse("1e-401"));
  EXPECT_TRUE(Decimal::parse("1e-400"));
  EXPECT_FALSE(Decimal::parse("1e99999999999999999999"));
  EXPECT_TRUE(Decimal::parse("1e00000000000000000001"));
}

TEST(DecimalTest, ARefusalNamesTheTextButNotAllOfIt) {
  const auto refused = Decimal::parse("x" + std::string(1'000'000, '1'));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("\"x111"), std::string::npos);
  EXPECT_LT(refused.error().message.size(), 200u);
}

TEST(DecimalTest, ComparesByValue) {
  const char* ascending[] = {"-1e400", "-100",   "-99.9", "-1",   "-0.1", "-0.01",
                             "0",      "1e-400", "0.01",  "0.1",  "1",    "1.01",
                             "1.1",    "2",      "10",    "99.9", "100",  "1e400"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(decimal(ascending[i]) <=> decimal(ascending[j]), i <=> j)
          << ascending[i] << " and " << ascending[j];
    }
  }
  EXPECT_EQ(decimal("-0"), decimal("0"));
  EXPECT_FALSE(decimal("-0").negative());
  EXPECT_TRUE(decimal("-0.001").negative());
}

TEST(DecimalTest, AddsExactlyWhereDoublesDoNot) {
  EXPECT_EQ((decimal("0.1") + decimal("0.2")).canonical(), "0.3");
  EXPECT_EQ((decimal("9007199254740993") + decimal("0.000000000000001")).canonical(),
            "9007199254740993.000000000000001");
  EXPECT_EQ((decimal("999.999") + decimal("0.001")).canonical(), "1000");
  EXPECT_EQ((decimal("-5") + decimal("3")).canonical(), "-2");
  EXPECT_EQ((decimal("5") + decimal("-3")).canonical(), "2");
  EXPECT_EQ((decimal("-5") + decimal("5")).canonical(), "0");
  EXPECT_EQ((decimal("1.50") + decimal("0")).canonical(), "1.5");
  EXPECT_EQ((decimal("1e400") + decimal("1e-400") - decimal("1e400")), decimal("1e-400"));
}

TEST(DecimalTest, SubtractsExactly) {
  EXPECT_EQ((decimal("100") - decimal("90")).canonical(), "10");
  EXPECT_EQ((decimal("90") - decimal("100")).canonical(), "-10");
  EXPECT_EQ((decimal("0") - decimal("0.5")).canonical(), "-0.5");
  EXPECT_EQ((decimal("-1") - decimal("-1")).canonical(), "0");
  EXPECT_EQ((decimal("1000") - decimal("0.001")).canonical(), "999.999");
}

TEST(DecimalTest, MultipliesExactly) {
  EXPECT_EQ((decimal("25.4") * decimal("0.1")).canonical(), "2.54");
  EXPECT_EQ((decimal("-3") * decimal("0.5")).canonical(), "-1.5");
  EXPECT_EQ((decimal("-3") * decimal("-0.5")).canonical(), "1.5");
  EXPECT_EQ((decimal("0") * decimal("-7")).canonical(), "0");
  EXPECT_EQ((decimal("123456789") * decimal("987654321")).canonical(), "121932631112635269");
  EXPECT_EQ((decimal("99999") * decimal("99999")).canonical(), "9999800001");
}

// Against 64-bit arithmetic, over every pair of a set that crosses signs and carries.
TEST(DecimalTest, AgreesWithIntegers) {
  const std::int64_t values[] = {-100000, -99999, -1001, -10, -9, -1, 0, 1, 9, 10, 99, 1001, 99999};
  for (const std::int64_t a : values) {
    for (const std::int64_t b : values) {
      const Decimal x = decimal(std::to_string(a));
      const Decimal y = decimal(std::to_string(b));
      EXPECT_EQ((x + y).canonical(), std::to_string(a + b));
      EXPECT_EQ((x - y).canonical(), std::to_string(a - b));
      EXPECT_EQ((x * y).canonical(), std::to_string(a * b));
      EXPECT_EQ(x < y, a < b);
    }
  }
}

TEST(DecimalTest, RoundsHalfAwayFromZero) {
  const std::tuple<const char*, int, const char*> cases[] = {
      {"1.25", 1, "1.3"},  {"-1.25", 1, "-1.3"},       {"1.24", 1, "1.2"},
      {"0.5", 0, "1"},     {"-0.5", 0, "-1"},          {"0.49", 0, "0"},
      {"-0.49", 0, "0"},   {"99.95", 1, "100"},        {"0.05", 1, "0.1"},
      {"0.04", 1, "0"},    {"0.004", 1, "0"},          {"1234.5678", 2, "1234.57"},
      {"12", 5, "12"},     {"1e10", 0, "10000000000"}, {"0", 3, "0"},
      {"0.009", 2, "0.01"}};
  for (const auto& [text, digits, rounded] : cases) {
    EXPECT_EQ(decimal(text).rounded(digits).canonical(), rounded) << text;
  }
}

}  // namespace
}  // namespace connector::core
