// The policies and requests of the ODRL test suite: read with everything that they say.
#include "contract/odrl_write.h"
#include "contract/policy_json.h"
#include "contract_support.h"

namespace connector::contract::testing {
namespace {

using connector::testing::has_shared_data;
using connector::testing::shared_data_dir;
using connector::testing::shared_data_missing;

constexpr const char* kSet = "odrl-test-suite";

// Constraints of a document: objects with a left operand, and those that join others.
std::size_t written_constraints(const core::Json& json) {
  std::size_t count = json.find("leftOperand") != nullptr || json.find("and") != nullptr ||
                              json.find("or") != nullptr
                          ? 1
                          : 0;
  for (const core::Json& item : json.items()) count += written_constraints(item);
  for (const auto& [key, member] : json.members()) count += written_constraints(member);
  return count;
}

std::size_t read_constraints(const std::vector<Constraint>& constraints) {
  std::size_t count = constraints.size();
  for (const Constraint& one : constraints) count += read_constraints(one.operands);
  return count;
}

TEST(OdrlTestSuite, EveryPolicyAndRequestIsRead) {
  if (!has_shared_data(kSet)) GTEST_SKIP() << shared_data_missing(kSet);
  std::size_t cases = 0;
  std::size_t largest = 0;
  for (const auto& row : expected_rows(kSet)) {
    const core::Json document = json_file(shared_data_dir() / kSet / (row.at(0) + ".json"));
    const core::Json& written = *document.find("policy");
    const auto policy = read_policy(written);
    ASSERT_TRUE(policy) << row.at(0) << " " << policy.error().message;
    EXPECT_EQ(policy->type, Policy::Type::kSet);
    EXPECT_EQ(policy->id, written.text_at("uid"));
    const auto& rules = row.at(1) == "Permission" ? policy->permissions : policy->prohibitions;
    ASSERT_EQ(rules.size(), 1u) << row.at(0);
    EXPECT_EQ(rules[0].id, row.at(2));
    EXPECT_EQ(read_constraints(rules[0].constraints), written_constraints(written)) << row.at(0);
    largest = std::max(largest, read_constraints(rules[0].constraints));

    const auto request = read_policy(*document.find("request"));
    ASSERT_TRUE(request) << row.at(0);
    EXPECT_EQ(request->type, Policy::Type::kRequest);
    EXPECT_EQ(request->permissions.at(0).assignees.size(), 1u);
    for (const Policy* read : {&*policy, &*request}) {
      EXPECT_EQ(*read_policy(to_odrl_document(*read)), *read) << row.at(0);
      EXPECT_EQ(*from_json(to_json(*read)), *read) << row.at(0);
    }
    ++cases;
  }
  EXPECT_EQ(cases, 46u);
  EXPECT_EQ(largest, 262u * 3 + 1);  // working days, each two constraints in one, in one "or"
}

}  // namespace
}  // namespace connector::contract::testing
