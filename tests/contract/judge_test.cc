#include "contract/judge.h"

#include <chrono>

#include "contract/division.h"
#include "contract/policy_json.h"
#include "contract/registry.h"
#include "judge_support.h"
#include "support/random_agreement.h"

namespace connector::contract::testing {
namespace {

using connector::testing::RandomAgreement;

Facts asking(Role enforcer, const std::string& action) {
  Facts facts = facts_of(enforcer);
  facts.action = action;
  return facts;
}

bool allows(const Policy& agreement, Role enforcer, const std::string& action) {
  return judge(agreement, asking(enforcer, action)).allowed;
}

// ---- actions ----

TEST(Judge, UseCoversWhatODRLIncludesInItButPassingOnIsNamed) {
  const Policy use = permitting("");
  for (const char* action : {"use", "read", "display", "print", "execute", "derive"}) {
    EXPECT_TRUE(allows(use, Role::kConsumer, action)) << action;
  }
  EXPECT_FALSE(allows(use, Role::kConsumer, "distribute"));
  EXPECT_FALSE(allows(use, Role::kConsumer, "access"));
  EXPECT_FALSE(allows(use, Role::kConsumer, "sell"));
  EXPECT_TRUE(allows(permitting("", "distribute"), Role::kConsumer, "distribute"));
  EXPECT_FALSE(allows(permitting("", "display"), Role::kConsumer, "print"));
}

TEST(Judge, AFetchIsPermittedForAnyUse) {
  EXPECT_TRUE(allows(permitting("", "display"), Role::kProvider, "use"));
  EXPECT_FALSE(allows(permitting("", "access"), Role::kProvider, "use"));
  EXPECT_TRUE(allows(permitting("", "access"), Role::kProvider, "access"));
  EXPECT_FALSE(allows(permitting("", "access"), Role::kConsumer, "access"));
  EXPECT_FALSE(allows(permitting("", "display"), Role::kProvider, "display"));
  EXPECT_FALSE(allows(permitting("", "display"), Role::kConsumer, "use"));
}

TEST(Judge, ProhibitionsPrevail) {
  const Policy policy = agreement_of(
      R"("conflict": "perm", "permission": [{"action": "use"}], "prohibition": [{"action": "print"}])");
  EXPECT_TRUE(allows(policy, Role::kConsumer, "display"));
  const Judgement refused = judge(policy, asking(Role::kConsumer, "print"));
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.term, "prohibition[0]");
  EXPECT_EQ(refused.why, "'print' is forbidden");
}

// ---- what is not known ----

TEST(Judge, WhatIsNotKnownNeverPermitsAndAlwaysForbids) {
  const Judgement refused =
      judge(with_constraint("spatial", "neq", R"("DE")"), facts_of(Role::kProvider));
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.why, "it needs: the place of use is not DE; nothing is known of it here");
  const std::string forbidden =
      R"("permission": [{"action": "use"}], "prohibition": [{"action": "use", "constraint": [)" +
      constraint("event", "eq", R"("strike")") + "]}]";
  Facts facts = facts_of(Role::kProvider);
  EXPECT_FALSE(judge(agreement_of(forbidden), facts).allowed);
  facts.events = {""};  // known to be none
  EXPECT_TRUE(judge(agreement_of(forbidden), facts).allowed);
}

TEST(Judge, WhatTheRegistryDoesNotHoldIsNotAllowed) {
  Facts facts = facts_of(Role::kProvider);
  facts.purpose = "rain";
  EXPECT_FALSE(judge(with_constraint("weather", "eq", R"("rain")"), facts).allowed);
  EXPECT_FALSE(judge(with_constraint("purpose", "gteq", R"("rain")"), facts).allowed);
  EXPECT_FALSE(judge(permitting(R"("duty": [{"action": "modify"}])"), facts).allowed);
  EXPECT_FALSE(judge(agreement_of(R"("permission": [{"action": "use"}],
      "obligation": [{"action": "modify"}])"),
                     facts)
                   .allowed);
  EXPECT_FALSE(judge(agreement_of(R"("permission": [{"action": "use"}],
      "prohibition": [{"action": "sell"}])"),
                     facts)
                   .allowed);
  EXPECT_FALSE(judge(Policy{}, facts).allowed);
}

TEST(Judge, NamesTheTermOfThePermissionThatGotFurthest) {
  const Policy policy = agreement_of(
      R"("permission": [{"action": "display", "target": "quality"},
                        {"action": "use", "target": "orders", "constraint": [)" +
      constraint("purpose", "isAnyOf", R"(["planning", "complaint"])") + "]}]");
  Facts facts = asking(Role::kConsumer, "read");
  facts.purpose = "marketing";
  const Judgement refused = judge(policy, facts);
  EXPECT_EQ(refused.term, "permission[1].constraint[0]");
  EXPECT_EQ(refused.why, "it needs: the purpose is one of planning, complaint; it is 'marketing'");
}

// ---- nothing slips through between the two sides ----

std::string either(const std::string& a, const std::string& b, const char* kind = "or") {
  return std::string(R"({")") + kind + R"(": {"@list": [)" + a + "," + b + "]}}";
}

TEST(Judge, AChoiceBetweenTheTermsOfBothSidesIsJudgedByTheConsumer) {
  const Policy policy =
      permitting(R"("constraint": [)" +
                 either(constraint("cx-policy:BusinessPartnerGroup", "eq", R"("gold")"),
                        constraint("idsc:APPLICATION", "eq", R"("viewer")")) +
                 "]");
  Facts provider = facts_of(Role::kProvider);
  provider.groups = {"silver"};
  EXPECT_TRUE(judge(policy, provider).allowed);
  Facts consumer = facts_of(Role::kConsumer);
  EXPECT_FALSE(judge(policy, consumer).allowed);
  consumer.application = "viewer";
  EXPECT_TRUE(judge(policy, consumer).allowed);
}

TEST(Judge, ATermOfOneOfSeveralPermissionsWasNotHeldByTheProvider) {
  const std::string gold = constraint("cx-policy:BusinessPartnerGroup", "eq", R"("gold")");
  const std::string print = R"({"action": "print", "constraint": [)" + gold + "]}";
  const Policy policy = agreement_of(R"("permission": [{"action": "display"}, )" + print + "]");
  EXPECT_TRUE(allows(policy, Role::kConsumer, "display"));
  EXPECT_FALSE(allows(policy, Role::kConsumer, "print"));
  EXPECT_TRUE(allows(agreement_of(R"("permission": [)" + print + "]"), Role::kConsumer, "print"));
  // What is paid for one of them is not paid for the other.
  EXPECT_FALSE(allows(agreement_of(R"("permission": [{"action": "display"}, {"action": "print",
      "duty": [{"action": "obtainConsent"}]}])"),
                      Role::kConsumer, "print"));
  EXPECT_TRUE(allows(permitting(R"("duty": [{"action": "obtainConsent"}])", "print"),
                     Role::kConsumer, "print"));
  // For other data it says nothing.
  const Policy apart =
      agreement_of(R"("permission": [{"action": "display", "target": "quality"}, )" + print + "]");
  EXPECT_TRUE(allows(apart, Role::kConsumer, "print"));
}

// All that both sides know, judged by one who enforces everything.
class Everything {
 public:
  Everything(const Policy& policy, const Facts& facts)
      : policy_(policy), facts_(facts), conditions_(facts) {}

  bool allows() const {
    for (const Rule& one : policy_.prohibitions) {
      if (holds(one) != Truth::kNo && !only_contractual(one)) return false;
    }
    return std::any_of(policy_.permissions.begin(), policy_.permissions.end(),
                       [&](const Rule& one) { return permits(one); });
  }

 private:
  static bool contractual(Term::Place place, const Constraint& one) {
    if (one.kind == Constraint::Kind::kAtomic) {
      return find_term(place, one.left)->enforcer == Enforcer::kContractual;
    }
    return std::all_of(one.operands.begin(), one.operands.end(),
                       [&](const Constraint& below) { return contractual(place, below); });
  }
  bool only_contractual(const Rule& rule) const {
    std::vector<Constraint> all = rule.constraints;
    for (const Action& one : rule.actions) {
      all.insert(all.end(), one.refinements.begin(), one.refinements.end());
    }
    for (const auto* subjects : {&assignees_of(policy_, rule), &targets_of(policy_, rule)}) {
      for (const Subject& one : *subjects) {
        if (!one.refinements.empty()) return false;
      }
    }
    return !all.empty() && std::all_of(all.begin(), all.end(), [](const Constraint& one) {
      return contractual(Term::Place::kConstraint, one);
    });
  }

  bool covers(const std::string& action) const {
    if (action == facts_.action) return true;
    return action == "use" && facts_.action != "distribute" && facts_.action != "access";
  }
  Truth all(Term::Place place, const std::vector<Constraint>& list, bool permits) const {
    Truth least = Truth::kYes;
    for (const Constraint& one : list) {
      const bool conjunction =
          one.kind == Constraint::Kind::kAnd || one.kind == Constraint::Kind::kAndSequence;
      if (permits && contractual(place, one)) continue;
      least = std::min(least, conjunction ? all(place, one.operands, permits)
                                          : conditions_.judge(place, one).truth);
    }
    return least;
  }
  Truth subjects(Term::Place place, const std::vector<Subject>& list, bool permits) const {
    Truth most = list.empty() ? Truth::kYes : Truth::kNo;
    for (const Subject& one : list) {
      const Truth named =
          place == Term::Place::kTarget ? names_dataset(one, facts_) : names_consumer(one, facts_);
      most = std::max(most, std::min(named, all(place, one.refinements, permits)));
    }
    return most;
  }
  Truth holds(const Rule& rule, bool permits = false) const {
    Truth action = Truth::kNo;
    for (const Action& one : rule.actions) {
      if (!covers(one.name) && !(one.name == "use" && !permits)) continue;
      action = std::max(action, all(Term::Place::kConstraint, one.refinements, permits));
    }
    return std::min({action, all(Term::Place::kConstraint, rule.constraints, permits),
                     subjects(Term::Place::kTarget, targets_of(policy_, rule), permits),
                     subjects(Term::Place::kAssignee, assignees_of(policy_, rule), permits)});
  }
  bool permits(const Rule& rule) const { return holds(rule, true) == Truth::kYes; }

  const Policy& policy_;
  const Facts& facts_;
  const Conditions conditions_;
};

Facts seen_by_provider(Facts facts) {
  facts.enforcer = Role::kProvider;
  facts.action = "use";
  facts.application.clear();
  facts.roles.clear();
  facts.count = 0;
  return facts;
}

Facts seen_by_consumer(Facts facts) {
  facts.enforcer = Role::kConsumer;
  for (auto* list : {&facts.groups, &facts.party_ids, &facts.memberships, &facts.labels,
                     &facts.partner_places}) {
    list->clear();
  }
  facts.security_level.clear();
  facts.payments.clear();
  return facts;
}

TEST(Judge, WhatBothSidesAllowHoldsAsAWhole) {
  constexpr int kCases = 100'000;
  int allowed = 0;
  for (int i = 0; i < kCases; ++i) {
    RandomAgreement random(1'000'000 + static_cast<std::uint64_t>(i));
    const Policy policy = random.policy();
    const Facts facts = random.facts();
    if (!judge(policy, seen_by_provider(facts)).allowed ||
        !judge(policy, seen_by_consumer(facts)).allowed) {
      continue;
    }
    ++allowed;
    ASSERT_TRUE(Everything(policy, facts).allows()) << "case " << i << ": " << to_text(policy);
  }
  std::printf("%d of %d allowed by both\n", allowed, kCases);
  EXPECT_GT(allowed, kCases / 100);
}

// ---- each term of the registry decides at those who enforce it, and at nobody else ----

Policy with_term(const Term& term, RandomAgreement& random) {
  Policy policy = permitting("");
  Rule& rule = policy.permissions[0];
  if (term.place == Term::Place::kConstraint) {
    rule.constraints = {random.atomic(term)};
  } else if (term.place == Term::Place::kTarget) {
    rule.targets.emplace_back().id = "orders";
    rule.targets[0].refinements = {random.atomic(term)};
  } else {
    rule.assignees.emplace_back().id = "did:web:a.example";
    rule.assignees[0].refinements = {random.atomic(term)};
  }
  return policy;
}

TEST(Judge, EachTermDecidesAtThoseWhoEnforceIt) {
  int terms = 0;
  for (const Term& term : registry()) {
    if (term.place == Term::Place::kAction || term.place == Term::Place::kDuty ||
        term.place == Term::Place::kDutyParameter || term.name == "assignee") {
      continue;
    }
    ++terms;
    for (const Role role : {Role::kProvider, Role::kConsumer}) {
      int allowed = 0;
      constexpr int kCases = 400;
      for (int i = 0; i < kCases; ++i) {
        RandomAgreement random(static_cast<std::uint64_t>(i));
        const Policy policy = with_term(term, random);
        Facts facts = random.facts();
        facts.enforcer = role;
        facts.action = "use";
        facts.dataset = "orders";
        facts.consumer = {core::ParticipantId("did:web:a.example"), core::SiteName("north")};
        allowed += judge(policy, facts).allowed ? 1 : 0;
      }
      EXPECT_GT(allowed, 0) << term.name;
      EXPECT_EQ(allowed < kCases, enforces(role, term.enforcer)) << term.name;
    }
  }
  EXPECT_GT(terms, 40);
}

// ---- when time alone may change it ----

TEST(Judge, SaysWhenTimeMayChangeIt) {
  const Policy window = permitting(
      R"("constraint": [)" + constraint("dateTime", "gteq", R"("2026-03-01T00:00:00Z")") + "," +
      constraint("dateTime", "lt", R"("2026-04-01T00:00:00Z")") + "]");
  Facts facts = facts_of(Role::kProvider);
  EXPECT_EQ(judge(window, facts).changes_at, at("2026-03-01T00:00:00Z"));
  facts.now = at("2026-03-01T00:00:00Z");
  EXPECT_TRUE(judge(window, facts).allowed);
  EXPECT_EQ(judge(window, facts).changes_at, at("2026-04-01T00:00:00Z"));
  facts.now = at("2026-04-01T00:00:00Z");
  EXPECT_FALSE(judge(window, facts).allowed);
  EXPECT_EQ(judge(window, facts).changes_at, std::nullopt);
}

TEST(Judge, ATimeThatCannotMatterIsNotNamed) {
  const std::string until = constraint("dateTime", "lteq", R"("2027-01-01T00:00:00Z")");
  const Policy policy = permitting(R"("constraint": [)" + until + "," +
                                   constraint("purpose", "eq", R"("planning")") + "]");
  Facts facts = facts_of(Role::kProvider);
  facts.purpose = "marketing";
  EXPECT_EQ(judge(policy, facts).changes_at, std::nullopt);
  facts.purpose = "planning";
  EXPECT_EQ(judge(policy, facts).changes_at, at("2027-01-01T00:00:00.000000001Z"));
}

TEST(Judge, NothingChangesBeforeTheNamedTime) {
  int changed = 0;
  for (int i = 0; i < 50'000; ++i) {
    RandomAgreement random(2'000'000 + static_cast<std::uint64_t>(i));
    const Policy policy = random.policy();
    Facts facts = random.facts();
    const Judgement judgement = judge(policy, facts);
    Facts later = facts;
    for (int j = 0; j < 4; ++j) {
      later.now = random.moment();
      if (later.now <= facts.now || (judgement.changes_at && later.now >= *judgement.changes_at)) {
        continue;
      }
      ASSERT_EQ(judge(policy, later).allowed, judgement.allowed) << "case " << i;
    }
    if (!judgement.changes_at) continue;
    ASSERT_GT(*judgement.changes_at, facts.now);
    later.now = *judgement.changes_at - 1;
    ASSERT_EQ(judge(policy, later).allowed, judgement.allowed) << "case " << i;
    later.now = *judgement.changes_at;
    changed += judge(policy, later).allowed != judgement.allowed ? 1 : 0;
  }
  std::printf("%d judgements changed at their time\n", changed);
  EXPECT_GT(changed, 500);
}

// ---- cost ----

TEST(Judge, CostsMicroseconds) {
  const Policy policy = agreement_of(
      R"("assignee": "did:web:veldkamp.example", "permission": [{"action": "use", "target": "orders",
         "constraint": [)" +
      constraint("purpose", "isAnyOf", R"(["complaint-handling", "planning"])") + "," +
      constraint("dateTime", "lteq", R"("2026-06-30T22:00:00Z")") + "," +
      constraint("elapsedTime", "lteq", R"("P3M")") + "," +
      constraint("idsc:CONNECTOR", "isAnyOf", R"(["did:web:veldkamp.example/hengelo"])") + "," +
      constraint("count", "lteq", "10") +
      R"(], "duty": [{"action": "idsc:log"}, {"action": "delete"}]}],
         "prohibition": [{"action": "distribute"}])");
  Facts facts = facts_of(Role::kProvider);
  facts.purpose = "planning";
  ASSERT_TRUE(judge(policy, facts).allowed);
  constexpr int kCalls = 20'000;
  int allowed = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kCalls; ++i) allowed += judge(policy, facts).allowed ? 1 : 0;
  const double us =
      std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() /
      kCalls;
  std::printf("one judgement of 5 constraints, 2 duties and a prohibition: %.2f us\n", us);
  EXPECT_EQ(allowed, kCalls);
  EXPECT_LT(us, 100);  // leaves room for sanitizers and a busy machine
}

}  // namespace
}  // namespace connector::contract::testing
