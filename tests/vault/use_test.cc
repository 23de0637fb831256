#include <thread>

#include "evidence/log_entry.h"
#include "houses.h"

namespace connector::testing {
namespace {

constexpr const char* kPlain =
    R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"]})";
constexpr const char* kTenTimes =
    R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"],
        "uses": 10})";

std::vector<pb::Record> three() {
  return {order_line("A", 1), order_line("A", 2), order_line("B", 3)};
}

TEST(Use, GivesWhatWasReceived) {
  TempDir dir;
  Consumer house(dir.path(), kPlain, nullptr);
  ASSERT_TRUE(house.receive(three()));
  const auto records = house.used();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].SerializeAsString(), three()[0].SerializeAsString());
  EXPECT_EQ(house.kinds_logged(), (std::vector<std::string>{"use.allowed", "use.ended"}));
}

TEST(Use, IsOnRecordBeforeAndAfter) {
  TempDir dir;
  Consumer house(dir.path(), kTenTimes, nullptr);
  ASSERT_TRUE(house.receive(three()));
  auto asked = request();
  asked.uid = 1000;
  house.used(asked);
  const auto entry = [&](std::uint64_t i) {
    return evidence::read_log_entry(house.store->log().entry(i).value()).value();
  };
  EXPECT_EQ(entry(0).agreement_id, kAgreementId);
  EXPECT_EQ(entry(0).purpose, "complaint-handling");
  EXPECT_EQ(entry(0).subject, "erp");
  EXPECT_EQ(entry(0).detail, "use 1");
  EXPECT_EQ(entry(0).uid, 1000);
  EXPECT_EQ(entry(0).partner, kProvider);
  EXPECT_EQ(entry(1).outcome, "complete");
  EXPECT_EQ(entry(1).records, 3u);
  EXPECT_EQ(entry(1).request_id, entry(0).request_id);
}

TEST(Use, FiltersWithoutTellingTheStore) {
  TempDir dir;
  Consumer house(dir.path(), kPlain, nullptr);
  ASSERT_TRUE(house.receive(three()));
  auto asked = request();
  asked.selection.order_numbers = {"A"};
  EXPECT_EQ(house.use(asked), "order/A/1 order/A/2");
  asked.selection.item_keys = {std::string(16, 'c')};
  EXPECT_EQ(house.use(asked), "order/A/2");
  asked.selection = {};
  asked.selection.kinds = {pb::KIND_EVENT};
  EXPECT_EQ(house.use(asked), "");
  asked.selection = {};
  asked.selection.event_from = 2 * kDayNs;
  EXPECT_EQ(house.use(asked), "order/A/2 order/B/3");
  asked.selection.event_to = 3 * kDayNs;
  EXPECT_EQ(house.use(asked), "order/A/2");
  asked.selection.event_from = 2 * kDayNs + 1;
  EXPECT_EQ(house.use(asked), "") << "the day alone is not enough";
  EXPECT_FALSE(found_in_files(dir.path(), "Canary"));
  EXPECT_FALSE(found_in_files(dir.path(), "order/A"));
}

TEST(Use, WithoutTheRightPurposeIsRefusedAndOnRecord) {
  TempDir dir;
  Consumer house(dir.path(), kPlain, nullptr);
  ASSERT_TRUE(house.receive(three()));
  EXPECT_EQ(house.use(request("marketing")), "USE_DENIED");
  const auto entry = evidence::read_log_entry(house.store->log().entry(0).value()).value();
  EXPECT_EQ(entry.kind, "use.denied");
  EXPECT_EQ(entry.reason, "USE_DENIED");
  EXPECT_EQ(entry.purpose, "marketing");
}

TEST(Use, NoAnswerOfThePolicyIsARefusal) {
  TempDir dir;
  Consumer house(dir.path(), kTenTimes, nullptr);
  ASSERT_TRUE(house.receive(three()));
  house.point.available = false;
  EXPECT_EQ(house.use(), "POLICY_UNAVAILABLE");
  EXPECT_EQ(house.facts().uses, 0u);
}

TEST(Use, NamesWhatIsNotThere) {
  TempDir dir;
  Consumer house(dir.path(), kPlain, nullptr);
  EXPECT_EQ(house.use(), "NOTHING_RECEIVED");
  auto asked = request();
  asked.agreement = "6f0c3a52-7f0e-4f5e-9d55-6a4f2f6d1b11";
  EXPECT_EQ(house.use(asked), "AGREEMENT_NOT_FOUND");
  asked = request();
  asked.dataset = "orders";
  EXPECT_EQ(house.use(asked), "DATASET_NOT_COVERED");
  asked = request();
  asked.action = "distribute";
  EXPECT_EQ(house.use(asked), "ACTION_UNKNOWN");
}

TEST(Use, OfAnAgreementThatEndedIsRefused) {
  TempDir dir;
  Consumer house(dir.path(), kPlain, nullptr);
  ASSERT_TRUE(house.receive(three()));
  auto ended = *house.agreement_kept;
  ended.state = exchange::AgreementState::kEnded;
  house.agreement_kept = std::make_shared<const exchange::KeptAgreement>(ended);
  EXPECT_EQ(house.use(), "AGREEMENT_NOT_IN_FORCE");
}

// Cut, not finished: what ends under way ends for those who read.
TEST(Use, IsCutWhenTheAgreementEndsUnderWay) {
  TempDir dir;
  Consumer house(dir.path(), kPlain, nullptr);
  std::vector<pb::Record> many;
  for (int i = 0; i < 1000; ++i) many.push_back(order_line("A", i % 20));
  ASSERT_TRUE(house.receive(many));
  std::size_t given = 0;
  const auto done = house.use_case->run(request(), [&](const exchange::UsedRecord&) {
    if (++given == 10) {
      auto ended = *house.agreement_kept;
      ended.state = exchange::AgreementState::kEnded;
      house.agreement_kept = std::make_shared<const exchange::KeptAgreement>(ended);
    }
    return true;
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "USE_CUT");
  EXPECT_LT(given, 1000u);
  EXPECT_EQ(house.kinds_logged().back(), "use.ended");
}

TEST(Use, AFileOfPlainRecordsNeedsThePermissionToPrint) {
  TempDir dir;
  Consumer house(dir.path(), kPlain, nullptr);
  ASSERT_TRUE(house.receive(three()));
  auto asked = request();
  asked.to_file = true;
  EXPECT_EQ(house.use(asked), "order/A/1 order/A/2 order/B/3");
  auto forbids = *house.agreement_kept;
  contract::Rule rule;
  rule.kind = contract::Rule::Kind::kProhibition;
  rule.actions = {{"print", {}, {}}};
  forbids.terms.policy.prohibitions.push_back(rule);
  house.agreement_kept = std::make_shared<const exchange::KeptAgreement>(forbids);
  EXPECT_EQ(house.use(asked), "USE_DENIED");
  EXPECT_EQ(house.use(), "order/A/1 order/A/2 order/B/3") << "to use it is still permitted";
}

TEST(Use, IsCounted) {
  TempDir dir;
  Consumer house(dir.path(), kTenTimes, nullptr);
  ASSERT_TRUE(house.receive(three()));
  const auto first =
      house.use_case->run(request(), [](const exchange::UsedRecord&) { return true; });
  ASSERT_TRUE(first);
  EXPECT_EQ(first->number, 1u);
  EXPECT_EQ(first->remaining, 9u);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(house.use(), "order/A/1 order/A/2 order/B/3");
  EXPECT_EQ(house.use(), "USE_DENIED");
  EXPECT_EQ(house.facts().uses, 10u);
}

TEST(Use, SixtyFourAtOnceAreGivenExactlyWhatIsLeft) {
  TempDir dir;
  Consumer house(dir.path(), kTenTimes, nullptr);
  ASSERT_TRUE(house.receive(three()));
  std::atomic<int> given = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      const std::string got = house.use();
      ++(got == "USE_DENIED" ? refused : given);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(given, 10);
  EXPECT_EQ(refused, 54);
  EXPECT_EQ(house.facts().uses, 10u);
}

TEST(Use, ATurnedClockGivesNothingBack) {
  const std::string until = R"({"datasets": ["quality"], "groups": ["customer"],
      "purposes": ["complaint-handling"], "for": "P30D", "uses": 10})";
  for (const core::EpochNs back : {kDayNs, 3650 * kDayNs}) {
    TempDir dir;
    const core::EpochNs start = kConcluded * kSecond;
    {
      Consumer house(dir.path(), until, nullptr, start);
      ASSERT_TRUE(house.receive(three()));
      house.wall = start + 30 * kDayNs - kSecond;
      EXPECT_EQ(house.use(), "order/A/1 order/A/2 order/B/3");
      house.wall = house.wall - back;
      house.steady = house.steady + kSecond;
      EXPECT_EQ(house.use(), "order/A/1 order/A/2 order/B/3") << "its last second";
      house.steady = house.steady + 2 * kSecond;
      EXPECT_EQ(house.use(), "USE_DENIED") << "in the same run";
    }
    Consumer again(dir.path(), until, nullptr, start - back);
    again.steady = 2 * kSecond;
    EXPECT_EQ(again.use(), "USE_DENIED") << "after a restart";
    EXPECT_EQ(again.facts().uses, 2u);
  }
}

TEST(Use, WhatIsToBeAnonymisedIsSoBeforeItLies) {
  TempDir dir;
  Consumer house(dir.path(), R"({"datasets": ["quality"], "groups": ["customer"],
      "purposes": ["complaint-handling"], "anonymize": true})",
                 nullptr);
  ASSERT_TRUE(house.receive(three()));
  const auto records = house.used();
  ASSERT_EQ(records.size(), 3u);
  for (const auto& record : records) {
    EXPECT_FALSE(record.order_line().has_buyer());
    EXPECT_EQ(record.order_line().notes_size(), 0);
    EXPECT_TRUE(record.order_line().has_order_number());
  }
}

}  // namespace
}  // namespace connector::testing
