#include "record/unit.h"

#include <gtest/gtest.h>

namespace connector::record {
namespace {

struct Case {
  const char* raw;
  const char* code;
};

TEST(UnitTest, AllWaysToWriteAPieceAreEqual) {
  for (const char* raw :
       {"H87", "C62", "EA", "NAR", "NIU", "PCE", "piece", "unit:piece", "Piece"}) {
    const Unit unit = canonical_unit(raw);
    EXPECT_TRUE(unit.known) << raw;
    EXPECT_EQ(unit.code, "H87") << raw;
  }
}

TEST(UnitTest, NamesAndSymbolsOfTheFormatsHaveCodes) {
  constexpr Case kCases[] = {
      {"KGM", "KGM"},
      {"kilogram", "KGM"},
      {"unit:kilogram", "KGM"},
      {"unit:tonneMetricTon", "TNE"},
      {"mm", "MMT"},
      {"millimeter", "MMT"},
      {"unit:millimetre", "MMT"},
      {"meter", "MTR"},
      {"unit:metre", "MTR"},
      {"inch", "INH"},
      {"degree", "DD"},
      {"radian", "C81"},
      {"um", "4H"},
      {"liter", "LTR"},
      {"unit:litre", "LTR"},
      {"cubic meter", "MTQ"},
      {"square meter", "MTK"},
      {"unit:squareMetre", "MTK"},
      {"kilowatt hour", "KWH"},
      {"unit:kilowattHour", "KWH"},
      {"megajoule", "3B"},
      {"ton kilometer", "TKM"},
      {"unit:secondUnitOfTime", "SEC"},
      {"%", "P1"},
      {"XPX", "XPX"},
      {" KGM ", "KGM"},
      {"MC", "MC"},
      {"N.m", "NU"},
  };
  for (const Case& c : kCases) {
    const Unit unit = canonical_unit(c.raw);
    EXPECT_TRUE(unit.known) << c.raw;
    EXPECT_EQ(unit.code, c.code) << c.raw;
  }
}

TEST(UnitTest, CaseOfCodesAndSymbolsMatters) {
  EXPECT_EQ(canonical_unit("MIN").code, "MIN");
  EXPECT_EQ(canonical_unit("min").code, "MIN");
  EXPECT_FALSE(canonical_unit("kgm").known);
  EXPECT_EQ(canonical_unit("MW").code, "MAW");
  EXPECT_FALSE(canonical_unit("mW").known);
}

TEST(UnitTest, UnknownUnitsAreKeptAsWritten) {
  const Unit unit = canonical_unit("furlong");
  EXPECT_FALSE(unit.known);
  EXPECT_EQ(unit.code, "furlong");
  EXPECT_FALSE(canonical_unit("").known);
  EXPECT_FALSE(canonical_unit("metre|meter").known);
}

TEST(UnitTest, SetsCanonicalAndRaw) {
  pb::Quantity quantity;
  EXPECT_TRUE(set_unit(quantity, "NAR"));
  EXPECT_EQ(quantity.unit(), "H87");
  EXPECT_EQ(quantity.unit_raw(), "NAR");
  pb::Quantity none;
  EXPECT_TRUE(set_unit(none, ""));
  EXPECT_FALSE(none.has_unit());
  EXPECT_FALSE(none.has_unit_raw());
}

}  // namespace
}  // namespace connector::record
