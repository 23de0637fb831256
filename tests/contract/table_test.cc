// The table of docs/odrl.md, "What is checked", made from what is found in the data sets.
#include <sstream>

#include "contract/catena_x.h"
#include "contract/odrl_write.h"
#include "contract_support.h"

namespace connector::contract::testing {
namespace {

namespace fs = std::filesystem;
using connector::testing::has_shared_data;
using connector::testing::read_file;
using connector::testing::shared_data_dir;
using connector::testing::shared_data_missing;

struct Row {
  std::string set;
  std::size_t files = 0;
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::string what;
  std::vector<std::string> differences;
};

std::string last_part(const std::string& file) {
  return file.substr(file.rfind('/') + 1);
}

Row suite() {
  Row row{"odrl-test-suite", 0, 0, 0, "policy and request of each case", {}};
  for (const auto& cells : expected_rows(row.set)) {
    const core::Json document = json_file(shared_data_dir() / row.set / (cells.at(0) + ".json"));
    ++row.files;
    const bool both =
        read_policy(*document.find("policy")) && read_policy(*document.find("request"));
    ++(both ? row.accepted : row.refused);
  }
  return row;
}

Row ids() {
  Row row{"ids-policy-classes", 0, 0, 0, "all documents of each file", {}};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(shared_data_dir() / row.set)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const auto reading = read_text(read_file(file));
    ++row.files;
    ++(reading ? row.accepted : row.refused);
    if (reading) continue;
    row.differences.push_back(
        "`" + file.filename().string() + "`: no JSON at " + reading.error().metadata.at("line") +
        ":" + reading.error().metadata.at("column") + "; read in a mended copy of the tests");
  }
  return row;
}

std::string causes(const std::vector<Violation>& violations) {
  std::string text;
  for (const Violation& violation : violations) {
    text += (text.empty() ? "" : "; ") + violation.what;
  }
  return text;
}

Row catena_x() {
  Row row{"cx-odrl-profile", 0, 0, 0, "each constraint and policy against the profile", {}};
  const ReadOptions options{{"https://w3id.org/catenax/2025/9/policy/context.jsonld"}};
  for (const auto& cells : expected_rows(row.set)) {
    const core::Json document = json_file(shared_data_dir() / row.set / cells.at(0));
    std::vector<Violation> violations;
    if (document.find("leftOperand") != nullptr) {
      violations = catena_x_violations(read_constraint(document, options).value());
    } else {
      violations = catena_x_violations(read_policy(document).value());
    }
    ++row.files;
    ++(violations.empty() ? row.accepted : row.refused);
    if (cells.at(1) == "yes" && !violations.empty()) {
      row.differences.push_back("`" + last_part(cells.at(0)) +
                                "`: refused with the profile's own schemas, though its repository "
                                "calls it valid: " +
                                causes(violations));
    }
    if (violations.empty() && cells.at(3).starts_with("one constraint")) {
      row.differences.push_back("`" + last_part(cells.at(0)) +
                                "`: accepted as its repository says, though the policy schema, as "
                                "it is meant, wants two constraints or more");
    }
  }
  return row;
}

Row dataspace() {
  Row row{"dsp-2025-1", 0, 0, 0, "", {}};
  std::size_t policies = 0;
  std::size_t equal = 0;
  for (const auto& cells : expected_rows(row.set)) {
    const core::Json document = json_file(shared_data_dir() / row.set / cells.at(0));
    const auto reading = read_document(document);
    ++row.files;
    ++(reading ? row.accepted : row.refused);
    for (const Found& found : reading ? reading->policies : std::vector<Found>{}) {
      const core::Json* original = at_path(document, found.path);
      ++policies;
      equal += original != nullptr && same_json(*original, to_odrl(found.policy)) ? 1 : 0;
    }
    if (reading && cells.at(2) == "no") {
      row.differences.push_back("`" + last_part(cells.at(0)) +
                                "`: read (it holds no policy), though its schema refuses it; the "
                                "schema is too strict");
    }
  }
  row.what = "each message; " + std::to_string(policies) + " policies, " + std::to_string(equal) +
             " written back equal";
  return row;
}

TEST(Documentation, TableOfDataSetsIsWhatTheTestsFind) {
  const std::vector<const char*> sets = {"odrl-test-suite", "ids-policy-classes", "cx-odrl-profile",
                                         "dsp-2025-1"};
  for (const char* set : sets) {
    if (!has_shared_data(set)) GTEST_SKIP() << shared_data_missing(set);
  }
  std::ostringstream table;
  table << "| data set | files | accepted | refused | what |\n|---|---|---|---|---|\n";
  std::ostringstream differences;
  for (const Row& row : {suite(), ids(), catena_x(), dataspace()}) {
    table << "| " << row.set << " | " << row.files << " | " << row.accepted << " | " << row.refused
          << " | " << row.what << " |\n";
    for (const std::string& difference : row.differences) differences << "- " << difference << "\n";
  }
  const std::string found = table.str() + "\nDecided one by one:\n\n" + differences.str();
  std::cout << found;
  const std::string page = read_file(fs::path(SOURCE_DIR) / "docs/odrl.md");
  const std::string mark = "<!-- table: data sets -->\n";
  ASSERT_NE(page.find(mark), std::string::npos);
  EXPECT_EQ(page.substr(page.find(mark) + mark.size()), found);
}

}  // namespace
}  // namespace connector::contract::testing
