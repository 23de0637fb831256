#include "contract/registry.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

#include "contract/odrl_read.h"

namespace connector::contract {
namespace {

using Place = Term::Place;

Constraint atomic(std::string left, Operator op, std::string value, std::string type = {}) {
  Constraint constraint;
  constraint.left = std::move(left);
  constraint.op = op;
  constraint.right.push_back({std::move(type), std::move(value)});
  return constraint;
}

Rule permission(std::vector<Constraint> constraints) {
  Rule rule;
  rule.actions.emplace_back().name = "use";
  rule.constraints = std::move(constraints);
  return rule;
}

Rule duty(std::string action, std::vector<Constraint> refinements = {}) {
  Rule rule;
  rule.kind = Rule::Kind::kDuty;
  Action& named = rule.actions.emplace_back();
  named.name = std::move(action);
  named.refinements = std::move(refinements);
  return rule;
}

Policy policy_of(Rule rule) {
  Policy policy;
  policy.permissions.push_back(std::move(rule));
  return policy;
}

TEST(Registry, HoldsEachTermOnce) {
  std::set<std::tuple<Place, std::string_view, std::string_view>> seen;
  for (const Term& term : registry()) {
    EXPECT_TRUE(seen.insert({term.place, term.name, term.of}).second) << term.name;
    EXPECT_EQ(find_term(term.place, term.name, term.of), &term);
    EXPECT_FALSE(term.plain.empty()) << term.name;
    if (term.place == Place::kDutyParameter) {
      EXPECT_NE(find_term(Place::kDuty, term.of), nullptr) << term.of;
      continue;
    }
    EXPECT_EQ(term.executor.empty(), term.enforcer == Enforcer::kContractual) << term.name;
  }
}

// Nobody executes what is not theirs, and a parameter is not executed without its duty.
TEST(Registry, SaysWhatThisVersionExecutes) {
  int executed = 0;
  for (const Term& term : registry()) {
    for (const Role role : {Role::kProvider, Role::kConsumer}) {
      const bool theirs = enforces(role, term.enforcer);
      const bool done = role == Role::kProvider ? term.executed.provider : term.executed.consumer;
      EXPECT_LE(done, theirs) << term.name;
      EXPECT_EQ(executes(role, term), done || !theirs) << term.name;
      executed += done ? 1 : 0;
      if (term.place != Place::kDutyParameter) continue;
      EXPECT_LE(done, executes(role, *find_term(Place::kDuty, term.of))) << term.of << term.name;
    }
  }
  EXPECT_GT(executed, 40);
  EXPECT_FALSE(executes(Role::kConsumer, *find_term(Place::kDuty, "nextPolicy")));
  EXPECT_TRUE(executes(Role::kProvider, *find_term(Place::kDuty, "nextPolicy")));
  EXPECT_TRUE(executes(Role::kProvider, *find_term(Place::kConstraint, "purpose")));
}

TEST(Registry, NamesWhatASideCannotCarryOut) {
  Rule rule = permission({atomic("purpose", Operator::kEq, "a")});
  rule.duties = {duty("idsc:log"), duty("nextPolicy")};
  const Assessment assessment = assess(policy_of(rule));
  ASSERT_TRUE(assessment.enforceable());
  const auto refusals = not_executed(assessment, Role::kConsumer);
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].path, "permission[0].duty[1].action[0]");
  EXPECT_EQ(refusals[0].what,
            "'nextPolicy' is not carried out by this version of the consumer's connector");
  EXPECT_TRUE(not_executed(assessment, Role::kProvider).empty());
}

TEST(Registry, ATextThatClaimsAnotherTypeDoesNotFit) {
  for (const char* type : {"xsd:date", "xsd:integer", "xsd:boolean", "@reference"}) {
    EXPECT_FALSE(
        assess(policy_of(permission({atomic("purpose", Operator::kEq, "1", type)}))).enforceable())
        << type;
  }
  for (const char* type : {"", "@id", "xsd:anyURI"}) {
    EXPECT_TRUE(
        assess(policy_of(permission({atomic("purpose", Operator::kEq, "1", type)}))).enforceable())
        << type;
  }
  Constraint typed = atomic("purpose", Operator::kEq, "1");
  typed.data_type = "xsd:integer";
  EXPECT_FALSE(assess(policy_of(permission({typed}))).enforceable());
}

// IDS-G, UsageControl/Contract/Policies: 25 classes; of these, the multi-party computation is the
// one that no connector carries out.
TEST(Registry, HoldsAllUsageControlClasses) {
  std::map<int, bool> enforced;
  for (const Term& term : registry()) {
    if (term.ids_class != 0) enforced[term.ids_class] |= term.enforcer != Enforcer::kContractual;
  }
  ASSERT_EQ(enforced.size(), 25u);
  for (const auto& [number, by_program] : enforced) EXPECT_EQ(by_program, number != 25) << number;
}

TEST(Registry, FindsEveryTermOfAnAgreement) {
  Rule rule = permission({atomic("purpose", Operator::kEq, "complaint-handling"),
                          atomic("dateTime", Operator::kLteq, "2026-06-30T22:00:00Z"),
                          atomic("count", Operator::kLteq, "10")});
  rule.duties.push_back(duty("delete", {atomic("elapsedTime", Operator::kEq, "P3M")}));
  const Assessment assessment = assess(policy_of(rule));
  EXPECT_TRUE(assessment.enforceable());
  EXPECT_FALSE(assessment.contractual());
  std::vector<std::string> paths;
  for (const Finding& finding : assessment.findings) paths.push_back(finding.path);
  EXPECT_EQ(paths,
            (std::vector<std::string>{"permission[0].action[0]", "permission[0].constraint[0]",
                                      "permission[0].constraint[1]", "permission[0].constraint[2]",
                                      "permission[0].duty[0].action[0]",
                                      "permission[0].duty[0].action[0].refinement[0]"}));
  EXPECT_EQ(explain(policy_of(rule))[1],
            "permission[0].constraint[0]: the purpose is complaint-handling (both enforce)");
}

struct Wrong {
  const char* what;
  Constraint constraint;
  const char* cause;  // part of what the refusal says
};

TEST(Registry, RefusesWhatItDoesNotKnow) {
  const Wrong cases[] = {
      {"operand", atomic("weather", Operator::kEq, "rain"), "'weather' is not in the registry"},
      {"operator", atomic("count", Operator::kGteq, "10"), "operator 'gteq'"},
      {"value", atomic("count", Operator::kLteq, "ten"), "value 'ten'"},
      {"no zone", atomic("dateTime", Operator::kLteq, "2026-06-30T22:00:00"), "does not fit"},
      {"a date", atomic("dateTime", Operator::kLteq, "2026-06-30"), "does not fit"},
      {"duration", atomic("elapsedTime", Operator::kEq, "3 months"), "does not fit"},
      {"connector", atomic("idsc:CONNECTOR", Operator::kEq, "did:web:a.example"), "does not fit"},
      {"level", atomic("idsc:SECURITY_LEVEL", Operator::kEq, "idsc:HIGH"), "does not fit"},
      {"empty", atomic("purpose", Operator::kEq, ""), "does not fit"},
  };
  for (const Wrong& one : cases) {
    const Assessment assessment = assess(policy_of(permission({one.constraint})));
    ASSERT_EQ(assessment.refusals.size(), 1u) << one.what;
    EXPECT_EQ(assessment.refusals[0].path, "permission[0].constraint[0]") << one.what;
    EXPECT_NE(assessment.refusals[0].what.find(one.cause), std::string::npos)
        << one.what << ": " << assessment.refusals[0].what;
    EXPECT_FALSE(assessment.refusals[0].instead.empty()) << one.what;
  }
}

TEST(Registry, LooksIntoEveryPart) {
  Constraint unknown = atomic("weather", Operator::kEq, "rain");
  Constraint either;
  either.kind = Constraint::Kind::kOr;
  either.operands = {atomic("purpose", Operator::kEq, "a"), unknown};

  Rule rule = permission({either});
  rule.actions.emplace_back().name = "teleport";
  rule.targets.emplace_back().refinements = {unknown};
  Subject& assignee = rule.assignees.emplace_back();
  assignee.id = "did:web:a.example";
  assignee.refinements = {unknown};
  rule.duties = {duty("dance"), duty("delete", {unknown})};
  rule.remedies = {duty("delete")};
  Policy policy = policy_of(rule);
  policy.prohibitions.push_back({});  // no action
  policy.obligations.push_back(duty("idsc:log", {unknown}));

  std::set<std::string> paths;
  for (const Refusal& refusal : assess(policy).refusals) paths.insert(refusal.path);
  EXPECT_EQ(paths, (std::set<std::string>{
                       "permission[0].constraint[0][1]", "permission[0].action[1]",
                       "permission[0].target[0].refinement[0]",
                       "permission[0].assignee[0].refinement[0]", "permission[0].duty[0].action[0]",
                       "permission[0].duty[1].action[0].refinement[0]", "permission[0].remedy",
                       "prohibition[0].action", "obligation[0].action[0].refinement[0]"}));
}

TEST(Registry, RefusesAChoiceOfDutyParameters) {
  Constraint either;
  either.kind = Constraint::Kind::kXone;
  either.operands = {atomic("elapsedTime", Operator::kEq, "P1D"),
                     atomic("elapsedTime", Operator::kEq, "P3M")};
  Rule rule = permission({});
  rule.duties.push_back(duty("delete", {either}));
  EXPECT_EQ(assess(policy_of(rule)).refusals.size(), 1u);
}

TEST(Registry, SaysWhatOnlyACourtEnforces) {
  const Policy policy =
      policy_of(permission({atomic("cx-policy:Liability", Operator::kEq, "cx.data.liability:1")}));
  const Assessment assessment = assess(policy);
  EXPECT_TRUE(assessment.enforceable());
  EXPECT_TRUE(assessment.contractual());
  EXPECT_NE(explain(policy)[1].find("(contractual only)"), std::string::npos);
}

// Every example of the usage-control classes is made of terms of the registry, but for what is
// listed here: addresses that nobody filled in, an address that is no connector, and a query.
TEST(Registry, KnowsTheTermsOfTheUsageControlClasses) {
  const std::filesystem::path folder = std::string(SHARED_DATA_DIR) + "/ids-policy-classes";
  if (!std::filesystem::is_directory(folder)) {
    GTEST_SKIP() << "no shared data in " << folder << ": the public examples are NOT checked";
  }
  const std::map<std::string, std::string> explained = {
      {"ids-complex-policy-example.json",
       "'idsc:CONNECTOR': value 'http://example.com/ids/connector/12'"},
      {"odrl-complex-policy-example.json", "'idsc:CONNECTOR': value '?connector1URI'"},
      {"pc2-ids-restrict-connector-example.json", "'idsc:CONNECTOR': value '?connector1URI'"},
      {"pc2-odrl-restrict-connector-example.json", "'idsc:CONNECTOR': value '?connector1URI'"},
      {"pc20-ids-restrict-payment-rent-example.json", "'payAmount': value '?fee'"},
      {"pc25-odrl-anonymize-with-mpc.json", "'idsc:QUERY' is not in the registry"},
  };
  std::size_t policies = 0;
  std::set<std::string> refused;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto reading = read_text(text);
    if (!reading) continue;  // the slips have their own test
    for (const auto& found : reading->policies) {
      ++policies;
      for (const Refusal& refusal : assess(found.policy).refusals) {
        const auto known = explained.find(name);
        ASSERT_NE(known, explained.end()) << name << ": " << refusal.path << ": " << refusal.what;
        EXPECT_EQ(refusal.what.rfind(known->second, 0), 0u) << refusal.what;
        refused.insert(name);
      }
    }
  }
  EXPECT_EQ(refused.size(), explained.size());
  EXPECT_GE(policies, 36u);
  std::cout << policies << " policies of the usage-control classes, " << refused.size()
            << " with a term that is refused for a stated reason\n";
}

TEST(Registry, QualifiersBelongToAmountsOnly) {
  Constraint count = atomic("count", Operator::kLteq, "10");
  count.unit = "http://dbpedia.org/resource/Euro";
  EXPECT_FALSE(assess(policy_of(permission({count}))).enforceable());
  Constraint amount = atomic("payAmount", Operator::kEq, "500.00");
  amount.unit = count.unit;
  EXPECT_TRUE(assess(policy_of(permission({amount}))).enforceable());
}

TEST(Registry, RefusesAPolicyWithoutRules) {
  EXPECT_FALSE(assess(Policy{}).enforceable());
}

}  // namespace
}  // namespace connector::contract
