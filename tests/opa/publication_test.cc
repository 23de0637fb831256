// Who publishes, and when it takes two.
#include "opa/company.h"
#include "opa/history.h"

namespace connector::testing {
namespace {

using core::Json;

const opa::Publisher kAnna{1001, "anna"};
const opa::Publisher kBert{1002, "bert"};

opa::Publication wish_of(const opa::Publisher& by, unsigned approvals) {
  opa::Publication wish;
  wish.by = by;
  wish.approvals = approvals;
  return wish;
}

struct PublicationTest : ::testing::Test {
  void SetUp() override {
    engine = company.start();
    ASSERT_TRUE(engine);
    first = engine->revision().str();
    company.append("company.rego", "# second\n");
  }
  opa::History history() const { return *opa::History::read(company.options().dir); }

  Company company;
  std::unique_ptr<opa::PolicyEngine> engine;
  std::string first;
};

TEST_F(PublicationTest, TheHistoryTellsWhoPublishedWhatAndWhen) {
  ASSERT_TRUE(engine->publish(wish_of(kAnna, 1)));
  ASSERT_TRUE(engine->rollback(first.substr(0, 10), wish_of(kBert, 1)));
  const auto activations = history().activations();
  ASSERT_EQ(activations.size(), 3u);
  EXPECT_EQ(activations[0].by.uid, -1);
  EXPECT_EQ(activations[0].by.name, "first start");
  EXPECT_EQ(activations[1].by.name, "anna");
  EXPECT_EQ(activations[1].action, "published");
  EXPECT_EQ(activations[2].by.uid, 1002);
  EXPECT_EQ(activations[2].action, "rolled-back");
  EXPECT_EQ(activations[2].revision.str(), first);
  EXPECT_FALSE(activations[2].at.empty());
  const auto status = engine->status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->find("by")->text_at("name"), "bert");
}

TEST_F(PublicationTest, WhereItTakesTwoTheFirstOneOnlyProposes) {
  const auto proposed = engine->publish(wish_of(kAnna, 2));
  ASSERT_TRUE(proposed) << proposed.error().message;
  ASSERT_TRUE(proposed->find("proposal"));
  EXPECT_EQ(engine->revision().str(), first);
  const std::string revision = proposed->text_at("revision");
  EXPECT_EQ(engine->status()->find("proposal")->text_at("revision"), revision);

  EXPECT_EQ(engine->approve(revision, kAnna).error().reason, "POLICY_SAME_PERSON");
  EXPECT_EQ(engine->approve(revision, {-1, ""}).error().reason, "POLICY_SAME_PERSON");
  EXPECT_EQ(engine->approve(revision.substr(0, 7), kBert).error().reason,
            "POLICY_PROPOSAL_NOT_FOUND");
  EXPECT_EQ(engine->approve(first, kBert).error().reason, "POLICY_PROPOSAL_NOT_FOUND");
  EXPECT_EQ(engine->revision().str(), first);

  const auto approved = engine->approve(revision.substr(0, 8), kBert);
  ASSERT_TRUE(approved) << approved.error().message;
  EXPECT_EQ(engine->revision().str(), revision);
  const auto last = history().activations().back();
  EXPECT_EQ(last.by.name, "anna");
  ASSERT_TRUE(last.approved_by);
  EXPECT_EQ(last.approved_by->name, "bert");
  EXPECT_FALSE(engine->status()->find("proposal"));
  EXPECT_EQ(engine->approve(revision, kBert).error().reason, "POLICY_PROPOSAL_NOT_FOUND");
}

TEST_F(PublicationTest, AProposalSurvivesARestart) {
  const auto proposed = engine->publish(wish_of(kAnna, 2));
  ASSERT_TRUE(proposed);
  engine = nullptr;
  engine = company.start();
  ASSERT_TRUE(engine);
  EXPECT_EQ(engine->revision().str(), first);
  EXPECT_TRUE(engine->approve(proposed->text_at("revision"), kBert));
  EXPECT_EQ(engine->revision().str(), proposed->text_at("revision"));
}

TEST_F(PublicationTest, WhatIsApprovedIsWhatWasProposedWhateverWasEditedSince) {
  const auto proposed = engine->publish(wish_of(kAnna, 2));
  ASSERT_TRUE(proposed);
  company.append("company.rego", "\nallow := true\n");
  ASSERT_TRUE(engine->approve(proposed->text_at("revision"), kBert));
  EXPECT_EQ(engine->revision().str(), proposed->text_at("revision"));
  EXPECT_TRUE(engine->status()->find("edited")->as_bool());
}

TEST_F(PublicationTest, ARollbackTakesTwoAsWell) {
  ASSERT_TRUE(engine->publish(wish_of(kAnna, 1)));
  const std::string second = engine->revision().str();
  const auto proposed = engine->rollback("", wish_of(kAnna, 2));
  ASSERT_TRUE(proposed) << proposed.error().message;
  EXPECT_EQ(engine->revision().str(), second);
  ASSERT_TRUE(engine->approve(first, kBert));
  EXPECT_EQ(engine->revision().str(), first);
  EXPECT_EQ(history().activations().back().action, "rolled-back");
}

TEST_F(PublicationTest, AProposalIsOverWhenAnotherRevisionCameInForce) {
  const auto proposed = engine->publish(wish_of(kAnna, 2));
  ASSERT_TRUE(proposed);
  company.append("company.rego", "# third\n");
  ASSERT_TRUE(engine->publish(wish_of(kBert, 1)));
  EXPECT_EQ(engine->approve(proposed->text_at("revision"), kBert).error().reason,
            "POLICY_PROPOSAL_NOT_FOUND");
}

TEST_F(PublicationTest, AProposalCanBeTakenAway) {
  const auto proposed = engine->publish(wish_of(kAnna, 2));
  ASSERT_TRUE(proposed);
  EXPECT_TRUE(engine->reject(proposed->text_at("revision")));
  EXPECT_EQ(engine->approve(proposed->text_at("revision"), kBert).error().reason,
            "POLICY_PROPOSAL_NOT_FOUND");
}

TEST_F(PublicationTest, NobodyInParticularCannotPropose) {
  EXPECT_EQ(engine->publish(wish_of({-1, ""}, 2)).error().reason, "POLICY_SAME_PERSON");
  EXPECT_EQ(engine->revision().str(), first);
}

}  // namespace
}  // namespace connector::testing
