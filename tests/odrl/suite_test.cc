// The public cases of ../shared/data/odrl-test-suite: activation of every rule, then the premises.
#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "core/limits.h"
#include "core/text.h"
#include "evaluator.h"

namespace connector::testing {
namespace {

using core::Json;

const char* kSuite = "odrl-test-suite";

struct Row {
  std::string number, kind, rule, activation;
};

std::vector<Row> rows() {
  std::vector<Row> all;
  std::istringstream lines(read_file(shared_data_dir() / kSuite / "expected.tsv"));
  std::string line;
  std::getline(lines, line);  // the head
  while (std::getline(lines, line)) {
    const auto cells = core::split(line, '\t');
    all.push_back({std::string(cells[0]), std::string(cells[1]), std::string(cells[2]),
                   std::string(cells[3])});
  }
  return all;
}

Json document(const std::string& number) {
  return parse(read_file(shared_data_dir() / kSuite / (number + ".json")));
}

core::Result<Json> judge(const Json& document) {
  return Evaluator::get().evaluate(*document.find("policy"), *document.find("request"),
                                   *document.find("stateOfWorld"));
}

// Kind, or the constraint's id, -> state: constraints within constraints included.
void states(const Json& premises, const char* state, std::map<std::string, std::string>& found) {
  for (const Json& premise : premises.items()) {
    if (!premise.is_object()) continue;  // named by the suite, but not described
    const std::string& constraint = premise.text_at("constraint");
    found[constraint.empty() ? premise.text_at("kind") : constraint] = premise.text_at(state);
    if (const Json* below = premise.find("premises")) states(*below, state, found);
  }
}

class Suite : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_shared_data(kSuite)) GTEST_SKIP() << shared_data_missing(kSuite);
  }
};

TEST_F(Suite, EveryRuleIsAsActiveAsExpected) {
  int agreeing = 0;
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.number);
    const auto answer = judge(document(row.number));
    ASSERT_TRUE(answer) << answer.error().message;
    const Json& rules = *answer->find("rules");
    ASSERT_EQ(rules.items().size(), 1u);
    EXPECT_EQ(rules.items()[0].text_at("rule"), row.rule);
    EXPECT_EQ(rules.items()[0].text_at("kind"), row.kind);
    EXPECT_EQ(rules.items()[0].text_at("activation"), row.activation)
        << rules.items()[0].text_at("reason");
    agreeing += rules.items()[0].text_at("activation") == row.activation ? 1 : 0;
  }
  std::printf("activation: %d of %zu cases agree\n", agreeing, rows().size());
  EXPECT_EQ(agreeing, 46);
}

TEST_F(Suite, EveryPremiseIsAsSatisfiedAsExpected) {
  std::size_t agreeing = 0;
  std::size_t described = 0;
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.number);
    const Json suite = document(row.number);
    const auto answer = judge(suite);
    ASSERT_TRUE(answer) << answer.error().message;
    std::map<std::string, std::string> expected;
    std::map<std::string, std::string> found;
    states(*suite.find("expected")->items()[0].find("premises"), "satisfactionState", expected);
    states(*answer->find("rules")->items()[0].find("premises"), "state", found);
    described += expected.size();
    for (const auto& [premise, state] : expected) {
      EXPECT_EQ(found[premise], state) << premise;
      agreeing += found[premise] == state ? 1 : 0;
    }
  }
  std::printf("premises: %zu of %zu agree\n", agreeing, described);
  EXPECT_GT(described, 1000u);
}

// Policies of other collections, with terms that have no facts: each rule has an answer, and a
// permission with a constraint is never Active for want of a fact.
TEST_F(Suite, WhateverIsReadIsJudged) {
  const auto request = contract::read_policy(parse(
      R"({"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Request", "uid": "urn:r",
          "permission": [{"action": "use", "assignee": "urn:a", "target": "urn:x"}]})"));
  ASSERT_TRUE(request) << request.error().message;
  const Json nothing = *opa::read_world(Json::object());
  int judged = 0;
  for (const char* folder : {"ids-policy-classes", "cx-odrl-profile", "dsp-2025-1"}) {
    if (!has_shared_data(folder)) continue;
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(shared_data_dir() / folder)) {
      if (!file.is_regular_file() || file.path().extension() != ".json") continue;
      const auto reading = contract::read_text(read_file(file.path()));
      if (!reading) continue;  // the tests of the reader say why
      for (const auto& found : reading->policies) {
        if (found.policy.type == contract::Policy::Type::kRequest) continue;
        const auto answer = Evaluator::get().ask({found.policy, *request, nothing});
        ASSERT_TRUE(answer) << file.path() << ": " << answer.error().message;
        const auto& rules = answer->find("rules")->items();
        for (std::size_t i = 0; i < found.policy.permissions.size(); ++i) {
          if (found.policy.permissions[i].constraints.empty()) continue;
          EXPECT_EQ(rules[i].text_at("activation"), "Inactive") << file.path();
        }
        ++judged;
      }
    }
  }
  std::printf("%d other policies judged\n", judged);
  EXPECT_GE(judged, 50);
}

// 262 daily windows: 786 constraints.
TEST_F(Suite, TheLargestPoliciesAreJudgedWithinTheTimeOfADecision) {
  for (const char* number : {"062", "064"}) {
    const Json suite = document(number);
    const auto policy = contract::read_policy(*suite.find("policy"));
    const auto request = contract::read_policy(*suite.find("request"));
    const auto world = opa::read_world(*suite.find("stateOfWorld"));
    ASSERT_TRUE(policy && request && world);
    std::vector<double> ms;
    for (int i = 0; i < 15; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      ASSERT_TRUE(Evaluator::get().ask({*policy, *request, *world}));
      ms.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
              .count());
    }
    std::sort(ms.begin(), ms.end());
    std::printf("%s: median %.1f ms, least %.1f ms\n", number, ms[ms.size() / 2], ms[0]);
    // The least: other processes share the machine with the test.
    EXPECT_LT(ms[0], 150.0);
  }
}

TEST_F(Suite, TimeGrowsWithThePolicyAndNoFaster) {
  const Json suite = document("062");
  auto policy = contract::read_policy(*suite.find("policy"));
  const auto request = contract::read_policy(*suite.find("request"));
  const auto world = opa::read_world(*suite.find("stateOfWorld"));
  ASSERT_TRUE(policy && request && world);
  const auto least_ms = [&] {
    double least = 1e9;
    for (int i = 0; i < 5; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_TRUE(Evaluator::get().ask({*policy, *request, *world}));
      least = std::min(
          least, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
                     .count());
    }
    return least;
  };
  const double once = least_ms();
  auto& windows = policy->permissions[0].constraints[0].operands;
  ASSERT_EQ(windows.size(), 262u);
  for (int i = 0; i < 2; ++i) {
    const auto copy = windows;
    windows.insert(windows.end(), copy.begin(), copy.end());
  }
  ASSERT_EQ(windows.size(), 4 * 262u);
  const double four_times = least_ms();
  std::printf("262 windows: %.1f ms; 1048 windows: %.1f ms\n", once, four_times);
  EXPECT_LT(four_times, 8 * once);
}

}  // namespace
}  // namespace connector::testing
