// Streams between two companies: gRPC on both sides, the door between them.
#include <atomic>
#include <cstdlib>
#include <future>

#include "house.h"

namespace connector::peer {
namespace {

using exchange::SignedEnvelope;

const SignedEnvelope kRequest{"request", "what is wanted", "key", "signature"};

class Streams : public House {};

TEST_F(Streams, FetchDeliversEveryBatchInOrderAndTheReceipt) {
  serving.plan.batches = 50;
  open();
  std::uint64_t next = 0;
  const auto receipt =
      client->fetch(provider(), kRequest, [&](const exchange::ReceivedBatch& batch) {
        EXPECT_EQ(batch.index, next++);
        EXPECT_EQ(batch.records, (std::vector<std::string_view>{"first", "second"}));
        EXPECT_EQ(batch.position, "after " + std::to_string(batch.index));
        EXPECT_EQ(batch.head.payload, "of " + std::to_string(batch.index));
        EXPECT_EQ(batch.masked.at(0).path, "price.amount");
        return core::ok();
      });
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(next, 50u);
  EXPECT_EQ(receipt->payload, "all");
  EXPECT_EQ(serving.last_request().payload, "what is wanted");
  EXPECT_TRUE(eventually([&] { return serving.last_stream()->cancelled(); }))
      << "the account of a call that is over is closed";
}

TEST_F(Streams, FetchEndsWithTheReasonOfItsFailure) {
  serving.plan.fails = core::denied("POLICY_CHANGED", "the policy changed");
  open();
  std::size_t batches = 0;
  const auto receipt = client->fetch(provider(), kRequest, [&](const exchange::ReceivedBatch&) {
    ++batches;
    return core::ok();
  });
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().reason, "POLICY_CHANGED");
  EXPECT_EQ(batches, 3u);
}

TEST_F(Streams, FetchEndsWhenTheProviderAborts) {
  serving.plan.waits = true;
  open();
  std::promise<void> third;
  auto call = std::async(std::launch::async, [&] {
    std::size_t batches = 0;
    return client->fetch(provider(), kRequest, [&](const exchange::ReceivedBatch&) {
      if (++batches == 3) third.set_value();
      return core::ok();
    });
  });
  third.get_future().wait();
  serving.last_stream()->abort(core::denied("PARTNER_REVOKED", "no longer a partner"));
  const auto receipt = call.get();
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().reason, "PARTNER_REVOKED");
}

TEST_F(Streams, FetchIsCancelledWhenTheConsumerRefusesABatch) {
  serving.plan.batches = 100'000;
  open();
  const auto receipt = client->fetch(provider(), kRequest, [](const exchange::ReceivedBatch&) {
    return core::denied("CHAIN_BROKEN", "the digest is another");
  });
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().reason, "CHAIN_BROKEN");
  EXPECT_TRUE(eventually([&] { return serving.last_stream()->cancelled(); }));
  EXPECT_LT(serving.last_stream()->given(), 100'000u);
}

// A consumer that takes nothing: the provider makes no more than fits in the buffers between.
TEST_F(Streams, ASlowReaderStopsTheProvider) {
  serving.plan.batches = 100'000;
  serving.plan.records.assign(16, std::string(60'000, 'r'));
  open();
  std::promise<void> held;
  std::shared_future<void> released = held.get_future().share();
  std::atomic<bool> first = false;
  auto call = std::async(std::launch::async, [&] {
    return client->fetch(provider(), kRequest, [&](const exchange::ReceivedBatch&) -> core::Status {
      first = true;
      released.wait();
      return core::denied("ENOUGH", "enough");
    });
  });
  ASSERT_TRUE(eventually([&] { return first.load(); }));
  std::size_t given = 0;
  ASSERT_TRUE(eventually(
      [&] {  // until it stands still
        const std::size_t before = std::exchange(given, serving.last_stream()->given());
        std::this_thread::sleep_for(300ms);
        return before == given;
      },
      20s));
  EXPECT_LT(given, 40u) << "megabytes on their way";
  EXPECT_TRUE(client->describe(provider())) << "on the same connection";
  EXPECT_TRUE(client_of(guest)->describe(provider())) << "on another one";
  held.set_value();
  EXPECT_EQ(call.get().error().reason, "ENOUGH");
}

TEST_F(Streams, AStalledReaderCannotHoldUpTheEndOfItsStream) {
  serving.plan.batches = 100'000;
  serving.plan.records.assign(16, std::string(60'000, 'r'));
  open();
  std::promise<void> held;
  std::shared_future<void> released = held.get_future().share();
  std::atomic<bool> first = false;
  auto call = std::async(std::launch::async, [&] {
    return client->fetch(provider(), kRequest, [&](const exchange::ReceivedBatch&) {
      first = true;
      released.wait();
      return core::ok();
    });
  });
  ASSERT_TRUE(eventually([&] { return first.load(); }));
  std::this_thread::sleep_for(300ms);
  serving.last_stream()->abort(core::denied("PARTNER_REVOKED", "no longer a partner"));
  EXPECT_TRUE(eventually([&] { return serving.last_stream()->cancelled(); }));
  held.set_value();
  EXPECT_FALSE(call.get());
}

TEST_F(Streams, RevocationEndsAnOpenStreamAndRefusesTheNextCall) {
  serving.plan.waits = true;
  open();
  std::promise<void> third;
  std::size_t batches = 0;
  auto call = std::async(std::launch::async, [&] {
    return client->fetch(provider(), kRequest, [&](const exchange::ReceivedBatch&) {
      if (++batches == 3) third.set_value();
      return core::ok();
    });
  });
  third.get_future().wait();
  partners.set_state(guest.id, exchange::PartnerState::kRevoked);
  edge->close_partner(guest.id);
  ASSERT_EQ(call.wait_for(5s), std::future_status::ready);
  EXPECT_EQ(call.get().error().reason, "PARTNER_UNREACHABLE");
  EXPECT_TRUE(eventually([&] { return serving.last_stream()->cancelled(); }));
  const std::size_t before = serving.calls;
  EXPECT_FALSE(client->describe(provider()));
  EXPECT_EQ(serving.calls, before);
}

TEST_F(Streams, StopOfTheClientEndsItsCalls) {
  serving.plan.waits = true;
  open();
  std::promise<void> third;
  std::size_t batches = 0;
  auto call = std::async(std::launch::async, [&] {
    return client->fetch(provider(), kRequest, [&](const exchange::ReceivedBatch&) {
      if (++batches == 3) third.set_value();
      return core::ok();
    });
  });
  third.get_future().wait();
  client->stop();
  ASSERT_EQ(call.wait_for(5s), std::future_status::ready);
  EXPECT_FALSE(call.get());
  EXPECT_FALSE(client->describe(provider()));
}

TEST_F(Streams, StopOfTheServerEndsStreamsAfterItsPatience) {
  serving.plan.waits = true;
  open();
  std::promise<void> third;
  std::size_t batches = 0;
  auto call = std::async(std::launch::async, [&] {
    return client->fetch(provider(), kRequest, [&](const exchange::ReceivedBatch&) {
      if (++batches == 3) third.set_value();
      return core::ok();
    });
  });
  third.get_future().wait();
  server->stop(100ms);
  EXPECT_FALSE(call.get());
  EXPECT_FALSE(client->describe(provider()));
}

// 256 MiB (with CONNECTOR_FULL: 1 GiB) to a reader that takes a while over each batch; provider
// and consumer live in this process, so this bounds both together.
TEST_F(Streams, MemoryStaysConstantHoweverMuchIsSent) {
  const bool full = std::getenv("CONNECTOR_FULL") != nullptr;
  serving.plan.batches = full ? 1024 : 256;
  serving.plan.records.assign(1024, std::string(1000, 'r'));
  open();
  ASSERT_TRUE(client->describe(provider()));
  const std::size_t before = resident_bytes();
  std::size_t most = 0;
  std::size_t batches = 0;
  const auto receipt = client->fetch(provider(), kRequest, [&](const exchange::ReceivedBatch&) {
    if (++batches % 8 == 0) {
      std::this_thread::sleep_for(5ms);
      most = std::max(most, resident_bytes());
    }
    return core::ok();
  });
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(batches, serving.plan.batches);
  EXPECT_LT(most - std::min(before, most), 128u << 20) << "64 MiB for each side";
}

}  // namespace
}  // namespace connector::peer
