// Both halves of a fetch against each other: what passes, what is refused, what is resumed.
#include <gtest/gtest.h>

#include <future>

#include "core/limits.h"
#include "evidence/log_entry.h"
#include "two_connectors.h"

namespace connector::testing {
namespace {

using Told = std::vector<std::string>;

TEST(Fetch, AnAllowedOneIsSignedCountersignedAndLoggedOnBothSides) {
  TwoConnectors two;
  two.add_orders(3);
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->receipt.records, 3u);
  EXPECT_EQ(fetched->receipt.batches, 1u);
  EXPECT_TRUE(fetched->acknowledged) << fetched->warning;
  const Told expected{"fetch.opened", "fetch.closed complete", "fetch.acknowledged"};
  EXPECT_EQ(TwoConnectors::told(two.provider_side.log), expected);
  EXPECT_EQ(TwoConnectors::told(two.consumer_side.log), expected);
  ASSERT_EQ(two.consumer_side.log.received().size(), 1u);
  EXPECT_EQ(two.consumer_side.log.received()[0].records.size(), 3u);
  EXPECT_EQ(*two.provider_side.log.unacknowledged(veldkamp()), 0u);
}

TEST(Fetch, OnesOfManyBatchesAndOfNoneAreComplete) {
  TwoConnectors two;
  const auto none = two.fetch();
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_EQ(none->receipt.records, 0u);
  two.add_orders(5 * core::limits::kBatchRecords + 7);
  const auto many = two.fetch();
  ASSERT_TRUE(many) << many.error().message;
  EXPECT_EQ(many->receipt.records, 5 * core::limits::kBatchRecords + 7);
  EXPECT_EQ(many->receipt.batches, 6u);
}

TEST(Fetch, WhatIsMaskedIsListedAndGone) {
  TwoConnectors two;
  two.add_orders(1);
  two.policy.shown_ = {"order_line.order_number"};
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_FALSE(fetched->masked.empty());
  valuechain::record::v1::Record record;
  ASSERT_TRUE(record.ParseFromString(two.consumer_side.log.received()[0].records[0]));
  EXPECT_EQ(record.order_line().order_number(), "order 0");
  EXPECT_FALSE(record.order_line().has_description());
}

TEST(Fetch, ARefusalSaysWhyAndIsOnRecord) {
  TwoConnectors two;
  two.policy.allow_ = false;
  const auto denied = two.fetch();
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().reason, "POLICY_DENIED");
  EXPECT_EQ(denied.error().code, core::Code::kDenied);
  EXPECT_EQ(denied.error().metadata.count("decisionId"), 1u);
  EXPECT_EQ(TwoConnectors::told(two.provider_side.log), Told{"fetch.refused POLICY_DENIED"});
  EXPECT_EQ(TwoConnectors::told(two.consumer_side.log),
            (Told{"fetch.opened", "fetch.closed broken POLICY_DENIED"}));
}

TEST(Fetch, HiddenAndMissingDatasetsAreRefusedAlike) {
  TwoConnectors two;
  two.policy.visible_ = false;
  const auto hidden = two.first_answer(two.request());
  two.policy.visible_ = true;
  two.datasets.clear();
  const auto missing = two.first_answer(two.request(
      [](FetchOrder& order) { order.request_id = "00000000-0000-4000-8000-000000000002"; }));
  ASSERT_FALSE(hidden);
  ASSERT_FALSE(missing);
  EXPECT_EQ(hidden.error().reason, "DATASET_NOT_FOUND");
  EXPECT_EQ(hidden.error().message, missing.error().message);
  EXPECT_EQ(hidden.error().metadata, missing.error().metadata);
}

TEST(Fetch, NoPolicyNoRecords) {
  TwoConnectors two;
  two.add_orders(1);
  two.policy.down_ = true;
  EXPECT_EQ(reason_of(two.fetch()), "POLICY_UNAVAILABLE");
  EXPECT_TRUE(two.consumer_side.log.received().empty());
}

TEST(Fetch, AFilterOnAHiddenFieldIsRefused) {
  TwoConnectors two;
  two.policy.shown_ = {"order_line.description"};
  const auto asked =
      two.request([](FetchOrder& order) { order.selection.order_numbers = {"order 1"}; });
  EXPECT_EQ(reason_of(two.first_answer(asked)), "FILTER_NOT_ALLOWED");
}

TEST(Fetch, TheLimitOfThePolicyHolds) {
  TwoConnectors two;
  two.add_orders(3);
  two.policy.max_records_ = 3;
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched);
  two.policy.max_records_ = 0;
  EXPECT_EQ(reason_of(two.first_answer(two.request())), "LIMIT_REACHED");
  EXPECT_EQ(TwoConnectors::told(two.provider_side.log).back(), "fetch.refused LIMIT_REACHED");
  two.policy.max_records_.reset();
  two.policy.max_bytes_ = fetched->receipt.bytes;
  EXPECT_TRUE(two.fetch());
  two.policy.max_bytes_ = 0;
  EXPECT_EQ(reason_of(two.fetch()), "LIMIT_REACHED");
}

// One batch and two records of the next one fit.
TEST(Fetch, WhatFitsTheLimitOfThePolicyLeavesAndIsAccountedFor) {
  constexpr std::uint64_t kFits = core::limits::kBatchRecords + 2;
  TwoConnectors all;
  all.add_orders(kFits);
  const auto same = all.fetch();
  ASSERT_TRUE(same);
  for (const bool by_bytes : {false, true}) {
    TwoConnectors two;
    two.add_orders(kFits + 3);
    if (by_bytes) two.policy.max_bytes_ = same->receipt.bytes + 1;
    if (!by_bytes) two.policy.max_records_ = kFits;
    const auto cut = two.fetch();
    EXPECT_EQ(reason_of(cut), "LIMIT_REACHED");
    const Told expected{"fetch.opened", "fetch.closed broken LIMIT_REACHED"};
    EXPECT_EQ(TwoConnectors::told(two.provider_side.log), expected);
    EXPECT_EQ(TwoConnectors::told(two.consumer_side.log), expected);
    ASSERT_EQ(two.consumer_side.log.received().size(), 2u);
    EXPECT_EQ(two.consumer_side.log.received()[1].records.size(), 2u);
    for (const Side* side : {&two.provider_side, &two.consumer_side}) {
      const auto closed = evidence::read_log_entry(side->log.entries().back());
      ASSERT_TRUE(closed) << closed.error().message;
      EXPECT_EQ(closed->batches, 2u);
      EXPECT_EQ(closed->records, kFits);
      EXPECT_EQ(closed->bytes, same->receipt.bytes);
      EXPECT_EQ(closed->chain_head, core::hex(same->receipt.chain_head));
    }
    // Going on is no way around it.
    EXPECT_EQ(reason_of(two.fetch(cut.error().metadata.at("resume"))), "LIMIT_REACHED");
    EXPECT_EQ(two.consumer_side.log.received().size(), 2u);
  }
}

// ---- the same request twice --------------------------------------------------------------------

TEST(Fetch, ASecondUseOfARequestIsRefusedAndNotExecuted) {
  TwoConnectors two;
  two.add_orders(2 * core::limits::kBatchRecords);
  EXPECT_EQ(reason_of(two.first_answer(two.request())), "batch");
  auto again = two.provider->fetch({veldkamp(), {}}, two.request());
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 4; ++i) {  // as a peer asks ahead
    auto told = std::make_shared<std::promise<std::string>>();
    answers.push_back(told->get_future());
    again->next([told](core::Result<StreamPart> part) { told->set_value(reason_of(part)); });
  }
  EXPECT_EQ(answers[0].get(), "REPLAYED");
  two.provider_side.log.settle();
  const Told told = TwoConnectors::told(two.provider_side.log);
  EXPECT_EQ(std::count(told.begin(), told.end(), "fetch.opened"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "fetch.closed complete"), 0);
  EXPECT_EQ(std::count(told.begin(), told.end(), "fetch.refused REPLAYED"), 1);
}

TEST(Fetch, ASecondUseOfARefusedRequestIsRefusedForTheSameReason) {
  TwoConnectors two;
  two.policy.allow_ = false;
  EXPECT_EQ(reason_of(two.first_answer(two.request())), "POLICY_DENIED");
  EXPECT_EQ(reason_of(two.first_answer(two.request())), "POLICY_DENIED");
  two.policy.allow_ = true;
  EXPECT_EQ(reason_of(two.first_answer(two.request())), "REPLAYED");
  EXPECT_EQ(TwoConnectors::told(two.provider_side.log),
            (Told{"fetch.refused POLICY_DENIED", "fetch.refused POLICY_DENIED",
                  "fetch.refused REPLAYED"}));
}

TEST(Fetch, StaleMisdirectedAndForeignRequestsAreRefused) {
  TwoConnectors two;
  const auto ask = [&](const std::function<void(FetchOrder&)>& change) {
    return reason_of(two.first_answer(two.request(change)));
  };
  EXPECT_EQ(ask([](FetchOrder& order) { order.issued_s -= 361; }), "REQUEST_STALE");
  EXPECT_EQ(ask([](FetchOrder& order) { order.issued_s += 61; }), "REQUEST_STALE");
  EXPECT_EQ(ask([](FetchOrder& order) { order.audience = veldkamp(); }), "AUDIENCE_MISMATCH");
  SignedEnvelope altered = two.request();
  altered.payload.replace(altered.payload.find("orders"), 6, "Orders");
  EXPECT_EQ(reason_of(two.first_answer(altered)), "SIGNATURE_INVALID");
  two.provider_side.partners.set_state(veldkamp(), PartnerState::kSuspended);
  EXPECT_EQ(reason_of(two.first_answer(two.request())), "PARTNER_NOT_ACTIVE");
}

// ---- broken and resumed ------------------------------------------------------------------------

TEST(Fetch, ABrokenStreamIsResumedAndTheReceiptCoversAllParts) {
  TwoConnectors two;
  two.add_orders(6 * core::limits::kBatchRecords);
  two.wire->break_after = 2;
  const auto broken = two.fetch();
  ASSERT_FALSE(broken);
  const std::string first = broken.error().metadata.at("resume");
  EXPECT_EQ(TwoConnectors::told(two.provider_side.log),
            (Told{"fetch.opened", "fetch.closed broken STREAM_BROKEN"}));
  two.wire->break_after = 1;
  EXPECT_EQ(reason_of(two.fetch(first)), "PARTNER_UNREACHABLE");
  two.wire->break_after = 0;
  const auto whole = two.fetch(first);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->receipt.records, 6 * core::limits::kBatchRecords);
  EXPECT_EQ(whole->receipt.batches, 6u);
  EXPECT_EQ(whole->receipt.first_request, first);
  EXPECT_TRUE(whole->acknowledged) << whole->warning;
  std::size_t records = 0;
  for (const auto& batch : two.consumer_side.log.received()) records += batch.records.size();
  EXPECT_EQ(records, 6 * core::limits::kBatchRecords);
}

TEST(Fetch, ResumingAtTheEndReturnsTheSameReceipt) {
  TwoConnectors two;
  two.add_orders(10);
  two.wire->lose_receipt = true;
  const auto broken = two.fetch();
  ASSERT_FALSE(broken);
  const std::string first = broken.error().metadata.at("resume");
  const auto account = two.provider_side.log.by_request(veldkamp(), true, first);
  const std::string given = (*account)->receipt;
  ASSERT_FALSE(given.empty());
  two.wire->lose_receipt = false;
  for (int time = 0; time < 2; ++time) {
    const auto fetched = two.fetch(first);
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(to_json_text(fetched->envelope), given);
    EXPECT_TRUE(fetched->acknowledged) << fetched->warning;
  }
  EXPECT_EQ(*two.provider_side.log.unacknowledged(veldkamp()), 0u);
}

// The provider was ahead: for it the fetch was complete when the stream broke.
TEST(Fetch, ResumingInTheMiddleOfACompleteOneGivesTheSameReceipt) {
  TwoConnectors two;
  two.add_orders(2 * core::limits::kBatchRecords);
  auto stream = two.provider->fetch({veldkamp(), {}}, two.request());
  const auto batch = next_part(*stream);
  ASSERT_EQ(reason_of(batch), "batch");
  while (reason_of(next_part(*stream)) != "receipt") {
  }
  const auto& had = std::get<ServedBatch>(*batch);
  const auto asked = two.request([&](FetchOrder& again) {
    again.request_id = "00000000-0000-4000-8000-000000000002";
    again.resume =
        ResumePoint{"00000000-0000-4000-8000-000000000001", had.chain_head, had.position};
  });
  auto resumed = two.provider->fetch({veldkamp(), {}}, asked);
  ASSERT_EQ(reason_of(next_part(*resumed)), "batch");
  const auto last = next_part(*resumed);
  ASSERT_EQ(reason_of(last), "receipt");
  const auto whole =
      two.provider_side.log.by_request(veldkamp(), true, "00000000-0000-4000-8000-000000000001");
  EXPECT_EQ(to_json_text(std::get<SignedEnvelope>(*last)), (*whole)->receipt);
}

TEST(Fetch, AResumePointOfAnotherFetchIsRefused) {
  TwoConnectors two;
  two.add_orders(2 * core::limits::kBatchRecords);
  const auto batch = two.first_answer(two.request());
  ASSERT_EQ(reason_of(batch), "batch");
  const auto& had = std::get<ServedBatch>(*batch);
  int number = 1;
  const auto ask = [&](const std::function<void(FetchOrder&)>& change) {
    return reason_of(two.first_answer(two.request([&](FetchOrder& order) {
      order.request_id = "00000000-0000-4000-8000-00000000001" + std::to_string(number++);
      order.resume =
          ResumePoint{"00000000-0000-4000-8000-000000000001", had.chain_head, had.position};
      change(order);
    })));
  };
  EXPECT_EQ(ask([](FetchOrder& order) { order.purpose = core::Purpose("marketing"); }),
            "RESUME_MISMATCH");
  EXPECT_EQ(ask([](FetchOrder& order) { order.selection.order_numbers = {"1"}; }),
            "RESUME_MISMATCH");
  EXPECT_EQ(ask([](FetchOrder& order) { order.resume->chain_head[0] ^= 1; }), "RESUME_MISMATCH");
  EXPECT_EQ(ask([](FetchOrder& order) {
              order.resume->first_request = "00000000-0000-4000-8000-000000000009";
            }),
            "RESUME_MISMATCH");
  EXPECT_EQ(ask([](FetchOrder& order) { order.resume->position[40] ^= 1; }), "POSITION_INVALID");
  EXPECT_EQ(ask([](FetchOrder&) {}), "batch");
}

TEST(Fetch, ChangedSinceGoesOnAfterAnEarlierReceipt) {
  TwoConnectors two;
  two.add_orders(3);
  const auto first = two.fetch();
  ASSERT_TRUE(first);
  two.add_orders(2);
  const auto second = two.fetch({}, first->receipt.position);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->receipt.records, 2u);
}

}  // namespace
}  // namespace connector::testing
