// What a consumer finds, and what it can prove.
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "core/limits.h"
#include "evidence/log_entry.h"
#include "two_connectors.h"

namespace connector::testing {
namespace {

using Told = std::vector<std::string>;

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

// A store may keep the digests of its records: they change nothing, and wrong ones are found.
TEST(Fetch, DigestsThatWereKeptMustBeThoseOfTheRecords) {
  for (const bool right : {true, false}) {
    TwoConnectors two;
    two.add_orders(2000);
    core::Digest kept;
    two.records.mark = [&](ShownRecord& row) {
      kept = core::sha256(right ? row.bytes : "another");
      row.digest = core::view(kept);
    };
    const auto fetched = two.fetch();
    EXPECT_EQ(reason_of(fetched), right ? "fetched" : "EVIDENCE_MISMATCH");
    EXPECT_EQ(two.consumer_side.log.received().empty(), !right);
    two.policy.changed_ = {{"order_line.line_no", decision::FieldOp::kHash, {}}};
    EXPECT_EQ(reason_of(two.fetch()), "fetched") << "a masked record has another digest";
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

// The second comes while the first is on its way to the log.
TEST(Acknowledge, CountsOnceThoughItIsSaidTwiceAtOnce) {
  TwoConnectors two;
  two.add_orders(1);
  two.wire->lose_acknowledgement = true;
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched);
  const auto said = sign_acknowledgement({veldkamp(),
                                          brink(),
                                          fetched->receipt.first_request,
                                          core::sha256(fetched->envelope.payload),
                                          {},
                                          two.now},
                                         two.consumer_side.signer);
  std::atomic<int> taken = 0;
  two.provider_side.log.hold(true);
  for (int i = 0; i < 2; ++i) {
    two.provider->acknowledge({veldkamp(), {}}, said, [&](const core::Result<std::string>& answer) {
      taken += answer ? 1 : 0;
    });
  }
  two.provider_side.log.hold(false);
  two.provider_side.log.settle();
  EXPECT_EQ(taken, 2);
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
