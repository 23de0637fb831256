#include <algorithm>

#include "store/sqlite.h"
#include "store_support.h"

namespace connector::testing {
namespace {

using Keys = std::vector<std::string>;

std::vector<pb::Record> lines(const std::string& number, int count) {
  std::vector<pb::Record> records;
  for (int i = 1; i <= count; ++i) records.push_back(order_line(number, i));
  return records;
}

TEST(Records, CallsHaveNoGapsAndNoDoubles) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  EXPECT_EQ(store->records().last_sequence(kOrders).value(), 0u);
  ASSERT_TRUE(import(*store, {.original = "a"}, lines("A", 100)));
  ASSERT_TRUE(import(*store, {.original = "elsewhere", .dataset = core::DatasetId("quality")},
                     lines("Q", 10)));
  EXPECT_EQ(store->records().last_sequence(kOrders).value(), 100u);
  EXPECT_EQ(store->records().last_sequence(core::DatasetId("quality")).value(), 10u);
  for (const std::size_t size : {1u, 7u, 99u, 100u, 101u}) {
    const Read read = read_all(*store, {.max_records = size});
    ASSERT_EQ(read.sequences.size(), 100u) << size;
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(read.sequences[i], i + 1);
    EXPECT_EQ(read.calls, (100 + size - 1) / size);
  }
  EXPECT_EQ(read_all(*store, {.after = 40, .bound = 60}).sequences.size(), 20u);
  const Read read = read_all(*store, {.enough = 3});
  EXPECT_EQ(read.sequences.size(), 100u);
  EXPECT_EQ(read.calls, 34u) << "it stops when told to";
}

TEST(Records, AreServedAsTheyWereFinished) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "a"}, lines("A", 1)));
  const Read read = read_all(*store);
  const pb::Header& header = read.records.at(0).header();
  EXPECT_EQ(header.version(), 1u);
  EXPECT_EQ(header.source_sha256(), core::view(core::sha256("a")));
  EXPECT_EQ(read.digests[0], core::view(core::sha256(read.bytes[0])));
  // Digest of the record without it: the rule of the schema.
  pb::Record bare = read.records[0];
  bare.mutable_header()->clear_content_id();
  EXPECT_EQ(header.content_id(), core::view(core::sha256(bare.SerializeAsString())));
}

TEST(Records, AreMarkedAsKnownWhereTheyAre) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  std::vector<pb::Record> records = lines("A", 2);
  pb::OrderLine& line = *records[1].mutable_order_line();
  line.GetReflection()->MutableUnknownFields(&line)->AddLengthDelimited(900, "of the future");
  ASSERT_TRUE(import(*store, {.original = "a"}, records));
  ASSERT_TRUE(store->archive().withdraw(kOrders, "order/A/2", "", 0));
  EXPECT_EQ(read_all(*store).wholly_known, std::vector<bool>{true});
  EXPECT_EQ(read_all(*store, {.selection = {.order_numbers = {"A"}}}).wholly_known,
            std::vector<bool>{true});
  ASSERT_TRUE(import(*store, {.original = "b"}, {records[1]}));
  const Read all = read_all(*store, {.after = 1, .changed_since = 2});
  EXPECT_EQ(all.keys(), (Keys{"tombstone/order/A/2 v2", "order/A/2 v2"}));
  EXPECT_EQ(all.wholly_known, (std::vector<bool>{true, false})) << "a tombstone is of this version";
}

TEST(Records, AMarkOfAnotherSchemaCountsForNothing) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    ASSERT_TRUE(import(*store, {.original = "a"}, lines("A", 3)));
  }
  {
    auto database = store::Database::open(folder / "store.db", store::Database::Mode::kWrite, {});
    ASSERT_TRUE(database);
    ASSERT_TRUE(
        database->run("UPDATE records SET schema = schema + 1 WHERE id % 3 = 1;"
                      "UPDATE records SET schema = 0 WHERE id % 3 = 2"));
  }
  auto store = open_store(options_in(folder.path()));
  const Read read = read_all(*store);
  ASSERT_EQ(read.wholly_known.size(), 3u);
  EXPECT_EQ(std::count(read.wholly_known.begin(), read.wholly_known.end(), true), 1);
}

TEST(Records, ASelectionNarrowsByAllItsMembers) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  std::vector<pb::Record> records = lines("A", 5);
  for (auto& one : lines("B", 5)) records.push_back(one);
  records.push_back(event("e1", 2500, std::string(16, 2)));
  records.push_back(event("e2", 9000, std::string(16, 9)));
  ASSERT_TRUE(import(*store, {.original = "a"}, records));
  const auto keys = [&](exchange::Selection selection) {
    return read_all(*store, {.selection = std::move(selection), .max_records = 2}).keys();
  };
  EXPECT_EQ(keys({.order_numbers = {"B", "none"}}).size(), 5u);
  EXPECT_EQ(keys({.order_numbers = {"B", "A"}}).size(), 10u);
  EXPECT_EQ(keys({.order_numbers = {"none"}}), Keys{});
  EXPECT_EQ(keys({.item_keys = {std::string(16, 2)}}),
            (Keys{"order/A/2 v1", "order/B/2 v1", "event/e1 v1"}));
  EXPECT_EQ(keys({.order_numbers = {"B"}, .item_keys = {std::string(16, 2), std::string(16, 9)}}),
            Keys{"order/B/2 v1"});
  EXPECT_EQ(keys({.kinds = {pb::KIND_EVENT}}), (Keys{"event/e1 v1", "event/e2 v1"}));
  EXPECT_EQ(keys({.kinds = {pb::KIND_EVENT, pb::KIND_ORDER_LINE}}).size(), 12u);
  EXPECT_EQ(keys({.event_from = 2000, .event_to = 3000}),
            (Keys{"order/A/2 v1", "order/B/2 v1", "event/e1 v1"}));
  EXPECT_EQ(keys({.kinds = {pb::KIND_ORDER_LINE}, .item_keys = {std::string(16, 9)}}), Keys{});
}

TEST(Records, AFetchSeesItsBoundAndNothingAfterIt) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  const std::vector<pb::Record> first{order_line("A", 1, "old"), order_line("A", 2)};
  ASSERT_TRUE(import(*store, {"v1", "Order/A", "1"}, first));
  ASSERT_TRUE(import(*store, {"v2", "Order/A", "2"}, {order_line("A", 1, "new")}));
  EXPECT_EQ(read_all(*store).keys(), (Keys{"order/A/2 v1", "order/A/1 v2"}));
  EXPECT_EQ(read_all(*store, {.bound = 2}).keys(), (Keys{"order/A/1 v1", "order/A/2 v1"}));
}

TEST(Records, TombstonesAreForThoseWhoHadTheRecord) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "a"}, lines("A", 3)));
  EXPECT_EQ(store->archive().withdraw(kOrders, "order/A/2", "typed wrong", 5'000'000'000).value(),
            1u);
  EXPECT_EQ(store->records().last_sequence(kOrders).value(), 4u);
  EXPECT_EQ(read_all(*store).keys(), (Keys{"order/A/1 v1", "order/A/3 v1"}));
  EXPECT_EQ(read_all(*store, {.bound = 3}).keys(), (Keys{"order/A/1 v1", "order/A/3 v1"}))
      << "a fetch under way does not give out what is withdrawn";
  EXPECT_EQ(read_all(*store, {.after = 1, .changed_since = 1}).keys(), Keys{"order/A/3 v1"})
      << "had only the first";
  const Read since = read_all(*store, {.after = 3, .changed_since = 3});
  ASSERT_EQ(since.records.size(), 1u);
  const pb::Record& tombstone = since.records[0];
  EXPECT_EQ(tombstone.header().kind(), pb::KIND_TOMBSTONE);
  EXPECT_EQ(tombstone.header().lifecycle(), pb::LIFECYCLE_WITHDRAWN);
  EXPECT_EQ(tombstone.tombstone().withdrawn_key(), "order/A/2");
  EXPECT_EQ(tombstone.tombstone().reason(), "typed wrong");
  EXPECT_EQ(tombstone.tombstone().withdrawn_kind(), pb::KIND_ORDER_LINE);
  EXPECT_EQ(tombstone.tombstone().withdrawn_at().text(), "1970-01-01T00:00:05Z");
  EXPECT_EQ(since.judged[0].order_line().line_no(), "2") << "what the row filter is to look at";
  EXPECT_EQ(since.judged[0].header().content_id(), tombstone.tombstone().withdrawn_content_id());
}

TEST(Records, ATombstoneIsSelectedByWhatItWithdrew) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "a"}, lines("A", 3)));
  ASSERT_TRUE(store->archive().withdraw(kOrders, "order/A/2", "", 0));
  const auto count = [&](exchange::Selection selection) {
    return read_all(*store, {.selection = std::move(selection), .after = 3, .changed_since = 3})
        .records.size();
  };
  EXPECT_EQ(count({.kinds = {pb::KIND_ORDER_LINE}}), 1u);
  EXPECT_EQ(count({.kinds = {pb::KIND_TOMBSTONE}}), 1u);
  EXPECT_EQ(count({.kinds = {pb::KIND_EVENT}}), 0u);
  EXPECT_EQ(count({.order_numbers = {"A"}}), 1u);
  EXPECT_EQ(count({.order_numbers = {"B"}}), 0u);
  EXPECT_EQ(count({.item_keys = {std::string(16, 2)}}), 1u);
  EXPECT_EQ(count({.item_keys = {std::string(16, 3)}}), 0u);
  EXPECT_EQ(count({.event_from = 2000, .event_to = 2001}), 1u);
  EXPECT_EQ(count({.event_from = 2001}), 0u);
}

// v1 at 1, v2 at 2, withdrawn after that: everybody hears of the version that they hold.
TEST(Records, AWithdrawalReachesThoseWhoHoldAnEarlierVersion) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {"v1", "Order/A", "1"}, {order_line("A", 1, "old")}));
  ASSERT_TRUE(import(*store, {"v2", "Order/A", "2"}, {order_line("A", 1, "new")}));
  EXPECT_EQ(store->archive().withdraw(kOrders, "order/A/1", "", 0).value(), 1u);
  EXPECT_EQ(read_all(*store).records.size(), 0u);
  for (const std::uint64_t position : {1u, 2u}) {
    const Read since = read_all(*store, {.after = position, .changed_since = position});
    ASSERT_EQ(since.records.size(), 1u) << position;
    EXPECT_EQ(since.judged[0].header().version(), position);
  }
  EXPECT_EQ(store->archive().withdraw(kOrders, "order/A/1", "", 0).value(), 0u);
}

}  // namespace
}  // namespace connector::testing
