// EPCIS documents that break a rule: refused with field and place, or kept with a flag if lenient.
#include <gtest/gtest.h>

#include "epcis_support.h"

namespace connector::record::testing {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  if (at != std::string::npos) text.replace(at, what.size(), with);
  return text;
}

std::string fixture(const char* name) {
  return connector::testing::read_file(epcis_fixture(name));
}

struct Slip {
  const char* what;
  const char* with;
  const char* cause;  // part of it
  const char* place;  // end of the path
};

void expect_refusals(const char* name, const std::vector<Slip>& slips) {
  for (const Slip& slip : slips) {
    const Document document = read(replaced(fixture(name), slip.what, slip.with));
    EXPECT_EQ(document.outcome, Outcome::kRefused) << slip.what << " -> " << slip.with;
    EXPECT_TRUE(document.records.empty());
    EXPECT_NE(document.cause.find(slip.cause), std::string::npos) << document.cause;
    const std::string& path = document.place.path;
    const std::string end = slip.place;
    EXPECT_TRUE(path.size() >= end.size() && path.substr(path.size() - end.size()) == end)
        << path << " should end in " << end;
    EXPECT_GT(document.place.line, 0u) << slip.what;
  }
}

TEST(EpcisRefusalTest, JsonDocumentsSayWhichFieldIsWrong) {
  expect_refusals(
      "five-events.json",
      {{"\"schemaVersion\": \"2.0\",", "", "schemaVersion is missing", "schemaVersion"},
       {"\"epcisBody\"", "\"vk:epcisBody\"", "epcisBody is missing", "epcisBody"},
       {"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "https://veldkamp.example/context.jsonld", "context of EPCIS", "@context"},
       {"\"type\": \"TransactionEvent\"", "\"type\": \"SaleEvent\"", "'SaleEvent'",
        "eventList[3]/type"},
       {"\"eventTime\": \"2026-03-01T10:00:00+01:00\",", "", "eventTime is missing",
        "eventList[2]/eventTime"},
       {"2026-03-01T10:00:00+01:00", "01-03-2026", "'01-03-2026'", "eventList[2]/eventTime"},
       {"\"eventTimeZoneOffset\": \"+01:00\"", "\"eventTimeZoneOffset\": \"CET\"", "'CET'",
        "eventList[1]/eventTimeZoneOffset"},
       {"\"action\": \"ADD\"", "\"action\": \"INSERT\"", "'INSERT'", "eventList[1]/action"},
       {"\"action\": \"ADD\",", "", "action is missing", "eventList[1]/action"},
       {"\"bizStep\": \"packing\"", "\"bizStep\": \"boxing\"", "'boxing'", "eventList[2]/bizStep"},
       {"\"vk:shift\"", "\"shift\"", "shift is unknown", "eventList[1]/shift"},
       {"\"vk:shift\"", "\"other:shift\"", "prefix 'other' is not declared",
        "epcisBody/eventList[1]/other:shift"},
       {"\"vk:furnace\"", "\"my:furnace\"", "prefix 'my' is not declared", "vk:heat/my:furnace"},
       {"\"cbvmda:lotNumber\"", "\"lotNumber\"", "ilmd/lotNumber is unknown",
        "eventList[1]/ilmd/lotNumber"},
       {"\"quantity\": 200.50", "\"quantity\": \"many\"", "'many' is no number",
        "quantityList[1]/quantity"},
       {"\"uom\": \"KGM\"", "\"unit\": \"KGM\"", "is unknown", "quantityList[1]/unit"},
       {"\"epcClass\": \"urn:epc:class:lgtin:8712346.000029.M-1\", ", "", "is missing",
        "outputQuantityList[1]/epcClass"},
       {"\"parentID\": \"urn:epc:id:grai:8712346.00001.R-1\",", "", "parentID is missing",
        "eventList[5]/parentID"},
       {"\"value\": 21.40", "\"value\": \"warm\"", "'warm' is no number",
        "sensorElementList[1]/value"},
       {"\"declarationTime\": \"2026-03-02T07:00:00+01:00\",", "", "is missing",
        "errorDeclaration/declarationTime"},
       {"\"epcList\": [", "\"epcList\": [17, ", "must be a text", "epcList[1]"},
       {"\"type\": \"owning_party\", ", "", "is missing", "sourceList[1]/type"}});
}

TEST(EpcisRefusalTest, XmlDocumentsSayWhichElementIsWrong) {
  expect_refusals(
      "five-events.xml",
      {{"<action>ADD</action>", "<action>INSERT</action>", "'INSERT'", "ObjectEvent/action"},
       {"<action>ADD</action>", "", "action is missing", "ObjectEvent/action"},
       {"<vk:shift>early</vk:shift>", "<shift>early</shift>", "shift is unknown",
        "ObjectEvent/shift"},
       {"<eventTime>2026-03-01T10:00:00.000+01:00</eventTime>", "", "eventTime is missing",
        "AggregationEvent/eventTime"},
       {"<epc>https://id.gs1.org/01/08712346000126/21/E1</epc>", "<item>1</item>", "made of epc",
        "epcList/item"},
       {"<bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>",
        "<bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep><bizStep>x:y</bizStep>", "given twice",
        "AggregationEvent/bizStep"},
       {"<quantity>5.0</quantity>", "<quantity>few</quantity>", "'few' is no number",
        "childQuantityList[1]/quantity"},
       {"booleanValue=\"false\"", "booleanValue=\"no\"", "true or false", "booleanValue"}});
}

TEST(EpcisRefusalTest, WhatIsNoEventInAListIsRefused) {
  std::string text = fixture("bare-event.xml");
  text =
      "<epcis:EPCISDocument xmlns:epcis=\"urn:epcglobal:epcis:xsd:2\" schemaVersion=\"2.0\">"
      "<EPCISBody><EventList><Sale/></EventList></EPCISBody></epcis:EPCISDocument>";
  const Document document = read(text);
  EXPECT_EQ(document.outcome, Outcome::kRefused);
  EXPECT_EQ(document.cause, "'Sale' is no EPCIS event type");
}

TEST(EpcisRefusalTest, TheActionStandsBehindTheTime) {
  const std::string action = "<action>OBSERVE</action>";
  std::string text = replaced(fixture("bare-event.xml"), action, "");
  const std::string offset = "<eventTimeZoneOffset>-05:30</eventTimeZoneOffset>";
  const std::string jumbled =
      replaced(replaced(text, offset, ""), "<eventTime>", offset + "<eventTime>");
  EXPECT_EQ(read(replaced(jumbled, "</epcList>", "</epcList>" + action)).outcome, Outcome::kRead);
  const std::string wrong = replaced(text, "<eventTime>", action + "<eventTime>");
  EXPECT_EQ(read(wrong).outcome, Outcome::kRefused);
  EXPECT_EQ(read(wrong, {.lenient = true}).outcome, Outcome::kRead);
  EXPECT_EQ(read(replaced(wrong, "xsd:2\"", "xsd:1\" schemaVersion=\"1.2\"")).outcome,
            Outcome::kRead);
}

TEST(EpcisRefusalTest, WhatMakesNoEventIsRefused) {
  const std::string bare = fixture("bare-event.json");
  const Document nothing = read(replaced(bare, "[\"urn:epc:id:sgtin:8712346.000012.E1\"]", "[]"));
  EXPECT_EQ(nothing.outcome, Outcome::kRefused);
  EXPECT_NE(nothing.cause.find("epcList is missing"), std::string::npos) << nothing.cause;
}

// ---- hostile input ----

std::string many(const char* item, int number) {
  std::string list;
  for (int i = 0; i < number; ++i) {
    list += (i == 0 ? "\"" : ",\"") + std::string(item) + std::to_string(i) + "\"";
  }
  return list;
}

TEST(EpcisRefusalTest, EventsThatWouldGrowAreRefused) {
  const std::string start =
      R"({"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",)"
      R"("type": "TransformationEvent", "eventTime": "2026-03-01T08:00:00Z",)"
      R"("eventTimeZoneOffset": "+00:00", )";
  // 400 outputs from 400 inputs: 160,400 records from 40 kB.
  const std::string epc = "urn:epc:id:sgtin:8712346.000012.";
  const Document edges = read(start + "\"inputEPCList\": [" + many((epc + "A").c_str(), 400) +
                              "], \"outputEPCList\": [" + many((epc + "B").c_str(), 400) + "]}");
  EXPECT_EQ(edges.outcome, Outcome::kRefused);
  EXPECT_NE(edges.cause.find("split it"), std::string::npos) << edges.cause;
  // 2,000 leaves below a name of 1,000 bytes.
  const Document names =
      read(start + "\"transformationID\": \"urn:x:1\", \"gs1:" + std::string(1000, 'n') + "\": [" +
           many("", 2000) + "]}");
  EXPECT_EQ(names.outcome, Outcome::kRefused);
  EXPECT_NE(names.cause.find("split it"), std::string::npos) << names.cause;
}

TEST(EpcisRefusalTest, OtherTypesThanExpectedAreRefused) {
  const std::string text = fixture("five-events.json");
  for (const char* value : {"null", "17", "[]", "{}", "\"\"", "[[[]]]", "true", "{\"id\": 1}"}) {
    for (const char* member :
         {"\"eventTime\": \"2026-03-01T10:00:00+01:00\"",
          "\"parentID\": \"urn:epc:id:sscc:8712346.0000000017\"",
          "\"eventID\": \"urn:uuid:0b6f1d6e-4a0c-4f0e-9a55-0f6f0a3f0002\"",
          "\"readPoint\": {\"id\": \"urn:epc:id:sgln:8712346.00001.0\", \"vk:gate\": \"4\"}",
          "\"reason\": \"incorrect_data\"", "\"bizStep\": \"packing\""}) {
      const std::string name(member, std::string_view(member).find(':'));
      EXPECT_EQ(read(replaced(text, member, name + ": " + value)).outcome, Outcome::kRefused)
          << name << " " << value;
    }
  }
}

// Any one byte changed, any end cut off: read or refused with a cause, never anything else.
TEST(EpcisRefusalTest, DamagedDocumentsAreReadOrRefused) {
  for (const char* name : {"five-events.json", "five-events.xml", "events-1.2.xml", "poll.xml"}) {
    const std::string text = fixture(name);
    for (std::size_t at = 0; at < text.size(); at += 7) {
      std::string damaged = text;
      damaged[at] = "<\"x{0\x01"[at % 6];
      for (const std::string& one : {damaged, text.substr(0, at)}) {
        const Document document = read(one, {.lenient = at % 2 == 0});
        if (document.outcome == Outcome::kRead) continue;
        EXPECT_FALSE(document.cause.empty()) << name << " " << at;
        EXPECT_TRUE(document.records.empty()) << name << " " << at;
      }
    }
  }
}

// ---- lenient ----

TEST(EpcisRefusalTest, LenientKeepsSlipsWithAFlag) {
  const std::string text = fixture("five-events.json");
  const Document word = read(replaced(text, "\"bizStep\": \"packing\"", "\"bizStep\": \"boxing\""),
                             {.lenient = true});
  ASSERT_EQ(word.outcome, Outcome::kRead) << word.cause;
  EXPECT_EQ(event_at(word, 1).event().biz_step(), "boxing");
  EXPECT_TRUE(has_flag(event_at(word, 1), "vocabulary:bizStep"));
  const Document term = read(replaced(text, "\"vk:shift\"", "\"shift\""), {.lenient = true});
  ASSERT_EQ(term.outcome, Outcome::kRead) << term.cause;
  EXPECT_EQ(value_of(event_at(term, 0).event().extensions(), "shift"), "early");
  EXPECT_TRUE(has_flag(event_at(term, 0), "undefined-term:shift"));
  const Document element = read(
      replaced(fixture("five-events.xml"), "<vk:shift>early</vk:shift>", "<shift>early</shift>"),
      {.lenient = true});
  ASSERT_EQ(element.outcome, Outcome::kRead) << element.cause;
  EXPECT_TRUE(has_flag(event_at(element, 0), "undefined-term:shift"));
}

TEST(EpcisRefusalTest, TermsOfAnotherContextAreKept) {
  const std::string text =
      replaced(replaced(fixture("five-events.json"),
                        "{\"vk\": ", "\"https://veldkamp.example/context.jsonld\", {\"vk\": "),
               "\"vk:shift\"", "\"shift\"");
  const Document document = read(text);
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  EXPECT_TRUE(has_flag(event_at(document, 0), "undefined-term:shift"));
}

TEST(EpcisRefusalTest, QueriesThatMeanNothing) {
  const std::string poll = fixture("poll.xml");
  const std::pair<std::string, std::string> slips[] = {
      {replaced(poll, "<string>ADD</string>", "<string>PUT</string>"), "'PUT'"},
      {replaced(poll, "GE_eventTime", "GE_eventDate"), "no parameter"},
      {replaced(poll, "2026-03-01T00:00:00Z", "March"), "'March'"},
      {replaced(poll, "<value>2026-03-01T00:00:00Z</value>", ""), "has no value"},
      {replaced(poll, "<queryName>SimpleEventQuery</queryName>", ""), "queryName is missing"}};
  for (const auto& [text, cause] : slips) {
    const Document document = read(text);
    EXPECT_EQ(document.outcome, Outcome::kRefused) << cause;
    EXPECT_NE(document.cause.find(cause), std::string::npos) << document.cause;
  }
  const std::string json =
      R"({"@context": "https://ref.gs1.org/standards/epcis/2.0.0/query-schema.json",)"
      R"("eventType": ["ObjectEvent"], "EQ_action": ["ADD"], "LT_eventTime": "2026-03-01T00:00:00Z"})";
  EXPECT_EQ(read(json).outcome, Outcome::kRead) << read(json).cause;
  EXPECT_EQ(read(replaced(json, "\"ADD\"", "\"PUT\"")).outcome, Outcome::kRefused);
  EXPECT_EQ(read(replaced(json, "LT_eventTime", "LT_eventDay")).outcome, Outcome::kRefused);
}

}  // namespace
}  // namespace connector::record::testing
