// Walks over all shared documents: each is read, or declined by its name, or refused for a reason
// that is listed here, and every metric that applies is compared with what independent parsers
// counted. Prints what was checked.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <set>
#include <vector>

#include "core/text.h"
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

// Metrics that no record stands for, and why.
const std::map<std::string, std::string> kNoRecords = {
    {"bytes", "of the file, not of what it says"},
    {"sha256", "of the file, not of what it says"},
    {"json_leaves", "of the syntax"},
    {"xml_elements", "of the syntax"},
    {"expected_valid", "compared as the outcome"},
    {"vocabulary_elements", "master data is kept with the original, not as records"},
    {"characteristic_nominals", "joined into the record of the characteristic item"},
    {"feature_measurements", "geometry is kept with the original, not as records"}};

// Documents that a lenient parser reads and this reader refuses, and why.
const std::map<std::string, std::string> kRefused = {
    {"catenax-semantic-models/certificate_of_destruction/1.0.1/CertificateOfDestruction.json",
     "holds a number that no double can hold"},
    {"catenax-semantic-models/certificate_of_destruction/2.0.0/CertificateOfDestruction.json",
     "holds a number that no double can hold"},
    {"openepcis-dpp-ready/eu/textile/examples/hometextile-bedlinen.jsonld",
     "holds two members of the same name in one object"},
    {"ids-policy-classes/pc14-odrl-modify-in-rest-example.json", "is not JSON"},
    {"ids-policy-classes/pc17-odrl-distribute-next-policy-example.json", "is not JSON"},
    {"ids-policy-classes/pc18-odrl-restrict-artifact-state-example.json", "several documents"},
    {"ids-policy-classes/pc22-odrl-restrict-location-of-participant-example.json",
     "several documents"},
    {"ids-policy-classes/pc23-odrl-obtain-consent-example.json", "several documents"},
    {"ids-policy-classes/pc24-odrl-restrict-data-classification-example.json", "several documents"},
    {"ids-policy-classes/pc25-odrl-anonymize-with-mpc.json", "several documents"},
    {"ids-policy-classes/pc4-odrl-restrict-user-role-example.json", "several documents"}};

// Documents that are called something else than their folder says, and why.
const std::map<std::string, std::pair<std::string, std::string>> kOtherName = {
    {"catenax-semantic-models/pcf/3.0.0/Pcf.json",
     {"PACT", "this version of the aspect is PACT's own shape, and nothing in it says Catena-X"}},
    {"tractusx-irs/expected-files/529-single-level-usage-as-built-expected-submodels.json",
     {"IRS answer or AAS environment", "all it holds is an empty list"}},
    {"tractusx-irs/expected-files/529-single-level-usage-as-planned-expected-submodels.json",
     {"IRS answer or AAS environment", "all it holds is an empty list"}}};

// What the reader counts beyond the table.
const std::set<std::string> kBeyondTable = {"sub_lines"};

struct File {
  std::string kind;  // as the table calls it: "UBL Order"
  std::map<std::string, std::string> metrics;
};

std::map<std::string, File> counted_files() {
  std::map<std::string, File> files;
  std::ifstream table(shared_data_dir() / "expected-counts.tsv");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    const auto cells = core::split(line, '\t');
    if (cells.size() != 4) continue;
    File& file = files[std::string(cells[0])];
    file.kind = cells[1];
    file.metrics.emplace(cells[2], cells[3]);
  }
  return files;
}

// Terms and messages of partners, which the table does not list.
std::map<std::string, File> policy_files() {
  std::map<std::string, File> files;
  const std::set<std::string> data = {".json", ".jsonld", ".ttl"};
  for (const char* folder :
       {"odrl-test-suite", "ids-policy-classes", "cx-odrl-profile", "dsp-2025-1"}) {
    for (const auto& entry : fs::recursive_directory_iterator(shared_data_dir() / folder)) {
      if (!data.count(entry.path().extension())) continue;
      files[fs::relative(entry.path(), shared_data_dir())].kind = folder;
    }
  }
  return files;
}

bool starts_with(const std::string& text, const std::string& start) {
  return text.rfind(start, 0) == 0;
}

std::string metric(const File& file, const std::string& name) {
  const auto found = file.metrics.find(name);
  return found == file.metrics.end() ? "" : found->second;
}

// The names that a declined document may have, by the kind of the table.
std::set<std::string> names_of(const std::string& kind) {
  static const std::vector<std::pair<std::string, std::set<std::string>>> kNames = {
      {"UBL ", {"UBL"}},
      {"EPCIS ", {"EPCIS"}},
      {"QIF ", {"QIF"}},
      {"Catena-X aspect", {"Catena-X aspect"}},
      {"Catena-X relationship payload", {"Catena-X aspect"}},
      {"Catena-X test data container", {"Catena-X container"}},
      {"IRS ", {"IRS"}},
      {"AAS JSON", {"AAS"}},
      {"PACT ", {"PACT"}},
      {"DPP ", {"DPP"}},
      {"JSON Schema", {"JSON Schema"}},
      {"odrl-test-suite", {"ODRL", "RDF Turtle"}},
      {"ids-policy-classes", {"ODRL"}},
      {"cx-odrl-profile", {"ODRL", "JSON Schema", "JSON-LD"}},
      {"dsp-2025-1", {"Dataspace Protocol", "JSON Schema", "JSON-LD"}}};
  for (const auto& [start, names] : kNames) {
    if (starts_with(kind, start)) return names;
  }
  return {};
}

const std::set<std::string> kReadUbl = {
    "UBL Order",         "UBL OrderChange",           "UBL OrderCancellation",
    "UBL OrderResponse", "UBL OrderResponseSimple",   "UBL DespatchAdvice",
    "UBL ReceiptAdvice", "UBL FulfilmentCancellation"};

Outcome expected_outcome(const std::string& path, const File& file) {
  if (kRefused.count(path) || metric(file, "expected_valid") == "0") return Outcome::kRefused;
  if (starts_with(file.kind, "EPCIS ") || kReadUbl.count(file.kind)) return Outcome::kRead;
  if (!starts_with(file.kind, "QIF ")) return Outcome::kDeclined;
  const bool other =
      path.find("/Rules/") != std::string::npos || path.find("/Resources/") != std::string::npos;
  return other ? Outcome::kDeclined : Outcome::kRead;
}

std::string canonical(const std::string& value) {
  const auto number = core::Decimal::parse(value);
  return number ? number->canonical() : value;
}

std::string actual(const Document& document, const std::string& name) {
  if (const auto fact = document.facts.find(name); fact != document.facts.end()) {
    return fact->second;
  }
  const auto count = document.counts.find(name);
  return count == document.counts.end() ? "0" : count->second.canonical();
}

struct Tally {
  int files = 0;
  int read = 0;
  int declined = 0;
  int refused = 0;
  int compared = 0;
  int different = 0;
};

// Both ways: what was counted is read, and nothing is read that was not counted.
void compare(const std::string& path, const File& file, const Document& document, Tally& tally) {
  std::map<std::string, std::string> wanted;
  for (const auto& [name, value] : file.metrics) {
    if (!kNoRecords.count(name)) wanted[name] = value;
  }
  for (const auto& [name, value] : document.counts) {
    if (!kBeyondTable.count(name)) wanted.emplace(name, "0");
  }
  for (const auto& [name, value] : wanted) {
    ++tally.compared;
    const std::string got = actual(document, name);
    if (got == value || canonical(got) == canonical(value)) continue;
    ++tally.different;
    ADD_FAILURE() << path << ": " << name << " is " << got << ", counted " << value;
  }
}

// A declined document says what it is: name, and kind or version as far as the table knows them.
void check_name(const std::string& path, const File& file, const Document& document) {
  const auto other = kOtherName.find(path);
  if (other != kOtherName.end()) {
    EXPECT_EQ(document.format.name, other->second.first) << path;
    return;
  }
  EXPECT_TRUE(names_of(file.kind).count(document.format.name))
      << path << " (" << file.kind << ") is called " << document.format.name << ": "
      << document.cause;
  std::string part;
  for (const char* start : {"Catena-X aspect ", "UBL "}) {
    if (starts_with(file.kind, start)) part = file.kind.substr(std::string(start).size());
  }
  if (file.kind == "AAS JSON") part = metric(file, "submodel_id_short");
  EXPECT_NE(document.format.kind.find(part), std::string::npos)
      << path << " (" << part << ") is called " << document.format.kind;
  if (starts_with(file.kind, "PACT ")) {
    EXPECT_EQ(document.format.version, metric(file, "spec_version")) << path;
  }
}

void check(const std::string& path, const File& file, std::map<std::string, Tally>& table) {
  const Document document = read(read_file(shared_data_dir() / path));
  Tally& tally = table[file.kind.substr(0, file.kind.find(' '))];
  ++tally.files;
  EXPECT_EQ(document.outcome, expected_outcome(path, file)) << path << ": " << document.cause;
  if (document.outcome == Outcome::kRead) {
    ++tally.read;
    EXPECT_TRUE(names_of(file.kind).count(document.format.name)) << path;
    return compare(path, file, document, tally);
  }
  ++(document.outcome == Outcome::kDeclined ? tally.declined : tally.refused);
  EXPECT_FALSE(document.cause.empty()) << path;
  EXPECT_TRUE(document.records.empty()) << path;
  EXPECT_EQ(document.cause.find('\n'), std::string::npos) << path << ": one sentence";
  if (document.outcome == Outcome::kDeclined) return check_name(path, file, document);
  EXPECT_GT(document.place.line, 0u) << path << ": " << document.cause;
  if (kRefused.count(path)) {
    std::cout << "refused: " << path << " (" << kRefused.at(path) << "): " << document.cause
              << "\n";
  }
}

void print(const std::map<std::string, Tally>& table) {
  std::cout << std::left << std::setw(22) << "format"
            << "files  read  declined  refused  metrics  different\n";
  for (const auto& [format, tally] : table) {
    std::cout << std::setw(22) << format << std::setw(7) << tally.files << std::setw(6)
              << tally.read << std::setw(10) << tally.declined << std::setw(9) << tally.refused
              << std::setw(9) << tally.compared << tally.different << "\n";
  }
}

TEST(Walk, EveryDocumentHasItsOutcomeAndEveryMetricIsAsCounted) {
  if (!has_shared_data("expected-counts.tsv")) {
    GTEST_SKIP() << shared_data_missing("expected-counts.tsv");
  }
  std::map<std::string, Tally> table;
  const auto counted = counted_files();
  ASSERT_GT(counted.size(), 500u);
  for (const auto& [path, file] : counted) check(path, file, table);
  for (const auto& [path, file] : policy_files()) check(path, file, table);
  print(table);
  for (const auto& [name, why] : kNoRecords) {
    std::cout << "not compared: " << name << " (" << why << ")\n";
  }
}

// What is listed as an exception is still there and still one.
TEST(Walk, ExceptionsNameDocumentsThatExist) {
  if (!has_shared_data("expected-counts.tsv")) {
    GTEST_SKIP() << shared_data_missing("expected-counts.tsv");
  }
  for (const auto& [path, why] : kRefused) EXPECT_TRUE(has_shared_data(path)) << path;
  for (const auto& [path, why] : kOtherName) EXPECT_TRUE(has_shared_data(path)) << path;
}

}  // namespace
}  // namespace connector::record
