// Walks over all shared documents: each is read or declined by name, and every metric that applies
// is compared with what independent parsers counted. Prints what was checked.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "core/text.h"
#include "record/document.h"
#include "support/shared_data.h"

namespace connector::record {
namespace {

namespace fs = std::filesystem;

// Metrics that are counted from records or kept as facts. What is not here is either of a format
// that is declined, or no statement about records: "bytes", "sha256", "xml_elements",
// "json_leaves", "expected_valid" (its own test), and of QIF "feature_measurements",
// "characteristic_nominals", "has_plan", "external_qif_references" (parts of a document that are no
// record), of EPCIS "vocabulary_elements" and "events_other".
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
                                        "event_ids",
                                        "lines",
                                        "lines_with_quantity",
                                        "characteristic_measurements",
                                        "failures",
                                        "measured_items",
                                        "failed_items",
                                        "result_sets",
                                        "characteristic_items",
                                        "statistical_study_results"};
const std::set<std::string> kFacts = {"schema_version",    "document_id",     "issue_date",
                                      "currency",          "order_reference", "despatch_reference",
                                      "receipt_reference", "qif_version"};

// Documents that others read and this reader refuses, and why.
const std::map<std::string, std::string> kExplained = {
    {"catenax-semantic-models/certificate_of_destruction/1.0.1/CertificateOfDestruction.json",
     "holds a number that no double can hold"},
    {"catenax-semantic-models/certificate_of_destruction/2.0.0/CertificateOfDestruction.json",
     "holds a number that no double can hold"},
    {"openepcis-dpp-ready/eu/textile/examples/hometextile-bedlinen.jsonld",
     "holds two members of the same name in one object"}};

struct Row {
  std::string path;
  std::string kind;
  std::string metric;
  std::string value;
};

std::string bytes_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::vector<Row> rows_of(const fs::path& table) {
  std::vector<Row> rows;
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const auto parts = core::split(line, '\t');
    if (parts.size() == 4) {
      rows.push_back({std::string(parts[0]), std::string(parts[1]), std::string(parts[2]),
                      std::string(parts[3])});
    }
  }
  return rows;
}

bool counted(const std::string& metric) {
  return kCounted.count(metric) > 0 || metric.rfind("quantity_sum[", 0) == 0 ||
         metric.rfind("status_", 0) == 0 || metric.rfind("result_sets_", 0) == 0;
}

std::string actual(const Document& document, const std::string& metric) {
  if (kFacts.count(metric)) {
    const auto found = document.facts.find(metric);
    return found == document.facts.end() ? "" : found->second;
  }
  const auto found = document.counts.find(metric);
  return found == document.counts.end() ? "0" : found->second.canonical();
}

std::string expected(const Row& row) {
  if (kFacts.count(row.metric)) return row.value;
  const auto number = core::Decimal::parse(row.value);
  return number ? number->canonical() : row.value;
}

struct Line {
  int files = 0;
  int read = 0;
  int declined = 0;
  int refused = 0;
  int compared = 0;
  int different = 0;
};

class Walk : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = SHARED_DATA_DIR;
    if (!fs::exists(root_ / "expected-counts.tsv")) {
      std::cout << "SKIPPED: no shared documents at " << root_ << "\n";
      GTEST_SKIP() << "no shared documents";
    }
    for (Row& row : rows_of(root_ / "expected-counts.tsv")) rows_[row.path].push_back(row);
  }
  fs::path root_;
  std::map<std::string, std::vector<Row>> rows_;
};

TEST_F(Walk, EveryMetricOfEveryDocumentIsAsCounted) {
  std::map<std::string, Line> table;
  for (const auto& [path, rows] : rows_) {
    const Document document = read(bytes_of(root_ / path), {});
    Line& line = table[document.format.name.empty() ? "(none)" : document.format.name];
    ++line.files;
    const auto explained = kExplained.find(path);
    if (explained != kExplained.end()) {
      std::cout << "refused, though others read it: " << path << " " << explained->second << "\n";
    }
    const bool invalid =
        explained != kExplained.end() || std::any_of(rows.begin(), rows.end(), [](const Row& row) {
          return row.metric == "expected_valid" && row.value == "0";
        });
    EXPECT_EQ(document.outcome == Outcome::kRefused, invalid) << path << ": " << document.cause;
    if (document.outcome != Outcome::kRead) {
      ++(document.outcome == Outcome::kRefused ? line.refused : line.declined);
      EXPECT_FALSE(document.cause.empty()) << path;
      EXPECT_TRUE(document.records.empty()) << path;
      continue;
    }
    ++line.read;
    for (const Row& row : rows) {
      if (!counted(row.metric) && !kFacts.count(row.metric)) continue;
      ++line.compared;
      if (actual(document, row.metric) == expected(row)) continue;
      ++line.different;
      ADD_FAILURE() << path << ": " << row.metric << " is " << actual(document, row.metric)
                    << ", counted " << row.value;
    }
  }
  std::cout << std::left << std::setw(24) << "format"
            << "files  read  declined  refused  metrics"
            << "  different\n";
  for (const auto& [format, line] : table) {
    std::cout << std::setw(24) << format << std::setw(7) << line.files << std::setw(6) << line.read
              << std::setw(10) << line.declined << std::setw(9) << line.refused << std::setw(9)
              << line.compared << line.different << "\n";
  }
}

// What is not read yet is declined by its name, never taken for something else.
TEST_F(Walk, WhatIsNotReadIsDeclinedByName) {
  std::map<std::string, std::string> names = {{"catenax-semantic-models", "Catena-X"},
                                              {"tractusx-irs/testdata", "Catena-X container"},
                                              {"idta-aas-submodels", "AAS"},
                                              {"pact-demo", "PACT"}};
  for (const auto& [path, rows] : rows_) {
    const Document any = read(bytes_of(root_ / path), {});
    EXPECT_FALSE(any.outcome == Outcome::kDeclined &&
                 (any.format.name == "JSON" || any.format.name == "XML"))
        << path << ": " << any.cause;
    for (const auto& [folder, name] : names) {
      if (path.rfind(folder, 0) != 0) continue;
      if (kExplained.count(path) || path.find("-schema") != std::string::npos) continue;
      const Document document = read(bytes_of(root_ / path), {});
      EXPECT_EQ(document.outcome, Outcome::kDeclined) << path << ": " << document.cause;
      // Up to version 8 the Pcf aspect is PACT's own shape; nothing in it names Catena-X.
      if (path.find("/pcf/") != std::string::npos && document.format.name == "PACT") continue;
      EXPECT_EQ(document.format.name.rfind(name, 0), 0u)
          << path << " is called " << document.format.name << ": " << document.cause;
    }
  }
}

// The sheet-metal set (README of the shared documents, section 3).
TEST_F(Walk, TheSheetMetalSamplesAddUp) {
  const fs::path folder = root_ / "qif-community/samples/Results/Sheet_Metal";
  const int failing[] = {0, 2, 2, 0, 0, 10};
  const int items[] = {0, 1, 2, 0, 0, 7};
  for (const char* suffix : {"", "_w_UUIDs"}) {
    for (int i = 1; i <= 6; ++i) {
      const std::string name =
          "SheetMetal_QIF_Results_sample_" + std::to_string(i) + suffix + ".QIF";
      Document document = read(bytes_of(folder / name), {});
      EXPECT_EQ(document.counts["characteristic_measurements"].canonical(), "38") << name;
      EXPECT_EQ(document.counts["failures"].canonical(), std::to_string(failing[i - 1])) << name;
      EXPECT_EQ(document.counts["failed_items"].canonical(), std::to_string(items[i - 1])) << name;
    }
    Document six = read(
        bytes_of(folder / ("SheetMetal_QIF_Results_6_samples" + std::string(suffix) + ".QIF")), {});
    EXPECT_EQ(six.counts["characteristic_measurements"].canonical(), "228");
    EXPECT_EQ(six.counts["failures"].canonical(), "14");
    EXPECT_EQ(six.counts["failed_items"].canonical(), "10");
    EXPECT_EQ(six.counts["measured_items"].canonical(), "126");
    EXPECT_EQ(six.counts["result_sets_PASS"].canonical(), "3");
    EXPECT_EQ(six.counts["result_sets_FAIL"].canonical(), "3");
  }
}

// Recomputing agrees with the record in QIF 3.0, but for the second entry of failing profile pairs
// (value 0) and one point of sample 3 (-0.50011 against 0.5, recorded as PASS).
TEST_F(Walk, TheRecomputedStatusDiffersOnlyWhereTheDocumentsContradictThemselves) {
  int differing = 0;
  for (const auto& [path, rows] : rows_) {
    if (path.rfind("qif-community/samples", 0) != 0) continue;
    const Document document = read(bytes_of(root_ / path), {});
    for (const pb::Record& record : document.records) {
      if (!record.has_measurement() || !record.measurement().has_recomputed_status()) continue;
      ++differing;
      const pb::Measurement& one = record.measurement();
      const bool partner = one.value().text() == "0" &&
                           one.status() == pb::INSPECTION_STATUS_FAIL &&
                           one.characteristic_kind().find("Profile") != std::string::npos;
      const bool slip = one.value().text().rfind("-0.50011", 0) == 0;
      EXPECT_TRUE(partner || slip)
          << path << " " << record.header().key() << " " << one.value().text();
    }
  }
  EXPECT_GT(differing, 0);
}

}  // namespace
}  // namespace connector::record
