// Both halves of a fetch against each other: what passes, what is refused, what breaks.
#include <gtest/gtest.h>

#include <future>

#include "core/limits.h"
#include "evidence/log_entry.h"
#include "two_connectors.h"

namespace connector::testing {
namespace {

using Told = std::vector<std::string>;

std::string reason_of(const core::Result<Fetched>& fetched) {
  return fetched ? "fetched" : fetched.error().reason;
}
std::string reason_of(const core::Result<StreamPart>& part) {
  if (!part) return part.error().reason;
  return std::holds_alternative<ServedBatch>(*part) ? "batch" : "receipt";
}

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
  EXPECT_TRUE(two.fetch());
  two.policy.max_records_ = 2;
  EXPECT_EQ(reason_of(two.fetch()), "LIMIT_REACHED");
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

TEST(Fetch, ALogThatFailsUnderWayIsNeverToldComplete) {
  for (std::size_t after = 0; after < 5; ++after) {
    TwoConnectors two;
    two.add_orders(4 * core::limits::kBatchRecords);
    two.provider_side.log.fail_after(after, core::unavailable("STORAGE_FULL", "disk full"));
    auto stream = two.provider->fetch({veldkamp(), {}}, two.request());
    std::promise<std::string> failed;
    std::size_t batches = 0;
    for (int i = 0; i < 5; ++i) {
      stream->next([&](const core::Result<StreamPart>& part) {
        if (part) ++batches;
        if (!part) failed.set_value(part.error().reason);
        if (reason_of(part) == "receipt") failed.set_value("receipt");
      });
    }
    // Four batches are four commits; the receipt comes with the last.
    EXPECT_EQ(failed.get_future().get(), after < 4 ? "STORAGE_FULL" : "receipt") << after;
    two.provider_side.log.heal();
    two.provider_side.log.settle();
    const Told told = TwoConnectors::told(two.provider_side.log);
    EXPECT_EQ(std::count(told.begin(), told.end(), "fetch.closed complete"), after < 4 ? 0 : 1);
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

// ---- what the consumer finds -------------------------------------------------------------------

TEST(Fetch, AnAlteredBatchIsFoundAndNotKept) {
  static std::string other;
  const std::vector<std::pair<const char*, std::function<void(ReceivedBatch&)>>> bends = {
      {"a record changed",
       [](ReceivedBatch& batch) {
         other = std::string(batch.records[1]);
         other.back() ^= 1;
         batch.records[1] = other;
       }},
      {"a record left out", [](ReceivedBatch& batch) { batch.records.pop_back(); }},
      {"a record twice", [](ReceivedBatch& batch) { batch.records.push_back(batch.records[0]); }},
      {"two records swapped",
       [](ReceivedBatch& batch) { std::swap(batch.records[0], batch.records[1]); }},
      {"a border moved",
       [](ReceivedBatch& batch) {
         other = std::string(batch.records[0]) + std::string(batch.records[1]);
         batch.records[0] = other;
         batch.records.erase(batch.records.begin() + 1);
       }},
      {"masks invented",
       [](ReceivedBatch& batch) {
         batch.masked.push_back({"order_line.x", decision::FieldOp::kDrop, {}});
       }},
      {"another chain head", [](ReceivedBatch& batch) { batch.chain_head[0] ^= 1; }},
      {"another index", [](ReceivedBatch& batch) { ++batch.index; }},
      {"another signature", [](ReceivedBatch& batch) { batch.head.signature[0] ^= 1; }},
      {"another key", [](ReceivedBatch& batch) { batch.head.key_id[0] ^= 1; }}};
  for (const auto& [what, bend] : bends) {
    TwoConnectors two;
    two.add_orders(3);
    two.wire->bend_batch = bend;
    const auto fetched = two.fetch();
    ASSERT_FALSE(fetched) << what;
    EXPECT_TRUE(two.consumer_side.log.received().empty()) << what;
    EXPECT_EQ(TwoConnectors::told(two.consumer_side.log).back(),
              "fetch.closed broken " + fetched.error().reason)
        << what;
  }
}

TEST(Fetch, AReceiptThatDoesNotFitIsFound) {
  struct Bend {
    const char* what;
    std::function<void(AccountFacts&)> change;
  };
  const Bend bends[] = {
      {"records", [](AccountFacts& facts) { ++facts.records; }},
      {"bytes", [](AccountFacts& facts) { ++facts.bytes; }},
      {"batches", [](AccountFacts& facts) { ++facts.batches; }},
      {"chain", [](AccountFacts& facts) { facts.chain_head[0] ^= 1; }},
      {"request", [](AccountFacts& facts) { facts.request_digest[0] ^= 1; }},
      {"request id", [](AccountFacts& facts) { facts.request_id = facts.first_request + "x"; }},
      {"first request", [](AccountFacts& facts) { facts.first_request = facts.request_id + "x"; }},
      {"dataset", [](AccountFacts& facts) { facts.dataset = core::DatasetId("quality"); }},
      {"purpose", [](AccountFacts& facts) { facts.purpose = core::Purpose("marketing"); }},
      {"consumer", [](AccountFacts& facts) { facts.consumer = brink(); }},
      {"provider", [](AccountFacts& facts) { facts.provider = veldkamp(); }},
      {"time", [](AccountFacts& facts) { facts.at += 61'000'000'000; }},
      {"checkpoint", [](AccountFacts& facts) { facts.checkpoint[0] ^= 1; }}};
  for (const Bend& bend : bends) {
    TwoConnectors two;
    two.add_orders(2);
    two.wire->bend_receipt = [&](SignedEnvelope& receipt) {
      auto facts = read_receipt(receipt, two.provider_side.as_partner(), two.now, verify_signature);
      ASSERT_TRUE(facts);
      bend.change(*facts);
      receipt = sign_receipt(*facts, two.provider_side.signer);
    };
    const auto fetched = two.fetch();
    EXPECT_FALSE(fetched) << bend.what;
    EXPECT_EQ(TwoConnectors::told(two.consumer_side.log).back().rfind("fetch.closed broken", 0), 0u)
        << bend.what;
  }
}

TEST(Fetch, ASplitViewIsFound) {
  TwoConnectors two;
  two.add_orders(1);
  ASSERT_TRUE(two.fetch());
  // The provider shows another history of the same length to this consumer.
  Side forked(brink(), 1, 2);
  for (std::uint64_t i = 0; i < 40; ++i) forked.log.put_entry("fork " + std::to_string(i));
  two.consumer_side.partners.set_checkpoint(brink(), *forked.checkpoint());
  auto partner = two.provider_side.as_partner();
  partner.last_checkpoint = *forked.checkpoint();
  two.consumer_side.partners.put(partner);
  const auto shorter = two.consumer->fetch(
      {brink(), core::DatasetId("orders"), core::Purpose("order-tracking"), {}, {}, {}});
  EXPECT_EQ(reason_of(shorter), "SPLIT_VIEW");
  Side small(brink(), 1, 2);
  for (int i = 0; i < 2; ++i) small.log.put_entry("fork " + std::to_string(i));
  partner.last_checkpoint = *small.checkpoint();
  two.consumer_side.partners.put(partner);
  const auto inconsistent = two.consumer->fetch(
      {brink(), core::DatasetId("orders"), core::Purpose("order-tracking"), {}, {}, {}});
  EXPECT_EQ(reason_of(inconsistent), "SPLIT_VIEW");
}

TEST(Fetch, AGrowingLogIsConsistentFromFetchToFetch) {
  TwoConnectors two;
  two.add_orders(1);
  for (int i = 0; i < 6; ++i) {
    const auto fetched = two.fetch();
    ASSERT_TRUE(fetched) << i << ": " << fetched.error().message;
  }
  EXPECT_EQ(two.provider_side.log.size(), 18u);
}

// ---- acknowledgement and proofs ----------------------------------------------------------------

core::Result<std::string> acknowledged(TwoConnectors& two, const SignedEnvelope& said) {
  std::promise<core::Result<std::string>> promise;
  two.provider->acknowledge({veldkamp(), {}}, said, [&](core::Result<std::string> answer) {
    promise.set_value(std::move(answer));
  });
  return promise.get_future().get();
}

TEST(Acknowledge, TakesOnlyTheReceiptThatWasGiven) {
  TwoConnectors two;
  two.add_orders(1);
  two.wire->lose_acknowledgement = true;
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched);
  Acknowledgement said{
      veldkamp(), brink(), fetched->receipt.first_request, core::sha256(fetched->envelope.payload),
      {},         two.now};
  const auto answer = [&](const Acknowledgement& what) {
    return acknowledged(two, sign_acknowledgement(what, two.consumer_side.signer));
  };
  Acknowledgement other = said;
  other.receipt_digest[0] ^= 1;
  EXPECT_EQ(answer(other).error().reason, "RECEIPT_NOT_FOUND");
  other = said;
  other.first_request = "00000000-0000-4000-8000-000000000009";
  EXPECT_EQ(answer(other).error().reason, "RECEIPT_NOT_FOUND");
  other = said;
  other.provider = veldkamp();
  EXPECT_EQ(answer(other).error().reason, "RECEIPT_NOT_FOUND");
  other = said;
  other.consumer = brink();
  EXPECT_FALSE(answer(other));
  ASSERT_TRUE(answer(said));
  ASSERT_TRUE(answer(said));  // said twice, on record once
  two.provider_side.log.settle();
  const Told told = TwoConnectors::told(two.provider_side.log);
  EXPECT_EQ(std::count(told.begin(), told.end(), "fetch.acknowledged"), 1);
}

TEST(GetProof, ShowsACallerItsOwnEntriesOnly) {
  TwoConnectors two;
  two.add_orders(1);
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched);
  const auto proof = two.provider->get_proof({veldkamp(), {}}, fetched->receipt.first_request, 1);
  ASSERT_TRUE(proof) << proof.error().message;
  const auto checkpoint = evidence::open_checkpoint(
      proof->checkpoint, two.provider_side.log_key_text(), verify_signature);
  ASSERT_TRUE(checkpoint);
  ASSERT_EQ(proof->entries.size(), 3u);
  for (const EntryProof& one : proof->entries) {
    std::vector<core::Digest> hashes;
    for (const auto& hash : one.inclusion) hashes.push_back(*core::digest_of_bytes(hash));
    EXPECT_TRUE(evidence::verify_inclusion(evidence::leaf_hash(one.entry), one.index,
                                           checkpoint->size, hashes, checkpoint->root));
  }
  const core::Connector stranger{core::ParticipantId("did:web:x"), core::SiteName("y")};
  const auto foreign = two.provider->get_proof({stranger, {}}, fetched->receipt.first_request, 0);
  EXPECT_EQ(foreign.error().reason, "REQUEST_NOT_FOUND");
}

TEST(ListDatasets, ShowsWhatCanBeSeenInPages) {
  TwoConnectors two;
  two.datasets.clear();
  for (const char* id : {"c", "a", "b"}) two.datasets.push_back(dataset(id, {}));
  const Caller caller{veldkamp(), {}};
  const auto first = two.provider->list_datasets(caller, "p", 2, {});
  ASSERT_TRUE(first);
  ASSERT_EQ(first->datasets.size(), 2u);
  EXPECT_EQ(first->datasets[0].id.str(), "a");
  const auto second = two.provider->list_datasets(caller, "p", 2, first->next_page_token);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->datasets.size(), 1u);
  EXPECT_EQ(second->datasets[0].id.str(), "c");
  EXPECT_EQ(second->next_page_token, "");
  EXPECT_FALSE(two.provider->list_datasets(caller, "q", 2, first->next_page_token));
  EXPECT_FALSE(two.provider->list_datasets(caller, "p", -1, {}));
  two.policy.visible_ = false;
  EXPECT_TRUE(two.provider->list_datasets(caller, "p", 0, {})->datasets.empty());
}

}  // namespace
}  // namespace connector::testing
