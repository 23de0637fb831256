// What the UBL reader refuses, flags and declines, on small documents made here.
#include <filesystem>

#include "record/ubl.h"
#include "ubl_support.h"

namespace connector::record {
namespace {

using namespace testing;

// A document of this type with this body, in UBL's namespaces.
std::string document_of(const std::string& type, const std::string& body) {
  return "<" + type + " xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:" + type + "-2\">" +
         body + "</" + type + ">";
}

const char* const kHead = "<ID>1</ID><IssueDate>2026-01-02</IssueDate>";

std::string order_with(const std::string& line_item) {
  return document_of("Order",
                     kHead + ("<OrderLine><LineItem>" + line_item) + "</LineItem></OrderLine>");
}

void expect_refused(const std::string& bytes, std::string_view cause, std::string_view path) {
  const Document document = read_text(bytes);
  EXPECT_EQ(document.outcome, Outcome::kRefused) << bytes.substr(0, 200);
  EXPECT_TRUE(document.records.empty());
  EXPECT_NE(document.cause.find(cause), std::string::npos) << document.cause;
  EXPECT_EQ(document.place.path, path);
  EXPECT_GT(document.place.line, 0u);
}

TEST(UblRulesTest, MissingElementsAreNamed) {
  expect_refused(document_of("Order", "<IssueDate>2026-01-02</IssueDate>"), "ID is missing",
                 "Order/ID");
  expect_refused(document_of("Order", "<ID> </ID>"), "ID is empty", "Order/ID");
  expect_refused(document_of("Order", "<ID>1</ID>"), "IssueDate is missing", "Order/IssueDate");
  expect_refused(document_of("Order", kHead), "OrderLine is missing", "Order/OrderLine");
  expect_refused(document_of("DespatchAdvice", kHead), "DespatchLine is missing",
                 "DespatchAdvice/DespatchLine");
  for (const char* type : {"OrderChange", "OrderCancellation", "OrderResponse"}) {
    expect_refused(document_of(type, kHead), "OrderReference is missing",
                   std::string(type) + "/OrderReference");
  }
  expect_refused(document_of("OrderResponse", std::string(kHead) + "<OrderReference/>"),
                 "ID is missing", "OrderResponse/OrderReference/ID");
  expect_refused(document_of("OrderResponseSimple",
                             std::string(kHead) + "<OrderReference><ID>3</ID></OrderReference>"),
                 "AcceptedIndicator is missing", "OrderResponseSimple/AcceptedIndicator");
  expect_refused(order_with("<Quantity>1</Quantity>"), "ID is missing",
                 "Order/OrderLine/LineItem/ID");
  expect_refused(document_of("Order", std::string(kHead) + "<OrderLine/>"), "LineItem is missing",
                 "Order/OrderLine/LineItem");
}

TEST(UblRulesTest, WhatCannotBeReadIsNamed) {
  for (const char* bad : {"", "ten", "1,5", "0x10", "NaN", "INF", "1e999", "--1"}) {
    expect_refused(order_with(std::string("<ID>1</ID><Quantity>") + bad + "</Quantity>"),
                   "Quantity is not a decimal", "Order/OrderLine/LineItem/Quantity");
  }
  expect_refused(document_of("Order", "<ID>1</ID><IssueDate>02-01-2026</IssueDate>"),
                 "IssueDate is not a date", "Order/IssueDate");
  expect_refused(document_of("Order", "<ID>1</ID><IssueDate>2026-02-30</IssueDate>"),
                 "IssueDate is not a date", "Order/IssueDate");
  expect_refused(
      document_of("Order",
                  "<ID>1</ID><IssueDate>2026-01-02</IssueDate><IssueTime>25:00:00</IssueTime>"),
      "IssueDate is not a date", "Order/IssueDate");
  expect_refused(order_with("<ID>1</ID><Price><PriceAmount>free</PriceAmount></Price>"),
                 "PriceAmount is not a decimal", "Order/OrderLine/LineItem/Price/PriceAmount");
  expect_refused(document_of("OrderResponseSimple",
                             std::string(kHead) + "<AcceptedIndicator>perhaps</AcceptedIndicator>"),
                 "neither true nor false", "OrderResponseSimple/AcceptedIndicator");
}

TEST(UblRulesTest, ALineNumberGivenTwiceIsRefused) {
  const std::string line = "<OrderLine><LineItem><ID>1</ID></LineItem></OrderLine>";
  expect_refused(document_of("Order", kHead + line + line), "'1' is given twice",
                 "Order/OrderLine[2]");
}

TEST(UblRulesTest, DecimalsKeepTheirDigits) {
  const Document document = read_text(
      order_with("<ID>1</ID><Quantity unitCode='KGM'> 0100.1234567890123450 </Quantity>"));
  EXPECT_EQ(stated(line_at(document, 0), pb::QUANTITY_STATE_ORDERED), "0100.1234567890123450 KGM");
  EXPECT_EQ(count_of(document, "quantity_sum[KGM]"), "100.123456789012345");
}

TEST(UblRulesTest, DocumentsWithoutLinesGiveOneRecordPerOrder) {
  const std::string two =
      "<OrderReference><ID>A</ID></OrderReference><OrderReference><ID>B</ID></OrderReference>";
  const Document document = read_text(document_of(
      "OrderCancellation", kHead + ("<CancellationNote>late</CancellationNote>" + two)));
  ASSERT_EQ(document.records.size(), 2u) << document.cause;
  EXPECT_EQ(line_at(document, 0).order_number(), "A");
  EXPECT_EQ(line_at(document, 1).order_number(), "B");
  EXPECT_EQ(line_at(document, 1).status(), pb::LINE_STATUS_CANCELLED);
  EXPECT_EQ(line_at(document, 1).reason(), "late");
  EXPECT_FALSE(line_at(document, 1).has_line_no());
  EXPECT_EQ(document.records[1].header().key(), "order/B/OrderCancellation/1");
  EXPECT_EQ(count_of(document, "lines"), "0");
}

const char* const kOrder3 = "<OrderReference><ID>3</ID></OrderReference>";

TEST(UblRulesTest, AChangeHasAVersionAndRepeatsTheOrdersLineNumbers) {
  const Document document = read_text(document_of(
      "OrderChange", std::string(kHead) + "<SequenceNumberID>4</SequenceNumberID>" + kOrder3 +
                         "<OrderLine><LineItem><ID>2</ID><LineStatusCode>Added</LineStatusCode>"
                         "<Quantity unitCode='MTR'>7</Quantity></LineItem></OrderLine>"));
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  EXPECT_EQ(document.version, "4");
  EXPECT_EQ(document.document_key, "OrderChange//1");
  const pb::OrderLine& line = line_at(document, 0);
  EXPECT_EQ(line.order_number(), "3");
  EXPECT_EQ(line.order_line_no(), "2");
  EXPECT_EQ(line.status(), pb::LINE_STATUS_ADDED);
  EXPECT_EQ(stated(line, pb::QUANTITY_STATE_ORDERED), "7 MTR");
}

TEST(UblRulesTest, ASimpleResponseAcceptsOrRejectsTheWhole) {
  const auto answer = [](const std::string& said) {
    return read_text(document_of("OrderResponseSimple",
                                 std::string(kHead) + "<AcceptedIndicator>" + said +
                                     "</AcceptedIndicator><RejectionNote>why</RejectionNote>" +
                                     kOrder3));
  };
  const Document yes = answer("true");
  EXPECT_TRUE(line_at(yes, 0).accepted());
  EXPECT_EQ(line_at(yes, 0).status(), pb::LINE_STATUS_ACCEPTED);
  const Document no = answer("0");
  EXPECT_TRUE(line_at(no, 0).has_accepted());
  EXPECT_FALSE(line_at(no, 0).accepted());
  EXPECT_EQ(line_at(no, 0).status(), pb::LINE_STATUS_REJECTED);
  EXPECT_EQ(line_at(no, 0).reason(), "why");
}

TEST(UblRulesTest, AFulfilmentCancellationMayNameNoOrder) {
  const Document document = read_text(document_of(
      "FulfilmentCancellation",
      std::string(kHead) + "<CancellationNote>rust</CancellationNote><DespatchDocumentReference>"
                           "<ID>D</ID></DespatchDocumentReference>"));
  ASSERT_EQ(document.records.size(), 1u) << document.cause;
  EXPECT_TRUE(flagged(document.records[0], "no-order-reference"));
  EXPECT_EQ(line_at(document, 0).status(), pb::LINE_STATUS_CANCELLED);
  EXPECT_EQ(line_at(document, 0).reason(), "rust");
  EXPECT_EQ(document.facts.at("despatch_reference"), "D");
  EXPECT_EQ(document.records[0].header().key(), "order/-/FulfilmentCancellation/1");
}

TEST(UblRulesTest, TheAnswerOfTheWholeHoldsForLinesWithoutOne) {
  const std::string body =
      "<OrderResponseCode>AP</OrderResponseCode><OrderReference><ID>3</ID></OrderReference>"
      "<OrderLine><LineItem><ID>1</ID><Quantity unitCode='EA'>4</Quantity></LineItem></OrderLine>"
      "<OrderLine><LineItem><ID>2</ID><LineStatusCode>rejected</LineStatusCode></LineItem>"
      "</OrderLine>";
  const Document document = read_text(document_of("OrderResponse", kHead + body));
  EXPECT_TRUE(line_at(document, 0).accepted());
  EXPECT_EQ(line_at(document, 0).status(), pb::LINE_STATUS_ACCEPTED);
  EXPECT_EQ(stated(line_at(document, 0), pb::QUANTITY_STATE_CONFIRMED), "4 H87");
  EXPECT_EQ(line_at(document, 1).status(), pb::LINE_STATUS_REJECTED);
  EXPECT_EQ(line_at(document, 1).quantities_size(), 0);
}

TEST(UblRulesTest, InvalidIdentifiersAreKeptAndFlaggedWithTheirPath) {
  const Document document = read_text(order_with(
      "<ID>1</ID><Item><StandardItemIdentification><ID schemeID='GTIN'>4006381333932</ID>"
      "</StandardItemIdentification></Item>"));
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  EXPECT_EQ(raw_id(line_at(document, 0).item().ids(), "gtin"), "4006381333932");
  EXPECT_FALSE(line_at(document, 0).item().ids(0).valid());
  EXPECT_TRUE(flagged(document.records[0],
                      "invalid-identifier:Order/OrderLine/LineItem/Item/"
                      "StandardItemIdentification/ID"));
}

TEST(UblRulesTest, OtherDocumentsAreDeclinedByName) {
  const Document forecast =
      read_text(document_of("Forecast", std::string("<UBLVersionID>2.1</UBLVersionID>") + kHead));
  EXPECT_EQ(forecast.outcome, Outcome::kDeclined);
  EXPECT_EQ(forecast.cause, "UBL 2.1 Forecast is recognised, but not supported yet");
  const Document status = read_text(
      "<OrderStatus xmlns='SmartConnectedSupplierNetwork:schema:xsd:OrderStatus'><ID>1</ID>"
      "</OrderStatus>");
  EXPECT_EQ(status.outcome, Outcome::kDeclined);
  EXPECT_EQ(status.cause, "SCSN OrderStatus is recognised, but not supported yet");
  const Document old = read_text(
      "<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-1.0'><ID>1</ID></Order>");
  EXPECT_EQ(old.outcome, Outcome::kDeclined);
  EXPECT_EQ(old.format.version, "1.0");
}

TEST(UblRulesTest, LaterVersionsAreDeclinedUnlessLenient) {
  const std::string bytes =
      document_of("Order", std::string("<UBLVersionID>2.5</UBLVersionID>") + kHead +
                               "<OrderLine><LineItem><ID>1</ID></LineItem></OrderLine>");
  EXPECT_EQ(read_text(bytes).outcome, Outcome::kDeclined);
  const Document lenient = read_text(bytes, {.lenient = true});
  ASSERT_EQ(lenient.outcome, Outcome::kRead);
  EXPECT_TRUE(flagged(lenient.records[0], "unknown-version"));
}

TEST(UblRulesTest, AnOrderInScsnsOwnNamespaceIsRead) {
  const Document document = read_text(
      "<s:Order xmlns:s='urn:SmartConnectedSupplierNetwork:schema:xsd:Order'><ID>1</ID>"
      "<IssueDate>2026-01-02Z</IssueDate><OrderLine><LineItem><ID>1</ID></LineItem></OrderLine>"
      "</s:Order>");
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  EXPECT_EQ(line_at(document, 0).customization(), "scsn");
  EXPECT_EQ(line_at(document, 0).issued().offset_min(), 0);
}

TEST(UblRulesTest, ManyLinesWithAFlagEachAreRead) {
  std::string body = kHead;
  constexpr int kLines = 20'000;
  for (int i = 0; i < kLines; ++i) {
    body += "<OrderLine><LineItem><ID>" + std::to_string(i) +
            "</ID><Quantity unitCode='furlong'>0.1</Quantity></LineItem></OrderLine>";
  }
  const Document document = read_text(document_of("Order", body));
  ASSERT_EQ(document.records.size(), std::size_t{kLines}) << document.cause;
  EXPECT_EQ(count_of(document, "quantity_sum[furlong]"), "2000");
  EXPECT_TRUE(flagged(document.records[kLines - 1],
                      "unknown-unit:Order/OrderLine[20000]/LineItem/Quantity"));
}

TEST(UblRulesTest, ARootInAnotherDocumentsNamespaceIsRefused) {
  const Document document = read_text(
      "<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'><ID>1</ID></Order>");
  EXPECT_EQ(document.outcome, Outcome::kRefused);
  EXPECT_EQ(document.place.path, "Order");
}

TEST(UblRulesTest, OtherXmlIsNotUbl) {
  for (const char* bytes :
       {"<Order/>", "<Order xmlns='urn:x'/>",
        "<a xmlns='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'/>"}) {
    const auto xml = parse_xml(bytes);
    ASSERT_TRUE(xml.has_value());
    EXPECT_FALSE(is_ubl(*xml)) << bytes;
  }
}

TEST(UblRulesTest, AHeaderThatMultipliesIsRefused) {
  std::string body = kHead;
  body += "<Note>" + std::string(200u << 10, 'n') + "</Note>";
  for (int i = 0; i < 5'000; ++i) {
    body += "<OrderLine><LineItem><ID>" + std::to_string(i) + "</ID></LineItem></OrderLine>";
  }
  const Document document = read_text(document_of("Order", body));
  EXPECT_EQ(document.outcome, Outcome::kRefused);
  EXPECT_NE(document.cause.find("more records than one document may"), std::string::npos)
      << document.cause;
}

TEST(UblRulesTest, ARecordBeyondTheLimitIsRefused) {
  const Document document =
      read_text(order_with("<ID>1</ID><Note>" + std::string(300u << 10, 'n') + "</Note>"));
  EXPECT_EQ(document.outcome, Outcome::kRefused);
  EXPECT_EQ(document.place.path, "Order/OrderLine");
}

TEST(UblRulesTest, ManyIdentifiersOfOnePartyAreRefused) {
  std::string party = kHead;
  party += "<BuyerCustomerParty><Party>";
  for (int i = 0; i < 100; ++i) {
    party += "<PartyIdentification><ID>" + std::to_string(i) + "</ID></PartyIdentification>";
  }
  expect_refused(document_of("Order", party + "</Party></BuyerCustomerParty>"),
                 "too many identifiers",
                 "Order/BuyerCustomerParty/Party/PartyIdentification[65]/ID");
}

// Whatever one byte becomes, the document is read, declined or refused with a cause.
TEST(UblRulesTest, NoSingleByteIsFatal) {
  const auto file = std::filesystem::path(SOURCE_DIR) / "tests/record/data/ubl/despatch-2.1.xml";
  const std::string bytes = connector::testing::read_file(file);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char c : {'<', '>', '&', '"', '/', '9', '\0', '\xFF'}) {
      std::string changed = bytes;
      changed[at] = c;
      const auto xml = parse_xml(changed);
      if (!xml) {
        ++refused;
        EXPECT_FALSE(xml.error().message.empty());
      } else if (is_ubl(*xml)) {
        const Document document = read_ubl(*xml, {});
        EXPECT_NE(document.outcome == Outcome::kRead, document.records.empty()) << at;
        EXPECT_NE(document.outcome == Outcome::kRead, !document.cause.empty()) << at << c;
      }
    }
  }
  EXPECT_GT(refused, 2 * bytes.size());  // '\0' and '\xFF' never pass
}

}  // namespace
}  // namespace connector::record
