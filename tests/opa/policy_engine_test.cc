// The policy of a company, from an edited folder to a decision, on the real OPA.
#include "opa/policy_engine.h"

#include <signal.h>

#include <atomic>
#include <filesystem>

#include "opa/bundle.h"
#include "opa/company.h"
#include "opa/desk.h"
#include "opa/history.h"

namespace connector::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

struct PolicyEngineTest : ::testing::Test {
  Company company;
};

TEST_F(PolicyEngineTest, TheFirstStartPublishesTheFolder) {
  const auto engine = company.start();
  ASSERT_TRUE(engine);
  EXPECT_EQ(engine->revision().str().size(), 64u);
  EXPECT_TRUE(engine->available());
  const auto status = engine->status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->text_at("revision"), engine->revision().str());
  EXPECT_FALSE(status->find("edited")->as_bool());
}

TEST_F(PolicyEngineTest, ACustomerSeesItsOwnOrderLinesWithoutPrices) {
  const auto engine = company.start();
  const auto decided = engine->decide(Company::question());
  ASSERT_TRUE(decided) << decided.error().message;
  EXPECT_TRUE((*decided)->allow);
  EXPECT_EQ((*decided)->revision, engine->revision());
  EXPECT_EQ((*decided)->decision_id.size(), 32u);
  EXPECT_EQ((*decided)->journal_digest.size(), 64u);
  EXPECT_TRUE(has((*decided)->visible, "order_line.quantities"));
  EXPECT_TRUE(has((*decided)->visible, "header.key"));
  EXPECT_FALSE(has((*decided)->visible, "order_line.price"));
  EXPECT_FALSE(has((*decided)->visible, "event.items"));  // the dataset holds no events
  ASSERT_EQ((*decided)->rows.kind, decision::Predicate::Kind::kOr);
  bool buyer = false;
  for (const auto& part : (*decided)->rows.operands) {
    buyer =
        buyer || (part.field == "buyer_ids" && part.comparison == decision::Comparison::kContains &&
                  std::get<std::string>(part.values.at(0)) == "|gln:8712345000004|");
  }
  EXPECT_TRUE(buyer);
}

TEST_F(PolicyEngineTest, FieldsOfPeopleAreHashedForWhoMayCompareThem) {
  const auto engine = company.start();
  const auto decided = engine->decide(Company::question("quality", "quality-assurance"));
  ASSERT_TRUE(decided) << decided.error().message;
  ASSERT_TRUE((*decided)->allow);
  EXPECT_EQ((*decided)->rows.kind, decision::Predicate::Kind::kTrue);
  const decision::FieldRule hashed{"measurement.operator", decision::FieldOp::kHash, ""};
  EXPECT_NE(std::find((*decided)->fields.begin(), (*decided)->fields.end(), hashed),
            (*decided)->fields.end());
}

TEST_F(PolicyEngineTest, WhoIsNotAllowedGetsARefusalWithReasonsForUsAlone) {
  const auto engine = company.start();
  const auto stranger = engine->decide(Company::question("orders", "order-tracking", "did:web:x"));
  ASSERT_TRUE(stranger) << stranger.error().message;
  EXPECT_FALSE((*stranger)->allow);
  EXPECT_EQ((*stranger)->partner_code, "POLICY_DENIED");
  ASSERT_FALSE((*stranger)->reasons.empty());
  EXPECT_EQ((*stranger)->reasons.front().code, "PARTNER_NOT_LISTED");
  EXPECT_TRUE((*stranger)->visible.empty());
  const auto purpose = engine->decide(Company::question("quality", "marketing"));
  ASSERT_TRUE(purpose);
  EXPECT_FALSE((*purpose)->allow);
  EXPECT_EQ((*purpose)->partner_code, "PURPOSE_NOT_ALLOWED");
}

TEST_F(PolicyEngineTest, ACallerWithoutConfirmedIdentifiersHasNoRowsOfItsOwn) {
  const auto engine = company.start();
  auto question = Company::question();
  question.party_ids.clear();
  const auto decided = engine->decide(question);
  ASSERT_TRUE(decided);
  EXPECT_FALSE((*decided)->allow);
  EXPECT_EQ((*decided)->reasons.back().code, "NO_ROWS");
}

TEST_F(PolicyEngineTest, TheListShowsWhatAGroupMaySee) {
  const auto engine = company.start();
  auto question = Company::question("traceability", "", kRecycler);
  question.point = "list";
  EXPECT_TRUE((*engine->decide(question))->allow);
  question.dataset = core::DatasetId("quality");
  EXPECT_FALSE((*engine->decide(question))->allow);
  question.dataset = core::DatasetId("no-such");
  EXPECT_FALSE((*engine->decide(question))->allow);
}

TEST_F(PolicyEngineTest, TheSameQuestionIsAnsweredFromMemoryUntilItsTimeIsOver) {
  auto options = company.options();
  std::atomic<std::int64_t> ahead_ns = 0;
  options.clock = [&] { return wall_clock() + ahead_ns; };
  const auto engine = company.start(options);
  auto question = Company::question();
  const auto first = engine->decide(question);
  question.request_id = "another";
  EXPECT_EQ((*engine->decide(question))->decision_id, (*first)->decision_id);
  question.party_ids.push_back("duns:123456787");
  EXPECT_NE((*engine->decide(question))->decision_id, (*first)->decision_id);
  question = Company::question();
  ahead_ns = 61'000'000'000;
  question.now_s += 61;
  const auto later = engine->decide(question);
  EXPECT_NE((*later)->decision_id, (*first)->decision_id);
  EXPECT_GT((*later)->valid_until_s, (*first)->valid_until_s);
}

TEST_F(PolicyEngineTest, AHungOpaPermitsNothingNewThoughTheDecisionIsKept) {
  const auto engine = company.start_in_earnest();
  ASSERT_TRUE((*engine->decide(Company::question()))->allow);
  const auto processes = opa_processes(company.path("data"));
  ASSERT_EQ(processes.size(), 1u);
  ::kill(processes[0], SIGSTOP);
  std::this_thread::sleep_for(50ms);  // longer than OPA's last answer counts
  const auto decided = engine->decide(Company::question());
  ASSERT_FALSE(decided);
  EXPECT_EQ(decided.error().reason, "POLICY_UNAVAILABLE");
  EXPECT_FALSE(engine->available());
  ::kill(processes[0], SIGCONT);
  EXPECT_TRUE(eventually([&] { return engine->decide(Company::question()).has_value(); }));
}

TEST_F(PolicyEngineTest, AnOpaThatHangsForGoodIsReplaced) {
  const auto engine = company.start_in_earnest();
  const auto processes = opa_processes(company.path("data"));
  ASSERT_EQ(processes.size(), 1u);
  ::kill(processes[0], SIGSTOP);
  EXPECT_TRUE(eventually([&] { return engine->decide(Company::question()).has_value(); }));
  EXPECT_NE(opa_processes(company.path("data")), processes);
}

TEST_F(PolicyEngineTest, AKilledOpaIsStartedAgain) {
  const auto engine = company.start();
  ASSERT_TRUE((*engine->decide(Company::question()))->allow);
  for (int round = 0; round < 3; ++round) {
    for (const pid_t process : opa_processes(company.path("data"))) ::kill(process, SIGKILL);
    EXPECT_TRUE(eventually(
        [&] { return engine->status()->find("restarts")->text() == std::to_string(round + 1); }));
    EXPECT_TRUE(eventually([&] { return engine->available(); }));
    EXPECT_TRUE((*engine->decide(Company::question()))->allow);
  }
}

TEST_F(PolicyEngineTest, OpaEndsWithItsEngine) {
  auto engine = company.start();
  ASSERT_EQ(opa_processes(company.path("data")).size(), 1u);
  engine.reset();
  EXPECT_EQ(opa_processes(company.path("data")).size(), 0u);
  EXPECT_TRUE(fs::is_empty(company.path("run")));
}

TEST_F(PolicyEngineTest, OpaInheritsNoDescriptorAndLittleEnvironment) {
  const auto engine = company.start();
  const auto processes = opa_processes(company.path("data"));
  ASSERT_EQ(processes.size(), 1u);
  const fs::path proc = fs::path("/proc") / std::to_string(processes[0]);
  for (const auto& entry : fs::directory_iterator(proc / "fd")) {
    std::error_code error;
    const std::string target = fs::read_symlink(entry.path(), error).string();
    const bool own = target.rfind("socket:", 0) == 0 || target.rfind("pipe:", 0) == 0 ||
                     target.rfind("anon_inode:", 0) == 0 || target == "/dev/null" ||
                     target.rfind("/sys/fs/cgroup/", 0) == 0;  // Go reads its share of the CPU
    EXPECT_TRUE(own || error) << target;
  }
  std::ifstream in(proc / "environ", std::ios::binary);
  const std::string environment((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(environment.find("CONNECTOR"), std::string::npos);
  EXPECT_EQ(std::count(environment.begin(), environment.end(), '\0'), 3);
}

TEST_F(PolicyEngineTest, AnEditIsInForceOnceItIsPublishedAndNotBefore) {
  auto options = company.options();
  std::atomic<int> changes = 0;
  options.on_change = [&] { ++changes; };
  const auto engine = company.start(options);
  const auto first = engine->revision();
  ASSERT_TRUE((*engine->decide(Company::question("quality", "quality-assurance")))->allow);
  company.replace("purposes.yaml", "    quality-assurance: [customer]\n", "");
  EXPECT_TRUE((*engine->decide(Company::question("quality", "quality-assurance")))->allow);
  EXPECT_TRUE(engine->status()->find("edited")->as_bool());
  const auto published = engine->publish();
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_TRUE(published->find("changed")->as_bool());
  EXPECT_EQ(published->text_at("previous"), first.str());
  EXPECT_NE(engine->revision(), first);
  EXPECT_EQ(changes, 1);
  const auto decided = engine->decide(Company::question("quality", "quality-assurance"));
  EXPECT_FALSE((*decided)->allow);
  EXPECT_EQ((*decided)->revision, engine->revision());
  EXPECT_EQ(opa_processes(company.path("data")).size(), 1u);  // the old one has ended
}

TEST_F(PolicyEngineTest, PublishingTheSameAgainChangesNothing) {
  const auto engine = company.start();
  const auto processes = opa_processes(company.path("data"));
  const auto published = engine->publish();
  ASSERT_TRUE(published);
  EXPECT_FALSE(published->find("changed")->as_bool());
  EXPECT_EQ(opa_processes(company.path("data")), processes);
}

TEST_F(PolicyEngineTest, RollBackPutsTheOneBeforeInForce) {
  const auto engine = company.start();
  const auto first = engine->revision();
  EXPECT_EQ(engine->rollback("").error().reason, "POLICY_REVISION_NOT_FOUND");
  company.append("company.rego",
                 "\ndeny contains \"no orders\" if input.resource.dataset == \"orders\"\n");
  ASSERT_TRUE(engine->publish());
  const auto second = engine->revision();
  EXPECT_FALSE((*engine->decide(Company::question()))->allow);
  const auto back = engine->rollback("");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(engine->revision(), first);
  EXPECT_TRUE((*engine->decide(Company::question()))->allow);
  ASSERT_TRUE(engine->rollback(second.str().substr(0, 12)));
  EXPECT_EQ(engine->revision(), second);
  EXPECT_FALSE(engine->rollback("0000000000"));
  EXPECT_FALSE(engine->rollback("../../x"));
}

TEST_F(PolicyEngineTest, WhatIsInForceOutlivesARestartWhateverWasEdited) {
  core::Revision revision;
  {
    const auto engine = company.start();
    revision = engine->revision();
  }
  company.append("company.rego", "\nnot rego at all {\n");
  const auto engine = company.start();
  ASSERT_TRUE(engine);
  EXPECT_EQ(engine->revision(), revision);
  EXPECT_TRUE((*engine->decide(Company::question()))->allow);
}

// An older program's guard rails stay in force until they are published anew, and that is said.
TEST_F(PolicyEngineTest, GuardRailsOfAnotherVersionAreNoticed) {
  auto options = company.options();
  fs::path bundle;
  {
    const auto engine = company.start(options);
    EXPECT_TRUE(engine->status()->find("guard_rails_current")->as_bool());
    bundle = options.dir / "bundles" / engine->revision().str();
  }
  opa::BundleFiles files;
  for (const auto& entry : fs::recursive_directory_iterator(bundle)) {
    const std::string path = entry.path().lexically_relative(bundle).string();
    if (!entry.is_regular_file() || path == ".manifest" || path == "connector_meta/data.json") {
      continue;
    }
    files[path] = read_file(entry.path()) + (path == "guard/rows.rego" ? "# older\n" : "");
  }
  const auto older = opa::revision_of(files);
  ASSERT_TRUE(opa::write_bundle(files, older, options.dir / "bundles" / older.str()));
  opa::History history = *opa::History::read(options.dir);
  ASSERT_TRUE(history.activate(
      options.dir, {older, "2026-01-01T00:00:00Z", "published", {1000, "anna"}, std::nullopt}));
  std::string said;
  options.log = [&](const std::string& what) { said += what; };
  const auto engine = company.start(options);
  ASSERT_TRUE(engine);
  EXPECT_EQ(engine->revision(), older);
  EXPECT_FALSE(engine->status()->find("guard_rails_current")->as_bool());
  EXPECT_NE(said.find("newer guard rails"), std::string::npos);
  ASSERT_TRUE(engine->publish());
  EXPECT_TRUE(engine->status()->find("guard_rails_current")->as_bool());
}

TEST_F(PolicyEngineTest, ADamagedBundleIsNotServed) {
  core::Revision revision;
  {
    const auto engine = company.start();
    revision = engine->revision();
  }
  const fs::path bundle = company.path("data") / "bundles" / revision.str();
  std::ofstream(bundle / "company" / "more.rego") << "package company\nallow := true\n";
  const auto engine = opa::PolicyEngine::start(company.options());
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().reason, "POLICY_REVISION_DAMAGED");
}

TEST_F(PolicyEngineTest, QuestionsMayComeWhileAnotherRevisionTakesOver) {
  const auto engine = company.start();
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::atomic<int> answered = 0;
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([&, i] {
      for (int n = 0; !stop; ++n) {
        auto question = Company::question();
        question.agreement_id = std::to_string(i) + "-" + std::to_string(n % 100);
        const auto decided = engine->decide(question);
        EXPECT_TRUE(decided) << decided.error().message;
        ++(decided && (*decided)->allow ? answered : failed);
        std::this_thread::sleep_for(1ms);
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    company.append("company.rego", "# " + std::to_string(round) + "\n");
    EXPECT_TRUE(engine->publish());
  }
  stop = true;
  for (std::thread& asker : askers) asker.join();
  EXPECT_GT(answered, 0);
  EXPECT_EQ(failed, 0);
  std::cout << "  " << answered << " answered over 3 publications\n";
}

TEST_F(PolicyEngineTest, ADecisionCanBeReplayedByTheBundleThatMadeIt) {
  const auto engine = company.start();
  const auto first = engine->decide(Company::question());
  company.append("company.rego",
                 "\ndeny contains \"no orders\" if input.resource.dataset == \"orders\"\n");
  ASSERT_TRUE(engine->publish());
  const auto replayed = opa::explain(company.options(), (*first)->decision_id);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_TRUE(replayed->find("same")->as_bool());
  EXPECT_TRUE(replayed->find("intact")->as_bool());
  EXPECT_EQ(replayed->text_at("revision"), (*first)->revision.str());
  EXPECT_TRUE(replayed->find("then")->find("allow")->as_bool());
  EXPECT_TRUE(replayed->find("replay")->find("allow")->as_bool());
  EXPECT_EQ(replayed->find("input")->find("request")->text_at("purpose"), "order-tracking");
  EXPECT_EQ(replayed->find("decided_by")->items().at(0).text_at("place"), "partners.yaml:2");
  EXPECT_EQ(opa::explain(company.options(), "no-such-decision").error().reason,
            "DECISION_NOT_FOUND");
}

TEST_F(PolicyEngineTest, AJournalLineThatWasChangedIsFoundOut) {
  const auto engine = company.start();
  const auto decided = engine->decide(Company::question());
  const fs::path file = company.path("data") / "decisions" / "decisions.jsonl";
  std::string text = read_file(file);
  EXPECT_NE(text.find((*decided)->journal_digest), std::string::npos);
  const auto at = text.find("order-tracking");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 14, "order-trackinG");
  std::ofstream(file, std::ios::binary) << text;
  const auto replayed = opa::explain(company.options(), (*decided)->decision_id);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_FALSE(replayed->find("intact")->as_bool());
  EXPECT_FALSE(replayed->find("same")->as_bool());
  EXPECT_FALSE(replayed->find("healthy")->as_bool());
  EXPECT_TRUE(replayed->find("then")->find("allow")->as_bool());
  EXPECT_FALSE(replayed->find("replay")->find("allow")->as_bool());
}

TEST_F(PolicyEngineTest, CheckAndTestNeedNoEngine) {
  const auto checked = opa::PolicyEngine::check(company.options());
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_GT(*checked->find("combinations")->as_int64(), 20);
  const auto tested = opa::PolicyEngine::test(company.options());
  ASSERT_TRUE(tested) << tested.error().message;
  EXPECT_GE(*tested->find("passed")->as_int64(), 20);
  EXPECT_FALSE(fs::exists(company.path("data")));
  EXPECT_EQ(opa::PolicyEngine::status(company.options())->text_at("revision"), "");
}

TEST_F(PolicyEngineTest, AMissingOpaIsNamed) {
  auto options = company.options();
  options.opa = "/no/such/opa";
  const auto engine = opa::PolicyEngine::start(options);
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().reason, "OPA_NOT_FOUND");
  EXPECT_NE(engine.error().message.find("/no/such/opa"), std::string::npos);
}

TEST_F(PolicyEngineTest, ARowFilterThatCannotBeCompiledIsNotPublished) {
  const auto engine = company.start();
  const auto before = engine->revision();
  company.replace("datasets.yaml",
                  "  traceability:\n    groups: [customer, recycler]\n    rows: [all]",
                  "  traceability:\n    groups: [customer, recycler]\n    rows: [company]");
  ASSERT_TRUE(engine->publish());
  const auto after = engine->revision();
  EXPECT_NE(after, before);
  company.append("company.rego", "\nrows if regex.match(`^event/`, input.row.key)\n");
  const auto published = engine->publish();
  ASSERT_FALSE(published);
  EXPECT_NE(published.error().message.find("company.rego:28: "), std::string::npos)
      << published.error().message;
  EXPECT_NE(published.error().message.find("traceability"), std::string::npos);
  EXPECT_EQ(engine->revision(), after);
}

}  // namespace
}  // namespace connector::testing
