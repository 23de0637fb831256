// What is hidden from a caller cannot be had by asking for it either.
#include <gtest/gtest.h>

#include "two_connectors.h"

namespace connector::testing {
namespace {

namespace pb = valuechain::record::v1;
using decision::FieldOp;
using decision::FieldRule;

const std::vector<std::string>& every_kind() {
  static const std::vector<std::string> kKinds = {
      "order_line", "event", "measurement", "characteristic", "study", "item", "edge", "tombstone"};
  return kKinds;
}

// What a request with this selection is answered, where all is shown but what the rule hides.
std::string answer(const std::string& kind, const FieldRule& rule,
                   const std::function<void(Selection&)>& ask) {
  TwoConnectors two;
  two.datasets = {dataset("orders", {kind})};
  two.policy.shown_ = every_kind();
  two.policy.changed_ = {rule};
  return reason_of(two.first_answer(two.request([&](FetchOrder& order) { ask(order.selection); })));
}

void by_order(Selection& selection) {
  selection.order_numbers = {"4711"};
}
void by_item(Selection& selection) {
  selection.item_keys = {std::string(16, 'k')};
}
void by_time(Selection& selection) {
  selection.event_from = 1;
}

TEST(HiddenValues, AreNotToBeFilteredOn) {
  struct Case {
    const char* kind;
    const char* hidden;
    void (*ask)(Selection&);
  };
  for (const Case& one : {
           Case{"order_line", "order_line.order_number", by_order},
           Case{"measurement", "measurement.order_number", by_order},
           Case{"order_line", "order_line.item.item_keys", by_item},
           Case{"order_line", "order_line.item.ids", by_item},
           Case{"order_line", "order_line.item.ids.value", by_item},
           Case{"order_line", "order_line.instances.ids", by_item},
           Case{"order_line", "order_line.seller", by_item},  // part numbers name their owner
           Case{"event", "event.items.ids", by_item},
           Case{"event", "event.item_quantities.ids", by_item},
           Case{"event", "event.parent.ids", by_item},
           Case{"event", "event.inputs", by_item},
           Case{"event", "event.input_quantities.ids", by_item},
           Case{"event", "event.outputs.ids.value", by_item},
           Case{"event", "event.output_quantities.ids.scheme", by_item},
           Case{"measurement", "measurement.item.ids", by_item},
           Case{"characteristic", "characteristic.item.ids", by_item},
           Case{"item", "item.item.ids", by_item},
           Case{"edge", "edge.parent.ids", by_item},
           Case{"edge", "edge.child.ids", by_item},
           Case{"order_line", "order_line.issued", by_time},
           Case{"order_line", "order_line.issued.text", by_time},
           Case{"event", "event.event_time.text", by_time},
           Case{"measurement", "measurement.measured_at", by_time},
           Case{"item", "item.created", by_time},
           Case{"edge", "edge.valid_from", by_time},
       }) {
    EXPECT_EQ(answer(one.kind, {one.hidden, FieldOp::kDrop, ""}, one.ask), "FILTER_NOT_ALLOWED")
        << one.hidden;
    EXPECT_EQ(answer(one.kind, {"study.samples", FieldOp::kDrop, ""}, one.ask), "batch")
        << one.kind;
  }
}

TEST(HiddenValues, AreNotToBeFilteredOnWhereTheyAreChangedEither) {
  EXPECT_EQ(answer("order_line", {"order_line.order_number", FieldOp::kHash, ""}, by_order),
            "FILTER_NOT_ALLOWED");
  EXPECT_EQ(answer("order_line", {"order_line.item.ids.value", FieldOp::kTruncate, "4"}, by_item),
            "FILTER_NOT_ALLOWED");
  EXPECT_EQ(answer("event", {"event.event_time.text", FieldOp::kTruncate, "10"}, by_time),
            "FILTER_NOT_ALLOWED");
}

// Of a kind that is not shown, asking for it by kind gives what asking for one that is not there
// gives.
TEST(HiddenValues, AHiddenKindLooksLikeOneThatHasNoRecords) {
  for (const bool there : {true, false}) {
    TwoConnectors two;
    two.datasets = {dataset("orders", {"order_line", "event"})};
    two.policy.shown_ = {"order_line", "tombstone"};
    pb::Record record;
    record.mutable_header()->set_kind(pb::KIND_EVENT);
    record.mutable_header()->set_key("event/1");
    record.mutable_event()->set_event_id("1");
    if (there) two.records.add(record.SerializeAsString());
    pb::Record tombstone;
    tombstone.mutable_header()->set_kind(pb::KIND_TOMBSTONE);
    tombstone.mutable_tombstone()->set_withdrawn_key("event/1");
    tombstone.mutable_tombstone()->set_withdrawn_kind(pb::KIND_EVENT);
    if (there) two.records.add(tombstone.SerializeAsString());
    const auto fetched = two.fetch();
    ASSERT_TRUE(fetched) << fetched.error().message;
    EXPECT_EQ(fetched->receipt.records, 0u);
    EXPECT_EQ(fetched->receipt.bytes, 0u);
    EXPECT_EQ(fetched->receipt.batches, 1u);
  }
}

TEST(HiddenValues, AnUnknownFieldIsWithheldWhereNothingIsHidden) {
  TwoConnectors two;
  two.policy.shown_ = every_kind();
  pb::Record record;
  record.mutable_header()->set_kind(pb::KIND_ORDER_LINE);
  record.mutable_order_line()->set_order_number("4711");
  record.mutable_order_line()
      ->GetReflection()
      ->MutableUnknownFields(record.mutable_order_line())
      ->AddLengthDelimited(900, "of the future");
  two.records.add(record.SerializeAsString());
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_TRUE(fetched->masked.empty());
  const std::string got = two.consumer_side.log.received()[0].records[0];
  EXPECT_NE(got.find("4711"), got.npos);
  EXPECT_EQ(got.find("future"), got.npos);
}

}  // namespace
}  // namespace connector::testing
