// Limits of QIF characteristics that stand elsewhere: shared definitions and fits.
#include "qif_support.h"
#include "record/qif_fits.h"

namespace connector::record {
namespace {

using namespace qif_support;

constexpr const char* kFixture = "tolerances-3.0.qif";

class QifTolerances : public ::testing::Test {
 protected:
  const pb::Record& plan(const std::string& id) const {
    return record_at(document_, "characteristic/" + qpid_ + "/" + id);
  }
  const pb::Measurement& value(const std::string& id) const {
    return record_at(document_, "measurement/" + qpid_ + "/" + id).measurement();
  }
  void expect_limits(const std::string& id, const std::string& lower,
                     const std::string& upper) const {
    const pb::Tolerance& limits = plan(id).characteristic().tolerance();
    EXPECT_EQ(limits.lower().text(), lower) << id;
    EXPECT_EQ(limits.upper().text(), upper) << id;
    EXPECT_FALSE(flagged(plan(id), "limits-not-read")) << id;
  }
  void expect_unread(const std::string& id) const {
    const pb::Tolerance& limits = plan(id).characteristic().tolerance();
    EXPECT_FALSE(limits.has_lower() || limits.has_upper()) << id;
    EXPECT_FALSE(limits.has_given_as_limit()) << id;
    EXPECT_TRUE(flagged(plan(id), "limits-not-read")) << id;
  }
  const std::string qpid_ = "5c9f4b1e-7a64-4f0b-8f51-0b6a0d7e2c02";
  const Document document_ = read_fixture(kFixture);
};

TEST_F(QifTolerances, SharedDefinitionsGiveAbsoluteLimits) {
  expect_limits("31", "79.95", "80.1");
  EXPECT_FALSE(plan("31").characteristic().tolerance().given_as_limit());
  expect_limits("32", "", "20.5");
  EXPECT_TRUE(plan("32").characteristic().tolerance().given_as_limit());
  expect_limits("33", "44.5", "45.5");
  EXPECT_EQ(plan("33").characteristic().unit(), "degree");
  expect_limits("40", "6.7", "7.3");  // a default definition
}

TEST_F(QifTolerances, WhatIsNotHereIsNotRead) {
  expect_unread("34");  // in another document
  expect_unread("35");  // nowhere
  expect_unread("36");  // an offset in inches to a nominal in millimetres
  EXPECT_EQ(plan("36").characteristic().tolerance().nominal().text(), "80");
}

TEST_F(QifTolerances, FitsGiveLimitsOfIso286) {
  expect_limits("37", "50", "50.025");      // 50 H7: 0, +25 um
  expect_limits("38", "49.975", "49.991");  // 50 g6: -9, -25 um
  EXPECT_EQ(property(plan("37").characteristic().properties(), "LimitsAndFits"), "H7");
  EXPECT_FALSE(plan("37").characteristic().tolerance().has_given_as_limit());
  expect_unread("39");  // JS7
  EXPECT_EQ(property(plan("39").characteristic().properties(), "LimitsAndFits"), "JS7");
  expect_unread("41");  // inches
}

TEST_F(QifTolerances, TheyAreJudgedBy) {
  const auto kSame = pb::INSPECTION_STATUS_UNSPECIFIED;
  EXPECT_EQ(value("51").recomputed_status(), pb::INSPECTION_STATUS_FAIL);  // shared, 80.101
  EXPECT_EQ(value("52").recomputed_status(), kSame);                       // not read
  EXPECT_EQ(value("53").recomputed_status(), kSame);                       // on the limit of H7
  EXPECT_EQ(value("54").recomputed_status(), pb::INSPECTION_STATUS_FAIL);  // 0.1 um beyond
  EXPECT_EQ(value("55").recomputed_status(), kSame);                       // two units
  EXPECT_EQ(value("53").tolerance().upper().text(), "50.025");
}

TEST_F(QifTolerances, OperationsAreThoseThatMadeThePart) {
  EXPECT_EQ(value("51").operation(), "OP 20 turning");  // the measurement names it
  EXPECT_EQ(value("53").operation(), "J-200");          // that of the component
  EXPECT_FALSE(value("52").has_operation());            // described in another document
  EXPECT_EQ(property(value("52").properties(), "ManufacturingProcessId"), "4@90");
}

TEST_F(QifTolerances, TheVersionIsWhenItWasCreated) {
  EXPECT_EQ(document_.version, "2026-04-02T07:30:00Z");
  EXPECT_EQ(read_fixture("inspection-3.0.qif").version, "");
  const Document undated = read(replaced(fixture(kFixture), "2026-04-02T09:30:00", "yesterday"));
  EXPECT_EQ(undated.outcome, Outcome::kRefused);
  EXPECT_NE(undated.place.str().find("QIFDocument/Version/TimeCreated (line 5"), std::string::npos)
      << undated.place.str();
}

TEST_F(QifTolerances, ASharedValueThatIsNoNumberIsRefused) {
  const Document document = read(replaced(fixture(kFixture), ">-0.05<", ">small<"));
  EXPECT_EQ(document.outcome, Outcome::kRefused);
  EXPECT_EQ(document.cause, "small is no number");
  EXPECT_NE(document.place.str().find("LinearTolerance[1]/MinValue (line"), std::string::npos)
      << document.place.str();
}

std::string limits_of(bool hole, const char* deviation, const char* grade, const char* nominal) {
  const auto limits = iso286_limits(hole, deviation, grade, *core::Decimal::parse(nominal));
  return limits ? limits->lower.canonical() + " " + limits->upper.canonical() : "none";
}

// As ISO 286-2 tabulates them.
TEST(Iso286, LimitsAreThoseOfTheTables) {
  EXPECT_EQ(limits_of(true, "H", "7", "25"), "25 25.021");
  EXPECT_EQ(limits_of(true, "H", "8", "3"), "3 3.014");
  EXPECT_EQ(limits_of(true, "H", "IT11", "3.001"), "3.001 3.076");
  EXPECT_EQ(limits_of(true, "F", "8", "100"), "100.036 100.09");
  EXPECT_EQ(limits_of(true, "D", "10", "30"), "30.065 30.149");
  EXPECT_EQ(limits_of(true, "G", "7", "400"), "400.018 400.075");
  EXPECT_EQ(limits_of(true, "E", "9", "500"), "500.135 500.29");
  EXPECT_EQ(limits_of(false, "h", "6", "25"), "24.987 25");
  EXPECT_EQ(limits_of(false, "h", "13", "500"), "499.03 500");
  EXPECT_EQ(limits_of(false, "f", "7", "40"), "39.95 39.975");
  EXPECT_EQ(limits_of(false, "d", "9", "12"), "11.907 11.95");
  EXPECT_EQ(limits_of(false, "k", "6", "25"), "25.002 25.015");
  EXPECT_EQ(limits_of(false, "m", "6", "60"), "60.011 60.03");
  EXPECT_EQ(limits_of(false, "n", "6", "8"), "8.01 8.019");
  EXPECT_EQ(limits_of(false, "p", "6", "150"), "150.043 150.068");
}

TEST(Iso286, WhatIsNotTabulatedGivesNothing) {
  EXPECT_EQ(limits_of(true, "h", "7", "25"), "none");   // a hole is written in capitals
  EXPECT_EQ(limits_of(false, "H", "7", "25"), "none");  // a shaft is not
  EXPECT_EQ(limits_of(true, "K", "7", "25"), "none");
  EXPECT_EQ(limits_of(false, "js", "7", "25"), "none");
  EXPECT_EQ(limits_of(false, "k", "8", "25"), "none");
  EXPECT_EQ(limits_of(true, "H", "4", "25"), "none");
  EXPECT_EQ(limits_of(true, "H", "14", "25"), "none");
  EXPECT_EQ(limits_of(true, "H", "", "25"), "none");
  EXPECT_EQ(limits_of(true, "", "7", "25"), "none");
  EXPECT_EQ(limits_of(true, "H", "7", "0"), "none");
  EXPECT_EQ(limits_of(true, "H", "7", "500.0001"), "none");
}

}  // namespace
}  // namespace connector::record
