// Real QIF documents: what their README says of them.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "record/document.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"

namespace connector::record {
namespace {

namespace fs = std::filesystem;
using connector::testing::has_shared_data;
using connector::testing::read_file;
using connector::testing::shared_data_dir;
using connector::testing::shared_data_missing;

class QifShared : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_shared_data("qif-community")) GTEST_SKIP() << shared_data_missing("qif-community");
  }
  static Document read_sample(const std::string& name) {
    Document document = read(read_file(shared_data_dir() / "qif-community/samples" / name));
    EXPECT_EQ(document.outcome, Outcome::kRead) << name << ": " << document.cause;
    return document;
  }
};

std::string count_of(const Document& document, const std::string& name) {
  const auto found = document.counts.find(name);
  return found == document.counts.end() ? "0" : found->second.canonical();
}

// measurements, failures, measured items, failed items, passed sets, failed sets
std::string summary(const Document& document) {
  std::string text;
  for (const char* name : {"characteristic_measurements", "failures", "measured_items",
                           "failed_items", "result_sets_PASS", "result_sets_FAIL"}) {
    text += count_of(document, name) + " ";
  }
  return text;
}

TEST_F(QifShared, SixSheetMetalSamplesAddUp) {
  const char* single[] = {"38 0 21 0 1 0 ", "38 2 21 1 0 1 ", "38 2 21 2 0 1 ",
                          "38 0 21 0 1 0 ", "38 0 21 0 1 0 ", "38 10 21 7 0 1 "};
  for (const std::string suffix : {".QIF", "_w_UUIDs.QIF"}) {
    const std::string start = "Results/Sheet_Metal/SheetMetal_QIF_Results_";
    for (int i = 0; i < 6; ++i) {
      const std::string name = start + "sample_" + std::to_string(i + 1) + suffix;
      EXPECT_EQ(summary(read_sample(name)), single[i]) << name;
    }
    EXPECT_EQ(summary(read_sample(start + "6_samples" + suffix)), "228 14 126 10 3 3 ");
  }
}

// What a sample says of its serial number and its values is the same in the file of all six.
TEST_F(QifShared, SheetMetalSamplesSayTheSameAloneAndTogether) {
  std::multiset<std::string> alone;
  std::multiset<std::string> together;
  const auto add = [](const Document& document, std::multiset<std::string>& out) {
    for (const pb::Record& record : document.records) {
      if (!record.has_measurement()) continue;
      const pb::Measurement& one = record.measurement();
      std::string serial;
      for (const auto& id : one.item().ids()) {
        if (id.scheme() == "serial") serial = id.value();
      }
      EXPECT_FALSE(serial.empty()) << record.header().key();
      EXPECT_EQ(one.unit(), "mm");
      out.insert(serial + " " + one.characteristic_name() + " " + one.value().text() + " " +
                 one.status_raw());
    }
  };
  const std::string start = "Results/Sheet_Metal/SheetMetal_QIF_Results_";
  for (int i = 1; i <= 6; ++i) {
    add(read_sample(start + "sample_" + std::to_string(i) + ".QIF"), alone);
  }
  add(read_sample(start + "6_samples.QIF"), together);
  EXPECT_EQ(alone.size(), 228u);
  EXPECT_EQ(alone, together);
}

TEST_F(QifShared, ResultsSampleIsThirteenValuesOfTwoBasicDimensions) {
  const Document document = read_sample("Results/QIF_Results_Sample.QIF");
  EXPECT_EQ(count_of(document, "characteristic_measurements"), "13");
  EXPECT_EQ(count_of(document, "status_PASS"), "7");
  EXPECT_EQ(count_of(document, "failures"), "4");
  EXPECT_EQ(count_of(document, "status_BASIC_OR_TED"), "2");
}

// The three plans that it belongs to have its characteristics, by their names.
TEST_F(QifShared, ResultsSampleBelongsToItsPlans) {
  std::set<std::string> measured;
  for (const pb::Record& record : read_sample("Results/QIF_Results_Sample.QIF").records) {
    if (record.has_measurement()) measured.insert(record.measurement().characteristic_name());
  }
  for (const char* plan : {"simplePlan", "orderedPlan", "planWithHaltIf"}) {
    const Document document = read_sample("Plans/" + std::string(plan) + ".QIF");
    EXPECT_EQ(document.facts.count("has_plan"), 1u) << plan;
    std::set<std::string> planned;
    for (const pb::Record& record : document.records) {
      planned.insert(record.characteristic().name());
    }
    for (const std::string& name : measured) EXPECT_EQ(planned.count(name), 1u) << plan << name;
  }
}

// Values of a set in order, with their kinds.
std::map<std::string, std::string> values(const Document& document) {
  std::map<std::string, std::string> all;
  for (const pb::Record& record : document.records) {
    const pb::Measurement& one = record.measurement();
    if (record.has_measurement()) {
      all[one.result_set() + " " + one.characteristic_kind()] =
          one.value().text() + " " + one.status_raw();
    }
  }
  return all;
}

TEST_F(QifShared, ExplodedDocumentsSayWhatOneDocumentSays) {
  const std::string folder = "ExternalReferencesAndQPIds/";
  const Document whole = read_sample(folder + "All-in-one.QIF");
  const Document plan = read_sample(folder + "Exploded_Plan.QIF");
  std::map<std::string, std::string> exploded;
  for (const char* name : {"Exploded_Results1.QIF", "Exploded_Results2.QIF"}) {
    const Document results = read_sample(folder + name);
    exploded.merge(values(results));
    for (const pb::Record& record : results.records) {
      const std::string& item = record.measurement().characteristic_item();
      const auto& properties = record.measurement().properties();
      ASSERT_GE(properties.size(), 1) << name;
      // Where the characteristic is: the key of its record in the other document.
      const std::string key =
          "characteristic/" + properties[0].value() + "/" + item.substr(0, item.find('@'));
      EXPECT_EQ(std::count_if(plan.records.begin(), plan.records.end(),
                              [&](const pb::Record& one) { return one.header().key() == key; }),
                1)
          << key;
    }
  }
  EXPECT_EQ(exploded.size(), 4u);
  EXPECT_EQ(values(whole), exploded);
}

// Recomputing agrees with the record in QIF 3.0, but for the second entry of a failing profile pair
// (value 0) and one point of sample 3 (-0.50011 against 0.5, recorded as PASS).
TEST_F(QifShared, RecomputedStatusDiffersOnlyWhereDocumentsContradictThemselves) {
  int partners = 0;
  int slips = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(shared_data_dir() / "qif-community/samples")) {
    if (!entry.is_regular_file()) continue;
    for (const pb::Record& record : read(read_file(entry.path())).records) {
      const pb::Measurement& one = record.measurement();
      if (!one.has_recomputed_status()) continue;
      const bool profile = one.characteristic_kind() == "PointProfile";
      const bool partner = one.value().text() == "0" && one.status() == pb::INSPECTION_STATUS_FAIL;
      const bool slip = one.value().text().rfind("-0.50011", 0) == 0 &&
                        one.status() == pb::INSPECTION_STATUS_PASS;
      EXPECT_TRUE(profile && (partner || slip)) << entry.path() << " " << record.header().key();
      partners += partner ? 1 : 0;
      slips += slip ? 1 : 0;
    }
  }
  EXPECT_GT(partners, 0);
  EXPECT_EQ(slips, 4) << "sample 3 and the six samples, with and without UUIDs";
}

// Two statistics files of 2.1 claim offsets and mean limits: the status stands, and both are shown.
TEST_F(QifShared, ContradictoryLimitsLeaveTheRecordedStatus) {
  const Document document =
      read(read_file(shared_data_dir() / "qif-community/legacy-qif-2.1/samples/Statistics" /
                     "mitutoyo_statistics_sample.QIF"));
  int contradicted = 0;
  for (const pb::Record& record : document.records) {
    const pb::Measurement& one = record.measurement();
    if (!record.has_measurement()) continue;
    EXPECT_EQ(one.status(), pb::INSPECTION_STATUS_PASS);
    contradicted += one.recomputed_status() == pb::INSPECTION_STATUS_FAIL ? 1 : 0;
  }
  EXPECT_EQ(contradicted, 2);
}

}  // namespace
}  // namespace connector::record
