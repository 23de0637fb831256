// The row plan against a real OPA and against a slow evaluation over the row view: 10,000 random
// rows, a fifth of them with bytes changed. CONNECTOR_FULL runs ten times as many predicates.
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "decision/row_plan.h"
#include "decision/row_view.h"
#include "decision/ucast.h"
#include "random_predicate.h"
#include "random_record.h"
#include "support/temp_dir.h"

namespace connector::testing {
namespace {

constexpr std::size_t kRows = 10'000;
constexpr std::size_t kPredicates = 60;

struct TestRow {
  std::string bytes;
  core::Json view;
  bool changed = false;
};

std::vector<TestRow> make_rows(RandomRecord& random, std::size_t count) {
  std::vector<TestRow> rows;
  while (rows.size() < count) {
    TestRow row;
    row.bytes = random.make(random.below(2) == 0 ? 30 : 80).SerializeAsString();
    row.changed = random.below(5) == 0;
    if (row.changed) row.bytes = mutated(std::move(row.bytes), random);
    auto view = decision::row_json(row.bytes);
    if (!view) continue;  // no record at all: nothing that Rego could be asked about
    row.view = std::move(*view);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<decision::Predicate> make_predicates(RandomRecord& random, std::size_t count) {
  std::vector<decision::Predicate> predicates;
  while (predicates.size() < count) {
    predicates.push_back(random_predicate(random, static_cast<int>(random.below(4))));
  }
  return predicates;
}

std::string opa_path() {
  const char* named = std::getenv("CONNECTOR_OPA");
  return named != nullptr && *named != '\0' ? named : SOURCE_DIR "/.cache/opa/opa";
}

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 1 << 16> part{};
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) {
    output.append(part.data(), size);
  }
  ::pclose(pipe);
  return output;
}

// For each predicate the rows that OPA admits.
std::vector<std::set<std::size_t>> ask_opa(const std::vector<decision::Predicate>& predicates,
                                           const std::vector<TestRow>& rows) {
  const TempDir folder;
  std::string rules = "package t\n\nimport rego.v1\n\n";
  int next = 0;
  for (std::size_t i = 0; i < predicates.size(); ++i) {
    const std::string name = rego_of(predicates[i], next, rules);
    rules += "admitted[\"" + std::to_string(i) + "\"] := [n | some n, row in input; " + name +
             "(row)]\n";
  }
  std::ofstream(folder.path() / "t.rego") << rules;
  core::Json views = core::Json::array();
  for (const TestRow& row : rows) views.push(row.view);
  std::ofstream(folder.path() / "rows.json") << to_text(views);
  const std::string answer =
      output_of("'" + opa_path() + "' eval -f raw -d '" + (folder.path() / "t.rego").string() +
                "' -i '" + (folder.path() / "rows.json").string() + "' data.t.admitted");
  std::vector<std::set<std::size_t>> admitted(predicates.size());
  const auto json = core::parse_untrusted(answer);
  EXPECT_TRUE(json) << answer.substr(0, 1000);
  if (!json) return admitted;
  EXPECT_EQ(json->members().size(), predicates.size());
  for (std::size_t i = 0; i < predicates.size(); ++i) {
    const core::Json* list = json->find(std::to_string(i));
    EXPECT_NE(list, nullptr);
    if (list == nullptr) continue;
    for (const auto& item : list->items()) admitted[i].insert(*item.as_uint64());
  }
  return admitted;
}

std::string told(const decision::Predicate& predicate, const TestRow& row) {
  int next = 0;
  std::string rules;
  rego_of(predicate, next, rules);
  return rules + to_text(row.view);
}

TEST(RowPlanProperty, AgreesWithASlowEvaluationOfTheRowView) {
  const google::protobuf::LogSilencer quiet;
  RandomRecord random(20261125);
  const auto rows = make_rows(random, 2000);
  std::size_t admitted = 0;
  decision::RowMemo memo;
  for (const auto& predicate : make_predicates(random, 400)) {
    const auto plan = decision::RowPlan::compile(predicate);
    ASSERT_TRUE(plan) << plan.error().message;
    for (const TestRow& row : rows) {
      const bool planned = plan->admits(row.bytes);
      ASSERT_EQ(plan->admits(row.bytes, memo), planned);
      const bool wanted = holds(predicate, row.view);
      admitted += planned ? 1 : 0;
      if (row.changed ? planned && !wanted : planned != wanted) {
        FAIL() << told(predicate, row) << " plan " << planned;
      }
    }
  }
  EXPECT_GT(admitted, 100'000u);
  EXPECT_LT(admitted, 700'000u);
}

TEST(RowPlanProperty, AgreesWithOpa) {
  if (!std::filesystem::exists(opa_path())) {
    GTEST_SKIP() << "SKIPPED LOUDLY: " << opa_path() << " is not there; run tests/run once";
  }
  const google::protobuf::LogSilencer quiet;
  RandomRecord random(2026);
  const auto rows = make_rows(random, kRows);
  const std::size_t more = std::getenv("CONNECTOR_FULL") != nullptr ? 10 : 1;
  const auto predicates = make_predicates(random, kPredicates * more);
  const auto opa = ask_opa(predicates, rows);
  std::size_t changed_admitted = 0;
  std::size_t admitted = 0;
  for (std::size_t i = 0; i < predicates.size(); ++i) {
    const auto plan = decision::RowPlan::compile(predicates[i]);
    ASSERT_TRUE(plan) << plan.error().message;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const bool planned = plan->admits(rows[n].bytes);
      const bool wanted = opa[i].contains(n);
      if (rows[n].changed && planned) ++changed_admitted;
      admitted += wanted ? 1 : 0;
      if (rows[n].changed ? planned && !wanted : planned != wanted) {
        FAIL() << told(predicates[i], rows[n]) << " plan " << planned << " OPA " << wanted;
      }
    }
  }
  EXPECT_GT(changed_admitted, 1000u);
  EXPECT_GT(admitted, rows.size() * predicates.size() / 10);
  EXPECT_LT(admitted, rows.size() * predicates.size() * 9 / 10);
}

TEST(RowPlanProperty, SurvivesAnyBytes) {
  const google::protobuf::LogSilencer quiet;  // it reports bytes that are no UTF-8
  RandomRecord random(7);
  const auto predicates = make_predicates(random, 20);
  decision::RowMemo memo;
  for (const auto& predicate : predicates) {
    const auto plan = decision::RowPlan::compile(predicate);
    ASSERT_TRUE(plan);
    for (int n = 0; n < 1000; ++n) {
      std::string bytes = random.make(60).SerializeAsString();
      for (std::size_t i = random.below(30); i > 0; --i) bytes = mutated(std::move(bytes), random);
      const bool planned = plan->admits(bytes);
      ASSERT_EQ(plan->admits(bytes, memo), planned);
      const auto view = decision::row_json(bytes);
      if (planned && view) {
        ASSERT_TRUE(holds(predicate, *view)) << to_text(*view);
      }
    }
  }
}

}  // namespace
}  // namespace connector::testing
