// What an admin asks: may this partner have that, why, and what would change it?
#include "opa/inquiry.h"

#include "opa/company.h"
#include "opa/desk.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::testing {
namespace {

using core::Json;
namespace pb = valuechain::record::v1;

const char* kStranger = "did:web:stranger.example";
const char* kOwnId = "8712345000004";

// The line of the first occurrence of a text.
std::string place(const Company& company, const std::string& file, const std::string& text) {
  const std::string all = company.text(file);
  const auto at = all.find(text);
  EXPECT_NE(at, std::string::npos) << file << " has no " << text;
  return file + ":" +
         std::to_string(
             1 + std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

std::string order_of(const std::string& buyer) {
  pb::Record record;
  record.mutable_header()->set_kind(pb::KIND_ORDER_LINE);
  record.mutable_header()->set_key("order/1/1");
  auto& line = *record.mutable_order_line();
  line.set_order_number("1");
  line.add_notes("by hand");
  auto* id = line.mutable_buyer()->add_ids();
  id->set_scheme("gln");
  id->set_value(buyer);
  line.mutable_price()->mutable_amount()->set_text("12.50");
  return record.SerializeAsString();
}

struct InquiryTest : ::testing::Test {
  Json ask(const opa::Inquiry& inquiry) {
    auto answer = opa::can_i(company.options(), inquiry, true);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : Json::object();
  }
  Json ask(const std::string& dataset, const std::string& purpose, const std::string& partner) {
    return ask(opa::Inquiry{Company::question(dataset, purpose, partner), {}});
  }
  static const Json* with(const Json& list, const char* key, const std::string& value) {
    for (const Json& one : list.items()) {
      if (one.text_at(key) == value) return &one;
    }
    return nullptr;
  }
  static std::string texts(const Json& answer) {
    std::string all;
    for (const Json& one : answer.find("would_change")->items()) all += one.text_at("text") + "\n";
    return all;
  }

  Company company;
};

TEST_F(InquiryTest, APermissionNamesTheEntriesThatGrantIt) {
  const Json answer = ask("orders", "order-tracking", kCustomer);
  ASSERT_TRUE(answer.find("allow")->as_bool());
  const Json& granted = *answer.find("decided_by");
  ASSERT_EQ(granted.items().size(), 3u);
  EXPECT_EQ(granted.items()[0].text_at("place"), place(company, "partners.yaml", kCustomer));
  EXPECT_EQ(granted.items()[1].text_at("place"),
            place(company, "datasets.yaml", "groups: [customer, supplier]"));
  EXPECT_EQ(granted.items()[2].text_at("place"),
            place(company, "purposes.yaml", "order-tracking: "));
  EXPECT_NE(answer.find("rows")->text_at("condition").find("buyer_ids contains"),
            std::string::npos);
  EXPECT_EQ(answer.find("rows")->text_at("place"), place(company, "datasets.yaml", "rows: [own]"));
  EXPECT_FALSE(answer.find("would_change"));
}

TEST_F(InquiryTest, AnotherPurposeNamesThoseThatWouldDo) {
  const Json answer = ask("quality", "marketing", kCustomer);
  ASSERT_FALSE(answer.find("allow")->as_bool());
  EXPECT_EQ(answer.text_at("partner_hears"), "PURPOSE_NOT_ALLOWED");
  const Json* reason = with(*answer.find("reasons"), "code", "PURPOSE_NOT_ALLOWED");
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->text_at("place"), place(company, "purposes.yaml", "  quality:"));
  const Json* change =
      with(*answer.find("would_change"), "text", "purpose quality-assurance would be allowed");
  ASSERT_TRUE(change) << texts(answer);
  EXPECT_EQ(change->text_at("place"), place(company, "purposes.yaml", "quality-assurance: "));
  EXPECT_TRUE(with(*answer.find("would_change"), "text", "purpose complaint would be allowed"));
  EXPECT_EQ(answer.find("would_change")->items().size(), 2u) << texts(answer);
}

TEST_F(InquiryTest, AStrangerNeedsAGroupThatMayFetchForThePurpose) {
  const Json answer = ask("traceability", "recycling", kStranger);
  ASSERT_FALSE(answer.find("allow")->as_bool());
  EXPECT_TRUE(with(*answer.find("reasons"), "code", "PARTNER_NOT_LISTED"));
  const std::string who = kStranger;
  EXPECT_EQ(texts(answer),
            "add group customer to " + who + "\nadd group recycler to " + who + "\n");
  const Json both = ask("traceability", "nothing", kStranger);
  EXPECT_NE(texts(both).find("add group recycler to " + who + ", and ask for purpose take-back"),
            std::string::npos)
      << texts(both);
}

TEST_F(InquiryTest, WhatIsSuggestedForAPartnerIsTrueOnceItIsDone) {
  company.write("partners.yaml",
                std::string("partners:\n  ") + kStranger + ":\n    groups: [recycler]\n");
  EXPECT_TRUE(ask("traceability", "recycling", kStranger).find("allow")->as_bool());
}

TEST_F(InquiryTest, ASiteThatIsNotListedIsNamed) {
  company.write("partners.yaml", std::string("partners:\n  ") + kCustomer +
                                     ":\n    groups: [customer]\n    sites: [other]\n");
  const Json answer = ask("orders", "planning", kCustomer);
  const Json* change = with(*answer.find("would_change"), "text",
                            std::string("add site main to the sites of ") + kCustomer);
  ASSERT_TRUE(change) << texts(answer);
  EXPECT_EQ(change->text_at("place"), "partners.yaml:4");
}

TEST_F(InquiryTest, EachDenialOfTheCompanyNamesItsOwnLine) {
  company.append("company.rego",
                 "\ndeny contains \"never on a Sunday\" if input.resource.dataset == \"orders\"\n"
                 "\ndeny contains msg if {\n\tinput.subject.site == \"main\"\n"
                 "\tmsg := sprintf(\"not to %s\", [input.subject.participant])\n}\n");
  const Json answer = ask("orders", "planning", kCustomer);
  const Json* sunday = with(*answer.find("reasons"), "text", "never on a Sunday");
  const Json* site = with(*answer.find("reasons"), "text", std::string("not to ") + kCustomer);
  ASSERT_TRUE(sunday && site);
  EXPECT_EQ(sunday->text_at("place"), place(company, "company.rego", "never on a Sunday"));
  EXPECT_EQ(site->text_at("place"), place(company, "company.rego", "deny contains msg"));
  EXPECT_EQ(answer.text_at("partner_hears"), "POLICY_DENIED");
  EXPECT_TRUE(with(*answer.find("would_change"), "place", "company.rego"));
}

TEST_F(InquiryTest, AnAllowOfTheCompanyIsNamed) {
  company.append("company.rego", "\nallow if input.request.purpose == \"audit\"\n");
  const Json answer = ask("orders", "audit", kCustomer);
  ASSERT_TRUE(answer.find("allow")->as_bool());
  EXPECT_TRUE(with(*answer.find("decided_by"), "place",
                   place(company, "company.rego", "allow if input.request.purpose")));
}

TEST_F(InquiryTest, ARecordTellsWhichConditionHoldsAndWhichFieldsAreHidden) {
  const Json answer = ask({Company::question(), order_of(kOwnId)});
  const Json* record = answer.find("record");
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->find("leaves")->as_bool());
  const std::string id = std::string("\"|gln:") + kOwnId + "|\"";
  const Json* condition =
      with(*record->find("conditions"), "condition", "buyer_ids contains " + id);
  ASSERT_TRUE(condition);
  EXPECT_TRUE(condition->find("holds")->as_bool());
  EXPECT_EQ(condition->text_at("value"), std::string("|gln:") + kOwnId + "|");
  const Json* price = with(*answer.find("fields"), "path", "order_line.price");
  ASSERT_TRUE(price);
  EXPECT_EQ(price->text_at("operation"), "withheld");
  EXPECT_EQ(price->text_at("label"), "confidential");
  ASSERT_EQ(price->find("places")->items().size(), 2u);
  EXPECT_EQ(price->find("places")->items()[0].text(),
            place(company, "fields.yaml", "order_line.price: "));
  EXPECT_EQ(price->find("places")->items()[1].text(),
            place(company, "labels.yaml", "- then: drop"));
  EXPECT_TRUE(with(*answer.find("fields"), "path", "order_line.notes"));
  EXPECT_FALSE(with(*answer.find("fields"), "path", "order_line.line_amount")) << "it has none";
  EXPECT_FALSE(with(*answer.find("fields"), "path", "order_line.buyer"));
}

TEST_F(InquiryTest, ARecordThatStaysNamesTheIdentifierThatWouldLetItLeave) {
  const Json answer = ask({Company::question(), order_of("4000001000005")});
  EXPECT_TRUE(answer.find("allow")->as_bool()) << "others may leave";
  EXPECT_FALSE(answer.find("record")->find("leaves")->as_bool());
  for (const Json& one : answer.find("record")->find("conditions")->items()) {
    EXPECT_FALSE(one.find("holds")->as_bool());
  }
  const auto& changes = answer.find("would_change")->items();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].text_at("command"),
            std::string("connector partner confirm ") + kCustomer + " gln:4000001000005");
}

TEST_F(InquiryTest, ARuleOfTheCompanyForRowsNamesTheLineThatFails) {
  company.replace("datasets.yaml", "rows: [own]", "rows: [own, company]");
  company.append("company.rego",
                 "\nrows if {\n\tinput.row.kind == \"order_line\"\n"
                 "\tinput.row.order_number == \"2\"\n}\n");
  const Json answer = ask({Company::question(), order_of(kOwnId)});
  EXPECT_FALSE(answer.find("record")->find("leaves")->as_bool());
  const Json& rules = *answer.find("record")->find("company");
  EXPECT_TRUE(
      with(rules, "fails_at", place(company, "company.rego", "input.row.order_number == \"2\"")));
}

TEST_F(InquiryTest, TimeIsThatOfTheQuestion) {
  company.replace("company.rego", "{\"from\": 0, \"to\": 0}", "{\"from\": 100, \"to\": 200}");
  opa::Inquiry inquiry{Company::question(), {}};
  EXPECT_TRUE(ask(inquiry).find("allow")->as_bool());
  inquiry.question.now_s = 150;
  EXPECT_FALSE(ask(inquiry).find("allow")->as_bool());
}

TEST_F(InquiryTest, ItAsksWhatIsInForceUnlessToldOtherwiseAndJournalsNothing) {
  const auto engine = company.start();
  const std::string journal = read_file(company.path("data") / "decisions" / "decisions.jsonl");
  company.replace("purposes.yaml", "complaint: [customer]", "complaint: [supplier]");
  const opa::Inquiry inquiry{Company::question("quality", "complaint"), {}};
  const auto in_force = opa::can_i(company.options(), inquiry, false);
  ASSERT_TRUE(in_force) << in_force.error().message;
  EXPECT_TRUE(in_force->find("allow")->as_bool());
  EXPECT_EQ(in_force->text_at("revision"), engine->revision().str());
  const Json edited = ask(inquiry);
  EXPECT_FALSE(edited.find("allow")->as_bool());
  EXPECT_TRUE(edited.find("working_copy")->as_bool());
  EXPECT_EQ(read_file(company.path("data") / "decisions" / "decisions.jsonl"), journal);
}

}  // namespace
}  // namespace connector::testing
