#include "exchange/orders.h"

#include <gtest/gtest.h>

#include "record/ubl.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::exchange {
namespace {

namespace pb = valuechain::record::v1;

core::Connector connector_of(const std::string& company) {
  return {core::ParticipantId("did:web:" + company + ".example"), core::SiteName("main")};
}

const core::Connector& buyer() {
  static const core::Connector kBuyer = connector_of("buyer");
  return kBuyer;
}

const core::Connector& seller() {
  static const core::Connector kSeller = connector_of("seller");
  return kSeller;
}

// A line of order 77 in a document, issued on a day; the buyer's connector asks.
struct Doc {
  std::string type;
  std::string id;
  std::int64_t day = 0;
  std::string line;
  std::string order_line = {};
};

pb::Record record_of(const Doc& doc) {
  pb::Record record;
  record.mutable_header()->set_kind(pb::KIND_ORDER_LINE);
  record.mutable_header()->set_key("order/77/" + doc.type + "/" + doc.id + "/" + doc.line);
  record.mutable_header()->set_version(1);
  record.mutable_header()->set_lifecycle(pb::LIFECYCLE_ACTIVE);
  pb::OrderLine& line = *record.mutable_order_line();
  line.set_document_type(doc.type);
  line.set_document_id(doc.id);
  line.set_order_number("77");
  line.mutable_issued()->set_epoch_ns(doc.day * 86'400'000'000'000);
  if (!doc.line.empty()) line.set_line_no(doc.line);
  if (!doc.order_line.empty()) line.set_order_line_no(doc.order_line);
  return record;
}

void state(pb::Record& record, pb::QuantityState state, const std::string& value,
           const std::string& unit = "KGM") {
  auto& stated = *record.mutable_order_line()->add_quantities();
  stated.set_state(state);
  stated.mutable_quantity()->mutable_value()->set_text(value);
  stated.mutable_quantity()->set_unit(unit);
}

void identify(pb::Record& record, const std::string& scheme, const std::string& value) {
  auto& id = *record.mutable_order_line()->mutable_item()->add_ids();
  id.set_scheme(scheme);
  id.set_value(value);
}

RecordRow row_of(const pb::Record& record, bool received = false) {
  RecordRow row;
  row.bytes = record.SerializeAsString();
  if (received) row.from = seller();
  return row;
}

core::Json joined(const std::vector<RecordRow>& rows, const std::string& of_buyer = {}) {
  auto order = join_order(rows, buyer(), {"77", of_buyer});
  if (!order) {
    ADD_FAILURE() << order.error().message;
    return core::Json::object();
  }
  return std::move(*order);
}

std::string text_of(const core::Json& json, std::string_view name) {
  return json.text_at(name);
}

const core::Json& line_of(const core::Json& order, const std::string& number) {
  static const core::Json kNone = core::Json::object();
  for (const core::Json& line : order.find("lines")->items()) {
    if (text_of(line, "line") == number) return line;
  }
  ADD_FAILURE() << "no line " << number;
  return kNone;
}

// "90 KGM stated by <party>"; "" where nobody states it.
std::string quantity(const core::Json& line, const std::string& state) {
  std::string found;
  const core::Json* quantities = line.find("quantities");
  if (quantities == nullptr) return found;
  for (const core::Json& one : quantities->items()) {
    if (text_of(one, "state") != state) continue;
    if (!found.empty()) found += ", ";
    found +=
        text_of(one, "value") + " " + text_of(one, "unit") + " by " + text_of(one, "stated_by");
  }
  return found;
}

const std::string kByBuyer = " by did:web:buyer.example/main";
const std::string kBySeller = " by did:web:seller.example/main";

TEST(OrdersTest, JoinsOwnAndReceivedAndSaysWhoStatedWhat) {
  pb::Record order = record_of({"Order", "77", 1, "1"});
  state(order, pb::QUANTITY_STATE_ORDERED, "100");
  pb::Record despatch = record_of({"DespatchAdvice", "D", 2, "5", "1"});
  state(despatch, pb::QUANTITY_STATE_SHIPPED, "90");
  state(despatch, pb::QUANTITY_STATE_OUTSTANDING, "10");
  pb::Record receipt = record_of({"ReceiptAdvice", "R", 3, "1", "1"});
  state(receipt, pb::QUANTITY_STATE_RECEIVED, "90");
  state(receipt, pb::QUANTITY_STATE_SHORT, "10");
  const core::Json answer = joined({row_of(order), row_of(despatch, true), row_of(receipt)});
  EXPECT_EQ(answer.find("lines")->items().size(), 1u);
  const core::Json& line = line_of(answer, "1");
  EXPECT_EQ(quantity(line, "ordered"), "100 KGM" + kByBuyer);
  EXPECT_EQ(quantity(line, "shipped"), "90 KGM" + kBySeller);
  EXPECT_EQ(quantity(line, "outstanding"), "10 KGM" + kBySeller);
  EXPECT_EQ(quantity(line, "received"), "90 KGM" + kByBuyer);
  EXPECT_EQ(quantity(line, "short"), "10 KGM" + kByBuyer);
}

TEST(OrdersTest, DeliveriesAddUpWithinAUnitAndOrdersAreReplaced) {
  pb::Record order = record_of({"Order", "77", 1, "1"});
  state(order, pb::QUANTITY_STATE_ORDERED, "100");
  pb::Record change = record_of({"OrderChange", "C", 2, "1", "1"});
  state(change, pb::QUANTITY_STATE_ORDERED, "240");
  pb::Record first = record_of({"DespatchAdvice", "D1", 3, "1", "1"});
  state(first, pb::QUANTITY_STATE_SHIPPED, "0.1");
  pb::Record second = record_of({"DespatchAdvice", "D2", 4, "1", "1"});
  state(second, pb::QUANTITY_STATE_SHIPPED, "0.2");
  pb::Record third = record_of({"DespatchAdvice", "D3", 5, "1", "1"});
  state(third, pb::QUANTITY_STATE_SHIPPED, "7", "H87");
  const core::Json answer =
      joined({row_of(change), row_of(order), row_of(first), row_of(second), row_of(third)});
  const core::Json& line = line_of(answer, "1");
  EXPECT_EQ(quantity(line, "ordered"), "240 KGM" + kByBuyer);
  EXPECT_EQ(quantity(line, "shipped"), "7 H87" + kByBuyer + ", 0.3 KGM" + kByBuyer);
}

TEST(OrdersTest, ALineWithoutOrderLineIsFoundByItsItem) {
  pb::Record paint = record_of({"Order", "77", 1, "1"});
  identify(paint, "seller-part", "P");
  state(paint, pb::QUANTITY_STATE_ORDERED, "120");
  pb::Record brush = record_of({"Order", "77", 1, "2"});
  identify(brush, "seller-part", "B");
  state(brush, pb::QUANTITY_STATE_ORDERED, "15");
  pb::Record receipt = record_of({"ReceiptAdvice", "R", 3, "1"});
  identify(receipt, "seller-part", "B");
  state(receipt, pb::QUANTITY_STATE_RECEIVED, "14");
  const core::Json answer = joined({row_of(paint), row_of(brush), row_of(receipt)});
  EXPECT_EQ(quantity(line_of(answer, "1"), "received"), "");
  EXPECT_EQ(quantity(line_of(answer, "2"), "received"), "14 KGM" + kByBuyer);
}

TEST(OrdersTest, TheNewestVersionCountsAndAWithdrawnOneDoesNot) {
  pb::Record first = record_of({"Order", "77", 1, "1"});
  state(first, pb::QUANTITY_STATE_ORDERED, "100");
  pb::Record second = record_of({"Order", "77", 1, "1"});
  second.mutable_header()->set_version(2);
  state(second, pb::QUANTITY_STATE_ORDERED, "130");
  pb::Record withdrawn = record_of({"Order", "77", 1, "2"});
  withdrawn.mutable_header()->set_lifecycle(pb::LIFECYCLE_WITHDRAWN);
  const core::Json answer = joined({row_of(second), row_of(first), row_of(withdrawn)});
  EXPECT_EQ(answer.find("lines")->items().size(), 1u);
  EXPECT_EQ(quantity(line_of(answer, "1"), "ordered"), "130 KGM" + kByBuyer);
}

TEST(OrdersTest, WhatIsSaidOfTheWholeOrderReachesItsLines) {
  pb::Record order = record_of({"Order", "77", 1, "1"});
  order.mutable_order_line()->set_status(pb::LINE_STATUS_OPEN);
  pb::Record accepted = record_of({"OrderResponseSimple", "A", 2, ""});
  accepted.mutable_order_line()->set_status(pb::LINE_STATUS_ACCEPTED);
  pb::Record fulfilment = record_of({"FulfilmentCancellation", "F", 3, ""});
  fulfilment.mutable_order_line()->set_status(pb::LINE_STATUS_CANCELLED);
  fulfilment.mutable_order_line()->set_reason("does not melt");
  const core::Json kept = joined({row_of(order), row_of(accepted, true), row_of(fulfilment)});
  EXPECT_EQ(text_of(line_of(kept, "1"), "status"), "ACCEPTED");
  EXPECT_EQ(text_of(line_of(kept, ""), "status"), "CANCELLED");
  EXPECT_EQ(text_of(line_of(kept, ""), "reason"), "does not melt");
  pb::Record cancelled = record_of({"OrderCancellation", "C", 4, ""});
  cancelled.mutable_order_line()->set_status(pb::LINE_STATUS_CANCELLED);
  cancelled.mutable_order_line()->set_reason("by phone");
  const core::Json gone = joined({row_of(order), row_of(accepted, true), row_of(cancelled)});
  EXPECT_EQ(text_of(line_of(gone, "1"), "status"), "CANCELLED");
  EXPECT_EQ(text_of(line_of(gone, "1"), "reason"), "by phone");
}

TEST(OrdersTest, SubLinesStandBesideTheirParents) {
  pb::Record parent = record_of({"Order", "77", 1, "1"});
  state(parent, pb::QUANTITY_STATE_ORDERED, "40");
  pb::Record sub = record_of({"Order", "77", 1, "1"});
  sub.mutable_header()->set_key("order/77/Order/77/1/1");
  sub.mutable_order_line()->set_parent_line_no("1");
  state(sub, pb::QUANTITY_STATE_ORDERED, "3");
  const core::Json answer = joined({row_of(parent), row_of(sub)});
  EXPECT_EQ(quantity(line_of(answer, "1"), "ordered"), "40 KGM" + kByBuyer);
  EXPECT_EQ(quantity(line_of(answer, "1.1"), "ordered"), "3 KGM" + kByBuyer);
}

// A line of order 77 of a buyer, in its own document.
pb::Record line_for(const std::string& document, const std::string& name,
                    const std::vector<std::pair<std::string, std::string>>& ids,
                    const std::string& ordered = {}) {
  pb::Record record = record_of({ordered.empty() ? "DespatchAdvice" : "Order", document, 1, "1"});
  pb::Party& party = *record.mutable_order_line()->mutable_buyer();
  if (!name.empty()) party.set_name(name);
  for (const auto& [scheme, value] : ids) {
    auto& id = *party.add_ids();
    id.set_scheme(scheme);
    id.set_value(value);
  }
  if (ordered.empty()) state(record, pb::QUANTITY_STATE_SHIPPED, "5");
  if (!ordered.empty()) state(record, pb::QUANTITY_STATE_ORDERED, ordered);
  return record;
}

// "Acme (gln:1)|Brink (gln:2)"
std::string buyers_of(const core::Json& order) {
  std::string all;
  for (const core::Json& one : order.find("buyers")->items()) {
    all += (all.empty() ? "" : "|") + text_of(one, "buyer");
  }
  return all;
}

TEST(OrdersTest, TheSameNumberOfTwoBuyersIsTwoOrders) {
  const std::vector<RecordRow> rows = {
      row_of(line_for("A", "Acme", {{"gln", "1"}}, "100")),
      row_of(line_for("B", "Brink", {{"gln", "2"}}, "7")),
      row_of(line_for("D1", "Acme Works", {{"vat", "9"}, {"gln", "1"}}), true)};
  const core::Json both = joined(rows);
  EXPECT_EQ(buyers_of(both), "Acme (gln:1)|Brink (gln:2)");
  ASSERT_EQ(both.find("lines")->items().size(), 2u);
  const core::Json& acme = both.find("buyers")->items()[0];
  EXPECT_EQ(acme.find("stated_by")->items().size(), 2u);
  EXPECT_EQ(acme.find("names")->items().size(), 2u);
  const core::Json& first = both.find("lines")->items()[0];
  EXPECT_EQ(text_of(first, "buyer"), "Acme (gln:1)");
  EXPECT_EQ(quantity(first, "ordered"), "100 KGM" + kByBuyer);
  EXPECT_EQ(quantity(first, "shipped"), "5 KGM" + kBySeller);
  const core::Json& second = both.find("lines")->items()[1];
  EXPECT_EQ(text_of(second, "buyer"), "Brink (gln:2)");
  EXPECT_EQ(quantity(second, "ordered"), "7 KGM" + kByBuyer);
  EXPECT_EQ(quantity(second, "shipped"), "");
}

TEST(OrdersTest, OneBuyerIsAskedForByNameOrIdentifier) {
  const std::vector<RecordRow> rows = {row_of(line_for("A", "Acme", {{"gln", "1"}}, "100")),
                                       row_of(line_for("B", "Brink", {{"gln", "2"}}, "7"))};
  for (const char* asked : {"brink", "2", "gln:2", "GLN:2"}) {
    const core::Json one = joined(rows, asked);
    EXPECT_EQ(buyers_of(one), "Brink (gln:2)") << asked;
    EXPECT_EQ(one.find("lines")->items().size(), 1u) << asked;
  }
  const auto none = join_order(rows, buyer(), {"77", "vat:2"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().reason, "ORDER_NOT_FOUND");
  EXPECT_NE(none.error().next.find("Acme (gln:1), Brink (gln:2)"), std::string::npos);
}

TEST(OrdersTest, ABuyerIsKnownByNameWhereNoIdentifierSaysOtherwise) {
  EXPECT_EQ(buyers_of(joined({row_of(line_for("A", "Acme", {{"gln", "1"}}, "100")),
                              row_of(line_for("D", "ACME", {{"vat", "9"}}))})),
            "ACME (gln:1)");
  EXPECT_EQ(buyers_of(joined({row_of(line_for("A", "Acme", {{"gln", "1"}}, "100")),
                              row_of(line_for("B", "Acme", {{"gln", "2"}}, "7"))})),
            "Acme (gln:1)|Acme (gln:2)");
  // The number under which a trading partner keeps its customers is no identifier of either.
  EXPECT_EQ(buyers_of(joined({row_of(line_for("A", "Acme", {{"supplier-account", "1"}}, "100")),
                              row_of(line_for("B", "Brink", {{"supplier-account", "1"}}, "7"))})),
            "Acme|Brink");
}

TEST(OrdersTest, WhoStatesNoBuyerSpeaksOfTheOnlyOneOrOfNoneKnown) {
  const RecordRow acme = row_of(line_for("A", "Acme", {{"gln", "1"}}, "100"));
  const RecordRow brink = row_of(line_for("B", "Brink", {{"gln", "2"}}, "7"));
  const RecordRow unknown = row_of(line_for("D", "", {}), true);
  EXPECT_EQ(buyers_of(joined({acme, unknown})), "Acme (gln:1)");
  EXPECT_EQ(quantity(line_of(joined({acme, unknown}), "1"), "shipped"), "5 KGM" + kBySeller);
  EXPECT_EQ(buyers_of(joined({acme, brink, unknown})),
            "Acme (gln:1)|Brink (gln:2)|buyer not stated");
}

// The rows that these documents of OASIS give; each record as the reader makes it.
std::vector<RecordRow> rows_of(const std::vector<std::string>& names) {
  std::vector<RecordRow> rows;
  for (const std::string& name : names) {
    const auto file = connector::testing::shared_data_dir() / "oasis-ubl-via-ph-ubl" / name;
    const auto xml = record::parse_xml(connector::testing::read_file(file));
    if (!xml) {
      ADD_FAILURE() << xml.error().message;
      continue;
    }
    for (const auto& made : record::read_ubl(*xml, {}).records) rows.push_back(row_of(made));
  }
  return rows;
}

TEST(OrdersTest, BeeswaxIsOrderedShippedAndReceivedShort) {
  const std::string folder = "oasis-ubl-via-ph-ubl";
  if (!connector::testing::has_shared_data(folder)) {
    GTEST_SKIP() << connector::testing::shared_data_missing(folder);
  }
  const core::Json answer = joined(rows_of({"order/UBL-Order-2.0-Example.xml",
                                            "despatchadvice/UBL-DespatchAdvice-2.0-Example.xml",
                                            "receiptadvice/UBL-ReceiptAdvice-2.0-Example.xml"}));
  EXPECT_EQ(answer.find("lines")->items().size(), 1u);
  const core::Json& line = line_of(answer, "1");
  EXPECT_EQ(text_of(line, "item"), "beeswax");
  EXPECT_EQ(quantity(line, "ordered"), "100 KGM" + kByBuyer);
  EXPECT_EQ(quantity(line, "shipped"), "90 KGM" + kByBuyer);
  EXPECT_EQ(quantity(line, "outstanding"), "10 KGM" + kByBuyer);
  EXPECT_EQ(quantity(line, "received"), "90 KGM" + kByBuyer);
  EXPECT_EQ(quantity(line, "short"), "10 KGM" + kByBuyer);
}

TEST(OrdersTest, PaintIsChangedDisputedAndCancelled) {
  const std::string folder = "oasis-ubl-via-ph-ubl";
  if (!connector::testing::has_shared_data(folder)) {
    GTEST_SKIP() << connector::testing::shared_data_missing(folder);
  }
  std::vector<std::string> names = {"order/UBL-Order-2.1-Example.xml",
                                    "orderresponse/UBL-OrderResponse-2.1-Example.xml",
                                    "orderchange/UBL-OrderChange-2.1-Example.xml"};
  const core::Json open = joined(rows_of(names));
  EXPECT_EQ(quantity(line_of(open, "1"), "ordered"), "240 LTR" + kByBuyer);
  EXPECT_EQ(quantity(line_of(open, "2"), "ordered"), "15 H87" + kByBuyer);
  EXPECT_EQ(text_of(line_of(open, "2"), "status"), "REVISED_BY_SELLER");
  names.emplace_back("ordercancellation/UBL-OrderCancellation-2.1-Example.xml");
  const core::Json cancelled = joined(rows_of(names));
  EXPECT_EQ(text_of(line_of(cancelled, "1"), "status"), "CANCELLED");
  EXPECT_EQ(text_of(line_of(cancelled, "2"), "reason"), "With reference to phone call");
}

TEST(OrdersTest, AnUnknownOrderIsNotFound) {
  const auto answer = join_order({}, buyer(), {"77"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, "ORDER_NOT_FOUND");
}

}  // namespace
}  // namespace connector::exchange
