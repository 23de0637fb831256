// What an edit would have made of the decisions so far: difference, impact, and the gate on it.
#include "opa/impact.h"

#include "opa/company.h"
#include "opa/desk.h"

namespace connector::testing {
namespace {

using core::Json;

struct ImpactTest : ::testing::Test {
  void SetUp() override {
    engine = company.start();
    ASSERT_TRUE(engine);
  }
  // Asks so often, with another id and time each: what is kept by the cache is not asked again.
  void decide(const std::string& dataset, const std::string& purpose, const std::string& partner,
              int times = 1) {
    for (int i = 0; i < times; ++i) {
      auto question = Company::question(dataset, purpose, partner);
      question.request_id = std::to_string(i);
      question.agreement_id = "";
      question.now_s += 61 * i;
      ASSERT_TRUE(engine->decide(question));
      engine = nullptr;  // the cache goes with it
      engine = company.start();
    }
  }
  Json diff(opa::Comparison comparison = {}) {
    auto made = opa::diff(company.options(), comparison);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : Json::object();
  }
  static std::int64_t number(const Json& json, const char* key) {
    return json.find(key)->as_int64().value_or(-1);
  }

  Company company;
  std::unique_ptr<opa::PolicyEngine> engine;
};

TEST_F(ImpactTest, NothingChangesWithoutAnEdit) {
  decide("orders", "order-tracking", kCustomer, 2);
  const Json made = diff();
  EXPECT_TRUE(made.find("files")->items().empty());
  EXPECT_TRUE(made.find("entries")->items().empty());
  const Json& impact = *made.find("impact");
  EXPECT_EQ(number(impact, "decisions"), 2);
  EXPECT_EQ(number(impact, "distinct"), 1);
  EXPECT_EQ(number(impact, "changed"), 0);
}

TEST_F(ImpactTest, AVerdictThatChangesIsCountedAsOftenAsItWasGiven) {
  decide("quality", "complaint", kCustomer, 3);
  decide("orders", "order-tracking", kCustomer);
  company.replace("purposes.yaml", "complaint: [customer]", "complaint: [supplier]");
  const Json made = diff();
  ASSERT_EQ(made.find("entries")->items().size(), 1u);
  const Json& entry = made.find("entries")->items()[0];
  EXPECT_EQ(entry.text_at("entry"), "quality/complaint");
  EXPECT_EQ(core::to_text(*entry.find("before")), "[\"customer\"]");
  EXPECT_EQ(entry.text_at("place"), "purposes.yaml:9");
  EXPECT_EQ(core::to_text(*entry.find("after")), "[\"supplier\"]");
  const Json& impact = *made.find("impact");
  EXPECT_EQ(number(impact, "decisions"), 4);
  EXPECT_EQ(number(impact, "changed"), 3);
  ASSERT_EQ(impact.find("changes")->items().size(), 1u);
  const Json& change = impact.find("changes")->items()[0];
  EXPECT_EQ(change.text_at("partner"), kCustomer);
  EXPECT_EQ(change.text_at("purpose"), "complaint");
  EXPECT_EQ(change.find("verdict")->text_at("before"), "allow");
  EXPECT_EQ(change.find("verdict")->text_at("after"), "deny");
  EXPECT_NE(change.find("reasons")->text_at("after").find("PURPOSE_NOT_ALLOWED"),
            std::string::npos);
}

TEST_F(ImpactTest, RowsAndFieldsThatChangeAreNamed) {
  decide("orders", "order-tracking", kCustomer);
  company.replace("datasets.yaml", "rows: [own]", "rows: [all]\n    max_records: 10");
  company.replace("fields.yaml", "order_line.description: open",
                  "order_line.description: confidential");
  const Json made = diff();
  const Json& change = made.find("impact")->find("changes")->items().at(0);
  EXPECT_EQ(change.find("verdict")->text_at("after"), "allow");
  EXPECT_EQ(change.find("rows")->text_at("after"), "every row");
  EXPECT_NE(change.find("rows")->text_at("before").find("buyer_ids contains"), std::string::npos);
  EXPECT_EQ(change.find("limits")->text_at("after"), "10 records");
  ASSERT_EQ(change.find("fields")->items().size(), 1u);
  const Json& field = change.find("fields")->items()[0];
  EXPECT_EQ(field.text_at("path"), "order_line.description");
  EXPECT_EQ(field.text_at("before"), "shown");
  EXPECT_EQ(field.text_at("after"), "withheld");
}

TEST_F(ImpactTest, ModulesDifferByLine) {
  company.append("company.rego", "\nallow if input.request.purpose == \"audit\"\n");
  const Json made = diff();
  ASSERT_EQ(made.find("files")->items().size(), 1u);
  const Json& file = made.find("files")->items()[0];
  EXPECT_EQ(file.text_at("file"), "company.rego");
  const auto& lines = file.find("lines")->items();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1].text_at("sign"), "+");
  EXPECT_EQ(lines[1].text_at("text"), "allow if input.request.purpose == \"audit\"");
  const auto all = company.text("company.rego");
  EXPECT_EQ(number(lines[1], "line"), std::count(all.begin(), all.end(), '\n'));
}

TEST_F(ImpactTest, EntriesThatComeOrGoHaveNothingOnTheOtherSide) {
  company.replace("purposes.yaml", "    planning: [customer, supplier]\n",
                  "    forecast: [customer]\n");
  const Json made = diff();
  const auto& entries = made.find("entries")->items();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].text_at("entry"), "orders/planning");
  EXPECT_TRUE(entries[0].find("after")->is_null());
  EXPECT_EQ(entries[1].text_at("entry"), "orders/forecast");
  EXPECT_TRUE(entries[1].find("before")->is_null());
}

TEST_F(ImpactTest, TwoPublishedRevisionsAreCompared) {
  const std::string first = engine->revision().str();
  company.replace("purposes.yaml", "complaint: [customer]", "complaint: [supplier]");
  ASSERT_TRUE(engine->publish());
  const std::string second = engine->revision().str();
  company.append("company.rego", "# not published\n");
  opa::Comparison comparison;
  comparison.from = first.substr(0, 12);
  comparison.to = second;
  const Json made = diff(comparison);
  EXPECT_EQ(made.text_at("from"), first);
  EXPECT_EQ(made.text_at("to"), second);
  ASSERT_EQ(made.find("files")->items().size(), 1u);
  EXPECT_EQ(made.find("entries")->items().size(), 1u);
  comparison.from = "0123456789";
  EXPECT_EQ(opa::diff(company.options(), comparison).error().reason, "POLICY_REVISION_NOT_FOUND");
}

TEST_F(ImpactTest, LiveQuestionsAreAskedAsWell) {
  company.replace("purposes.yaml", "complaint: [customer]", "complaint: [supplier]");
  opa::Comparison comparison;
  comparison.impact.live = {{"agreement 1", Company::question("quality", "complaint")},
                            {"agreement 2", Company::question("orders", "planning")}};
  const Json impact = *diff(comparison).find("impact");
  EXPECT_EQ(number(impact, "live"), 2);
  EXPECT_EQ(number(impact, "live_changed"), 1);
  EXPECT_EQ(number(impact, "changed"), 0);
  EXPECT_EQ(impact.find("changes")->items().at(0).text_at("name"), "agreement 1");
}

TEST_F(ImpactTest, ADryRunShowsItAndPublishesNothing) {
  decide("quality", "complaint", kCustomer);
  company.replace("purposes.yaml", "complaint: [customer]", "complaint: [supplier]");
  const core::Revision before = engine->revision();
  opa::Publication wish;
  wish.dry_run = true;
  const auto shown = engine->publish(wish);
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(number(*shown->find("impact"), "changed"), 1);
  EXPECT_TRUE(shown->find("differs")->as_bool());
  EXPECT_FALSE(shown->find("changed")->as_bool());
  EXPECT_EQ(engine->revision(), before);
}

TEST_F(ImpactTest, TheGateRefusesWhatChangesTooMuch) {
  decide("quality", "complaint", kCustomer, 2);
  company.replace("purposes.yaml", "complaint: [customer]", "complaint: [supplier]");
  const core::Revision before = engine->revision();
  opa::Publication wish;
  for (const std::uint64_t below : {0u, 1u, 2u}) {
    wish.impact_below = below;
    const auto refused = engine->publish(wish);
    ASSERT_FALSE(refused) << below;
    EXPECT_EQ(refused.error().reason, "POLICY_IMPACT");
    const auto report = core::parse_untrusted(refused.error().metadata.at("impact"));
    ASSERT_TRUE(report);
    EXPECT_EQ(number(*report, "changed"), 2);
    EXPECT_EQ(engine->revision(), before);
  }
  wish.impact_below = 3;
  const auto published = engine->publish(wish);
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_NE(engine->revision(), before);
}

TEST_F(ImpactTest, WithoutImpactTheStrictestGateIsOpen) {
  decide("orders", "order-tracking", kCustomer);
  company.append("company.rego", "# a remark\n");
  opa::Publication wish;
  wish.impact_below = 0;
  EXPECT_TRUE(engine->publish(wish));
}

}  // namespace
}  // namespace connector::testing
