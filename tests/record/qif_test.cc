// Own QIF documents, value by value.
#include <gtest/gtest.h>

#include <map>

#include "qif_support.h"

namespace connector::record {
namespace {

using namespace qif_support;

std::string plan_key(const std::string& id) {
  return "characteristic/0a5e7e6c-1f11-4a4e-9c3b-6d2d4b8b1a01/" + id;
}
std::string value_key(const std::string& id) {
  return "measurement/0a5e7e6c-1f11-4a4e-9c3b-6d2d4b8b1a01/" + id;
}

class QifInspection : public ::testing::Test {
 protected:
  const pb::Characteristic& plan(const std::string& id) const {
    return record_at(document_, plan_key(id)).characteristic();
  }
  const pb::Measurement& value(const std::string& id) const {
    return record_at(document_, value_key(id)).measurement();
  }
  const Document document_ = read_fixture("inspection-3.0.qif");
};

TEST_F(QifInspection, LimitsAreAbsolute) {
  const pb::Tolerance& offsets = plan("21").tolerance();
  EXPECT_EQ(offsets.nominal().text(), "12.00");
  EXPECT_EQ(offsets.lower().text(), "11.9");
  EXPECT_EQ(offsets.upper().text(), "12.021");
  EXPECT_FALSE(offsets.given_as_limit());
  const pb::Tolerance& limits = plan("22").tolerance();
  EXPECT_EQ(limits.lower().text(), "79.70");
  EXPECT_EQ(limits.upper().text(), "80.30");
  EXPECT_TRUE(limits.given_as_limit());
  EXPECT_EQ(plan("24").tolerance().zone().text(), "0.05");
  EXPECT_FALSE(plan("24").tolerance().has_given_as_limit());
  EXPECT_FALSE(plan("28").tolerance().has_upper());
  EXPECT_EQ(plan("28").tolerance().nominal().text(), "30");
}

TEST_F(QifInspection, UnitsAreThoseOfCharacteristics) {
  EXPECT_EQ(plan("21").unit(), "mm");  // the PMI unit, not "m"
  EXPECT_EQ(plan("27").unit(), "degree");
  EXPECT_EQ(plan("26").unit(), "mm");  // angularity is the width of a zone
  EXPECT_FALSE(plan("29").has_unit());
  EXPECT_EQ(value("31").unit(), "mm");
  EXPECT_EQ(value("42").unit(), "inch");
}

TEST_F(QifInspection, CharacteristicsAreDescribed) {
  const pb::Characteristic& bore = plan("21");
  EXPECT_EQ(bore.name(), "bore");
  EXPECT_EQ(bore.kind(), "Diameter");
  EXPECT_EQ(bore.qpid(), "ee9bb7c3-31fb-40a4-841d-4f1b9fc88511");
  EXPECT_EQ(bore.criticality(), "CRITICAL");
  EXPECT_EQ(bore.drawing(), "DR-200/C 2 C3");
  EXPECT_EQ(property(bore.properties(), "Designator"), "1");
  EXPECT_EQ(property(bore.properties(), "Description"), "Bearing seat");
  EXPECT_FALSE(bore.has_item()) << "the document has two parts and says not which";
  ASSERT_EQ(plan("23").datums_size(), 2);
  EXPECT_EQ(plan("23").datums(0), "A");
  EXPECT_EQ(plan("23").datums(1), "B");
  EXPECT_EQ(plan("25").material_condition(), "MAXIMUM");
  EXPECT_EQ(property(plan("25").properties(), "ZoneShape"), "DiametricalZone");
  EXPECT_EQ(property(plan("28").properties(), "Direction"), "XAXIS");
  EXPECT_EQ(property(plan("28").properties(), "NonTolerance"), "MEASURED");
}

TEST_F(QifInspection, MeasurementsKeepDigitsAndCircumstances) {
  const pb::Measurement& bore = value("31");
  EXPECT_EQ(bore.result_set(), "c88aaecb-1345-45ca-8946-7aaadb6c0311");
  EXPECT_EQ(bore.result_set_status(), "FAIL");
  EXPECT_EQ(bore.characteristic_item(), "21");
  EXPECT_EQ(bore.characteristic_name(), "bore");
  EXPECT_EQ(bore.characteristic_kind(), "Diameter");
  EXPECT_EQ(bore.value().text(), "12.0210");
  EXPECT_EQ(bore.uncertainty().text(), "0.002");
  EXPECT_EQ(bore.measured_at().text(), "2026-03-02T07:14:05.125+01:00");
  EXPECT_EQ(bore.measured_at().offset_min(), 60);
  EXPECT_EQ(bore.device(), "Caliper 12");
  EXPECT_EQ(bore.operator_(), "Inspector 4");
  EXPECT_EQ(bore.order_number(), "4500017");
  EXPECT_EQ(bore.tolerance().upper().text(), "12.021");
  // Without a time stamp of its own: when the inspection began. Without a device: the planned one.
  EXPECT_EQ(value("32").measured_at().text(), "2026-03-02T07:10:00+01:00");
  EXPECT_FALSE(value("42").has_measured_at());
  EXPECT_EQ(value("42").device(), "CMM hall 3");
  EXPECT_EQ(property(value("32").properties(), "NonConformanceDesignator"), "NC-7");
  EXPECT_EQ(value("32").value().text(), "80.300000000000000001");
}

TEST_F(QifInspection, ItemsAreTheComponentsThatWereMeasured) {
  const pb::ItemRef& first = value("31").item();
  EXPECT_EQ(first.level(), pb::ITEM_LEVEL_ITEM);
  EXPECT_EQ(first.name(), "Housing H-200");
  ASSERT_EQ(first.ids_size(), 2);
  EXPECT_EQ(first.ids(0).value(), "7d0b3c52-5e1b-4b7c-8d3f-2a1e5c9f0b11");
  EXPECT_EQ(first.ids(1).scheme(), "serial");
  EXPECT_EQ(first.ids(1).value(), "H200-0001");
  ASSERT_EQ(first.item_keys_size(), 1);
  const pb::ItemRef& second = value("42").item();
  EXPECT_EQ(second.ids(1).value(), "L-9");
  EXPECT_EQ(second.ids(2).value(), "H200-0002");
  EXPECT_NE(first.item_keys(0), second.item_keys(0));
}

// The recorded status stands; another verdict stands beside it, and only where it is one.
TEST_F(QifInspection, VerdictsAreRecomputed) {
  const auto expect = [&](const char* id, pb::InspectionStatus status, pb::InspectionStatus other) {
    EXPECT_EQ(value(id).status(), status) << id;
    EXPECT_EQ(value(id).recomputed_status(), other) << id;
    EXPECT_EQ(flagged(record_at(document_, value_key(id)), "status-differs"),
              other != pb::INSPECTION_STATUS_UNSPECIFIED)
        << id;
  };
  const auto kSame = pb::INSPECTION_STATUS_UNSPECIFIED;
  const auto kPass = pb::INSPECTION_STATUS_PASS;
  const auto kFail = pb::INSPECTION_STATUS_FAIL;
  expect("31", kPass, kSame);  // on the limit
  expect("32", kFail, kSame);  // beyond it by the last of 18 digits
  expect("33", kFail, kSame);  // half the zone is 0.25
  expect("34", kFail, kPass);  // fails by its partner
  expect("35", kPass, kFail);  // the whole zone is 0.05
  expect("36", kPass, kSame);  // the zone grows with the hole
  expect("37", kPass, kSame);
  expect("38", pb::INSPECTION_STATUS_REWORK, kSame);
  expect("39", pb::INSPECTION_STATUS_BASIC_OR_TED, kSame);
  expect("40", kPass, kFail);  // "some" is one of the values that fail
  expect("42", kPass, kSame);  // inches are not compared with millimetres
}

TEST_F(QifInspection, OwnWordsOfAStatusAreKept) {
  const pb::Record& record = record_at(document_, value_key("43"));
  EXPECT_EQ(record.measurement().status_raw(), "to be looked at");
  EXPECT_EQ(record.measurement().status(), pb::INSPECTION_STATUS_UNDEFINED);
  EXPECT_FALSE(record.measurement().has_value());
  ASSERT_EQ(record.header().flags_size(), 1);
  EXPECT_EQ(record.header().flags(0).rfind("unknown-code:QIFDocument/Results/", 0), 0u);
  EXPECT_EQ(value("40").attribute_value(), "some");
}

TEST_F(QifInspection, CountsAreThoseOfTheRecords) {
  const std::map<std::string, std::string> expected = {{"characteristic_items", "9"},
                                                       {"characteristic_measurements", "12"},
                                                       {"failures", "3"},
                                                       {"status_PASS", "6"},
                                                       {"status_REWORK", "1"},
                                                       {"status_BASIC_OR_TED", "1"},
                                                       {"measured_items", "11"},
                                                       {"failed_items", "2"},
                                                       {"result_sets", "2"},
                                                       {"result_sets_PASS", "1"},
                                                       {"result_sets_FAIL", "1"},
                                                       {"statistical_study_results", "0"}};
  std::map<std::string, std::string> counts;
  for (const auto& [name, value] : document_.counts) counts[name] = value.canonical();
  EXPECT_EQ(counts, expected);
  EXPECT_EQ(document_.facts.at("qif_version"), "3.0.0");
  EXPECT_EQ(document_.document_key, "QIF/0a5e7e6c-1f11-4a4e-9c3b-6d2d4b8b1a01");
}

TEST(QifElsewhere, TheOtherDocumentIsNamedAndNotOpened) {
  const Document document = read_fixture("results-elsewhere-3.0.qif");
  const pb::Record& bore = record_at(document, "/4");
  EXPECT_EQ(bore.measurement().characteristic_item(), "21@1");
  EXPECT_EQ(bore.measurement().characteristic_kind(), "Diameter");
  EXPECT_FALSE(bore.measurement().has_tolerance());
  EXPECT_FALSE(bore.measurement().has_recomputed_status());
  EXPECT_TRUE(flagged(bore, "characteristic-elsewhere"));
  const auto& properties = bore.measurement().properties();
  EXPECT_EQ(property(properties, "ExternalQIFDocument.QPId"),
            "0a5e7e6c-1f11-4a4e-9c3b-6d2d4b8b1a01");
  EXPECT_EQ(property(properties, "ExternalQIFDocument.URI"), ".\\plan.QIF");
  EXPECT_TRUE(flagged(record_at(document, "/5"), "unknown-characteristic"));
  EXPECT_EQ(document.facts.at("external_qif_references"), "2");
}

TEST(QifElsewhere, AStudyNamesWhatItCannotResolve) {
  const Document document = read_fixture("results-elsewhere-3.0.qif");
  const pb::Study& study = record_at(document, "/8/1").study();
  EXPECT_EQ(study.study_kind(), "OTHER");
  EXPECT_EQ(study.status_raw(), "INFORMATIONAL");
  EXPECT_FALSE(study.has_status());
  EXPECT_EQ(study.samples(), 2u);
  EXPECT_FALSE(study.has_characteristic_item());
  EXPECT_EQ(property(study.values(), "Average"), "12.005");
  EXPECT_EQ(property(study.values(), "Histogram.Lowest"), "11.9");
  EXPECT_EQ(property(study.values(), "MeasuredIds"), "4@2");
}

TEST(QifTwoOne, StatisticsAndActualsAreRead) {
  Document document = read_fixture("capability-2.1.qif");
  EXPECT_EQ(document.format.version, "2.1.0");
  const pb::Study& study = record_at(document, "/30/1").study();
  EXPECT_EQ(study.study_id(), "fd43400a-29bf-4ec6-b96c-e2f846eb6f11");
  EXPECT_EQ(study.study_kind(), "CAPABILITY");
  EXPECT_EQ(study.status(), pb::INSPECTION_STATUS_PASS);
  EXPECT_EQ(study.characteristic_item(), "4");
  EXPECT_EQ(study.characteristic_name(), "pin");
  EXPECT_EQ(property(study.values(), "Cpk"), "1.3450");
  const pb::Study& bias = record_at(document, "/32/1").study();
  EXPECT_EQ(bias.study_kind(), "BIAS");
  EXPECT_EQ(bias.status(), pb::INSPECTION_STATUS_FAIL);
  EXPECT_EQ(bias.samples(), 3u);
  EXPECT_EQ(document.counts["statistical_study_results"].canonical(), "2");
}

// The recorded status wins over limits that contradict their own flag.
TEST(QifTwoOne, ARecordedStatusIsNeverOverwritten) {
  const Document document = read_fixture("capability-2.1.qif");
  const pb::Measurement& pin = record_at(document, "/11").measurement();
  EXPECT_EQ(pin.status(), pb::INSPECTION_STATUS_PASS);
  EXPECT_EQ(pin.recomputed_status(), pb::INSPECTION_STATUS_FAIL);
  EXPECT_EQ(pin.tolerance().lower().text(), "3.8");
  EXPECT_EQ(pin.item().ids(0).value(), "P-1");
  EXPECT_FALSE(pin.has_unit()) << "the document states none";
}

TEST(QifRefusals, NameCauseAndPlace) {
  const struct {
    const char* from;
    const char* to;
    const char* cause;
    const char* place;
  } kCases[] = {
      {"<QPId>0A5E7E6C-1F11-4A4E-9C3B-6D2D4B8B1A01</QPId>", "", "QPId is missing", "QIFDocument"},
      {"<MaxValue>0.021</MaxValue>", "<MaxValue>wide</MaxValue>", "wide is no number",
       "DiameterCharacteristicDefinition/Tolerance/MaxValue (line 47"},
      {"<TargetValue>80</TargetValue>", "<TargetValue/>", "is no number", "TargetValue (line"},
      {"<ToleranceValue>0.05<", "<ToleranceValue>INF<", "INF is no number", "ToleranceValue (line"},
      {"CharacteristicItem id=\"22\"", "CharacteristicItem id=\"21\"", "the id 21 is given twice",
       "CharacteristicItems/LengthCharacteristicItem (line"},
      {"CharacteristicItem id=\"22\"", "CharacteristicItem", "the attribute id is missing",
       "CharacteristicItems/LengthCharacteristicItem (line"},
      {"Measurement id=\"32\"", "Measurement id=\"31\"", "the id 31 is given twice",
       "LengthCharacteristicMeasurement (line"},
      {"<CharacteristicItemId>22</CharacteristicItemId>", "", "CharacteristicItemId is missing",
       "LengthCharacteristicMeasurement (line"},
      {">12.0210<", ">1e999<", "1e999 is no number", "DiameterCharacteristicMeasurement/Value"},
      {"07:14:05.125", "7h14", "7h14", "TimeStamp (line"},
      {"07:10:00", "soon", "soon", "InspectionStart (line"},
      {"combinedUncertainty=\"0.002\"", "combinedUncertainty=\"some\"", "combinedUncertainty",
       "Value (line"}};
  const std::string text = fixture("inspection-3.0.qif");
  for (const auto& one : kCases) {
    const Document document = read(replaced(text, one.from, one.to));
    EXPECT_EQ(document.outcome, Outcome::kRefused) << one.to;
    EXPECT_NE(document.cause.find(one.cause), std::string::npos) << document.cause;
    EXPECT_NE(document.place.str().find(one.place), std::string::npos) << document.place.str();
    EXPECT_TRUE(document.records.empty());
  }
}

TEST(QifRefusals, ARecordIsNoLargerThanItsLimit) {
  const std::string name(300'000, 'x');
  const Document document = read(
      replaced(fixture("inspection-3.0.qif"), "<Name>bore</Name>", "<Name>" + name + "</Name>"));
  EXPECT_EQ(document.outcome, Outcome::kRefused);
  EXPECT_NE(document.cause.find("larger than 262144 bytes"), std::string::npos) << document.cause;
}

TEST(QifDeclined, VersionsAndPartsThatAreNotRead) {
  const auto cause = [](const std::string& body, const std::string& version = "3.0.0") {
    const Document document =
        read("<QIFDocument xmlns='http://qifstandards.org/xsd/qif3' versionQIF='" + version + "'>" +
             body + "</QIFDocument>");
    EXPECT_EQ(document.outcome, Outcome::kDeclined);
    return document.cause;
  };
  EXPECT_EQ(cause("<QPId>1</QPId><Rules/>"),
            "QIF 3.0.0 Rules is recognised, but not supported yet");
  EXPECT_EQ(cause("<QPId>1</QPId><MeasurementResources/>"),
            "QIF 3.0.0 MeasurementResources is recognised, but not supported yet");
  EXPECT_EQ(cause("<QPId>1</QPId><Results/>", "4.0"),
            "QIF 4.0 Results is recognised, but not supported yet");
}

}  // namespace
}  // namespace connector::record
