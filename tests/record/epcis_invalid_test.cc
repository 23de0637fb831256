// What is wrong in each invalid EPCIS document of the shared ones: refused by field and place.
#include <iostream>
#include <set>

#include "epcis_support.h"
#include "support/shared_data.h"

namespace connector::record::testing {
namespace {

namespace fs = std::filesystem;
using connector::testing::has_shared_data;
using connector::testing::shared_data_dir;
using connector::testing::shared_data_missing;

fs::path folder() {
  return shared_data_dir() / "openepcis-test-resources/2.0/EPCIS";
}

// The field that the cause must name, and the end of the place.
struct Wrong {
  const char* file;
  const char* cause;
  const char* place;
};
const Wrong kWrong[] = {
    {"JSON/Capture/Invalid/Combination_of_events_with_missing_mandatory_fields.json",
     "action is missing", "eventList[1]/action"},
    {"JSON/Capture/Invalid/Combination_of_multiple_invalid_fields.json", "bizStep 'transforming'",
     "eventList[1]/bizStep"},
    {"JSON/Capture/Invalid/EPCISDocument_without_context.json", "@context", "@context"},
    {"JSON/Capture/Invalid/ObjectEvent_with_ilmd_field_without_namespace.json",
     "ilmd/materialType is unknown", "eventList[1]/ilmd/materialType"},
    {"JSON/Capture/Invalid/ObjectEvent_with_invalid_certificationInfo.json",
     "certificationAuditDate 'wrong date format'", "certificationAuditDate"},
    {"JSON/Capture/Invalid/ObjectEvent_with_invalid_eventTime_format.json",
     "eventTime '22-07-2026'", "eventList[1]/eventTime"},
    {"JSON/Capture/Invalid/ObjectEvent_with_non_standard_bizStep_in_second_event.json",
     "bizStep 'transforming'", "eventList[2]/bizStep"},
    {"JSON/Capture/Invalid/ObjectEvent_with_non_standard_disposition.json",
     "disposition 'in_transport'", "eventList[1]/disposition"},
    {"JSON/Capture/Invalid/ObjectEvent_with_unknown_field_in_quantityList.json",
     "quantityList[1]/weight is unknown", "eventList[1]/quantityList[1]/weight"},
    {"JSON/Capture/Invalid/ObjectEvent_without_action_and_eventTime.json", "eventTime is missing",
     "eventList[1]/eventTime"},
    {"JSON/Query/Invalid/QueryDocument_with_invalid_action.json", "action 'INVALIDACTION'",
     "eventList[1]/action"},
    {"JSON/Query/Invalid/QueryDocument_with_invalid_eventType.json", "type 'ObjectEventInvalid'",
     "eventList[1]/type"},
    {"JSON/Query/Queries/Invalid/Query_with_invalid_values.json", "GE_eventTime 'not-a-date'",
     "GE_eventTime"},
    {"JSON/Query/Queries/Invalid/Query_with_unknown_parameter.json", "GE_eventDate is no parameter",
     "GE_eventDate"},
    {"XML/Capture/Invalid/ObjectEvent_bare_event_without_action.xml", "action is missing",
     "ObjectEvent/action"},
    {"XML/Capture/Invalid/ObjectEvent_with_invalid_eventTime_format.xml", "eventTime '22-07-2026'",
     "ObjectEvent/eventTime"},
    {"XML/Capture/Invalid/ObjectEvent_with_unknown_element.xml", "madeUpField is unknown",
     "ObjectEvent/madeUpField"},
    {"XML/Capture/Invalid/ObjectEvent_with_wrong_element_order.xml", "eventTime stands behind",
     "ObjectEvent/eventTime"},
    {"XML/Query/Invalid/QueryDocument_with_invalid_action.xml", "action 'INVALIDACTION'",
     "ObjectEvent/action"},
    {"XML/Query/Invalid/QueryDocument_with_invalid_eventType.xml", "'ObjectEventInvalid'",
     "EventList/ObjectEventInvalid"},
    {"XML/Query/Invalid/QueryDocument_with_missing_value.xml", "EQ_readPoint has no value",
     "Poll/EQ_readPoint"}};

TEST(EpcisInvalidTest, EachIsRefusedByFieldAndPlace) {
  if (!fs::exists(folder())) GTEST_SKIP() << shared_data_missing("openepcis-test-resources");
  for (const Wrong& wrong : kWrong) {
    const Document document = read_epcis_file(folder() / wrong.file);
    EXPECT_EQ(document.outcome, Outcome::kRefused) << wrong.file;
    EXPECT_TRUE(document.records.empty()) << wrong.file;
    EXPECT_NE(document.cause.find(wrong.cause), std::string::npos)
        << wrong.file << ": " << document.cause;
    EXPECT_TRUE(document.place.path.ends_with(wrong.place))
        << wrong.file << ": " << document.place.str();
    EXPECT_GT(document.place.line, 0u) << wrong.file;
    std::cout << wrong.file << "\n    " << document.cause << "\n    at " << document.place.str()
              << "\n";
  }
}

TEST(EpcisInvalidTest, NoneIsLeftOut) {
  if (!fs::exists(folder())) GTEST_SKIP() << shared_data_missing("openepcis-test-resources");
  std::set<std::string> named;
  for (const Wrong& wrong : kWrong) named.insert(wrong.file);
  std::set<std::string> there;
  for (const auto& entry : fs::recursive_directory_iterator(folder())) {
    const std::string path = fs::relative(entry.path(), folder()).string();
    if (entry.is_regular_file() && path.find("/Invalid/") != std::string::npos) there.insert(path);
  }
  EXPECT_EQ(there.size(), 21u);
  EXPECT_EQ(there, named);
}

TEST(EpcisInvalidTest, LenientKeepsWordsOutsideTheVocabulary) {
  if (!fs::exists(folder())) GTEST_SKIP() << shared_data_missing("openepcis-test-resources");
  const std::string invalid = "JSON/Capture/Invalid/ObjectEvent_with_non_standard_";
  const ReadOptions lenient{.lenient = true};
  const Document shelf = read_epcis_file(folder() / (invalid + "disposition.json"), lenient);
  EXPECT_EQ(event_at(shelf, 0).event().disposition(), "in_transport");
  EXPECT_TRUE(has_flag(event_at(shelf, 0), "vocabulary:disposition"));
  const Document step =
      read_epcis_file(folder() / (invalid + "bizStep_in_second_event.json"), lenient);
  EXPECT_EQ(event_at(step, 0).header().flags_size(), 0);
  EXPECT_EQ(event_at(step, 1).event().biz_step(), "transforming");
  EXPECT_TRUE(has_flag(event_at(step, 1), "vocabulary:bizStep"));
}

}  // namespace
}  // namespace connector::record::testing
