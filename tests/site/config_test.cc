#include "site/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "support/temp_dir.h"

namespace connector::site {
namespace {

core::Result<Config> load(const std::string& text) {
  const testing::TempDir dir;
  dir.write(kConfigFile, text);
  return load_config(dir.path());
}

const std::string kHead = "version: 1\nparticipant: did:web:acme.example\nsite: main\n";

TEST(Config, WhatInitWritesIsRead) {
  const core::Connector id{core::ParticipantId("did:web:acme.example"), core::SiteName("main")};
  const auto config = load(initial_config(id, "Acme", "127.0.0.1:7443"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->id, id);
  EXPECT_EQ(config->listen, "127.0.0.1:7443");
  EXPECT_EQ(config->datasets.size(), 4u);
}

TEST(Config, ListsAllMistakesWithTheirLines) {
  const auto config = load(kHead +
                           "lisen: x\n"
                           "log_level: loud\n"
                           "datasets:\n"
                           "  - id: a\n"
                           "    kinds: [order_lines]\n"
                           "  - id: a\n"
                           "edge: {calls_per_minute: many}\n");
  ASSERT_FALSE(config);
  const std::string& message = config.error().message;
  for (const char* mistake :
       {"connector.yaml:4: unknown key 'lisen'; did you mean 'listen'?",
        "connector.yaml:5: log_level must be", "did you mean 'order_line'?",
        "dataset 'a' is given twice", "'edge.calls_per_minute' must be a whole number"}) {
    EXPECT_NE(message.find(mistake), std::string::npos) << mistake << "\n" << message;
  }
}

TEST(Config, ReadsASelection) {
  const auto config = load(kHead +
                           "datasets:\n"
                           "  - id: a\n"
                           "    selection: {orders: [\"17\"], from: \"2026-01-01\"}\n");
  ASSERT_TRUE(config) << config.error().message;
  const exchange::Selection& selection = config->datasets[0].info.selection;
  EXPECT_EQ(selection.order_numbers, std::vector<std::string>{"17"});
  EXPECT_EQ(selection.event_from, 1'767'225'600'000'000'000);
  EXPECT_FALSE(load(kHead + "datasets:\n  - id: a\n    selection: {from: soon}\n"));
}

TEST(Config, RefusesNamesThatWouldBreakPathsAndCertificates) {
  for (const char* participant : {"acme", "did:web:", "did:web:a b", "did:web:a/b", "did:key:z6"}) {
    EXPECT_FALSE(check_participant(participant)) << participant;
  }
  for (const char* site : {"", "Main", "a/b", "a b", ".."}) EXPECT_FALSE(check_site(site)) << site;
  EXPECT_TRUE(check_participant("did:web:acme.example"));
  EXPECT_TRUE(check_site("main-2"));
}

// The schema for editors and the reader know the same keys.
TEST(Config, TheJsonSchemaHasTheSameKeys) {
  std::ostringstream text;
  text << std::ifstream(std::string(SOURCE_DIR) + "/deploy/connector.schema.json").rdbuf();
  const auto schema = core::parse_untrusted(text.str());
  ASSERT_TRUE(schema) << schema.error().message;
  for (const auto& [key, value] : schema->find("properties")->members()) {
    const auto there = load(kHead + (kHead.find("\n" + key + ":") == std::string::npos
                                         ? key + ": {no-such-key: 1}\n"
                                         : std::string()));
    if (there) continue;
    EXPECT_EQ(there.error().message.find("unknown key '" + key + "'"), std::string::npos) << key;
  }
  // And the other way round: what the reader suggests for a slip of each key is in the schema.
  std::set<std::string> keys;
  for (const auto& [key, value] : schema->find("properties")->members()) keys.insert(key);
  for (const char* key :
       {"version", "participant", "site", "name", "listen", "addresses", "datasets", "policy",
        "opa", "admin", "apps", "exchange", "edge", "log_level"}) {
    EXPECT_EQ(keys.count(key), 1u) << key;
  }
  EXPECT_EQ(keys.size(), 15u);
}

TEST(Config, APolicyMayTakeTwoPersons) {
  EXPECT_EQ(load(kHead)->policy_approvals, 1u);
  EXPECT_EQ(load(kHead + "policy: rules\n")->policy, "rules");
  const auto two = load(kHead + "policy: {folder: rules, approvals: 2}\n");
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(two->policy, "rules");
  EXPECT_EQ(two->policy_approvals, 2u);
  const auto three = load(kHead + "policy: {approvals: 3}\n");
  ASSERT_FALSE(three);
  EXPECT_NE(three.error().message.find("connector.yaml:4: 'policy.approvals' must be 1 or 2"),
            std::string::npos)
      << three.error().message;
}

TEST(Config, ApplicationsAreKnownByTheirUsersAndGroups) {
  const auto config = load(kHead +
                           "apps:\n  group: root\n  applications:\n"
                           "    - {name: erp, users: [root, 1001], roles: [engineer]}\n"
                           "    - {name: crm, groups: [0]}\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->apps_group, "root");
  ASSERT_EQ(config->apps.size(), 2u);
  EXPECT_EQ(config->apps[0].name, "erp");
  EXPECT_EQ(config->apps[0].uids, (std::vector<std::uint32_t>{0, 1001}));
  EXPECT_EQ(config->apps[0].roles, (std::vector<std::string>{"engineer"}));
  EXPECT_EQ(config->apps[1].gids, (std::vector<std::uint32_t>{0}));
  for (const auto& [wrong, says] :
       {std::pair{"{name: erp}", "names neither users nor groups"},
        {"{users: [root]}", "an application needs a name"},
        {"{name: erp, users: [no-such-user-here]}", "has no user 'no-such-user-here'"}}) {
    const auto refused = load(kHead + "apps: {applications: [" + wrong + "]}\n");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_NE(refused.error().message.find(says), std::string::npos) << refused.error().message;
  }
}

TEST(Config, RetentionIsADurationOrNever) {
  EXPECT_EQ(load(kHead)->retention.decisions_s, 90 * 86'400);
  EXPECT_EQ(load(kHead)->retention.originals_s, std::nullopt);
  const auto config = load(kHead + "retention: {decisions: never, originals: P2M, copies: P30D}\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->retention.decisions_s, std::nullopt);
  EXPECT_EQ(config->retention.originals_s, 62 * 86'400);
  EXPECT_EQ(config->retention.copies_s, 30 * 86'400);
  for (const char* wrong : {"PT1H", "soon", "P0D", "30"}) {
    const auto refused = load(kHead + "retention: {originals: " + wrong + "}\n");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_NE(refused.error().message.find("'retention.originals' must be never or a duration"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace connector::site
