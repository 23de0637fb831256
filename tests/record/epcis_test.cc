// EPCIS on own documents: each type of event, in JSON-LD and XML, and what follows from it.
#include "record/epcis.h"

#include <google/protobuf/util/message_differencer.h>

#include "epcis_support.h"
#include "record/cbv.h"
#include "record/identifier.h"
#include "record/statement.h"

namespace connector::record::testing {
namespace {

using google::protobuf::util::MessageDifferencer;

// Events, then the records that follow from them.
std::string shape(const Document& document) {
  std::string text;
  for (const pb::Record& record : document.records) {
    text += record.has_event() ? 'E' : record.has_edge() ? 'e' : record.has_item() ? 'i' : '?';
  }
  return text;
}

TEST(EpcisTest, JsonAndXmlGiveTheSameStatements) {
  const Document json = read_epcis_fixture("five-events.json");
  const Document xml = read_epcis_fixture("five-events.xml");
  ASSERT_EQ(json.outcome, Outcome::kRead) << json.cause << " at " << json.place.str();
  ASSERT_EQ(xml.outcome, Outcome::kRead) << xml.cause << " at " << xml.place.str();
  // Object: two items and two classes are created. Aggregation: two edges. Transformation: two
  // outputs, each made from two inputs. Association: one edge.
  EXPECT_EQ(shape(json), "EiiiiEeeEEieeieeEe");
  ASSERT_EQ(shape(xml), shape(json));
  EXPECT_EQ(json.counts, xml.counts);
  for (std::size_t i = 0; i < json.records.size(); ++i) {
    MessageDifferencer differencer;
    std::string report;
    differencer.ReportDifferencesToString(&report);
    EXPECT_TRUE(differencer.Compare(statement_of(json.records[i]), statement_of(xml.records[i])))
        << i << ": " << report;
  }
}

TEST(EpcisTest, CountsAreOfTheRecords) {
  const Document document = read_epcis_fixture("five-events.json");
  const std::pair<const char*, const char*> expected[] = {{"events_total", "5"},
                                                          {"events_ObjectEvent", "1"},
                                                          {"events_TransactionEvent", "1"},
                                                          {"events_AssociationEvent", "1"},
                                                          {"epcs", "6"},
                                                          {"quantity_elements", "5"},
                                                          {"parent_ids", "3"},
                                                          {"biz_transactions", "3"},
                                                          {"sources", "1"},
                                                          {"destinations", "1"},
                                                          {"sensor_elements", "1"},
                                                          {"sensor_reports", "3"},
                                                          {"error_declarations", "1"},
                                                          {"event_ids", "4"}};
  for (const auto& [metric, value] : expected) {
    EXPECT_EQ(count_in(document, metric), value) << metric;
  }
  EXPECT_EQ(document.format.name, "EPCIS");
  EXPECT_EQ(document.format.version, "2.0");
  EXPECT_EQ(document.format.kind, "EPCISDocument");
}

TEST(EpcisTest, WhatWhenWhereAndWhyOfAnObjectEvent) {
  const Document document = read_epcis_fixture("five-events.json");
  const pb::Record& record = event_at(document, 0);
  const pb::Event& event = record.event();
  EXPECT_EQ(record.header().key(), "event/urn:uuid:0b6f1d6e-4a0c-4f0e-9a55-0f6f0a3f0001");
  EXPECT_EQ(record.header().lifecycle(), pb::LIFECYCLE_ACTIVE);
  EXPECT_EQ(record.header().flags_size(), 0);
  EXPECT_EQ(event.event_time().text(), "2026-03-01T08:15:30.123456789+01:00");
  EXPECT_EQ(event.event_time().epoch_ns() % 1'000'000'000, 123'456'789);
  EXPECT_EQ(event.event_time().offset_min(), 60);
  EXPECT_EQ(event.event_time_zone_offset(), "+01:00");
  EXPECT_EQ(event.action(), pb::ACTION_ADD);
  EXPECT_EQ(event.biz_step(), "commissioning");
  EXPECT_EQ(event.disposition(), "active");
  EXPECT_EQ(event.disposition_raw(), "https://ref.gs1.org/cbv/Disp-active");
  EXPECT_EQ(event.read_point().value(), "8712346000010");
  EXPECT_EQ(event.biz_location().value(), "8712346000010.12");
  EXPECT_EQ(event.items(1).ids(0).value(), "08712346000126.E2");
  EXPECT_EQ(event.item_quantities(0).quantity().value().text(), "200.50");
  EXPECT_EQ(event.item_quantities(0).quantity().unit(), "KGM");
  EXPECT_FALSE(event.item_quantities(1).has_quantity());
  EXPECT_EQ(event.item_quantities(1).level(), pb::ITEM_LEVEL_MODEL);
  EXPECT_EQ(event.biz_transactions(0).type(), "po");
  EXPECT_FALSE(event.biz_transactions(1).has_type());
  EXPECT_EQ(event.persistent_set(0), "completeness_verified");
  EXPECT_EQ(event.persistent_unset(0), "completeness_inferred");
}

TEST(EpcisTest, ExtensionsAreFlattenedWithTheirLists) {
  const Document document = read_epcis_fixture("five-events.xml");
  const pb::Event& event = event_at(document, 0).event();
  EXPECT_EQ(value_of(event.ilmd(), "cbvmda:lotNumber"), "L-7");
  EXPECT_EQ(value_of(event.ilmd(), "vk:heat.vk:furnace"), "2");
  ASSERT_EQ(event.ilmd_size(), 4);
  EXPECT_EQ(event.ilmd(2).value() + event.ilmd(3).value(), "AB");
  EXPECT_EQ(value_of(event.extensions(), "vk:shift"), "early");
  EXPECT_EQ(value_of(event.extensions(), "vk:check[1].vk:by"), "Jansen");
  EXPECT_EQ(value_of(event.extensions(), "vk:check[2].vk:ok"), "false");
  EXPECT_EQ(value_of(event.extensions(), "readPoint.vk:gate"), "4");
}

TEST(EpcisTest, SensorsAndErrorDeclarations) {
  const Document document = read_epcis_fixture("five-events.json");
  const pb::Record& record = event_at(document, 4);
  const pb::Event& event = record.event();
  EXPECT_EQ(record.header().lifecycle(), pb::LIFECYCLE_CORRECTED);
  EXPECT_EQ(event.error_declaration().reason(), "incorrect_data");
  EXPECT_EQ(event.error_declaration().corrective_event_ids(0),
            "urn:uuid:0b6f1d6e-4a0c-4f0e-9a55-0f6f0a3f0006");
  EXPECT_EQ(value_of(event.extensions(), "errorDeclaration.vk:declaredBy"), "QA");
  EXPECT_EQ(record.header().key().rfind("event/sha256:", 0), 0u);
  const pb::SensorElement& sensor = event.sensors(0);
  EXPECT_EQ(sensor.time().epoch_ns() % 1'000'000'000, 500'000'000);
  EXPECT_EQ(sensor.device_id(), "urn:epc:id:giai:8712346.SENSOR1");
  EXPECT_EQ(value_of(sensor.extensions(), "vk:series"), "7");
  EXPECT_EQ(sensor.reports(0).type(), "Temperature");
  EXPECT_EQ(sensor.reports(0).value().text(), "21.40");
  EXPECT_EQ(sensor.reports(0).component(), "x");
  EXPECT_EQ(value_of(sensor.reports(0).extensions(), "vk:class"), "A");
  EXPECT_TRUE(sensor.reports(2).has_boolean_value());
  EXPECT_FALSE(sensor.reports(2).boolean_value());
  // What follows from an event that was declared wrong is marked like it.
  EXPECT_EQ(records_of(document, pb::KIND_EDGE).back()->header().lifecycle(),
            pb::LIFECYCLE_CORRECTED);
}

TEST(EpcisTest, ADeclaredErrorHasTheKeyOfTheEvent) {
  const std::string declared = connector::testing::read_file(epcis_fixture("five-events.json"));
  const auto from = declared.find("\"errorDeclaration\"");
  const auto to = declared.find("\"parentID\": \"urn:epc:id:grai");
  ASSERT_NE(from, std::string::npos);
  const Document original = read(declared.substr(0, from) + declared.substr(to));
  ASSERT_EQ(original.outcome, Outcome::kRead) << original.cause;
  EXPECT_EQ(event_at(original, 4).header().key(),
            event_at(read_epcis_fixture("five-events.json"), 4).header().key());
  EXPECT_EQ(event_at(original, 4).header().lifecycle(), pb::LIFECYCLE_ACTIVE);
}

TEST(EpcisTest, EdgesAndItemsFollowFromEvents) {
  const Document document = read_epcis_fixture("five-events.json");
  const auto edges = records_of(document, pb::KIND_EDGE);
  ASSERT_EQ(edges.size(), 7u);
  const pb::Edge& packed = edges[0]->edge();
  EXPECT_EQ(packed.kind(), pb::EDGE_KIND_CONTAINED);
  EXPECT_EQ(packed.parent().ids(0).value(), "087123460000000171");
  EXPECT_EQ(packed.child().ids(0).value(), "08712346000126.E1");
  EXPECT_EQ(packed.event_key(), "event/urn:uuid:0b6f1d6e-4a0c-4f0e-9a55-0f6f0a3f0002");
  EXPECT_TRUE(packed.has_valid_from());
  const pb::Edge& made = edges[2]->edge();
  EXPECT_EQ(made.kind(), pb::EDGE_KIND_TRANSFORMED);
  EXPECT_EQ(made.parent().ids(0).value(), "08712346000294.P1");
  EXPECT_EQ(made.process_id(), "urn:epc:id:gdti:8712346.00001.R1");
  EXPECT_EQ(edges[3]->edge().child().quantity().value().text(), "12.5");
  EXPECT_EQ(edges[6]->edge().kind(), pb::EDGE_KIND_INSTALLED);
  const auto items = records_of(document, pb::KIND_ITEM);
  ASSERT_EQ(items.size(), 6u);
  EXPECT_EQ(items[0]->item().item().ids(0).value(), "08712346000126.E1");
  EXPECT_EQ(items[0]->item().location().value(), "8712346000010");
  EXPECT_EQ(value_of(items[0]->item().properties(), "cbvmda:lotNumber"), "L-7");
}

TEST(EpcisTest, Version12HidesLaterEventsInExtensions) {
  const Document document = read_epcis_fixture("events-1.2.xml");
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause << " at " << document.place.str();
  EXPECT_EQ(document.format.version, "1.2");
  EXPECT_EQ(count_in(document, "events_ObjectEvent"), "1");
  EXPECT_EQ(count_in(document, "events_TransformationEvent"), "1");
  EXPECT_EQ(count_in(document, "events_AssociationEvent"), "1");
  const pb::Record& shipped = event_at(document, 0);
  EXPECT_EQ(shipped.event().event_id(), "urn:uuid:0b6f1d6e-4a0c-4f0e-9a55-0f6f0a3f0011");
  EXPECT_EQ(shipped.event().sources(0).type(), "location");
  EXPECT_EQ(value_of(shipped.event().extensions(), "vk:lorry"), "BX-41");
  EXPECT_FALSE(shipped.event().item_quantities(0).ids(0).valid());
  EXPECT_TRUE(has_flag(shipped, "invalid-identifier:quantityList[1]/epcClass"));
}

TEST(EpcisTest, AnItemIsNeverMadeFromItself) {
  const Document document = read_epcis_fixture("events-1.2.xml");
  EXPECT_TRUE(has_flag(event_at(document, 1), "self-edge"));
  const auto edges = records_of(document, pb::KIND_EDGE);
  ASSERT_EQ(edges.size(), 2u);
  EXPECT_EQ(edges[0]->edge().parent().ids(0).value(), "08712346000294.P2");
}

TEST(EpcisTest, DeleteWithoutChildrenClosesAll) {
  const Document document = read_epcis_fixture("events-1.2.xml");
  const pb::Edge& edge = records_of(document, pb::KIND_EDGE).back()->edge();
  EXPECT_TRUE(edge.closes());
  EXPECT_TRUE(edge.has_valid_to());
  EXPECT_FALSE(edge.has_valid_from());
  EXPECT_FALSE(edge.has_child());
}

TEST(EpcisTest, BareEventsListsAndQueryResults) {
  const Document bare = read_epcis_fixture("bare-event.json");
  ASSERT_EQ(bare.outcome, Outcome::kRead) << bare.cause;
  const pb::Record expected = statement_of(event_at(bare, 0));
  EXPECT_EQ(expected.event().biz_step(), "https://veldkamp.example/steps/blasting");
  for (const char* name : {"bare-event.xml", "query-results.xml", "query-results.json"}) {
    const Document other = read_epcis_fixture(name);
    ASSERT_EQ(other.outcome, Outcome::kRead) << name << ": " << other.cause;
    ASSERT_EQ(other.records.size(), 1u) << name;
    EXPECT_TRUE(MessageDifferencer::Equals(statement_of(event_at(other, 0)), expected)) << name;
  }
  const std::string text = connector::testing::read_file(epcis_fixture("bare-event.json"));
  const Document list = read("[" + text + "," + text + "]");
  ASSERT_EQ(list.outcome, Outcome::kRead) << list.cause;
  EXPECT_EQ(list.records.size(), 2u);
  EXPECT_EQ(list.records[0].header().key(), list.records[1].header().key());
}

TEST(EpcisTest, PollsAreChecked) {
  const Document poll = read_epcis_fixture("poll.xml");
  EXPECT_EQ(poll.outcome, Outcome::kRead) << poll.cause;
  EXPECT_EQ(poll.format.kind, "Query");
  EXPECT_TRUE(poll.records.empty());
}

// ---- vocabulary ----

TEST(EpcisTest, SpellingsOfTheVocabulary) {
  using cbv::List;
  for (const char* raw : {"shipping", "cbv:BizStep-shipping", "urn:epcglobal:cbv:bizstep:shipping",
                          "https://ref.gs1.org/cbv/BizStep-shipping"}) {
    const cbv::Word word = cbv::read(List::kBizStep, raw);
    EXPECT_EQ(word.value, "shipping") << raw;
    EXPECT_TRUE(word.standard) << raw;
  }
  EXPECT_FALSE(cbv::read(List::kBizStep, "in_transit").standard);
  EXPECT_FALSE(cbv::read(List::kBizStep, "urn:epcglobal:cbv:disp:in_transit").standard);
  EXPECT_TRUE(cbv::read(List::kBizStep, "urn:epcglobal:cbv:bizstep:blasting").misplaced);
  const cbv::Word own = cbv::read(List::kDisposition, "vk:on_the_shelf");
  EXPECT_TRUE(own.uri && !own.standard && !own.misplaced);
  EXPECT_FALSE(cbv::read(List::kDisposition, "on_the_shelf").uri);
}

}  // namespace
}  // namespace connector::record::testing
