#include "contract/duties.h"

#include "contract/registry.h"
#include "contract/time_limit.h"
#include "judge_support.h"

namespace connector::contract::testing {
namespace {

const core::EpochNs kConcluded = at("2026-01-31T12:00:00Z");

std::string refined(const std::string& action, const std::string& refinements,
                    const std::string& members = "") {
  return R"({"action": [{"rdf:value": {"@id": ")" + action + R"("}, "refinement": [)" +
         refinements + "]}]" + (members.empty() ? "" : ", " + members) + "}";
}

Duties with_duty(const std::string& duty) {
  const Policy policy = permitting(R"("duty": [)" + duty + "]");
  for (const Refusal& refusal : assess(policy).refusals) ADD_FAILURE() << refusal.what;
  return duties_of(policy, kConcluded);
}

// Class 12.
TEST(Duties, DeleteAtATimeAfterATimeOrAfterTheUse) {
  auto deletes =
      with_duty(refined("odrl:delete", constraint("dateTime", "lteq", R"("2026-04-30T11:43:00Z")")))
          .deletes;
  ASSERT_EQ(deletes.size(), 1u);
  EXPECT_EQ(deletes[0].at, at("2026-04-30T11:43:00Z"));
  EXPECT_FALSE(deletes[0].after_use);
  EXPECT_EQ(deletes[0].path, "permission[0].duty[0]");

  deletes =
      with_duty(refined("odrl:delete", constraint("elapsedTime", "lteq", R"("P1M")"))).deletes;
  ASSERT_EQ(deletes.size(), 1u);
  EXPECT_EQ(deletes[0].at, at("2026-02-28T12:00:00Z"));

  deletes = with_duty(R"({"action": "delete"})").deletes;
  ASSERT_EQ(deletes.size(), 1u);
  EXPECT_EQ(deletes[0].at, std::nullopt);
  EXPECT_TRUE(deletes[0].after_use);
  EXPECT_EQ(deletes[0].delay, std::nullopt);

  deletes =
      with_duty(refined("odrl:delete", constraint("delayPeriod", "lteq", R"("PT1H")"))).deletes;
  ASSERT_EQ(deletes.size(), 1u);
  EXPECT_TRUE(deletes[0].after_use);
  EXPECT_EQ(deletes[0].delay, (core::Duration{0, 3'600'000'000'000}));
}

TEST(Duties, DeleteBeforeATimeIsDueBeforeIt) {
  const auto deletes =
      with_duty(refined("odrl:delete", constraint("dateTime", "lt", R"("2026-04-30T11:43:00Z")")))
          .deletes;
  ASSERT_EQ(deletes.size(), 1u);
  EXPECT_EQ(deletes[0].at, at("2026-04-30T11:43:00Z") - 1);
}

TEST(Duties, TheEndOfUseOfCatenaXDeletes) {
  const Policy one = with_constraint("cx-policy:DataUsageEndDurationDays", "eq", "30");
  ASSERT_EQ(duties_of(one, kConcluded).deletes.size(), 1u);
  EXPECT_EQ(duties_of(one, kConcluded).deletes[0].at, at("2026-03-02T12:00:00Z"));
  // Of several permissions the last end counts; one without an end has none.
  const std::string first =
      R"({"action": "use", "constraint": [)" +
      constraint("cx-policy:DataUsageEndDate", "eq", R"("2026-05-01T00:00:00Z")") + "]}";
  const std::string second =
      R"({"action": "use", "constraint": [)" +
      constraint("cx-policy:DataUsageEndDate", "eq", R"("2026-06-01T00:00:00Z")") + "]}";
  const Policy two = agreement_of(R"("permission": [)" + first + "," + second + "]");
  ASSERT_EQ(duties_of(two, kConcluded).deletes.size(), 1u);
  EXPECT_EQ(duties_of(two, kConcluded).deletes[0].at, at("2026-06-01T00:00:00Z"));
  EXPECT_EQ(duties_of(two, kConcluded).deletes[0].path, "permission[1]");
  const Policy open = agreement_of(R"("permission": [)" + first + R"(, {"action": "use"}])");
  EXPECT_TRUE(duties_of(open, kConcluded).deletes.empty());
}

// Classes 13 and 14.
TEST(Duties, ReplaceAndAnonymize) {
  const Duties replaces =
      with_duty(refined("idsc:REPLACE", constraint("idsc:REPLACE_WITH", "eq", R"("xxxx")") + "," +
                                            constraint("idsc:JSON_PATH", "eq", R"("$.name")")));
  ASSERT_EQ(replaces.replaces.size(), 1u);
  EXPECT_EQ(replaces.replaces[0].json_path, "$.name");
  EXPECT_EQ(replaces.replaces[0].with, "xxxx");
  EXPECT_EQ(replaces.anonymize, std::nullopt);
  const Duties at_rest = duties_of(
      agreement_of(R"("permission": [{"action": "use"}], "obligation": [{"action": "anonymize"}])"),
      kConcluded);
  EXPECT_EQ(at_rest.anonymize, "obligation[0]");
}

// Classes 15 and 16.
TEST(Duties, LogAndInform) {
  const Duties logs = with_duty(
      refined("idsc:log", constraint("systemDevice", "eq", R"("ch.example")") + "," +
                              constraint("idsc:LOG_LEVEL", "eq", R"({"@id": "idsc:ON_DENY"})")));
  ASSERT_EQ(logs.logs.size(), 1u);
  EXPECT_EQ(logs.logs[0].occasion, Duties::Occasion::kRefusal);
  EXPECT_EQ(logs.logs[0].device, "ch.example");
  const Duties informs =
      with_duty(refined("odrl:inform", constraint("recipient", "eq", R"("urn:party:owner")"),
                        R"("informedParty": "urn:party:123")"));
  ASSERT_EQ(informs.informs.size(), 1u);
  EXPECT_EQ(informs.informs[0].recipients,
            (std::vector<std::string>{"urn:party:123", "urn:party:owner"}));
  EXPECT_EQ(informs.informs[0].occasion, Duties::Occasion::kUse);
}

// Class 17, and 19 and 20 as they are paid for.
TEST(Duties, NextPolicyPaymentAndConsent) {
  const Duties next = with_duty(R"({"action": "nextPolicy", "hasPolicy": "urn:policy:42"})");
  ASSERT_EQ(next.next_policies.size(), 1u);
  EXPECT_EQ(next.next_policies[0].policy, "urn:policy:42");
  const Duties paid =
      with_duty(refined("odrl:compensate", constraint("payAmount", "eq", R"("500.00")") + "," +
                                               constraint("timeInterval", "eq", R"("P1M")")));
  ASSERT_EQ(paid.compensations.size(), 1u);
  EXPECT_EQ(paid.compensations[0].amount, core::Decimal::parse("500").value());
  EXPECT_EQ(paid.compensations[0].interval, "P1M");
  EXPECT_TRUE(paid.compensations[0].before_use);
  const Duties consent =
      with_duty(R"({"action": "obtainConsent", "consentingParty": ["urn:sara", "urn:john"]})");
  ASSERT_EQ(consent.consents.size(), 1u);
  EXPECT_EQ(consent.consents[0].persons, (std::vector<std::string>{"urn:sara", "urn:john"}));
}

// Class 11.
TEST(Duties, CountsUsesUpToTheMostThatAPermissionAllows) {
  const Duties one = duties_of(with_constraint("count", "lt", "10"), kConcluded);
  EXPECT_TRUE(one.counts);
  EXPECT_EQ(one.count_limit, 9u);
  const Duties open = duties_of(
      agreement_of(R"("permission": [{"action": "use"}, {"action": "print", "constraint": [)" +
                   constraint("count", "lteq", "3") + "]}]"),
      kConcluded);
  EXPECT_TRUE(open.counts);
  EXPECT_EQ(open.count_limit, std::nullopt);
  EXPECT_FALSE(duties_of(permitting(""), kConcluded).counts);
  EXPECT_TRUE(with_duty(R"({"action": "idsc:INCREMENT_COUNTER"})").counts);
}

TEST(TimeLimit, CountsFromTheAgreement) {
  const auto limit = [](const std::string& left, const std::string& op, const std::string& right) {
    return time_limit(with_constraint(left, op, right).permissions[0].constraints[0], kConcluded);
  };
  EXPECT_EQ(limit("dateTime", "gt", R"("2026-02-01T01:00:00+01:00")"),
            (TimeLimit{Operator::kGt, at("2026-02-01T00:00:00Z")}));
  EXPECT_EQ(limit("dateTime", "lt", R"("2026-02-01T00:00:00.0000000001Z")"),
            (TimeLimit{Operator::kLteq, at("2026-02-01T00:00:00Z")}));
  EXPECT_EQ(limit("elapsedTime", "eq", R"("P1DT1H")"),
            (TimeLimit{Operator::kLteq, at("2026-02-01T13:00:00Z")}));
  EXPECT_EQ(limit("cx-policy:DataProvisioningEndDurationDays", "eq", "1"),
            (TimeLimit{Operator::kLteq, at("2026-02-01T12:00:00Z")}));
  EXPECT_EQ(limit("cx-policy:DataUsageEndDurationDays", "eq", "999999999999")->at,
            std::numeric_limits<core::EpochNs>::max());
  EXPECT_EQ(limit("dateTime", "eq", R"("2026-02-01T00:00:00Z")"), std::nullopt);
  EXPECT_EQ(limit("purpose", "eq", R"("x")"), std::nullopt);
}

}  // namespace
}  // namespace connector::contract::testing
