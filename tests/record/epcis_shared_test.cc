// Real EPCIS documents: counts, pairs of JSON and XML, invalid ones, life cycles.
#include <google/protobuf/util/message_differencer.h>

#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "core/instant.h"
#include "core/text.h"
#include "epcis_support.h"
#include "record/identifier.h"
#include "record/statement.h"
#include "support/shared_data.h"

namespace connector::record::testing {
namespace {

namespace fs = std::filesystem;
using connector::testing::has_shared_data;
using connector::testing::shared_data_dir;
using connector::testing::shared_data_missing;

struct Expected {
  std::string kind;
  std::map<std::string, std::string> metrics;
};

// Rows of expected-counts.tsv whose kind begins with "EPCIS".
std::map<std::string, Expected> expected_epcis() {
  std::map<std::string, Expected> files;
  std::ifstream table(shared_data_dir() / "expected-counts.tsv");
  for (std::string line; std::getline(table, line);) {
    const auto cells = core::split(line, '\t');
    if (cells.size() != 4 || cells[1].rfind("EPCIS", 0) != 0) continue;
    Expected& file = files[std::string(cells[0])];
    file.kind = cells[1];
    file.metrics[std::string(cells[2])] = cells[3];
  }
  return files;
}

bool refusal_expected(const Expected& file) {
  const auto found = file.metrics.find("expected_valid");
  return found != file.metrics.end() && found->second == "0";
}

const std::set<std::string> kCounted = {"events_total",
                                        "events_ObjectEvent",
                                        "events_AggregationEvent",
                                        "events_TransactionEvent",
                                        "events_TransformationEvent",
                                        "events_AssociationEvent",
                                        "epcs",
                                        "quantity_elements",
                                        "parent_ids",
                                        "biz_transactions",
                                        "sources",
                                        "destinations",
                                        "sensor_elements",
                                        "sensor_reports",
                                        "error_declarations",
                                        "event_ids"};

// Every metric that the table or the reader names for a file that must be read.
std::size_t compare_counts(const std::string& path, const Expected& file,
                           const Document& document) {
  std::set<std::string> metrics;
  for (const auto& [metric, value] : file.metrics) {
    if (kCounted.count(metric) > 0) metrics.insert(metric);
  }
  for (const auto& [metric, value] : document.counts) metrics.insert(metric);
  for (const std::string& metric : metrics) {
    const auto found = file.metrics.find(metric);
    EXPECT_EQ(count_in(document, metric), found == file.metrics.end() ? "0" : found->second)
        << path << " " << metric;
  }
  return metrics.size();
}

TEST(EpcisSharedTest, CountsAreThoseOfTheTable) {
  if (!has_shared_data("expected-counts.tsv")) GTEST_SKIP() << shared_data_missing();
  std::size_t files = 0;
  std::size_t compared = 0;
  for (const auto& [path, file] : expected_epcis()) {
    if (refusal_expected(file)) continue;
    const Document document = read_epcis_file(shared_data_dir() / path);
    EXPECT_EQ(document.outcome, Outcome::kRead)
        << path << ": " << document.cause << " at " << document.place.str();
    if (document.outcome != Outcome::kRead) continue;
    compared += compare_counts(path, file, document);
    if (const auto version = file.metrics.find("schema_version"); version != file.metrics.end()) {
      const auto fact = document.facts.find("schema_version");
      EXPECT_EQ(fact == document.facts.end() ? "" : fact->second, version->second) << path;
      ++compared;
    }
    ++files;
  }
  std::cout << "EPCIS: " << files << " files read, " << compared << " figures compared\n";
  EXPECT_GT(files, 100u);
}

TEST(EpcisSharedTest, InvalidFilesAreRefusedWithTheirPlace) {
  if (!has_shared_data("expected-counts.tsv")) GTEST_SKIP() << shared_data_missing();
  std::size_t refused = 0;
  for (const auto& [path, file] : expected_epcis()) {
    if (!refusal_expected(file)) continue;
    const Document document = read_epcis_file(shared_data_dir() / path);
    EXPECT_EQ(document.outcome, Outcome::kRefused) << path;
    EXPECT_TRUE(document.records.empty()) << path;
    EXPECT_FALSE(document.cause.empty()) << path;
    EXPECT_FALSE(document.place.path.empty()) << path;
    std::cout << path << "\n    " << document.cause << "\n    at " << document.place.str() << "\n";
    ++refused;
  }
  EXPECT_EQ(refused, 21u);
}

// Outside the vocabulary only: a lenient import keeps them and says so.
TEST(EpcisSharedTest, LenientKeepsWordsOutsideTheVocabulary) {
  const std::string folder = "openepcis-test-resources/2.0/EPCIS/JSON/Capture/Invalid/";
  if (!has_shared_data(folder)) GTEST_SKIP() << shared_data_missing(folder);
  const auto lenient = [&](const char* name) {
    return read_epcis_file(shared_data_dir() / (folder + name), {.lenient = true});
  };
  const Document step = lenient("ObjectEvent_with_non_standard_bizStep_in_second_event.json");
  ASSERT_EQ(step.outcome, Outcome::kRead) << step.cause;
  EXPECT_FALSE(has_flag(event_at(step, 0), "vocabulary:bizStep"));
  EXPECT_TRUE(has_flag(event_at(step, 1), "vocabulary:bizStep"));
  const Document disposition = lenient("ObjectEvent_with_non_standard_disposition.json");
  ASSERT_EQ(disposition.outcome, Outcome::kRead) << disposition.cause;
  EXPECT_TRUE(has_flag(event_at(disposition, 0), "vocabulary:disposition"));
}

// ---- pairs ----

// The XML twin of a JSON document, under the same name or (once) nearly so; "" if there is none.
std::string other_form(std::string path) {
  const auto folder = path.find("/JSON/");
  if (folder == std::string::npos) return {};
  path.replace(folder, 6, "/XML/");
  path.replace(path.rfind(".json"), 5, ".xml");
  if (fs::exists(shared_data_dir() / path)) return path;
  const auto named = path.find("error_declaration");
  if (named == std::string::npos) return {};
  path.replace(named, 17, "errorDeclaration");
  return fs::exists(shared_data_dir() / path) ? path : std::string();
}

std::string difference(const pb::Record& one, const pb::Record& other) {
  google::protobuf::util::MessageDifferencer differencer;
  std::string report;
  differencer.ReportDifferencesToString(&report);
  return differencer.Compare(statement_of(one), statement_of(other)) ? "" : report;
}

// In these the two documents give the time of an error declaration an hour apart ("...T14:00:00Z"
// and "...T14:00:00.000+01:00"): the only thing in which any pair says other things.
const std::set<std::string> kHourApart = {"Capture/Documents/Combination_of_different_event.json",
                                          "Capture/Events/TransformationEvent.json",
                                          "Query/Combination_of_different_event.json"};

bool is_hour_apart(const std::string& path) {
  return kHourApart.count(path.substr(path.find("/JSON/") + 6)) > 0;
}

// Gives the one event whose declaration is an hour earlier in XML the time that it has in JSON.
void settle_declaration_times(const Document& json, Document& xml) {
  constexpr core::EpochNs kHour = 3'600'000'000'000;
  int settled = 0;
  for (std::size_t i = 0; i < std::min(json.records.size(), xml.records.size()); ++i) {
    if (!xml.records[i].event().has_error_declaration()) continue;
    const pb::Instant& declared = json.records[i].event().error_declaration().declared();
    auto& other = *xml.records[i].mutable_event()->mutable_error_declaration();
    if (declared.epoch_ns() - other.declared().epoch_ns() != kHour) continue;
    *other.mutable_declared() = declared;
    ++settled;
  }
  EXPECT_EQ(settled, 1);
}

// The number of records that were compared.
std::size_t compare_pair(const std::string& path, const Document& json, Document xml) {
  EXPECT_EQ(json.outcome, xml.outcome) << path << "\n" << json.cause << "\n" << xml.cause;
  EXPECT_EQ(json.records.size(), xml.records.size()) << path;
  EXPECT_EQ(json.counts, xml.counts) << path;
  if (is_hour_apart(path)) settle_declaration_times(json, xml);
  const auto common = std::min(json.records.size(), xml.records.size());
  for (std::size_t i = 0; i < common; ++i) {
    EXPECT_EQ(difference(json.records[i], xml.records[i]), "") << path << " record " << i;
  }
  return common;
}

TEST(EpcisSharedTest, PairsOfJsonAndXmlGiveEqualRecords) {
  if (!has_shared_data("openepcis-test-resources")) {
    GTEST_SKIP() << shared_data_missing("openepcis-test-resources");
  }
  std::size_t read_pairs = 0;
  std::size_t refused_pairs = 0;
  std::size_t records = 0;
  for (const auto& [path, file] : expected_epcis()) {
    const std::string twin = other_form(path);
    if (twin.empty()) continue;
    Document json = read_epcis_file(shared_data_dir() / path);
    Document xml = read_epcis_file(shared_data_dir() / twin);
    ++(json.outcome == Outcome::kRead ? read_pairs : refused_pairs);
    EXPECT_EQ(json.outcome == Outcome::kRead, !refusal_expected(file)) << path;
    records += compare_pair(path, json, std::move(xml));
  }
  std::cout << "EPCIS: " << read_pairs << " pairs with " << records << " equal records, "
            << refused_pairs << " pairs refused in both forms\n";
  EXPECT_EQ(read_pairs, 34u);
  EXPECT_EQ(refused_pairs, 3u);
  EXPECT_GT(records, 100u);
}

// ---- life cycles ----

Document life_cycle(const char* path) {
  Document document = read_epcis_file(shared_data_dir() / "openepcis-dpp-ready/eu" / path);
  EXPECT_EQ(document.outcome, Outcome::kRead) << document.cause << " " << document.place.str();
  return document;
}

std::vector<const pb::Edge*> edges_of(const Document& document, pb::EdgeKind kind) {
  std::vector<const pb::Edge*> edges;
  for (const pb::Record* record : records_of(document, pb::KIND_EDGE)) {
    if (record->edge().kind() == kind) edges.push_back(&record->edge());
  }
  return edges;
}

// What an item was made from, from hop to hop, by item keys alone: the values of the ids on the
// way.
std::vector<std::string> upstream(const Document& document, pb::ItemRef item) {
  std::vector<std::string> way;
  const auto edges = edges_of(document, pb::EDGE_KIND_TRANSFORMED);
  for (std::size_t hop = 0; hop <= edges.size(); ++hop) {
    const auto made = std::find_if(edges.begin(), edges.end(), [&](const pb::Edge* edge) {
      return edge->parent().item_keys(0) == item.item_keys(0);
    });
    if (made == edges.end()) break;
    item = (*made)->child();
    way.push_back(item.ids(0).value());
  }
  return way;
}

TEST(EpcisSharedTest, AGarmentGoesBackThroughFourTransformations) {
  if (!has_shared_data("openepcis-dpp-ready")) {
    GTEST_SKIP() << shared_data_missing("openepcis-dpp-ready");
  }
  const Document document = life_cycle("textile/epcis/fjordline-aurora-lifecycle.jsonld");
  // Asked for by its URN: the events name it by Digital Link.
  const auto way =
      upstream(document, item_from_epc("urn:epc:id:sgtin:9521234.000300.AUR-2026-000001"));
  EXPECT_EQ(way, (std::vector<std::string>{
                     "09521234008033.LAMINATE-2026-041", "09521234008026.GREIGE-2026-031",
                     "09521234008019.YARN-2026-021", "09521234008002.RPET-2026-011"}));
}

TEST(EpcisSharedTest, ABatteryFromAssemblyToInspection) {
  if (!has_shared_data("openepcis-dpp-ready")) {
    GTEST_SKIP() << shared_data_missing("openepcis-dpp-ready");
  }
  const Document document = life_cycle("battery/epcis/amperia-staxwall-lifecycle.jsonld");
  EXPECT_EQ(count_in(document, "events_total"), "9");
  const auto installed = edges_of(document, pb::EDGE_KIND_INSTALLED);
  ASSERT_EQ(installed.size(), 1u);
  EXPECT_EQ(installed[0]->child().ids(0).value(), "95212340BMS26001");
  const auto contained = edges_of(document, pb::EDGE_KIND_CONTAINED);
  ASSERT_EQ(contained.size(), 1u);
  EXPECT_EQ(contained[0]->parent().ids(0).scheme(), "sscc");
  EXPECT_EQ(edges_of(document, pb::EDGE_KIND_TRANSFORMED).size(), 2u);
  EXPECT_EQ(event_at(document, 0).event().biz_step(), "assembling");
  EXPECT_EQ(event_at(document, 8).event().biz_step(), "inspecting");
}

TEST(EpcisSharedTest, AnApplianceIsReturnedRecalledAndDestroyed) {
  if (!has_shared_data("openepcis-dpp-ready")) {
    GTEST_SKIP() << shared_data_missing("openepcis-dpp-ready");
  }
  const Document document = life_cycle("electronics/epcis/weee-disposal.jsonld");
  ASSERT_EQ(count_in(document, "events_total"), "3");
  EXPECT_EQ(event_at(document, 0).event().disposition(), "returned");
  EXPECT_EQ(event_at(document, 1).event().disposition(), "recalled");
  const pb::Record& destroyed = event_at(document, 2);
  EXPECT_EQ(destroyed.event().disposition(), "destroyed");
  ASSERT_EQ(destroyed.event().output_quantities_size(), 4);
  for (int i = 0; i < 4; ++i) {
    const pb::ItemRef& lot = destroyed.event().output_quantities(i);
    EXPECT_EQ(lot.ids(0).scheme(), "lgtin");
    EXPECT_FALSE(lot.ids(0).valid());
    EXPECT_EQ(lot.item_keys_size(), 1);
    EXPECT_TRUE(has_flag(destroyed, "invalid-identifier:outputQuantityList[" +
                                        std::to_string(i + 1) + "]/epcClass"));
  }
}

}  // namespace
}  // namespace connector::record::testing
