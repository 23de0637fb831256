#include "core/text.h"

#include <gtest/gtest.h>

namespace connector::core {
namespace {

TEST(Utf8Test, AcceptsEveryLength) {
  EXPECT_TRUE(valid_utf8(""));
  EXPECT_TRUE(valid_utf8("plain text of more than eight bytes"));
  EXPECT_TRUE(valid_utf8("Stückliste für Schrauben, 10 µm ± 0,5"));
  EXPECT_TRUE(
      valid_utf8("\xe2\x82\xac \xf0\x9f\x94\xa9 \xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf"));
}

TEST(Utf8Test, RefusesWhatUnicodeForbids) {
  const char* refused[] = {"\x80",
                           "\xbf",
                           "\xc0\x80",
                           "\xc1\xbf",
                           "\xc3",
                           "\xe2\x82",
                           "\xe0\x9f\xbf",      // overlong
                           "\xed\xa0\x80",      // a surrogate
                           "\xf0\x8f\xbf\xbf",  // overlong
                           "\xf4\x90\x80\x80",  // beyond U+10FFFF
                           "\xf5\x80\x80\x80",
                           "\xff",
                           "\xfe",
                           "\xc3(",
                           "\xf0\x9f\x94"};
  for (const char* text : refused) {
    EXPECT_FALSE(valid_utf8(text));
    for (std::size_t before = 1; before < 10; ++before) {
      EXPECT_FALSE(valid_utf8(std::string(before, 'x') + text));
      EXPECT_FALSE(valid_utf8(std::string(before, 'x') + text + std::string(9, 'y')));
    }
  }
}

TEST(TextTest, TrimTakesXmlWhiteSpaceOnly) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\xc2\xa0"
                 "a"),
            "\xc2\xa0"
            "a");
}

TEST(TextTest, LowerLeavesOtherLettersAlone) {
  EXPECT_EQ(lower_ascii("AbC-Ü9"), "abc-Ü9");
}

TEST(TextTest, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("a,,b,", ',').size(), 4u);
  EXPECT_EQ(split("a,,b,", ',')[1], "");
  EXPECT_EQ(split("a,,b,", ',')[2], "b");
  EXPECT_EQ(split("", ',').size(), 1u);
}

TEST(NearestTest, FindsTheSlipOfAFinger) {
  const std::vector<std::string> names = {"listen", "participant", "partners", "policy", "store"};
  EXPECT_EQ(nearest("lisen", names), "listen");
  EXPECT_EQ(nearest("Policy", names), "policy");
  EXPECT_EQ(nearest("sotre", names), "store");
  EXPECT_EQ(nearest("particpiant", names), "participant");
}

TEST(NearestTest, SaysNothingWhenNothingIsNear) {
  const std::vector<std::string> names = {"listen", "policy"};
  EXPECT_EQ(nearest("zebra", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest("listen", {}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'l'), names), "");
}

}  // namespace
}  // namespace connector::core
