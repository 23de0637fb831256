#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "evidence/merkle.h"
#include "store_support.h"

namespace connector::testing {
namespace {

using exchange::Commit;
using exchange::LogSpan;
using exchange::RememberRequest;

RememberRequest remember(const std::string& id) {
  return {kMaker, id, "digest", 4'000'000'000, "account"};
}

TEST(Log, GivesBackWhatWasAppendedInItsOrderAlsoAfterReopening) {
  TempDir folder;
  core::Digest root{};
  {
    auto store = open_store(options_in(folder.path()));
    EXPECT_EQ(store->log().size(), 0u);
    EXPECT_EQ(store->log().root(0).value(), evidence::empty_root());
    Commit commit = entry("a");
    commit.entries.push_back(std::string("b\0c", 3));
    const auto span = append(*store, commit);
    EXPECT_EQ(span.value().first, 0u);
    EXPECT_EQ(span.value().size, 2u);
    EXPECT_EQ(append(*store, entry("d")).value().first, 2u);
    root = store->log().root(3).value();
  }
  auto store = open_store(options_in(folder.path()));
  EXPECT_EQ(store->log().size(), 3u);
  EXPECT_EQ(store->log().entry(1).value(), std::string("b\0c", 3));
  EXPECT_EQ(store->log().root(3).value(), root);
  EXPECT_EQ(recomputed_root(store->log()), root);
  EXPECT_EQ(store->log().entry(3).error().reason, "ENTRY_NOT_FOUND");
}

TEST(Log, RootOfEverySizeIsThatOfRfc6962) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  evidence::Frontier frontier;
  std::vector<evidence::Frontier::Node> completed;
  std::vector<core::Digest> roots;
  for (int i = 0; i < 70; ++i) {
    ASSERT_TRUE(append(*store, entry("entry " + std::to_string(i))));
    frontier.append(evidence::leaf_hash("entry " + std::to_string(i)), completed);
    roots.push_back(frontier.root());
  }
  for (std::size_t size = 1; size <= roots.size(); ++size) {
    EXPECT_EQ(store->log().root(size).value(), roots[size - 1]) << size;
  }
  for (const auto& node : completed) {
    EXPECT_EQ(store->log().hash(node.level, node.index).value(), node.hash);
  }
  EXPECT_FALSE(store->log().root(71));
  EXPECT_FALSE(store->log().hash(0, 70));
}

TEST(Log, AReplayedRequestFailsAloneAndWholly) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  Commit first = entry("first");
  first.effects.push_back(remember("r1"));
  ASSERT_TRUE(append(*store, first));
  Commit again = entry("again");
  again.effects = {exchange::PutPartner{partner(kOther)}, remember("r1")};
  // Submitted together, so that they may share a transaction.
  std::array<std::string, 3> reasons;
  std::atomic<int> done{0};
  const std::array<Commit, 3> commits{entry("before"), again, entry("after")};
  for (std::size_t i = 0; i < 3; ++i) {
    store->log().append(commits[i], [&, i](core::Result<LogSpan> span) {
      reasons[i] = reason_of(span);
      ++done;
    });
  }
  while (done < 3) std::this_thread::yield();
  EXPECT_EQ(reasons, (std::array<std::string, 3>{"", "REPLAYED", ""}));
  EXPECT_EQ(store->log().size(), 3u);
  EXPECT_EQ(store->log().entry(2).value(), "after");
  EXPECT_EQ(recomputed_root(store->log()), store->log().root(3).value());
  EXPECT_FALSE(store->partners().find(kOther));
  Commit other = entry("other");
  other.effects.push_back(RememberRequest{kOther, "r1", "digest", 4'000'000'000, "account"});
  EXPECT_TRUE(append(*store, other)) << "ids are each partner's own";
}

TEST(Log, RequestIdsSurviveReopeningAndAreForgottenAfterTheirTime) {
  TempDir folder;
  const auto open = [&] {
    auto options = options_in(folder.path());
    options.even_clock = std::chrono::seconds(0);
    return open_store(std::move(options));
  };
  {
    auto store = open();
    RememberRequest past = remember("past");
    past.keep_until_s = 1000;
    ASSERT_TRUE(append(*store, effect(past)));
    ASSERT_TRUE(append(*store, effect(remember("kept"))));
  }
  auto store = open();
  EXPECT_EQ(reason_of(append(*store, effect(remember("kept")))), "REPLAYED");
  EXPECT_EQ(reason_of(append(*store, effect(remember("past")))), "");
}

// A clock that jumped ahead may come back: then the window of a request would be open again.
TEST(Log, RequestIdsAreNotForgottenBeforeTheClockHasRunEvenly) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  RememberRequest past = remember("past");
  past.keep_until_s = 1000;
  ASSERT_TRUE(append(*store, effect(past)));
  ASSERT_TRUE(append(*store, effect(remember("another"))));
  EXPECT_EQ(reason_of(append(*store, effect(remember("past")))), "REPLAYED");
}

TEST(Log, AnEmptyCommitIsAnsweredInItsPlace) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  std::vector<int> order;  // of the writer's thread
  std::atomic<int> done{0};
  for (int i = 0; i < 200; ++i) {
    store->log().append(i % 2 == 0 ? entry("e") : Commit{}, [&, i](core::Result<LogSpan> span) {
      EXPECT_TRUE(span);
      order.push_back(i);
      ++done;
    });
  }
  while (done < 200) std::this_thread::yield();
  for (int i = 0; i < 200; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(store->log().size(), 100u);
}

TEST(Log, SixtyFourAppendersLoseNothingAndShareNoIndex) {
  constexpr int kEach = 40;
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  std::vector<std::vector<std::uint64_t>> indexes(64);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < indexes.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const auto span = append(*store, entry(std::to_string(t) + "/" + std::to_string(i)));
        if (span) indexes[t].push_back(span->first);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  for (std::size_t t = 0; t < indexes.size(); ++t) {
    ASSERT_EQ(indexes[t].size(), static_cast<std::size_t>(kEach));
    for (int i = 0; i < kEach; ++i) {
      const std::uint64_t index = indexes[t][static_cast<std::size_t>(i)];
      EXPECT_TRUE(all.insert(index).second);
      EXPECT_EQ(store->log().entry(index).value(), std::to_string(t) + "/" + std::to_string(i));
    }
  }
  EXPECT_EQ(store->log().size(), 64u * kEach);
  EXPECT_EQ(recomputed_root(store->log()), store->log().root(64 * kEach).value());
}

TEST(Log, WhatIsExpectedAndDoesNotComeHoldsNothingUp) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  const auto on_its_way = store->log().expect();
  ASSERT_TRUE(append(*store, entry("alone")));
  {
    const auto another = store->log().expect();
    ASSERT_TRUE(append(*store, entry("before it comes")));
  }
  EXPECT_EQ(store->log().size(), 2u);
}

TEST(Log, WhatADoneCallbackReadsIsThere) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  std::atomic<bool> done{false};
  Commit commit = entry("e");
  commit.effects.push_back(exchange::PutPartner{partner(kMaker)});
  store->log().append(commit, [&](core::Result<LogSpan> span) {
    EXPECT_TRUE(store->partners().find(kMaker));
    EXPECT_EQ(store->log().size(), 1u);
    EXPECT_EQ(store->log().entry(span.value().first).value(), "e");
    done = true;
  });
  while (!done) std::this_thread::yield();
}

TEST(Log, OnePartnersShareOfAMinuteIsLimited) {
  TempDir folder;
  auto options = options_in(folder.path());
  options.entries_per_minute = 5;
  auto store = open_store(options);
  Commit commit = entry("e");
  commit.on_behalf_of = kMaker;
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    const auto span = append(*store, commit);
    if (span) continue;
    EXPECT_EQ(span.error().reason, "RATE_LIMITED");
    ++refused;
  }
  EXPECT_GE(refused, 10);  // a minute may end in between
  EXPECT_LE(refused, 15);
  ASSERT_TRUE(append(*store, effect(exchange::OpenAccount{"a", kMaker, true, "r", "r", {}})));
  Commit closing = commit;
  closing.effects.push_back(exchange::CloseAccount{"a", "broken", {}});
  EXPECT_TRUE(append(*store, closing)) << "what was opened can be closed";
  commit.on_behalf_of = kOther;
  EXPECT_TRUE(append(*store, commit)) << "another partner has a share of its own";
}

TEST(Log, AnEntryLongerThanItsFormatAllowsIsRefused) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  EXPECT_TRUE(append(*store, entry(std::string(65'535, 'x'))));
  EXPECT_FALSE(append(*store, entry(std::string(65'536, 'x'))));
  EXPECT_EQ(store->log().size(), 1u);
  EXPECT_TRUE(store->health().ok);
}

}  // namespace
}  // namespace connector::testing
