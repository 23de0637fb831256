// Cases: run at every publication, and what they do not reach is told.
#include "opa/cases.h"

#include "opa/company.h"

namespace connector::testing {
namespace {

using core::Json;

const std::string kTracking =
    "cases:\n"
    "  - name: a customer follows its orders\n"
    "    groups: [customer]\n"
    "    identifiers: [\"gln:1\"]\n"
    "    dataset: orders\n"
    "    purpose: order-tracking\n"
    "    expect: allow\n"
    "    shows: [order_line.item]\n"
    "    hides: [order_line.price]\n"
    "    leave: [{kind: order_line, buyer_ids: \"|gln:1|\"}]\n"
    "    stay: [{kind: order_line, buyer_ids: \"|gln:2|\"}]\n";

struct CasesTest : ::testing::Test {
  core::Result<Json> test() const { return opa::PolicyEngine::test(company.options()); }
  core::Error failure() const {
    auto tested = test();
    EXPECT_FALSE(tested);
    return tested ? core::Error{} : tested.error();
  }
  static bool lists(const Json& coverage, const std::string& entry) {
    for (const Json& one : coverage.find("tables")->items()) {
      if (one.text_at("entry") == entry) return true;
    }
    return false;
  }
  Company company;
};

TEST_F(CasesTest, TheShippedOnesPassAndReachEveryEntryButOne) {
  for (const auto& file : policy::example_files()) {
    if (file.path.starts_with("cases/"))
      company.write(std::string(file.path), std::string(file.content));
  }
  company.write("partners.yaml", "partners: {}\n");
  const auto tested = test();
  ASSERT_TRUE(tested) << tested.error().message;
  EXPECT_GE(*tested->find("cases")->as_int64(), 15);
  const Json& coverage = *tested->find("coverage");
  ASSERT_EQ(coverage.find("tables")->items().size(), 1u) << core::to_text(coverage);
  EXPECT_TRUE(lists(coverage, "purposes/quality/quality-assurance/customer"));
}

TEST_F(CasesTest, ACaseThatComesOutOtherwiseRefusesThePublicationWithFileAndLine) {
  const auto engine = company.start();
  company.write("cases/orders.yaml", kTracking);
  const auto good = engine->publish();
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(*good->find("cases")->as_int64(), 1);
  const core::Revision before = engine->revision();
  company.replace("purposes.yaml", "order-tracking: [customer, supplier]",
                  "order-tracking: [supplier]");
  const auto refused = engine->publish();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "POLICY_CASE_FAILED");
  EXPECT_EQ(refused.error().message.find(
                "cases/orders.yaml:2: 'a customer follows its orders': deny, not allow: "
                "PURPOSE_NOT_ALLOWED"),
            0u)
      << refused.error().message;
  EXPECT_EQ(engine->revision(), before);
}

TEST_F(CasesTest, FieldsAndRowsAreHeldAgainstWhatIsExpected) {
  company.write("cases/orders.yaml", kTracking);
  company.replace("fields.yaml", "order_line.price: confidential", "order_line.price: open");
  company.replace("fields.yaml", "order_line.item: open", "order_line.item: unchecked");
  company.replace("datasets.yaml", "rows: [own]", "rows: [all]");
  const std::string message = failure().message;
  EXPECT_NE(message.find("order_line.price is shown"), std::string::npos) << message;
  EXPECT_NE(message.find("order_line.item is withheld or changed"), std::string::npos) << message;
  EXPECT_NE(message.find("this row leaves: {\"kind\":\"order_line\",\"buyer_ids\":\"|gln:2|\"}"),
            std::string::npos)
      << message;
  EXPECT_EQ(message.find("this row stays"), std::string::npos) << message;
}

TEST_F(CasesTest, WhatIsExpectedOfADenialIsHeldAgainstItsReasons) {
  company.write("cases/a.yaml",
                "cases:\n  - {name: x, partner: did:web:nobody.example, dataset: orders, purpose: "
                "planning, expect: deny, partner_hears: PURPOSE_NOT_ALLOWED, reasons: "
                "[GROUP_NOT_ALLOWED]}\n");
  const std::string message = failure().message;
  EXPECT_NE(message.find("the partner hears POLICY_DENIED, not PURPOSE_NOT_ALLOWED"),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("the reason is not GROUP_NOT_ALLOWED: PARTNER_NOT_LISTED"),
            std::string::npos)
      << message;
}

TEST_F(CasesTest, TheTimeIsThatOfTheCase) {
  company.replace("company.rego", "{\"from\": 0, \"to\": 0}",
                  "{\"from\": 1767225600, \"to\": 1767312000}");
  const std::string asked = "dataset: quality, purpose: complaint, groups: [customer]";
  company.write("cases/a.yaml",
                "cases:\n  - {name: new year, " + asked +
                    ", at: 2026-01-01T12:00:00Z, expect: deny, reasons: [COMPANY_DENY]}\n"
                    "  - {name: later, " +
                    asked + ", at: 2026-01-03, expect: allow}\n");
  const auto tested = test();
  ASSERT_TRUE(tested) << tested.error().message;
  const auto& left = tested->find("coverage")->find("company")->items();
  for (const Json& line : left) EXPECT_NE(line.text(), "company.rego:15") << "deny has held";
}

TEST_F(CasesTest, WhatNoCaseReachesIsTold) {
  company.write("cases/orders.yaml", kTracking);
  const auto tested = test();
  ASSERT_TRUE(tested) << tested.error().message;
  const Json& coverage = *tested->find("coverage");
  EXPECT_FALSE(lists(coverage, "purposes/orders/order-tracking/customer"));
  EXPECT_TRUE(lists(coverage, "purposes/orders/order-tracking/supplier"));
  EXPECT_TRUE(lists(coverage, "purposes/orders/planning/customer"));
  EXPECT_TRUE(lists(coverage, "datasets/quality"));
  EXPECT_FALSE(lists(coverage, "labels/confidential/0"));
  EXPECT_TRUE(lists(coverage, "labels/personal/0"));
  EXPECT_TRUE(lists(coverage, std::string("partners/") + kRecycler));
  const auto& company_lines = coverage.find("company")->items();
  const bool rows = std::any_of(company_lines.begin(), company_lines.end(), [](const Json& line) {
    return line.text() == "company.rego:21";  // rows if {
  });
  EXPECT_TRUE(rows) << core::to_text(coverage);
}

TEST_F(CasesTest, EveryMistakeOfAFileIsNamedWithItsLine) {
  company.write("cases/a.yaml",
                "cases:\n"
                "  - name: one\n"
                "    dataset: orders\n"
                "    expect: perhaps\n"
                "  - name: two\n"
                "    partner: did:web:a.example\n"
                "    groups: [customer]\n"
                "    dataset: orders\n"
                "    expects: allow\n"
                "  - name: three\n"
                "    groups: [customer]\n"
                "    dataset: orders\n"
                "    expect: allow\n"
                "    shows: [order_line.prize]\n"
                "    leave: [{kindd: event}]\n"
                "    at: yesterday\n");
  const core::Error error = failure();
  EXPECT_EQ(error.reason, "POLICY_INVALID");
  for (const char* mistake :
       {"cases/a.yaml:2: 'expect' must be allow or deny", "cases/a.yaml:2: say who asks",
        "cases/a.yaml:5: say who asks", "cases/a.yaml:9: unknown key 'expects'; did you mean",
        "cases/a.yaml:14: unknown field 'order_line.prize'; did you mean 'order_line.price'",
        "cases/a.yaml:15: unknown name of a row 'kindd'; did you mean 'kind'",
        "cases/a.yaml:16: 'at' must be a time"}) {
    EXPECT_NE(error.message.find(mistake), std::string::npos) << mistake << "\n" << error.message;
  }
}

TEST_F(CasesTest, OnlyYamlFilesStandThere) {
  company.write("cases/notes.txt", "x");
  EXPECT_NE(failure().message.find("cases/notes.txt:1: a file of cases ends in .yaml"),
            std::string::npos);
}

}  // namespace
}  // namespace connector::testing
