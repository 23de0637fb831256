#include "record/unit.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "support/shared_data.h"
#include "support/temp_dir.h"

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
      {"A93", "A93"},
      {"LUX", "LUX"},
      {"AMH", "AMH"},
      {"P71", "P71"},
      {"C35", "C35"},
      {"CS", "XCS"},
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

// Each unitCode and uom, as XML and JSON write them.
std::set<std::string> units_in(const std::string& text) {
  static const std::regex kUnit(R"re((?:unitCode="|uom="|"uom"\s*:\s*"|<(?:\w+:)?uom>)([^"<]*))re");
  std::set<std::string> units;
  for (std::sregex_iterator at(text.begin(), text.end(), kUnit), end; at != end; ++at) {
    units.insert((*at)[1]);
  }
  return units;
}

TEST(UnitTest, AllCodesOfTheSharedDocumentsAreKnown) {
  std::set<std::string> units;
  for (const char* folder :
       {"oasis-ubl-via-ph-ubl", "openepcis-test-resources", "openepcis-dpp-ready"}) {
    if (!connector::testing::has_shared_data(folder)) {
      GTEST_SKIP() << connector::testing::shared_data_missing(folder);
    }
    const auto root = connector::testing::shared_data_dir() / folder;
    for (const auto& file : std::filesystem::recursive_directory_iterator(root)) {
      if (file.is_regular_file()) units.merge(units_in(connector::testing::read_file(file.path())));
    }
  }
  EXPECT_GT(units.size(), 20u);
  std::set<std::string> unknown;
  for (const std::string& unit : units) {
    if (!canonical_unit(unit).known) unknown.insert(unit);
  }
  EXPECT_EQ(unknown, std::set<std::string>{"EUR"}) << "a currency";
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
