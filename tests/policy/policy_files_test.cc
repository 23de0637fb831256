// The files under policy/: what they promise, held against the schema, the documents and OPA.
#include "policy/policy_files.h"

#include <gtest/gtest.h>
#include <valuechain/record/v1/record.pb.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

#include "contract/offer.h"
#include "core/text.h"
#include "opa/cases.h"
#include "opa/offers.h"
#include "opa/process.h"
#include "opa/tables.h"
#include "opa/wire.h"
#include "support/temp_dir.h"

namespace connector::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string opa_path() {
  const char* named = std::getenv("CONNECTOR_OPA");
  return named && *named ? named : std::string(SOURCE_DIR) + "/.cache/opa/opa";
}

std::string policy_dir() {
  return std::string(SOURCE_DIR) + "/policy";
}

opa::Snapshot example() {
  opa::Snapshot snapshot;
  for (const auto& file : policy::example_files()) {
    snapshot.emplace(std::string(file.path), std::string(file.content));
  }
  return snapshot;
}

core::Json example_tables() {
  auto tables = opa::read_tables(example(), {});
  EXPECT_TRUE(tables) << tables.error().message;
  return tables ? *tables : core::Json::object();
}

opa::ToolOutput run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), opa_path());
  auto ran = opa::run_tool(arguments, std::chrono::seconds(30));
  EXPECT_TRUE(ran) << ran.error().message;
  return ran ? *ran : opa::ToolOutput{};
}

// The leaves of a record: what can carry a value.
void leaves_of(const Descriptor& message, const std::string& prefix,
               std::set<std::string>& leaves) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string path = prefix.empty() ? field.name() : prefix + "." + field.name();
    if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      leaves_of(*field.message_type(), path, leaves);
    } else {
      leaves.insert(path);
    }
  }
}

bool covered(const core::Json& fields, std::string path) {
  for (;;) {
    if (fields.find(path)) return true;
    const auto dot = path.rfind('.');
    if (dot == std::string::npos) return false;
    path.erase(dot);
  }
}

TEST(PolicyFiles, EveryFieldOfARecordHasALabel) {
  const core::Json tables = example_tables();
  const core::Json& fields = *tables.find("fields");
  std::set<std::string> leaves;
  leaves_of(*valuechain::record::v1::Record::descriptor(), "", leaves);
  ASSERT_GT(leaves.size(), 200u);
  for (const std::string& leaf : leaves) EXPECT_TRUE(covered(fields, leaf)) << leaf;
}

TEST(PolicyFiles, NoLabelCoversAWholeBodySoThatNewFieldsStayWithheld) {
  const core::Json tables = example_tables();
  for (const auto& [path, label] : tables.find("fields")->members()) {
    EXPECT_NE(path.find('.'), std::string::npos) << path;
  }
}

TEST(PolicyFiles, PricesLeaveForNobody) {
  const core::Json tables = example_tables();
  for (const char* path : {"order_line.price", "order_line.line_amount", "order_line.price_base"}) {
    EXPECT_EQ(tables.find("fields")->text_at(path), "confidential");
  }
  for (const auto& rule : tables.find("labels")->find("confidential")->items()) {
    EXPECT_EQ(rule.text_at("then"), "drop");
  }
}

TEST(PolicyFiles, TheExampleListsNoPartner) {
  EXPECT_TRUE(example_tables().find("partners")->members().empty());
}

// What the comments of the example propose must be right once the marks are taken away.
TEST(PolicyFiles, TheCommentedExampleOfPartnersIsCorrect) {
  opa::Snapshot snapshot = example();
  std::string& text = snapshot["partners.yaml"];
  text.replace(text.find("partners: {}"), 12, "partners:");
  const auto begin = text.find("partners:");
  for (auto at = text.find("\n#", begin); at != std::string::npos; at = text.find("\n#", at)) {
    text.erase(at + 1, 1);
  }
  const auto tables = opa::read_tables(snapshot, {});
  ASSERT_TRUE(tables) << tables.error().message;
  EXPECT_EQ(tables->find("partners")->members().size(), 2u);
}

TEST(PolicyFiles, OpaTestPasses) {
  const auto ran =
      run({"test", policy_dir() + "/guard", policy_dir() + "/odrl",
           policy_dir() + "/example/company.rego", policy_dir() + "/example/company_test.rego"});
  EXPECT_EQ(ran.exit_code, 0) << ran.text;
  EXPECT_NE(ran.text.find("PASS: "), std::string::npos) << ran.text;
}

TEST(PolicyFiles, OpaCheckIsStrictlyContent) {
  const auto ran = run({"check", "--strict", policy_dir() + "/guard", policy_dir() + "/odrl",
                        policy_dir() + "/example/company.rego"});
  EXPECT_EQ(ran.exit_code, 0) << ran.text;
}

TEST(PolicyFiles, RegoIsFormatted) {
  for (const char* folder : {"/guard", "/example", "/odrl"}) {
    const auto ran = run({"fmt", "--list", policy_dir() + folder});
    EXPECT_EQ(ran.text, "");
    EXPECT_EQ(ran.exit_code, 0);
  }
}

double coverage(std::vector<std::string> folders) {
  folders.insert(folders.begin(), {"test", "--coverage", "--format", "json"});
  const auto ran = run(folders);
  const auto json = core::parse_untrusted(ran.text);
  const core::Json* covered = json ? json->find("coverage") : nullptr;
  EXPECT_TRUE(covered) << ran.text;
  return covered ? std::atof(covered->text().c_str()) : 0;
}

TEST(PolicyFiles, TheTestsCoverTheRules) {
  EXPECT_GE(coverage({policy_dir() + "/guard"}), 95.0);
  EXPECT_GE(coverage({policy_dir() + "/guard", policy_dir() + "/odrl"}), 95.0);
}

TEST(PolicyFiles, TheProgramCarriesThemUnchanged) {
  for (const auto& [folder, files] : {std::pair{"/guard/", policy::guard_files()},
                                      {"/example/", policy::example_files()},
                                      {"/odrl/", policy::odrl_files()}}) {
    EXPECT_GE(files.size(), 5u);
    for (const auto& file : files) {
      EXPECT_EQ(read_file(policy_dir() + folder + std::string(file.path)), file.content);
    }
  }
}

// ---- the README names every field of input and output ------------------------------------------

void members_of(const core::Json& json, const std::string& prefix, std::set<std::string>& names) {
  for (const auto& [key, value] : json.members()) {
    if (value.is_object()) {
      members_of(value, prefix + key + ".", names);
    } else {
      names.insert(prefix + key);
    }
  }
}

TEST(PolicyFiles, TheReadmeNamesEveryFieldOfTheInput) {
  const std::string readme = read_file(policy_dir() + "/README.md");
  std::set<std::string> names;
  members_of(opa::to_json(decision::Question{}), "", names);
  ASSERT_GE(names.size(), 14u);
  for (const std::string& name : names) {
    EXPECT_NE(readme.find("`input." + name + "`"), std::string::npos) << name;
  }
}

TEST(PolicyFiles, TheReadmeNamesEveryFieldOfTheOutput) {
  const std::string readme = read_file(policy_dir() + "/README.md");
  const std::string guard = read_file(policy_dir() + "/guard/decision.rego");
  const auto begin = guard.find("result := {");
  const std::string result = guard.substr(begin, guard.find("\n}", begin) - begin);
  int fields = 0;
  for (auto at = result.find("\n\t\""); at != std::string::npos;
       at = result.find("\n\t\"", at + 1)) {
    const std::string name = result.substr(at + 3, result.find('"', at + 3) - at - 3);
    EXPECT_NE(readme.find("| `" + name + "` |"), std::string::npos) << name;
    ++fields;
  }
  EXPECT_EQ(fields, 8);
}

// The section of that title, up to the next one.
std::string section(const std::string& readme, const std::string& title) {
  const auto begin = readme.find("\n## " + title + "\n");
  EXPECT_NE(begin, std::string::npos) << title;
  return readme.substr(begin, readme.find("\n## ", begin + 1) - begin);
}

TEST(PolicyFiles, TheReadmeNamesEveryKeyOfAnOffer) {
  const std::string text = section(read_file(policy_dir() + "/README.md"), "Offers");
  ASSERT_GE(contract::offer_keys().size(), 20u);
  for (const std::string& key : contract::offer_keys()) {
    EXPECT_NE(text.find("\n| `" + key + "` |"), std::string::npos) << key;
  }
}

TEST(PolicyFiles, TheReadmeNamesEveryKeyOfACase) {
  const std::string text = section(read_file(policy_dir() + "/README.md"), "Cases");
  ASSERT_GE(opa::case_keys().size(), 15u);
  for (const std::string& key : opa::case_keys()) {
    EXPECT_NE(text.find("`" + key + "`"), std::string::npos) << key;
  }
}

TEST(PolicyFiles, TheOfferOfTheReadmeIsOne) {
  const std::string text = section(read_file(policy_dir() + "/README.md"), "Offers");
  const auto begin = text.find("    version: 1\n");
  const std::string block = text.substr(begin, text.find("\n\n", begin) - begin + 1);
  std::string offer;
  for (const std::string_view line : core::split(block, '\n')) {
    offer += std::string(line.substr(std::min<std::size_t>(4, line.size()))) + "\n";
  }
  auto snapshot = example();
  snapshot["offers/quality-project-y.yaml"] = offer;
  const auto offers = opa::read_offers(snapshot, opa::words_of(example_tables()));
  ASSERT_TRUE(offers) << offers.error().message << "\n" << offer;
  ASSERT_EQ(offers->size(), 1u);
  EXPECT_EQ(offers->at(0).policy.permissions.at(0).constraints.size(), 3u);
}

}  // namespace
}  // namespace connector::testing
