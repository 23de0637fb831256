#include "record/ubl.h"

#include "record/identifier.h"
#include "ubl_support.h"

namespace connector::record {
namespace {

using namespace testing;

std::string owner_of(const pb::OrderLine& line, const std::string& scheme) {
  for (const auto& id : line.item().ids()) {
    if (id.scheme() == scheme) return id.owner();
  }
  return {};
}

TEST(UblTest, ReadsAnOrderOf20WithOtherPrefixes) {
  const Document document = read_fixture("order-2.0.xml");
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  EXPECT_EQ(document.format.name, "UBL");
  EXPECT_EQ(document.format.version, "2.0");
  EXPECT_EQ(document.format.kind, "Order");
  EXPECT_EQ(document.document_key, "Order/Veldkamp Machines/PO%2F2031%257");
  EXPECT_EQ(document.version, "");
  ASSERT_EQ(document.records.size(), 3u);
  const pb::Header& header = document.records[0].header();
  EXPECT_EQ(header.kind(), pb::KIND_ORDER_LINE);
  EXPECT_EQ(header.lifecycle(), pb::LIFECYCLE_ACTIVE);
  EXPECT_EQ(header.source_format(), "UBL");
  EXPECT_EQ(header.source_version(), "2.0");
  EXPECT_EQ(header.key(), "order/PO%2F2031%257/Order/PO%2F2031%257/10@Veldkamp Machines");
  EXPECT_FALSE(header.has_content_id());
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(line.order_number(), "PO/2031%7");
  EXPECT_EQ(line.order_number_seller(), "S-88");
  EXPECT_EQ(line.customization(), "ubl");
  EXPECT_EQ(line.line_no(), "10");
  EXPECT_FALSE(line.has_order_line_no());
  EXPECT_EQ(line.status(), pb::LINE_STATUS_OPEN);
  EXPECT_FALSE(line.has_status_raw());
  EXPECT_EQ(line.issued().text(), "2026-03-02");
  EXPECT_TRUE(line.issued().date_only());
  EXPECT_EQ(raw_id(line.buyer().ids(), "supplier-account"), "C-17");
}

TEST(UblTest, CountsPerUnitAsWrittenAndExactly) {
  const Document document = read_fixture("order-2.0.xml");
  EXPECT_EQ(count_of(document, "lines"), "3");
  EXPECT_EQ(count_of(document, "lines_with_quantity"), "3");
  EXPECT_EQ(count_of(document, "quantity_sum[NAR]"), "1.75");
  EXPECT_EQ(count_of(document, "quantity_sum[EA]"), "2.5");
  EXPECT_EQ(document.counts.count("sub_lines"), 0u);
  EXPECT_EQ(stated(line_at(document, 0), pb::QUANTITY_STATE_ORDERED), "1.50 H87");
}

TEST(UblTest, AnScsnOrderThatSaysChangedIsAVersion) {
  const Document document = read_fixture("order-2.3-scsn.xml");
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  EXPECT_EQ(document.version, "2026-04-01T08:15:30.123456789+02:00");
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(line.customization(), "scsn");
  EXPECT_EQ(document.facts.at("customization"), "scsn");
  EXPECT_EQ(line.order_type(), "Changed");
  EXPECT_EQ(line.document_version(), document.version);
  EXPECT_EQ(line.issued().offset_min(), 120);
  // 2026-04-01T06:15:30Z is 1775024130 seconds after the epoch.
  EXPECT_EQ(line.issued().epoch_ns(), 1'775'024'130'123'456'789);
  EXPECT_EQ(line.status(), pb::LINE_STATUS_REVISED_BY_BUYER);
  EXPECT_EQ(line.status_raw(), "Revised");
}

TEST(UblTest, AnScsnOrderHasASchedule) {
  const Document document = read_fixture("order-2.3-scsn.xml");
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(line.requested_delivery().from().text(), "2026-05-08");
  EXPECT_EQ(line.requested_delivery().to().text(), "2026-05-22");
  EXPECT_EQ(property(line, "schedule.D1.quantity"), "25");
  EXPECT_EQ(property(line, "schedule.D1.requested"), "..2026-05-08");
  EXPECT_EQ(property(line, "schedule.D2.quantity"), "15");
  EXPECT_EQ(property(line, "schedule.D2.requested"), "2026-05-18..2026-05-22");
}

TEST(UblTest, ReadsPartiesItemsAndPrices) {
  const Document document = read_fixture("order-2.3-scsn.xml");
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(raw_id(line.buyer().ids(), scheme_of_code("0088")), "8712345000004");
  EXPECT_EQ(raw_id(line.buyer().ids(), "party"), "SCSN-0007");
  EXPECT_EQ(line.buyer().name(), "Veldkamp Machines");
  EXPECT_EQ(line.seller().name(), "Maasdal Casting B.V.");
  EXPECT_EQ(raw_id(line.seller().ids(), scheme_of_code("0106")), "12345678");
  EXPECT_EQ(raw_id(line.item().ids(), "buyer-part"), "VM-100");
  EXPECT_EQ(raw_id(line.item().ids(), "seller-part"), "MC-7");
  EXPECT_EQ(raw_id(line.item().ids(), "manufacturer-part"), "MX-1");
  EXPECT_EQ(owner_of(line, "buyer-part"), "gln:8712345000004");
  EXPECT_EQ(owner_of(line, "seller-part"), "kvk:12345678");
  EXPECT_EQ(owner_of(line, "manufacturer-part"), "Metalex");
  EXPECT_EQ(line.item().level(), pb::ITEM_LEVEL_MODEL);
  EXPECT_GE(line.item().item_keys_size(), 1);
  EXPECT_EQ(line.item().name(), "Bearing housing");
  EXPECT_EQ(line.description(), "Bearing housing,\nmachined");
  EXPECT_EQ(line.price().amount().text(), "412.500");
  EXPECT_EQ(line.price().currency(), "EUR");
  EXPECT_EQ(line.price_base().value().text(), "10");
  EXPECT_EQ(line.currency(), "EUR");
  EXPECT_EQ(property(line, "OriginCountry"), "NL");
  ASSERT_EQ(line.references_size(), 1);
  EXPECT_EQ(line.references(0).type(), "ItemSpecification");
  EXPECT_EQ(line.references(0).id(), "DWG-100-C");
  EXPECT_EQ(line.references(0).issued().text(), "2026-01-15");
}

TEST(UblTest, SubLinesAreRecordsOfTheirOwn) {
  const Document document = read_fixture("order-2.3-scsn.xml");
  ASSERT_EQ(document.records.size(), 4u);
  EXPECT_FALSE(line_at(document, 0).has_parent_line_no());
  EXPECT_EQ(line_at(document, 1).parent_line_no(), "1");
  EXPECT_EQ(line_at(document, 1).item().name(), "Certificate 3.1");
  EXPECT_EQ(document.records[1].header().key(),
            "order/4500017/Order/4500017/1/1@gln:8712345000004");
  EXPECT_EQ(line_at(document, 2).parent_line_no(), "1");
  EXPECT_EQ(line_at(document, 2).line_no(), "a");
  EXPECT_EQ(document.records[2].header().key(),
            "order/4500017/Order/4500017/1/1/a@gln:8712345000004");
  EXPECT_EQ(count_of(document, "lines"), "2");
  EXPECT_EQ(count_of(document, "sub_lines"), "2");
  EXPECT_EQ(count_of(document, "quantity_sum[H87]"), "40");
}

TEST(UblTest, CancelledLinesAndUnknownUnitsAreKept) {
  const Document document = read_fixture("order-2.3-scsn.xml");
  const pb::OrderLine& line = line_at(document, 3);
  EXPECT_EQ(line.status(), pb::LINE_STATUS_CANCELLED);
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_CANCELLED), "3 furlong");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_ORDERED), "");
  EXPECT_TRUE(flagged(document.records[3], "unknown-unit:Order/OrderLine[2]/LineItem/Quantity"));
}

TEST(UblTest, APeppolResponseConfirmsRevisesAndRejects) {
  const Document document = read_fixture("order-response-2.1-peppol.xml");
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  ASSERT_EQ(document.records.size(), 4u);
  EXPECT_EQ(document.format.version, "");
  EXPECT_FALSE(document.records[0].header().has_source_version());
  EXPECT_EQ(document.facts.at("order_reference"), "4500017");
  EXPECT_EQ(document.records[0].header().key(), "order/4500017/OrderResponse/R-1/100@kvk:12345678");
  const pb::OrderLine& accepted = line_at(document, 0);
  EXPECT_EQ(accepted.customization(), "peppol");
  EXPECT_EQ(accepted.status(), pb::LINE_STATUS_ACCEPTED);
  EXPECT_EQ(accepted.order_line_no(), "1");
  EXPECT_EQ(stated(accepted, pb::QUANTITY_STATE_CONFIRMED), "40 H87");
  EXPECT_EQ(accepted.promised_delivery().from().text(), "2026-05-09");
  EXPECT_EQ(accepted.promised_delivery().to().text(), "2026-05-10");
  EXPECT_FALSE(accepted.has_accepted());
  EXPECT_FALSE(accepted.has_item());
  const pb::OrderLine& revised = line_at(document, 1);
  EXPECT_EQ(revised.status(), pb::LINE_STATUS_REVISED_BY_SELLER);
  EXPECT_EQ(property(revised, "SellerSubstitutedLineItem"), "MC-8");
  const pb::OrderLine& rejected = line_at(document, 2);
  EXPECT_EQ(rejected.status(), pb::LINE_STATUS_REJECTED);
  EXPECT_EQ(rejected.order_line_no(), "300");
  EXPECT_EQ(stated(rejected, pb::QUANTITY_STATE_REJECTED), "9 H87");
  EXPECT_EQ(stated(rejected, pb::QUANTITY_STATE_CONFIRMED), "");
  const pb::OrderLine& unknown = line_at(document, 3);
  EXPECT_FALSE(unknown.has_status());
  EXPECT_EQ(unknown.status_raw(), "X9");
  EXPECT_TRUE(flagged(document.records[3],
                      "unknown-code:OrderResponse/OrderLine[4]/LineItem/LineStatusCode"));
  EXPECT_EQ(count_of(document, "quantity_sum[C62]"), "51");
}

TEST(UblTest, ADespatchStatesShippedAndOutstanding) {
  const Document document = read_fixture("despatch-2.1.xml");
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_SHIPPED), "2 H87");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_OUTSTANDING), "38 H87 (no castings)");
  EXPECT_EQ(property(line, "BackorderQuantity"), "7");
  EXPECT_EQ(property(line, "ActualDespatch"), "2026-05-07T16:05:00");
  EXPECT_EQ(property(line, "TrackingID"), "TRK-1");
  EXPECT_EQ(line.promised_delivery().to().text(), "2026-05-08T17:00:00Z");
  EXPECT_FALSE(line.has_status());
  EXPECT_EQ(line.order_line_no(), "1");
  EXPECT_EQ(count_of(document, "quantity_sum[C62]"), "3");
}

TEST(UblTest, ADespatchAssignsHandlingUnitsToItsLines) {
  const Document document = read_fixture("despatch-2.1.xml");
  const pb::OrderLine& first = line_at(document, 0);
  ASSERT_EQ(first.handling_units_size(), 2);
  EXPECT_EQ(first.handling_units(0), "387123450000000020");
  EXPECT_EQ(first.handling_units(1), "387123450000000013");
  ASSERT_EQ(line_at(document, 1).handling_units_size(), 1);
  EXPECT_EQ(line_at(document, 1).handling_units(0), "387123450000000020");
}

TEST(UblTest, SerialNumbersAndLotsAreInstances) {
  const Document document = read_fixture("despatch-2.1.xml");
  const pb::OrderLine& line = line_at(document, 0);
  ASSERT_EQ(line.instances_size(), 2);
  EXPECT_EQ(line.instances(0).level(), pb::ITEM_LEVEL_ITEM);
  EXPECT_EQ(raw_id(line.instances(0).ids(), "serial"), "SN-0001");
  EXPECT_EQ(raw_id(line.instances(0).ids(), "lot"), "HEAT-9");
  EXPECT_EQ(raw_id(line.instances(0).ids(), "seller-part"), "MC-7");
  EXPECT_GE(line.instances(0).item_keys_size(), 1);
  EXPECT_NE(line.instances(0).item_keys(0), line.instances(1).item_keys(0));
  EXPECT_EQ(property(line, "serial.SN-0001.ExpiryDate"), "2030-01-01");
}

TEST(UblTest, ALineOfSeveralOrdersSaysWhichOrIsFlagged) {
  const Document document = read_fixture("despatch-2.1.xml");
  EXPECT_EQ(line_at(document, 0).order_number(), "4500017");
  EXPECT_FALSE(line_at(document, 1).has_order_number());
  EXPECT_EQ(line_at(document, 1).order_line_no(), "4");
  EXPECT_TRUE(flagged(document.records[1], "no-order-reference"));
  EXPECT_EQ(document.records[1].header().key(), "order/-/DespatchAdvice/DA-5/2@gln:8712345000004");
}

TEST(UblTest, AReceiptStatesReceivedShortRejectedAndOver) {
  const Document document = read_fixture("receipt-2.4.xml");
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  EXPECT_EQ(document.format.version, "2.4");
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_RECEIVED), "3 H87");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_SHORT), "0 H87");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_REJECTED), "1 H87 (porosity)");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_OVER), "1 H87");
  EXPECT_EQ(line.actual_delivery().text(), "2026-05-08");
  EXPECT_EQ(document.facts.at("despatch_reference"), "DA-5");
  bool despatch_line = false;
  for (const auto& reference : line.references()) {
    despatch_line |= reference.type() == "DespatchAdvice" && reference.line() == "1";
  }
  EXPECT_TRUE(despatch_line);
  // A rejected quantity alone is not what the line received.
  EXPECT_EQ(count_of(document, "lines"), "2");
  EXPECT_EQ(count_of(document, "lines_with_quantity"), "1");
  EXPECT_EQ(count_of(document, "quantity_sum[C62]"), "3");
}

}  // namespace
}  // namespace connector::record
