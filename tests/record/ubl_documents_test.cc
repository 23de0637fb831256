// The samples of OASIS: field values read off the documents by hand.
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "core/text.h"
#include "record/identifier.h"
#include "support/shared_data.h"
#include "ubl_support.h"

namespace connector::record {
namespace {

using namespace testing;

constexpr const char* kFolder = "oasis-ubl-via-ph-ubl";

class UblDocumentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!connector::testing::has_shared_data(kFolder)) {
      GTEST_SKIP() << connector::testing::shared_data_missing(kFolder);
    }
  }

  static Document read(const std::string& name) {
    const Document document = read_text(
        connector::testing::read_file(connector::testing::shared_data_dir() / kFolder / name));
    EXPECT_EQ(document.outcome, Outcome::kRead) << document.cause << document.place.path;
    return document;
  }

  static Document order() { return read("order/UBL-Order-2.0-Example.xml"); }
  static Document despatch() { return read("despatchadvice/UBL-DespatchAdvice-2.0-Example.xml"); }
  static Document receipt() { return read("receiptadvice/UBL-ReceiptAdvice-2.0-Example.xml"); }
};

TEST_F(UblDocumentsTest, BeeswaxIsOrdered) {
  const Document document = order();
  ASSERT_EQ(document.records.size(), 1u);
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(line.document_uuid(), "6E09886B-DC6E-439F-82D1-7CCAC7F4E3B1");
  EXPECT_EQ(line.order_number(), "AEG012345");
  EXPECT_EQ(line.order_number_seller(), "CON0095678");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_ORDERED), "100 KGM");
  EXPECT_EQ(line.quantities_size(), 1);
  EXPECT_EQ(line.status(), pb::LINE_STATUS_OPEN);
  EXPECT_EQ(line.status_raw(), "NoStatus");
  EXPECT_EQ(line.buyer().name(), "IYT Corporation");
  EXPECT_EQ(raw_id(line.buyer().ids(), "vat"), "12356478");
  EXPECT_EQ(raw_id(line.buyer().ids(), "customer-account"), "XFB01");
  EXPECT_EQ(line.seller().name(), "Consortial");
  EXPECT_EQ(raw_id(line.item().ids(), "buyer-part"), "6578489");
  EXPECT_EQ(raw_id(line.item().ids(), "seller-part"), "17589683");
  EXPECT_EQ(line.item().name(), "beeswax");
  EXPECT_EQ(line.description(), "Acme beeswax");
  EXPECT_EQ(line.price().amount().text(), "100.00");
  EXPECT_EQ(line.price().currency(), "GBP");
  EXPECT_EQ(line.line_amount().amount().text(), "100.00");
  EXPECT_EQ(line.requested_delivery().from().text(), "2005-06-29T09:30:47.0Z");
  EXPECT_EQ(line.requested_delivery().from().offset_min(), 0);
  ASSERT_EQ(line.notes_size(), 1);
  EXPECT_EQ(line.notes(0), "this is an illustrative order line");
  EXPECT_FALSE(line.has_currency());
  EXPECT_EQ(document.facts.at("document_id"), "AEG012345");
  EXPECT_EQ(document.facts.at("issue_date"), "2005-06-20");
  EXPECT_EQ(document.facts.count("currency"), 0u);
}

TEST_F(UblDocumentsTest, NinetyOfAHundredAreDespatched) {
  const Document document = despatch();
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(line.document_id(), "565899");
  EXPECT_EQ(line.order_number(), "AEG012345");
  EXPECT_EQ(line.order_line_no(), "1");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_SHIPPED), "90 KGM");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_OUTSTANDING),
            "10 KGM (lack of stock as explained on telephone today)");
  EXPECT_EQ(line.seller().name(), "Consortial");
  EXPECT_EQ(line.buyer().name(), "IYT Corporation");
  ASSERT_EQ(line.instances_size(), 1);
  EXPECT_EQ(line.instances(0).level(), pb::ITEM_LEVEL_BATCH);
  EXPECT_EQ(raw_id(line.instances(0).ids(), "lot"), "546378239");
  EXPECT_EQ(property(line, "lot.546378239.ExpiryDate"), "2010-01-01");
  EXPECT_EQ(line.notes(0), "Mrs Green agreed to waive charge");
}

TEST_F(UblDocumentsTest, NinetyAreReceivedAndTenAreShort) {
  const Document document = receipt();
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(line.order_number(), "AEG012345");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_RECEIVED), "90 KGM");
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_SHORT), "10 KGM");
  EXPECT_EQ(line.actual_delivery().text(), "2005-06-20T11:30:00.0Z");
  EXPECT_EQ(document.facts.at("order_reference"), "AEG012345");
  EXPECT_EQ(document.facts.at("despatch_reference"), "565899");
  EXPECT_FALSE(line.has_order_line_no());
}

TEST_F(UblDocumentsTest, TheLotJoinsDespatchAndReceipt) {
  const Document despatched = despatch();
  const Document received = receipt();
  const pb::OrderLine& sent = line_at(despatched, 0);
  const pb::OrderLine& got = line_at(received, 0);
  ASSERT_EQ(sent.instances_size(), 1);
  ASSERT_EQ(got.instances_size(), 1);
  ASSERT_GE(sent.instances(0).item_keys_size(), 1);
  EXPECT_EQ(sent.instances(0).item_keys(0), got.instances(0).item_keys(0));
}

TEST_F(UblDocumentsTest, TheFulfilmentIsCancelledAsAWhole) {
  const Document document =
      read("fulfilmentcancellation/UBL-FulfilmentCancellation-2.1-Example.xml");
  ASSERT_EQ(document.records.size(), 1u);
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(line.order_number(), "AEG012345");
  EXPECT_EQ(line.status(), pb::LINE_STATUS_CANCELLED);
  EXPECT_EQ(line.reason().find("The quality check has detected"), 0u);
  EXPECT_FALSE(line.has_line_no());
  ASSERT_EQ(line.references_size(), 3);
  EXPECT_EQ(line.references(0).type(), "DespatchAdvice");
  EXPECT_EQ(line.references(1).type(), "ReceiptAdvice");
  EXPECT_EQ(line.references(1).id(), "658398");
  EXPECT_EQ(line.references(2).type(), "Order");
  EXPECT_EQ(document.facts.at("receipt_reference"), "658398");
  EXPECT_EQ(count_of(document, "lines"), "0");
}

TEST_F(UblDocumentsTest, PaintAndBrushesAreOrdered) {
  const Document document = read("order/UBL-Order-2.1-Example.xml");
  ASSERT_EQ(document.records.size(), 2u);
  EXPECT_EQ(document.document_key, "Order/gln:7300070011115/34");
  const pb::OrderLine& paint = line_at(document, 0);
  EXPECT_EQ(paint.issued().text(), "2010-01-20T12:30:00");
  EXPECT_FALSE(paint.issued().has_offset_min());
  EXPECT_EQ(paint.currency(), "SEK");
  EXPECT_EQ(stated(paint, pb::QUANTITY_STATE_ORDERED), "120 LTR");
  EXPECT_EQ(raw_id(paint.item().ids(), "gtin"), "1234567890123");
  EXPECT_EQ(property(paint, "Paint type"), "Acrylic");
  EXPECT_EQ(paint.requested_delivery().to().text(), "2010-02-25");
  EXPECT_EQ(raw_id(paint.ship_to().ids(), "gln"), "67654328394567");
  // 123456789012 has the check digit 8, and a GLN has 13 digits, not 14.
  EXPECT_TRUE(flagged(document.records[0],
                      "invalid-identifier:Order/OrderLine[1]/LineItem/Item/"
                      "StandardItemIdentification/ID"));
  EXPECT_TRUE(flagged(document.records[0],
                      "invalid-identifier:Order/Delivery/DeliveryParty/PartyIdentification/ID"));
  const pb::OrderLine& brush = line_at(document, 1);
  EXPECT_EQ(stated(brush, pb::QUANTITY_STATE_ORDERED), "15 H87");
  EXPECT_EQ(brush.quantities(0).quantity().unit_raw(), "C62");
  EXPECT_EQ(brush.item().name(), "Pensel 20 mm");
  EXPECT_EQ(brush.price().amount().text(), "15");
  EXPECT_EQ(document.facts.at("quotation_reference"), "QuoteID123");
  EXPECT_EQ(count_of(document, "quantity_sum[C62]"), "15");
  EXPECT_EQ(count_of(document, "quantity_sum[LTR]"), "120");
}

TEST_F(UblDocumentsTest, FourAnswersShareAnIdAndAreToldApartByType) {
  const Document response = read("orderresponse/UBL-OrderResponse-2.1-Example.xml");
  const Document change = read("orderchange/UBL-OrderChange-2.1-Example.xml");
  const Document cancellation = read("ordercancellation/UBL-OrderCancellation-2.1-Example.xml");
  const Document simple = read("orderresponsesimple/UBL-OrderResponseSimple-2.1-Example.xml");
  std::set<std::string> document_keys;
  std::set<std::string> keys;
  std::size_t records = 0;
  for (const Document* document : {&response, &change, &cancellation, &simple}) {
    EXPECT_EQ(document->facts.at("document_id"), "7");
    EXPECT_EQ(document->facts.at("order_reference"), "34");
    document_keys.insert(document->document_key);
    for (const auto& record : document->records) keys.insert(record.header().key());
    records += document->records.size();
  }
  EXPECT_EQ(document_keys.size(), 4u);
  EXPECT_EQ(records, 5u);
  EXPECT_EQ(keys.size(), records);
}

TEST_F(UblDocumentsTest, TheResponseLeavesOneLineOpenAndDisputesTheOther) {
  const Document document = read("orderresponse/UBL-OrderResponse-2.1-Example.xml");
  ASSERT_EQ(document.records.size(), 2u);
  EXPECT_EQ(line_at(document, 0).status(), pb::LINE_STATUS_OPEN);
  EXPECT_EQ(line_at(document, 0).status_raw(), "NoStatus");
  EXPECT_EQ(line_at(document, 0).order_line_no(), "1");
  EXPECT_EQ(line_at(document, 1).status(), pb::LINE_STATUS_REVISED_BY_SELLER);
  EXPECT_EQ(line_at(document, 1).status_raw(), "Disputed");
  EXPECT_FALSE(line_at(document, 1).has_item());
  EXPECT_EQ(count_of(document, "lines"), "2");
  EXPECT_EQ(count_of(document, "lines_with_quantity"), "");
}

TEST_F(UblDocumentsTest, TheChangeDoublesThePaint) {
  const Document document = read("orderchange/UBL-OrderChange-2.1-Example.xml");
  EXPECT_EQ(document.version, "1");
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(line.document_version(), "1");
  EXPECT_EQ(line.status(), pb::LINE_STATUS_REVISED_BY_BUYER);
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_ORDERED), "240 LTR");
  EXPECT_EQ(line.order_line_no(), "1");
}

TEST_F(UblDocumentsTest, TheSimpleResponseAcceptsAndTheCancellationCancels) {
  const Document simple = read("orderresponsesimple/UBL-OrderResponseSimple-2.1-Example.xml");
  EXPECT_TRUE(line_at(simple, 0).accepted());
  EXPECT_EQ(line_at(simple, 0).status(), pb::LINE_STATUS_ACCEPTED);
  const Document cancellation = read("ordercancellation/UBL-OrderCancellation-2.1-Example.xml");
  EXPECT_EQ(line_at(cancellation, 0).status(), pb::LINE_STATUS_CANCELLED);
  EXPECT_EQ(line_at(cancellation, 0).reason(), "With reference to phone call");
}

// What a document must have given for this row of expected-counts.tsv; nothing for metrics that a
// reader cannot know (bytes, elements).
std::optional<std::string> given(const Document& document, const std::string& metric) {
  if (metric == "bytes" || metric == "sha256" || metric == "xml_elements") return std::nullopt;
  if (metric.starts_with("lines") || metric.starts_with("quantity_sum")) {
    const std::string counted = count_of(document, metric);
    return counted.empty() ? "0" : counted;
  }
  const auto fact = document.facts.find(metric);
  return fact == document.facts.end() ? "" : fact->second;
}

TEST_F(UblDocumentsTest, CountsAndFactsAreThoseOfTheTable) {
  const auto folder = connector::testing::shared_data_dir();
  std::ifstream table(folder / "expected-counts.tsv");
  std::map<std::string, Document> documents;
  std::size_t compared = 0;
  for (std::string row; std::getline(table, row);) {
    const auto cells = core::split(row, '\t');
    if (cells.size() != 4 || !cells[0].starts_with(kFolder)) continue;
    const std::string path(cells[0]);
    if (!documents.contains(path)) {
      documents[path] = read_text(connector::testing::read_file(folder / path));
    }
    if (documents[path].outcome != Outcome::kRead) continue;
    const auto value = given(documents[path], std::string(cells[2]));
    if (!value) continue;
    ++compared;
    EXPECT_EQ(*value, cells[3]) << path << " " << cells[2];
  }
  EXPECT_EQ(documents.size(), 26u);
  EXPECT_EQ(compared, 52u);  // rows of the nine documents of the order chain
}

TEST_F(UblDocumentsTest, EveryOtherDocumentIsDeclinedByName) {
  const auto folder = connector::testing::shared_data_dir() / kFolder;
  std::size_t read = 0;
  std::size_t declined = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".xml") continue;
    const Document document = read_text(connector::testing::read_file(entry.path()));
    if (document.outcome == Outcome::kRead) {
      ++read;
      continue;
    }
    ASSERT_EQ(document.outcome, Outcome::kDeclined) << entry.path() << document.cause;
    ++declined;
    EXPECT_NE(entry.path().filename().string().find("UBL-" + document.format.kind),
              std::string::npos);
    EXPECT_NE(document.cause.find(document.format.kind), std::string::npos);
  }
  EXPECT_EQ(read, 9u);
  EXPECT_EQ(declined, 17u);
}

}  // namespace
}  // namespace connector::record
