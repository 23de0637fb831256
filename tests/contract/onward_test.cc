// Whether an onward policy holds all terms of the received one.
#include "contract/duties.h"
#include "contract/time_limit.h"
#include "judge_support.h"
#include "support/random_agreement.h"

namespace connector::contract::testing {
namespace {

bool keeps(const std::string& received, const std::string& onward) {
  return holds_all_terms(permitting(R"("constraint": [)" + received + "]"),
                         permitting(R"("constraint": [)" + onward + "]"));
}

struct Pair {
  std::string received;
  std::string onward;
  bool kept;
};

TEST(Onward, AConstraintStandsOrAStricterOne) {
  const std::string two = constraint("purpose", "isAnyOf", R"(["a", "b"])");
  const std::string none = constraint("purpose", "isNoneOf", R"(["a"])");
  const std::string until = constraint("dateTime", "lteq", R"("2026-06-30T22:00:00Z")");
  const std::string from = constraint("dateTime", "gteq", R"("2026-06-30T22:00:00Z")");
  const std::string count = constraint("count", "lteq", "10");
  const Pair pairs[] = {
      {two, two, true},
      {two, constraint("purpose", "eq", R"("a")"), true},
      {two, constraint("purpose", "isPartOf", R"(["b"])"), true},
      {two, constraint("purpose", "isAnyOf", R"(["a", "c"])"), false},
      {two, constraint("purpose", "isNoneOf", R"(["c"])"), false},
      {two, constraint("idsc:ROLE", "eq", R"("a")"), false},
      {none, constraint("purpose", "isNoneOf", R"(["a", "b"])"), true},
      {none, constraint("purpose", "isNoneOf", R"(["b"])"), false},
      {until, constraint("dateTime", "lt", R"("2026-06-30T22:00:00Z")"), true},
      {until, constraint("dateTime", "lteq", R"("2026-06-30T23:00:00+01:00")"), true},
      {until, constraint("dateTime", "lteq", R"("2026-07-01T00:00:00Z")"), false},
      {until, from, false},
      {constraint("dateTime", "lt", R"("2026-06-30T22:00:00Z")"), until, false},
      {from, constraint("dateTime", "gt", R"("2026-06-30T22:00:00Z")"), true},
      {from, constraint("dateTime", "gteq", R"("2026-06-29T22:00:00Z")"), false},
      {count, constraint("count", "lt", "10"), true},
      {count, constraint("count", "lteq", "11"), false},
      {constraint("elapsedTime", "eq", R"("P3M")"), constraint("elapsedTime", "lteq", R"("P1M")"),
       true},
      {constraint("elapsedTime", "lteq", R"("P1M")"), constraint("elapsedTime", "eq", R"("P3M")"),
       false},
  };
  for (const Pair& one : pairs) {
    EXPECT_EQ(keeps(one.received, one.onward), one.kept) << one.received << one.onward;
  }
  EXPECT_TRUE(keeps(two + "," + until, until + "," + count + "," + two));
  EXPECT_FALSE(keeps(two + "," + until, until));
}

TEST(Onward, AnOnwardPermissionLiesWithinAReceivedOne) {
  const Policy received =
      agreement_of(R"("permission": [{"action": "display"}, {"action": "print", "constraint": [)" +
                   constraint("count", "lteq", "1") + "]}]");
  EXPECT_TRUE(holds_all_terms(received, permitting("", "display")));
  EXPECT_FALSE(holds_all_terms(received, permitting("", "print")));
  EXPECT_FALSE(holds_all_terms(received, permitting("")));
  EXPECT_TRUE(holds_all_terms(permitting(""), permitting("", "display")));
  EXPECT_FALSE(holds_all_terms(permitting(""), permitting("", "distribute")));
}

TEST(Onward, ProhibitionsStandForEveryone) {
  const auto forbidding = [](const std::string& prohibition) {
    return agreement_of(R"("permission": [{"action": "use"}], "prohibition": [)" + prohibition +
                        "]");
  };
  const Policy received = forbidding(R"({"action": "print"})");
  EXPECT_TRUE(holds_all_terms(received, forbidding(R"({"action": "print"})")));
  EXPECT_TRUE(holds_all_terms(received, forbidding(R"({"action": "use"})")));
  EXPECT_FALSE(holds_all_terms(received, permitting("")));
  EXPECT_FALSE(holds_all_terms(received, forbidding(R"({"action": "display"})")));
  EXPECT_FALSE(holds_all_terms(received, forbidding(R"({"action": "print", "constraint": [)" +
                                                    constraint("purpose", "eq", R"("a")") + "]}")));
  EXPECT_FALSE(
      holds_all_terms(received, forbidding(R"({"action": "print", "assignee": "urn:other"})")));
}

TEST(Onward, DutiesAndRefinementsStand) {
  const Policy received = permitting(
      R"("duty": [{"action": "nextPolicy", "hasPolicy": "urn:p"}, {"action": "idsc:log"}],
         "target": {"@type": "AssetCollection", "source": "orders", "refinement": [)" +
          constraint("skos:concept", "isNoneOf", R"(["health"])") + "]}",
      "distribute");
  EXPECT_TRUE(holds_all_terms(received, received));
  Policy onward = received;
  onward.permissions[0].targets[0].source = "orders-of-veldkamp";
  EXPECT_TRUE(holds_all_terms(received, onward));
  onward.permissions[0].duties.pop_back();
  EXPECT_FALSE(holds_all_terms(received, onward));
  onward = received;
  onward.permissions[0].duties[0].next_policy = "urn:q";
  EXPECT_FALSE(holds_all_terms(received, onward));
  onward = received;
  onward.permissions[0].targets[0].refinements.clear();
  EXPECT_FALSE(holds_all_terms(received, onward));
}

TEST(Onward, WhatCountsFromTheAgreementKeepsItsInstant) {
  const Policy received = with_constraint("elapsedTime", "lteq", R"("P1M")");
  const Policy fixed = with_instants(received, at("2026-01-31T12:00:00Z"));
  EXPECT_FALSE(holds_all_terms(fixed, received));
  EXPECT_TRUE(
      holds_all_terms(fixed, with_constraint("dateTime", "lteq", R"("2026-02-28T12:00:00Z")")));
}

// A policy keeps its own terms; without one of its constraints, prohibitions or duties it does not,
// unless another term says as much.
TEST(Onward, EveryTermCounts) {
  int dropped = 0;
  for (int i = 0; i < 5000; ++i) {
    connector::testing::RandomAgreement random(static_cast<std::uint64_t>(i));
    Policy received = random.policy();
    received.assignees.clear();
    received.targets.clear();
    received.permissions.resize(1);
    for (auto* rules : {&received.permissions, &received.prohibitions}) {
      for (Rule& rule : *rules) {
        rule.assignees.clear();
        rule.targets.clear();
      }
    }
    ASSERT_TRUE(holds_all_terms(received, received)) << "case " << i;
    Policy onward = received;
    if (onward.permissions[0].constraints.size() == 1) {
      onward.permissions[0].constraints.clear();
    } else if (onward.permissions[0].duties.size() == 1) {
      onward.permissions[0].duties.clear();
    } else if (onward.prohibitions.size() == 1) {
      onward.prohibitions.clear();
    } else {
      continue;
    }
    ++dropped;
    ASSERT_FALSE(holds_all_terms(received, onward)) << "case " << i;
  }
  EXPECT_GT(dropped, 1000);
}

}  // namespace
}  // namespace connector::contract::testing
