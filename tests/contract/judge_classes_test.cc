// The IDS usage-control classes that a judgement decides: allowed, then refused with the term that
// decided. The duties among them are in duties_test.cc.
#include <functional>
#include <set>

#include "contract/judge.h"
#include "contract/registry.h"
#include "judge_support.h"

namespace connector::contract::testing {
namespace {

struct Case {
  int number;  // of the class
  Role enforcer;
  Policy agreement;
  std::function<void(Facts&)> allowed;
  std::function<void(Facts&)> refused;
  const char* term;
};

const auto kNothing = [](Facts&) {};
constexpr Role kProvider = Role::kProvider;
constexpr Role kConsumer = Role::kConsumer;

Policy for_party(const std::string& refinement) {
  return permitting(
      R"("assignee": {"@type": "PartyCollection", "source": "did:web:veldkamp.example",
                       "refinement": [)" +
      refinement + "]}");
}

Policy for_data(const std::string& refinement, const std::string& action) {
  return permitting(
      R"("target": {"@type": "AssetCollection", "source": "orders", "refinement": [)" + refinement +
          "]}",
      action);
}

std::vector<Case> who_and_where() {
  return {
      {1, kProvider, permitting(R"("assignee": "did:web:veldkamp.example")"), kNothing,
       [](Facts& f) { f.consumer.participant = core::ParticipantId("did:web:other.example"); },
       "permission[0].assignee"},
      {2, kProvider,
       with_constraint("idsc:CONNECTOR", "isAnyOf", R"(["did:web:veldkamp.example/hengelo"])",
                       "display"),
       kNothing, [](Facts& f) { f.consumer.site = core::SiteName("enschede"); },
       "permission[0].constraint[0]"},
      {3, kConsumer, with_constraint("idsc:APPLICATION", "isPartOf", R"(["viewer", "planner"])"),
       [](Facts& f) { f.application = "planner"; }, [](Facts& f) { f.application = "copier"; },
       "permission[0].constraint[0]"},
      {4, kConsumer, with_constraint("idsc:ROLE", "eq", R"("engineer")"),
       [](Facts& f) {
         f.roles = {"manager", "engineer"};
       },
       [](Facts& f) { f.roles = {"manager"}; }, "permission[0].constraint[0]"},
      {4, kConsumer, for_party(constraint("vcard:hasRole", "isPartOf", R"(["Team leader"])")),
       [](Facts& f) { f.roles = {"Team leader"}; }, [](Facts& f) { f.roles = {"Guest"}; },
       "permission[0].assignee[0].refinement[0]"},
      {5, kConsumer, with_constraint("spatial", "eq", R"("http://ontologi.es/place/DE")"),
       [](Facts& f) { f.places = {"http://ontologi.es/place/DE"}; },
       [](Facts& f) { f.places = {"http://ontologi.es/place/NL"}; }, "permission[0].constraint[0]"},
      {22, kProvider,
       for_party(constraint("vcard:hasGeo", "eq", R"("http://ontologi.es/place/DE")")),
       [](Facts& f) { f.partner_places = {"http://ontologi.es/place/DE"}; },
       [](Facts& f) { f.partner_places = {"http://ontologi.es/place/NL"}; },
       "permission[0].assignee[0].refinement[0]"},
  };
}

std::vector<Case> what_for_and_when() {
  return {
      {6, kProvider, with_constraint("purpose", "eq", R"("Research")"),
       [](Facts& f) { f.purpose = "Research"; }, [](Facts& f) { f.purpose = "Marketing"; },
       "permission[0].constraint[0]"},
      {7, kConsumer, with_constraint("event", "eq", R"("Hannover Messe 2022")"),
       [](Facts& f) { f.events = {"Hannover Messe 2022"}; }, kNothing,
       "permission[0].constraint[0]"},
      {8, kProvider,
       with_constraint("idsc:SECURITY_LEVEL", "gteq", R"({"@id": "idsc:TRUST_SECURITY_PROFILE"})"),
       [](Facts& f) { f.security_level = "idsc:TRUST_PLUS_SECURITY_PROFILE"; },
       [](Facts& f) { f.security_level = "idsc:BASE_SECURITY_PROFILE"; },
       "permission[0].constraint[0]"},
      {9, kProvider,
       permitting(R"("constraint": [)" +
                  constraint("dateTime", "gteq", R"("2026-02-01T00:00:00Z")") + "," +
                  constraint("dateTime", "lteq", R"("2026-06-30T22:00:00Z")") + "]"),
       kNothing, [](Facts& f) { f.now = at("2026-06-30T22:00:00.000000001Z"); },
       "permission[0].constraint[1]"},
      // Three months from 31 January: to the end of April.
      {10, kConsumer, with_constraint("elapsedTime", "eq", R"("P3M")"),
       [](Facts& f) { f.now = at("2026-04-30T12:00:00Z"); },
       [](Facts& f) { f.now = at("2026-04-30T12:00:00.000000001Z"); },
       "permission[0].constraint[0]"},
      {11, kConsumer, with_constraint("count", "lteq", "10"), [](Facts& f) { f.count = 9; },
       [](Facts& f) { f.count = 10; }, "permission[0].constraint[0]"},
      {21, kConsumer, with_constraint("idsc:state", "eq", R"("emergency")"),
       [](Facts& f) { f.states = {"emergency"}; }, [](Facts& f) { f.states = {"normal"}; },
       "permission[0].constraint[0]"},
  };
}

const std::string kPrice = R"({"leftOperand": "payAmount", "operator": "eq",
    "rightOperand": {"@value": "500.00", "@type": "xsd:decimal"}, "unit": "urn:euro")";

Policy priced(const std::string& price) {
  return permitting(
      R"("duty": [{"action": [{"rdf:value": {"@id": "odrl:compensate"}, "refinement": [)" + price +
      "]}]}]");
}

void pay(Facts& facts, const char* amount, const char* frequency = "") {
  facts.payments = {{*core::Decimal::parse(amount), "urn:euro", frequency, "", ""}};
}

std::vector<Case> data_and_price() {
  return {
      {18, kProvider,
       for_data(
           constraint("ids:artifact_state", "isAllOf", R"(["idsc:encrypted", "idsc:anonymized"])"),
           "use"),
       [](Facts& f) {
         f.artifact_states = {"idsc:anonymized", "idsc:encrypted"};
       },
       [](Facts& f) { f.artifact_states = {"idsc:encrypted"}; },
       "permission[0].target[0].refinement[0]"},
      {19, kProvider, priced(kPrice + "}"), [](Facts& f) { pay(f, "500"); },
       [](Facts& f) { pay(f, "499.99"); }, "permission[0].duty[0].action[0].refinement[0]"},
      {20, kProvider, priced(kPrice + R"(, "ids:frequency": "freq:annual"})"),
       [](Facts& f) { pay(f, "500.0", "freq:annual"); }, [](Facts& f) { pay(f, "500.0"); },
       "permission[0].duty[0].action[0].refinement[0]"},
      {23, kProvider,
       permitting(R"("duty": [{"action": "obtainConsent", "consentingParty": "urn:person:sara"}])"),
       [](Facts& f) {
         f.consents = {"urn:person:john", "urn:person:sara"};
       },
       [](Facts& f) { f.consents = {"urn:person:john"}; }, "permission[0].duty[0]"},
      {24, kProvider,
       for_data(constraint("skos:concept", "isNoneOf", R"(["health", "confidential"])"), "use"),
       [](Facts& f) { f.labels = {"automotive"}; },
       [](Facts& f) {
         f.labels = {"automotive", "health"};
       },
       "permission[0].target[0].refinement[0]"},
  };
}

void check(const Case& one) {
  SCOPED_TRACE("class " + std::to_string(one.number));
  const Assessment assessment = assess(one.agreement);
  for (const Refusal& refusal : assessment.refusals) ADD_FAILURE() << refusal.what;
  Facts facts = facts_of(one.enforcer);
  one.allowed(facts);
  const Judgement allowed = judge(one.agreement, facts);
  EXPECT_TRUE(allowed.allowed) << allowed.term << ": " << allowed.why;
  EXPECT_EQ(allowed.term, "permission[0]");
  facts = facts_of(one.enforcer);
  one.refused(facts);
  const Judgement refused = judge(one.agreement, facts);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.term, one.term);
  EXPECT_FALSE(refused.why.empty());
}

TEST(JudgeClasses, AllowedThenRefused) {
  std::set<int> classes;
  for (const auto& cases : {who_and_where(), what_for_and_when(), data_and_price()}) {
    for (const Case& one : cases) {
      check(one);
      classes.insert(one.number);
    }
  }
  EXPECT_EQ(classes,
            (std::set<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23, 24}));
}

// What only the other side knows is for the other side.
TEST(JudgeClasses, TheOtherSidesTermsAreFulfilledHere) {
  Facts provider = facts_of(kProvider);
  EXPECT_TRUE(judge(with_constraint("idsc:APPLICATION", "eq", R"("viewer")"), provider).allowed);
  EXPECT_TRUE(judge(with_constraint("count", "lteq", "0"), provider).allowed);
  Facts consumer = facts_of(kConsumer);
  EXPECT_TRUE(judge(priced(kPrice + "}"), consumer).allowed);
  EXPECT_TRUE(
      judge(with_constraint("cx-policy:Membership", "eq", R"("active")"), consumer).allowed);
}

// Class 25: agreed, and enforced by nobody's program.
TEST(JudgeClasses, WhatIsContractualOnlyNeverDecides) {
  const Policy agreement = permitting(R"("duty": [{"action": "idsc:MPC"}])", "read");
  EXPECT_TRUE(assess(agreement).contractual());
  Facts facts = facts_of(kConsumer);
  facts.action = "read";
  EXPECT_TRUE(judge(agreement, facts).allowed);
}

}  // namespace
}  // namespace connector::contract::testing
