#include <set>

#include "store_support.h"

namespace connector::testing {
namespace {

using exchange::Imported;
using exchange::RecordQuery;
using Keys = std::vector<std::string>;

Imported::Outcome outcome(const core::Result<Imported>& imported) {
  if (!imported) throw std::runtime_error(imported.error().message);
  return imported->outcome;
}

std::vector<exchange::RecordRow> query(store::Store& store, const RecordQuery& query) {
  auto rows = store.archive().query(query);
  if (!rows) throw std::runtime_error(rows.error().message);
  return std::move(*rows);
}

Keys keys(const std::vector<exchange::RecordRow>& rows) {
  Keys keys;
  for (const auto& row : rows) {
    pb::Record record;
    record.ParseFromString(row.bytes);
    keys.push_back((row.from ? row.from->str() : "own") + " " + record.header().key() + " v" +
                   std::to_string(record.header().version()));
  }
  return keys;
}

TEST(Archive, ImportingTwiceAddsNothing) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  const auto first = import(*store, {"a", "Order/A"}, {order_line("A", 1), order_line("A", 2)});
  EXPECT_EQ(outcome(first), Imported::Outcome::kImported);
  EXPECT_EQ(first->records, 2u);
  EXPECT_EQ(outcome(import(*store, {"a", "Order/A"}, {order_line("A", 1), order_line("A", 2)})),
            Imported::Outcome::kKnown);
  EXPECT_EQ(store->records().last_sequence(kOrders).value(), 2u);
  EXPECT_EQ(store->archive().original(core::sha256("a")).value(), "a");
  EXPECT_EQ(store->archive().original(core::sha256("b")).error().reason, "ORIGINAL_NOT_FOUND");
  EXPECT_EQ(outcome(import(*store, {.original = "a", .dataset = core::DatasetId("copy")},
                           {order_line("A", 1)})),
            Imported::Outcome::kImported)
      << "another dataset has its own";
}

TEST(Archive, AnotherFormOfTheSameStatementAddsNothing) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "json"}, {event("e", 1, std::string(16, 1))}));
  pb::Record spelt_otherwise = event("e", 1, std::string(16, 1));
  spelt_otherwise.mutable_event()->set_biz_step_raw("urn:epcglobal:cbv:bizstep:shipping");
  spelt_otherwise.mutable_header()->set_source_format("other");
  const auto second = import(*store, {.original = "xml"}, {spelt_otherwise});
  EXPECT_EQ(outcome(second), Imported::Outcome::kImported) << "known are the same bytes";
  EXPECT_EQ(second->records, 0u);
  EXPECT_EQ(store->archive().original(core::sha256("xml")).value(), "xml");
  EXPECT_EQ(store->records().last_sequence(kOrders).value(), 1u);
}

TEST(Archive, TheSameNumberWithOtherContentIsRefusedAndBothAreNamed) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {"a", "Order/A", "1"}, {order_line("A", 1)}));
  for (const char* version : {"", "1"}) {
    const auto other = import(*store, {std::string("b") + version, "Order/A", version},
                              {order_line("A", 7), order_line("A", 1, "changed")});
    EXPECT_EQ(outcome(other), Imported::Outcome::kConflict);
    EXPECT_EQ(other->records, 0u);
    for (const std::string& part :
         {std::string("Order/A"), std::string("b") + version + ".xml", std::string("a.xml"),
          core::hex(core::sha256("a")).substr(0, 16),
          core::hex(core::sha256(std::string("b") + version)).substr(0, 16)}) {
      EXPECT_NE(other->cause.find(part), std::string::npos) << part << " in " << other->cause;
    }
  }
  EXPECT_EQ(read_all(*store).keys(), Keys{"order/A/1 v1"});
  EXPECT_FALSE(store->archive().original(core::sha256("b"))) << "nothing of it is stored";
  EXPECT_TRUE(store->health().ok);
}

TEST(Archive, AStatedVersionSupersedesAndNeverChangesTheOld) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {"a", "Order/A", "9"}, {order_line("A", 1), order_line("A", 2)}));
  const std::string old_id = read_all(*store).records.at(0).header().content_id();
  const auto next =
      import(*store, {"b", "Order/A", "10"}, {order_line("A", 1, "more"), order_line("A", 2)});
  EXPECT_EQ(outcome(next), Imported::Outcome::kImported);
  EXPECT_EQ(next->records, 1u) << "the second line says the same";
  const Read read = read_all(*store);
  EXPECT_EQ(read.keys(), (Keys{"order/A/2 v1", "order/A/1 v2"}));
  ASSERT_EQ(read.records[1].header().supersedes_size(), 1);
  EXPECT_EQ(read.records[1].header().supersedes(0), old_id);
  EXPECT_EQ(keys(query(*store, {.key = "order/A/1"})),
            (Keys{"own order/A/1 v1", "own order/A/1 v2"}));
  const auto late = import(*store, {"c", "Order/A", "8"}, {order_line("A", 1, "late")});
  EXPECT_EQ(outcome(late), Imported::Outcome::kConflict);
  EXPECT_NE(late->cause.find("older than"), std::string::npos) << late->cause;
}

// QIF has no count of versions, but says when each was created; offsets and digits may differ.
TEST(Archive, VersionsMayBeTimes) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {"a", "QIF/1", ""}, {order_line("A", 1)}));
  ASSERT_TRUE(import(*store, {"b", "QIF/1", "2026-03-02T10:00:00Z"}, {order_line("A", 1, "b")}));
  for (const char* late : {"2026-03-02T09:59:59.999Z", "2026-03-02T10:30:00+01:00"}) {
    const auto refused = import(*store, {late, "QIF/1", late}, {order_line("A", 1, "late")});
    EXPECT_EQ(outcome(refused), Imported::Outcome::kConflict);
    EXPECT_NE(refused->cause.find("older than 2026-03-02T10:00:00Z"), std::string::npos);
  }
  const auto next =
      import(*store, {"c", "QIF/1", "2026-03-02T10:00:00.001Z"}, {order_line("A", 1, "c")});
  EXPECT_EQ(outcome(next), Imported::Outcome::kImported);
  EXPECT_EQ(read_all(*store).keys(), Keys{"order/A/1 v3"});
  const auto undated = import(*store, {"d", "QIF/1", ""}, {order_line("A", 1, "d")});
  EXPECT_EQ(outcome(undated), Imported::Outcome::kConflict);
}

TEST(Archive, ACorrectedEventBecomesAVersionAnotherStatementIsRefused) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "a"}, {event("e", 1, std::string(16, 1))}));
  const auto other = import(*store, {.original = "b"}, {event("e", 2, std::string(16, 1))});
  EXPECT_EQ(outcome(other), Imported::Outcome::kConflict);
  for (const char* part : {"event/e", "a.xml", "b.xml"}) {
    EXPECT_NE(other->cause.find(part), std::string::npos) << other->cause;
  }
  pb::Record corrected = event("e", 1, std::string(16, 1));
  corrected.mutable_header()->set_lifecycle(pb::LIFECYCLE_CORRECTED);
  corrected.mutable_event()->mutable_error_declaration()->set_reason("wrong");
  EXPECT_EQ(outcome(import(*store, {.original = "c"}, {corrected})), Imported::Outcome::kImported);
  EXPECT_EQ(read_all(*store).keys(), Keys{"event/e v2"});
}

TEST(Archive, VersionsAreCountedOnAfterAWithdrawal) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "a"}, {order_line("A", 1)}));
  ASSERT_TRUE(store->archive().withdraw(kOrders, "order/A/1", "", 0));
  EXPECT_EQ(outcome(import(*store, {.original = "a"}, {order_line("A", 1)})),
            Imported::Outcome::kKnown)
      << "a file that lies there still does not undo a withdrawal";
  ASSERT_TRUE(import(*store, {.original = "b"}, {order_line("A", 1)}));
  const Read read = read_all(*store);
  EXPECT_EQ(read.keys(), Keys{"order/A/1 v2"});
  EXPECT_EQ(read.records[0].header().supersedes_size(), 0);
}

TEST(Archive, ListsGoOnWhereAPageEnded) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  std::vector<pb::Record> a, b;
  for (int i = 1; i <= 9; ++i) a.push_back(order_line("A", i));
  for (int i = 1; i <= 5; ++i) b.push_back(order_line("B", i));
  ASSERT_TRUE(import(*store, {.original = "a"}, a));
  ASSERT_TRUE(import(*store, {.original = "b", .dataset = core::DatasetId("more")}, b));
  Keys all;
  RecordQuery page{.limit = 4};
  for (int i = 0; i < 10; ++i) {
    const auto rows = query(*store, page);
    if (rows.empty()) break;
    for (const auto& key : keys(rows)) all.push_back(key);
    page.after = rows.back().sequence;
  }
  EXPECT_EQ(all.size(), 14u);
  EXPECT_EQ((std::set<std::string>(all.begin(), all.end()).size()), 14u);
  EXPECT_EQ(query(*store, {.dataset = core::DatasetId("more")}).size(), 5u);
  EXPECT_EQ(query(*store, {.order_number = "B", .limit = 2}).size(), 2u);
}

exchange::Received received(const core::Connector& from, std::vector<pb::Record> records,
                            const std::string& account) {
  exchange::Received received{from, kOrders, account, 1, {}, {"order_line.price"}};
  for (auto& record : records) received.records.push_back(record.SerializeAsString());
  return received;
}

TEST(Archive, WhatWasReceivedIsKeptApartAndNeverServed) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "a"}, {order_line("A", 1)}));
  ASSERT_TRUE(append(*store, effect(received(kMaker, {order_line("A", 1)}, "acc1"))));
  ASSERT_TRUE(append(*store, effect(received(kOther, {order_line("A", 1)}, "acc2"))));
  EXPECT_EQ(read_all(*store).keys(), Keys{"order/A/1 v1"});
  EXPECT_EQ(
      keys(query(*store, {.order_number = "A"})),
      (Keys{"own order/A/1 v1", kMaker.str() + " order/A/1 v0", kOther.str() + " order/A/1 v0"}));
  EXPECT_EQ(query(*store, {.own = false, .account = "acc2"}).size(), 1u);
  EXPECT_EQ(query(*store, {.own = false, .account = "acc2"})[0].account, "acc2");
  EXPECT_EQ(query(*store, {.received = false}).size(), 1u);
  EXPECT_EQ(query(*store, {.key = "order/A/1"}).size(), 3u);
  EXPECT_EQ(query(*store, {.kinds = {pb::KIND_EVENT}}).size(), 0u);
  EXPECT_EQ(query(*store, {.kinds = {pb::KIND_EVENT, pb::KIND_ORDER_LINE}}).size(), 3u);
}

TEST(Archive, AContentIdIsFoundByItsBeginning) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "a"}, {order_line("A", 1), order_line("A", 2)}));
  const std::string id = core::hex(read_all(*store).records.at(1).header().content_id());
  for (const std::size_t size : {8u, 20u, 64u}) {
    EXPECT_EQ(keys(query(*store, {.key = id.substr(0, size)})), Keys{"own order/A/2 v1"}) << size;
  }
  EXPECT_EQ(query(*store, {.key = std::string(64, '0')}).size(), 0u);
}

TEST(Archive, ASendersTombstoneHidesOnlyWhatThatSenderSent) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, effect(received(kMaker, {order_line("A", 1)}, "acc1"))));
  ASSERT_TRUE(append(*store, effect(received(kOther, {order_line("A", 1)}, "acc2"))));
  pb::Record tombstone;
  tombstone.mutable_header()->set_kind(pb::KIND_TOMBSTONE);
  tombstone.mutable_header()->set_key("tombstone/order/A/1");
  tombstone.mutable_tombstone()->set_withdrawn_key("order/A/1");
  ASSERT_TRUE(append(*store, effect(received(kMaker, {tombstone}, "acc3"))));
  EXPECT_EQ(keys(query(*store, {.order_number = "A"})), Keys{kOther.str() + " order/A/1 v0"});
  EXPECT_EQ(query(*store, {.own = false, .account = "acc1"}).size(), 1u) << "evidence stays";
}

TEST(Archive, AWithdrawnRecordLeavesTheListsAndItsKeyStillShowsIt) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "a"}, {order_line("A", 1), order_line("A", 2)}));
  ASSERT_TRUE(store->archive().withdraw(kOrders, "order/A/1", "", 0));
  EXPECT_EQ(keys(query(*store, {.kinds = {pb::KIND_ORDER_LINE}})), Keys{"own order/A/2 v1"});
  EXPECT_EQ(keys(query(*store, {.kinds = {pb::KIND_TOMBSTONE}})),
            Keys{"own tombstone/order/A/1 v2"});
  EXPECT_EQ(query(*store, {.key = "order/A/1"}).size(), 1u);
  EXPECT_EQ(store->archive().withdraw(kOrders, "order/none", "", 0).value(), 0u);
}

TEST(Archive, SettingsAreDurable) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    EXPECT_FALSE(store->setting("x").value());
    ASSERT_TRUE(store->set_setting("x", std::string("a\0b", 3)));
    ASSERT_TRUE(store->set_setting("y", ""));
    ASSERT_TRUE(store->set_setting("x", std::string("c\0d", 3)));
  }
  auto store = open_store(options_in(folder.path()));
  EXPECT_EQ(store->setting("x").value(), std::string("c\0d", 3));
  EXPECT_EQ(store->setting("y").value(), "");
}

}  // namespace
}  // namespace connector::testing
