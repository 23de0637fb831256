// What EPCIS documents write with care is kept: digits, offsets, empty lists, places.
#include <gtest/gtest.h>

#include "epcis_support.h"

namespace connector::record::testing {
namespace {

std::string fixture(const char* name) {
  return connector::testing::read_file(epcis_fixture(name));
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  if (at != std::string::npos) text.replace(at, what.size(), with);
  return text;
}

// What no clock and no binary number could hold is kept as written.
TEST(EpcisKeptTest, DigitsAndOffsets) {
  const char* const kNumber = "0.1234567890123456789012345670";
  const char* const kTime = "2026-03-01T08:15:30.123456789012-05:30";
  for (const char* name : {"five-events.json", "five-events.xml"}) {
    const std::string number = name[12] == 'j' ? "200.50" : "200.5<";
    const std::string end = name[12] == 'j' ? "" : "<";
    const Document document =
        read(replaced(replaced(fixture(name), "2026-03-01T08:15:30.123456789+01:00", kTime), number,
                      kNumber + end));
    ASSERT_EQ(document.outcome, Outcome::kRead) << name << " " << document.cause;
    const pb::Event& event = event_at(document, 0).event();
    EXPECT_EQ(event.event_time().text(), kTime);
    EXPECT_EQ(event.event_time().epoch_ns() % 1'000'000'000, 123'456'789);
    EXPECT_EQ(event.event_time().offset_min(), -330);
    EXPECT_EQ(event.item_quantities(0).quantity().value().text(), kNumber);
  }
}

TEST(EpcisKeptTest, EmptyListsAreLists) {
  const std::string xml = fixture("five-events.xml");
  const auto start = xml.find("<childEPCs>");
  ASSERT_NE(start, std::string::npos);
  const std::string list = xml.substr(start, xml.find("</childEPCs>") + 12 - start);
  const Document documents[] = {
      read(replaced(fixture("five-events.json"),
                    "\"childEPCs\": [\"urn:epc:id:sgtin:8712346.000012.E1\"]",
                    "\"childEPCs\": []")),
      read(replaced(xml, list, "<childEPCs/>"))};
  for (const Document& document : documents) {
    ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
    EXPECT_EQ(event_at(document, 1).event().items_size(), 0);
    EXPECT_EQ(event_at(document, 1).event().item_quantities_size(), 1);
    EXPECT_EQ(count_in(document, "epcs"), "5");
  }
}

// A document says which of its events is wrong, in XML too.
TEST(EpcisKeptTest, ThePlaceTellsEventsOfOneKindApart) {
  const std::string bare = fixture("bare-event.xml");
  const auto from = bare.find("<eventTime>");
  const std::string good =
      "<ObjectEvent>" + bare.substr(from, bare.rfind("</") - from) + "</ObjectEvent>\n";
  const Document document = read(
      "<epcis:EPCISDocument xmlns:epcis=\"urn:epcglobal:epcis:xsd:2\" schemaVersion=\"2.0\">"
      "<EPCISBody><EventList>\n" +
      good + replaced(good, "<action>OBSERVE</action>", "") +
      "</EventList></EPCISBody></epcis:EPCISDocument>");
  EXPECT_EQ(document.outcome, Outcome::kRefused);
  EXPECT_EQ(document.cause, "action is missing");
  EXPECT_EQ(document.place.path, "EPCISDocument/EPCISBody/EventList/ObjectEvent[2]/action");
}

}  // namespace
}  // namespace connector::record::testing
