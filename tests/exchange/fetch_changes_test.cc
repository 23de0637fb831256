// A fetch while something changes under it: the policy, the partner, the log.
#include <gtest/gtest.h>

#include <future>

#include "core/limits.h"
#include "evidence/log_entry.h"
#include "two_connectors.h"

namespace connector::testing {
namespace {

using Told = std::vector<std::string>;

// ---- changes under way -------------------------------------------------------------------------

TEST(Fetch, ANewRevisionThatDeniesCutsTheStream) {
  TwoConnectors two;
  two.add_orders(4 * core::limits::kBatchRecords);
  two.wire->after_batch = [&](std::uint64_t passed) {
    if (passed != 1) return;
    two.policy.script([](ScriptedPolicy& policy) {
      policy.allow_ = false;
      policy.revision_ = "revision-2";
    });
  };
  EXPECT_EQ(reason_of(two.fetch()), "POLICY_CHANGED");
  const auto entries = two.provider_side.log.entries();
  const auto closed = evidence::read_log_entry(entries.back());
  EXPECT_EQ(closed->reason, "POLICY_CHANGED");
  EXPECT_EQ(closed->revision, "revision-2");
  EXPECT_EQ(closed->records, core::limits::kBatchRecords);
}

TEST(Fetch, ANewRevisionThatHidesMoreIsInForceFromTheNextBatch) {
  TwoConnectors two;
  two.add_orders(2 * core::limits::kBatchRecords);
  two.wire->after_batch = [&](std::uint64_t) {
    two.policy.script([](ScriptedPolicy& policy) {
      policy.shown_ = {"order_line.order_number"};
      policy.revision_ = "revision-2";
    });
  };
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->receipt.revision.str(), "revision-2");
  EXPECT_FALSE(fetched->masked.empty());
  const auto received = two.consumer_side.log.received();
  valuechain::record::v1::Record before;
  valuechain::record::v1::Record after;
  ASSERT_TRUE(before.ParseFromString(received.front().records[0]));
  ASSERT_TRUE(after.ParseFromString(received.back().records[0]));
  EXPECT_TRUE(before.order_line().has_description());
  EXPECT_FALSE(after.order_line().has_description());
}

TEST(Fetch, WithoutAPolicyARunningStreamLastsUntilItsDecisionEnds) {
  TwoConnectors two;
  two.add_orders(4 * core::limits::kBatchRecords);
  two.wire->after_batch = [&](std::uint64_t passed) {
    two.policy.script([](ScriptedPolicy& policy) { policy.down_ = true; });
    if (passed == 3) two.now += 61'000'000'000;
  };
  EXPECT_EQ(reason_of(two.fetch()), "POLICY_UNAVAILABLE");
  EXPECT_EQ(two.consumer_side.log.received().size(), 3u);
}

TEST(Fetch, ARevokedPartnerIsCutOffAtTheNextBatch) {
  TwoConnectors two;
  two.add_orders(4 * core::limits::kBatchRecords);
  two.wire->after_batch = [&](std::uint64_t) {
    two.provider_side.partners.set_state(veldkamp(), PartnerState::kRevoked);
  };
  EXPECT_EQ(reason_of(two.fetch()), "PARTNER_NOT_ACTIVE");
  EXPECT_EQ(two.consumer_side.log.received().size(), 1u);
}

TEST(Fetch, AnIdleStreamIsToldOfRevocationWithoutAsking) {
  TwoConnectors two;
  two.add_orders(4 * core::limits::kBatchRecords);
  auto stream = two.provider->fetch({veldkamp(), {}}, two.request());
  std::promise<std::string> told;
  stream->on_abort([&](const core::Error& error) { told.set_value(error.reason); });
  ASSERT_EQ(reason_of(next_part(*stream)), "batch");
  EXPECT_EQ(two.provider->streams(), 1u);
  two.provider_side.partners.set_state(veldkamp(), PartnerState::kRevoked);
  two.provider->look_again();
  EXPECT_EQ(told.get_future().get(), "PARTNER_NOT_ACTIVE");
  two.provider_side.log.settle();
  EXPECT_EQ(two.provider->streams(), 0u);
  EXPECT_EQ(TwoConnectors::told(two.provider_side.log).back(),
            "fetch.closed broken PARTNER_NOT_ACTIVE");
}

TEST(Fetch, StoppingEndsStreamsInOrder) {
  TwoConnectors two;
  two.add_orders(4 * core::limits::kBatchRecords);
  two.wire->after_batch = [&](std::uint64_t) { two.provider->stop(); };
  EXPECT_EQ(reason_of(two.fetch()), "SHUTTING_DOWN");
  EXPECT_EQ(TwoConnectors::told(two.provider_side.log).back(), "fetch.closed broken SHUTTING_DOWN");
  EXPECT_EQ(reason_of(two.first_answer(two.request())), "SHUTTING_DOWN");
}

// ---- evidence or nothing -----------------------------------------------------------------------

TEST(Fetch, NothingLeavesBeforeItIsDurable) {
  TwoConnectors two;
  two.add_orders(4 * core::limits::kBatchRecords);
  two.provider_side.log.hold(true);
  auto stream = two.provider->fetch({veldkamp(), {}}, two.request());
  std::atomic<int> answers{0};
  auto all = std::make_shared<std::promise<void>>();
  for (int i = 0; i < 5; ++i) {
    stream->next([&answers, all](const core::Result<StreamPart>&) {
      if (++answers == 5) all->set_value();
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(answers, 0);
  two.provider_side.log.hold(false);
  EXPECT_EQ(all->get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST(Fetch, AnswersComeInOrderWhenAskedAhead) {
  TwoConnectors two;
  two.add_orders(7 * core::limits::kBatchRecords);
  auto stream = two.provider->fetch({veldkamp(), {}}, two.request());
  std::mutex mutex;
  std::vector<std::string> order;
  auto all = std::make_shared<std::promise<void>>();
  for (int i = 0; i < 8; ++i) {
    stream->next([&, all](const core::Result<StreamPart>& part) {
      std::lock_guard lock(mutex);
      const auto* batch = part ? std::get_if<ServedBatch>(&*part) : nullptr;
      order.push_back(batch ? std::to_string(batch->index) : reason_of(part));
      if (order.size() == 8) all->set_value();
    });
  }
  ASSERT_EQ(all->get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(order, (Told{"1", "2", "3", "4", "5", "6", "7", "receipt"}));
}

// What a reader that asks ahead is told first besides batches, while some commits fail.
std::string told_with_failing_commits(TwoConnectors& two, std::size_t after, std::size_t times) {
  two.add_orders(4 * core::limits::kBatchRecords);
  two.provider_side.log.fail_after(after, core::unavailable("STORAGE_FULL", "disk full"), times);
  auto stream = two.provider->fetch({veldkamp(), {}}, two.request());
  auto last = std::make_shared<std::promise<std::string>>();
  for (int i = 0; i < 5; ++i) {
    stream->next([last](const core::Result<StreamPart>& part) {
      if (reason_of(part) != "batch") last->set_value(reason_of(part));
    });
  }
  auto told = last->get_future();
  const bool in_time = told.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
  two.provider_side.log.heal();
  two.provider_side.log.settle();
  return in_time ? told.get() : "nothing";
}

// Four batches are four commits; the receipt comes with the last.
TEST(Fetch, ALogThatFailsUnderWayIsNeverToldComplete) {
  for (const std::size_t times : {std::size_t{1}, SIZE_MAX}) {
    for (std::size_t after = 0; after < 5; ++after) {
      TwoConnectors two;
      EXPECT_EQ(told_with_failing_commits(two, after, times),
                after < 4 ? "STORAGE_FULL" : "receipt");
      const Told told = TwoConnectors::told(two.provider_side.log);
      EXPECT_EQ(std::count(told.begin(), told.end(), "fetch.closed complete"), after < 4 ? 0 : 1)
          << "commit " << after << " fails, " << times << " times";
    }
  }
}

// The log failed once and works again: the account does not stay open.
TEST(Fetch, AnAccountIsClosedWhenTheLogWorksAgain) {
  for (std::size_t after = 1; after < 4; ++after) {
    TwoConnectors two;
    EXPECT_EQ(told_with_failing_commits(two, after, 1), "STORAGE_FULL");
    const Told told = TwoConnectors::told(two.provider_side.log);
    EXPECT_EQ(told, (Told{"fetch.opened", "fetch.closed broken STORAGE_FULL"})) << after;
  }
}

TEST(Fetch, AConsumerThatCannotLogTakesNothing) {
  TwoConnectors two;
  two.add_orders(1);
  two.consumer_side.log.fail_after(0, core::unavailable("EVIDENCE_UNAVAILABLE", "fsync failed"));
  EXPECT_EQ(reason_of(two.fetch()), "EVIDENCE_UNAVAILABLE");
  EXPECT_TRUE(two.provider_side.log.entries().empty());  // it did not even ask
}

TEST(Fetch, TooManyReceiptsThatNobodyAcknowledgesStopFurtherFetches) {
  TwoConnectors two;
  two.add_orders(1);
  two.wire->lose_acknowledgement = true;
  for (int i = 0; i < 3; ++i) {
    const auto fetched = two.fetch();
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_FALSE(fetched->acknowledged);
    EXPECT_NE(fetched->warning, "");
  }
  EXPECT_EQ(reason_of(two.fetch()), "RECEIPTS_UNACKNOWLEDGED");
}

}  // namespace
}  // namespace connector::testing
