#include <atomic>
#include <fstream>
#include <thread>

#include "store/sqlite.h"
#include "store_support.h"

namespace connector::testing {
namespace {

using namespace exchange;

SealedObject object(const std::string& name, const std::string& key,
                    const std::string& order = {}) {
  SealedObject one{name, "sealed " + name, "kind", key, order, "day", {}, {}};
  one.items = {"item " + key};
  return one;
}

KeepSealed batch(const std::string& agreement, std::vector<SealedObject> objects) {
  return {kMaker, agreement, kOrders, "account", 1, std::move(objects), {"order_line.price"}, 100};
}

std::vector<std::string> names(store::Store& store, const std::string& agreement,
                               const VaultFilter& filter = {}) {
  std::vector<std::string> names;
  const auto page = store.vault().page(agreement, filter, 0, 100).value();
  for (const auto& one : page) {
    names.push_back(one.object + ": " + one.sealed);
  }
  return names;
}

TEST(Vault, GivesWhatWasKeptUnderOneAgreement) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, effect(batch("a1", {object("o1", "k1"), object("o2", "k2")}))));
  ASSERT_TRUE(append(*store, effect(batch("a2", {object("o3", "k3")}))));
  ASSERT_TRUE(append(*store, effect(batch("a1", {object("o4", "k4")}))));
  EXPECT_EQ(names(*store, "a1"),
            (std::vector<std::string>{"o1: sealed o1", "o2: sealed o2", "o4: sealed o4"}));
  EXPECT_EQ(names(*store, "a2"), (std::vector<std::string>{"o3: sealed o3"}));
  EXPECT_EQ(names(*store, "a3"), (std::vector<std::string>{}));
  const auto facts = store->vault().facts("a1").value();
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->partner, kMaker);
  EXPECT_EQ(facts->objects, 3u);
  EXPECT_EQ(facts->uses, 0u);
}

TEST(Vault, PagesGoOnBehindTheLast) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, effect(batch("a0", {object("x", "k")}))));
  ASSERT_TRUE(append(
      *store, effect(batch("a1", {object("o1", "k1"), object("o2", "k2"), object("o3", "k3")}))));
  const auto first = store->vault().page("a1", {}, 0, 2).value();
  ASSERT_EQ(first.size(), 2u);
  const auto second = store->vault().page("a1", {}, first.back().id, 2).value();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].object, "o3");
}

TEST(Vault, FiltersByTags) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  auto other = object("o3", "k3", "17");
  other.kind = "other";
  ASSERT_TRUE(append(*store, effect(batch("a1", {object("o1", "k1", "17"), object("o2", "k2", "18"),
                                                 other, object("o4", "k4")}))));
  EXPECT_EQ(names(*store, "a1", {.orders = {"17"}}),
            (std::vector<std::string>{"o1: sealed o1", "o3: sealed o3"}));
  EXPECT_EQ(names(*store, "a1", {.kinds = {"other"}, .orders = {"17"}}),
            (std::vector<std::string>{"o3: sealed o3"}));
  EXPECT_EQ(names(*store, "a1", {.items = {"item k2", "item k4"}}),
            (std::vector<std::string>{"o2: sealed o2", "o4: sealed o4"}));
  EXPECT_EQ(names(*store, "a1", {.days = {"another"}}), (std::vector<std::string>{}));
}

TEST(Vault, WhatItsSenderTakesBackIsNotGiven) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, effect(batch("a1", {object("o1", "k1"), object("o2", "k2")}))));
  auto tombstone = object("o3", "t1");
  tombstone.withdraws = "k1";
  ASSERT_TRUE(append(*store, effect(batch("a1", {tombstone}))));
  EXPECT_EQ(names(*store, "a1"), (std::vector<std::string>{"o2: sealed o2", "o3: sealed o3"}));
  EXPECT_EQ(store->vault().facts("a1").value()->objects, 2u);
}

TEST(Vault, AUseIsDebitedOnceWhoeverCallsAtTheSameTime) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, effect(batch("a1", {object("o1", "k1")}))));
  std::atomic<int> done = 0, raced = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      const auto debited = append(*store, effect(DebitUse{"a1", 0, 200}));
      ++(debited ? done : reason_of(debited) == "USE_RACED" ? raced : done);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(raced, 63);
  EXPECT_EQ(store->vault().facts("a1").value()->uses, 1u);
}

TEST(Vault, UsesAndTheClockOnlyGrow) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    ASSERT_TRUE(append(*store, effect(batch("a1", {object("o1", "k1")}))));
    ASSERT_TRUE(append(*store, effect(DebitUse{"a1", 0, 500})));
    ASSERT_TRUE(append(*store, effect(DebitUse{"a1", 1, 300})));
    ASSERT_TRUE(append(*store, effect(SetUses{"a1", 1, false})));
  }
  auto store = open_store(options_in(folder.path()));
  EXPECT_EQ(store->vault().seen().value(), 500);
  const auto facts = *store->vault().facts("a1").value();
  EXPECT_EQ(facts.uses, 2u);
  EXPECT_EQ(facts.first_use, 500);
  EXPECT_EQ(facts.last_use, 500);
}

TEST(Vault, HeldUsesAreRefused) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, effect(batch("a1", {object("o1", "k1")}))));
  ASSERT_TRUE(append(*store, effect(SetUses{"a1", 0, true})));
  EXPECT_EQ(reason_of(append(*store, effect(DebitUse{"a1", 0, 1}))), "STORE_RESTORED");
  ASSERT_TRUE(append(*store, effect(SetUses{"a1", 7, false})));
  EXPECT_EQ(reason_of(append(*store, effect(DebitUse{"a1", 0, 1}))), "USE_RACED");
  EXPECT_TRUE(append(*store, effect(DebitUse{"a1", 7, 1})));
}

TEST(Vault, AnEmptiedOneTakesAndGivesNothing) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, effect(batch("a1", {object("o1", "k1", "17")}))));
  ASSERT_TRUE(append(*store, effect(batch("a2", {object("o2", "k1", "17")}))));
  ASSERT_TRUE(append(*store, effect(DebitUse{"a1", 0, 200})));
  ASSERT_TRUE(append(*store, effect(EmptyVault{"a1", 900})));
  EXPECT_EQ(names(*store, "a1"), (std::vector<std::string>{}));
  EXPECT_EQ(names(*store, "a2", {.orders = {"17"}}), (std::vector<std::string>{"o2: sealed o2"}));
  EXPECT_EQ(store->vault().facts("a1").value()->emptied, 900);
  EXPECT_EQ(store->vault().facts("a1").value()->uses, 1u);
  EXPECT_EQ(reason_of(append(*store, effect(batch("a1", {object("o9", "k9")})))), "VAULT_EMPTIED");
  EXPECT_EQ(reason_of(append(*store, effect(DebitUse{"a1", 1, 901}))), "USE_RACED");
}

// Ciphertext, and every tag: WAL and free pages included.
TEST(Vault, WhatWasEmptiedIsInNoFileOfTheStore) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  std::vector<SealedObject> objects;
  for (int i = 0; i < 500; ++i) {
    objects.push_back(object("o" + std::to_string(i), "canary-key-" + std::to_string(i),
                             "canary-order-" + std::to_string(i)));
    objects.back().sealed = "canary-body-" + std::string(2000, 'x');
    objects.back().items = {"canary-item-" + std::to_string(i)};
  }
  ASSERT_TRUE(append(*store, effect(batch("a1", std::move(objects)))));
  ASSERT_TRUE(append(*store, effect(batch("a2", {object("kept", "k1", "kept-order")}))));
  const auto found = [&](const std::string& text) {
    for (const auto& one : std::filesystem::directory_iterator(folder.path())) {
      std::ifstream file(one.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file),
                              std::istreambuf_iterator<char>()};
      if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
  };
  ASSERT_TRUE(found("canary-"));
  ASSERT_TRUE(append(*store, effect(EmptyVault{"a1", 900})));
  ASSERT_TRUE(store->vault().purge());
  EXPECT_FALSE(found("canary-"));
  EXPECT_TRUE(found("kept-order"));
}

TEST(Vault, APurgeSaysWhenAReaderStandsInTheWay) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, effect(batch("a1", {object("o1", "k1")}))));
  auto reader =
      store::Database::open((folder / "store.db").string(), store::Database::Mode::kRead, nullptr);
  ASSERT_TRUE(reader);
  ASSERT_TRUE(reader->run("BEGIN; SELECT count(*) FROM vaults"));
  ASSERT_TRUE(append(*store, effect(EmptyVault{"a1", 900})));
  const auto purged = store->vault().purge();
  ASSERT_FALSE(purged);
  EXPECT_EQ(purged.error().reason, "STORE_BUSY");
  ASSERT_TRUE(reader->run("COMMIT"));
  EXPECT_TRUE(store->vault().purge());
  EXPECT_TRUE(append(*store, entry("goes on")));
}

TEST(Vault, KeepsDutiesByTheirEarliestDeadline) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  for (const auto& [agreement, due] : {std::pair{"a1", 50}, {"a2", 20}, {"a1", 30}, {"a1", 90}}) {
    ASSERT_TRUE(append(*store, effect(PutDuty{agreement, "delete", due})));
  }
  auto duties = store->vault_work().duties().value();
  ASSERT_EQ(duties.size(), 2u);
  EXPECT_EQ(duties[0].agreement, "a2");
  EXPECT_EQ(duties[1].due, 30);
  ASSERT_TRUE(append(*store, effect(EndDuty{"a2", "delete"})));
  EXPECT_EQ(store->vault_work().duties()->size(), 1u);
}

TEST(Vault, WhatIsOutgoingIsDroppedOnlyAsItWasSent) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  const auto outgoing = [&] { return store->vault_work().outgoing().value(); };
  ASSERT_TRUE(append(*store, effect(PutOutgoing{{"use/a1", kMaker, "a1", "", 0, 10, 0}})));
  const Outgoing sent = outgoing().at(0);
  ASSERT_TRUE(append(*store, effect(PutOutgoing{{"use/a1", kMaker, "a1", "", 0, 12, 0}})));
  ASSERT_TRUE(append(*store, effect(DropOutgoing{sent.name, sent.version})));
  ASSERT_EQ(outgoing().size(), 1u) << "another use came while it was sent";
  ASSERT_TRUE(append(*store, effect(DropOutgoing{"use/a1", outgoing()[0].version})));
  EXPECT_TRUE(outgoing().empty());
}

TEST(Vault, KeepsStatementsOnceEach) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(
        append(*store, effect(KeepStatement{kMaker, "a1", "deletion-proof", "d1", 3, 100, "{}"})));
  }
  ASSERT_TRUE(
      append(*store, effect(KeepStatement{kOther, "a2", "use-statement", "d2", 5, 101, "{}"})));
  const auto all = store->vault_work().statements({}).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].consumer, kOther);
  const auto one = store->vault_work().statements("a1").value();
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].uses, 3u);
  EXPECT_EQ(one[0].kind, "deletion-proof");
}

}  // namespace
}  // namespace connector::testing
