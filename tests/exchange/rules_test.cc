#include "exchange/rules.h"

#include <gtest/gtest.h>
#include <valuechain/record/v1/record.pb.h>

#include "core/digest.h"
#include "core/limits.h"

namespace connector::testing {
namespace {

using exchange::Decided;
using exchange::RuleBook;

class Rules : public ::testing::Test {
 protected:
  static Decided decide(std::int64_t valid_until_s, const std::string& path = "order_line") {
    decision::Decision decision;
    decision.allow = true;
    decision.rows.kind = decision::Predicate::Kind::kTrue;
    decision.visible = {path};
    decision.valid_until_s = valid_until_s;
    return std::make_shared<const decision::Decision>(std::move(decision));
  }
  decision::Question at(std::int64_t now_s) {
    decision::Question question;
    question.caller = {core::ParticipantId("did:web:a.example"), core::SiteName("plant")};
    question.kinds = {"order_line"};
    question.now_s = now_s;
    return question;
  }

  int compiled = 0;  // each compilation asks for the hash of its partner
  RuleBook book{[this](const core::ParticipantId&) -> decision::KeyedHash {
    ++compiled;
    return [](std::string_view value) { return core::sha256(value); };
  }};
};

TEST_F(Rules, ADecisionIsCompiledOnceForAllWhoShareIt) {
  const Decided decided = decide(60);
  const auto first = book.of(decided, at(0));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(*book.of(decided, at(30)), *first);
  EXPECT_EQ(compiled, 1);
  EXPECT_NE(*book.of(decide(60), at(0)), *first) << "decided anew, compiled anew";
  EXPECT_EQ(compiled, 2);
}

TEST_F(Rules, WhatCannotBeEnforcedIsUnavailable) {
  const auto rules = book.of(decide(60, "no.such.field"), at(0));
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().reason, "POLICY_UNAVAILABLE");
}

TEST_F(Rules, AnAgreementNarrowsTheRows) {
  const Decided decided = decide(60);
  decision::Question under = at(0);
  under.agreement_id = "a1";
  const auto sara = std::make_shared<const decision::Subjects>("Sara\n\nAnna");
  const auto narrowed = book.of(decided, under, {}, sara);
  ASSERT_TRUE(narrowed) << narrowed.error().message;
  const auto measured_by = [](const char* person) {
    valuechain::record::v1::Record record;
    record.mutable_measurement()->set_operator_(person);
    return record.SerializeAsString();
  };
  EXPECT_FALSE((*narrowed)->plan.admits_all());
  EXPECT_TRUE((*narrowed)->plan.admits(measured_by("Sara")));
  EXPECT_FALSE((*narrowed)->plan.admits(measured_by("John")));
  decision::RowMemo memo;
  EXPECT_TRUE((*narrowed)->plan.admits(measured_by("Anna"), memo));
  EXPECT_FALSE((*narrowed)->plan.admits(measured_by("Ann"), memo));
  valuechain::record::v1::Record of_nobody;
  of_nobody.mutable_order_line()->set_line_no("1");
  EXPECT_TRUE((*narrowed)->plan.admits(of_nobody.SerializeAsString()));
  const auto plain = book.of(decided, at(0));
  ASSERT_TRUE(plain);
  EXPECT_TRUE((*plain)->plan.admits_all()) << "without the agreement, or under another";
}

TEST_F(Rules, WhatIsOverMakesRoom) {
  const std::weak_ptr<const decision::Decision> over = [&] {
    const Decided decided = decide(60);
    EXPECT_TRUE(book.of(decided, at(0)));
    return std::weak_ptr(decided);
  }();
  EXPECT_FALSE(over.expired());
  const Decided kept = decide(200);
  const auto rules = book.of(kept, at(100));
  for (std::size_t i = 2; i < core::limits::kCompiledDecisions; ++i) {
    ASSERT_TRUE(book.of(decide(200), at(100)));
  }
  EXPECT_FALSE(over.expired());
  ASSERT_TRUE(book.of(decide(200), at(100)));
  EXPECT_TRUE(over.expired());
  EXPECT_EQ(*book.of(kept, at(100)), *rules);
}

}  // namespace
}  // namespace connector::testing
