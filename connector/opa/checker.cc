#include "opa/checker.h"

#include <algorithm>

#include "decision/field_program.h"
#include "decision/row_plan.h"
#include "opa/cases.h"
#include "opa/offers.h"
#include "opa/process.h"
#include "opa/served_revision.h"
#include "opa/tables.h"
#include "opa/tool.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using core::Json;

constexpr auto kAskTime = 2s;  // of one decision while checking: nobody waits for it
constexpr std::size_t kCombinations = 20'000;
constexpr std::size_t kPartnersAsked = 50;
constexpr const char* kInvalid = "POLICY_INVALID";
constexpr const char* kNext = "correct it, then try again; what was published is still in force";

core::Error invalid(const std::string& message) {
  return core::invalid(kInvalid, message, kNext);
}

// ---- company modules stand under "package company" -----------------------------------------

// Rego's first statement is the package: the first line that is neither empty nor a comment.
core::Status check_package(const std::string& name, const std::string& content) {
  const bool test = name.size() > 10 && name.compare(name.size() - 10, 10, "_test.rego") == 0;
  const std::string wanted = test ? "company_test" : "company";
  std::size_t line = 0;
  for (std::size_t at = 0; at < content.size(); ++line) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    std::string text = content.substr(at, end - at);
    at = end + 1;
    text.erase(std::min(text.find('#'), text.size()));
    text.erase(text.find_last_not_of(" \t\r") + 1);
    text.erase(0, text.find_first_not_of(" \t"));
    if (text.empty()) continue;
    const bool right = text == "package " + wanted || text.rfind("package " + wanted + ".", 0) == 0;
    if (right) return core::ok();
    return invalid(name + ":" + std::to_string(line + 1) + ": the file must begin with 'package " +
                   wanted + "': other packages belong to the program");
  }
  return core::ok();  // nothing in it; OPA says so
}

// ---- OPA as a tool ---------------------------------------------------------------------------

std::string place_of(const Json& test) {
  const Json* location = test.find("location");
  const Json* row = location ? location->find("row") : nullptr;
  const std::string file = location ? fs::path(location->text_at("file")).filename().string() : "";
  return file + ":" + (row ? row->text() : "1") + ": " + test.text_at("name");
}

core::Result<Tested> opa_test(const CheckOptions& options, const Draft& draft) {
  const fs::path bundle = draft.folder() / "tests";
  const auto ran = run_tool({options.opa.string(), "test", "--bundle", "--timeout", "10s",
                             "--format", "json", bundle.string()},
                            kToolTime);
  if (!ran) return ran.error();
  const auto json = json_in(ran->text);
  if (!json || !json->is_array()) return invalid(words_of(ran->text, bundle));
  Tested tested;
  std::string failures;
  for (const Json& test : json->items()) {
    const Json* fail = test.find("fail");
    const bool good = !(fail && fail->as_bool()) && !test.find("error");
    tested.passed += good ? 1 : 0;
    if (!good) failures += (failures.empty() ? "" : "\n") + place_of(test) + " failed";
  }
  if (failures.empty() && ran->exit_code == 0) return tested;
  return core::invalid("POLICY_TEST_FAILED",
                       failures.empty() ? words_of(ran->text, bundle) : failures, kNext);
}

// ---- can every decision be enforced? ---------------------------------------------------------

// A participant for each group, so that a group without a partner is asked about as well.
std::string stand_in(const std::string& group) {
  return "did:web:check.invalid:" + group;
}

std::vector<std::string> keys_of(const Json* map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map ? map->members() : std::vector<Json::Member>()) {
    keys.push_back(key);
  }
  return keys;
}

std::vector<std::string> groups_of(const Json& tables) {
  std::vector<std::string> groups;
  const auto add = [&](const Json* list) {
    for (const Json& group : list ? list->items() : std::vector<Json>()) {
      if (std::find(groups.begin(), groups.end(), group.text()) == groups.end()) {
        groups.push_back(group.text());
      }
    }
  };
  for (const auto& [id, dataset] : tables.find("datasets")->members()) add(dataset.find("groups"));
  for (const auto& [id, purposes] : tables.find("purposes")->members()) {
    for (const auto& [purpose, list] : purposes.members()) add(&list);
  }
  return groups;
}

Json with_stand_ins(const Json& tables) {
  Json partners = *tables.find("partners");
  for (const std::string& group : groups_of(tables)) {
    Json groups = Json::array();
    groups.push(Json::string(group));
    partners.set(stand_in(group), Json::object().set("groups", std::move(groups)));
  }
  Json all = Json::object();
  for (const auto& [name, table] : tables.members()) {
    all.set(name, name == "partners" ? partners : table);
  }
  return all;
}

class Combinations {
 public:
  Combinations(const CheckOptions& options, const Prepared& prepared, ServedRevision& candidate)
      : options_(options), prepared_(prepared), candidate_(candidate) {
    for (const std::string& group : groups_of(prepared.tables)) {
      callers_.emplace_back(stand_in(group), "group '" + group + "'");
    }
    for (const std::string& partner : keys_of(prepared.tables.find("partners"))) {
      if (callers_.size() >= kPartnersAsked + groups_of(prepared.tables).size()) break;
      callers_.emplace_back(partner, "partner '" + partner + "'");
    }
  }

  core::Result<std::size_t> ask_all() {
    for (const std::string& id : keys_of(prepared_.tables.find("datasets"))) {
      for (const std::string& purpose : keys_of(prepared_.tables.find("purposes")->find(id))) {
        for (const auto& [caller, name] : callers_) {
          if (asked_ == kCombinations) return asked_;
          ++asked_;
          const std::string about = "dataset '" + id + "', purpose '" + purpose + "', " + name;
          if (auto fine = ask(id, purpose, caller); !fine) {
            return invalid(place(fine.error().message) + "\n(" + about + ")");
          }
        }
      }
    }
    return asked_;
  }

 private:
  core::Status ask(const std::string& id, const std::string& purpose, const std::string& caller) {
    decision::Question question;
    question.point = "fetch";
    question.caller = {core::ParticipantId(caller), core::SiteName("check")};
    question.self = options_.self;
    question.request_id = "check";
    question.purpose = core::Purpose(purpose);
    question.dataset = core::DatasetId(id);
    question.party_ids = {"gln:0000000000000"};
    question.now_s = options_.now_s;
    for (const auto& dataset : options_.datasets) {
      if (dataset.id.str() != id) continue;
      question.dataset_labels = dataset.labels;
      question.kinds = dataset.kinds;
    }
    auto made = candidate_.evaluate(question, std::chrono::steady_clock::now() + kAskTime);
    if (!made) return std::move(made.error());
    if (!made->decision.allow) return core::ok();
    if (auto plan = decision::RowPlan::compile(made->decision.rows); !plan) {
      return std::move(plan.error());
    }
    auto program = decision::FieldProgram::compile(made->decision.visible, made->decision.fields,
                                                   [](std::string_view) { return core::Digest{}; });
    return program ? core::ok() : core::Status(std::move(program.error()));
  }

  // Puts the line of fields.yaml before a message that names a field of it.
  std::string place(const std::string& message) const {
    const auto found = prepared_.snapshot.find("fields.yaml");
    std::string best;
    for (const std::string& path : keys_of(prepared_.tables.find("fields"))) {
      if (message.find(path) != std::string::npos && path.size() > best.size()) best = path;
    }
    if (best.empty() || found == prepared_.snapshot.end()) return message;
    const auto at = found->second.find(best + ":");
    if (at == std::string::npos) return message;
    const auto line = 1 + std::count(found->second.begin(),
                                     found->second.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    return "fields.yaml:" + std::to_string(line) + ": " + message;
  }

  const CheckOptions& options_;
  const Prepared& prepared_;
  ServedRevision& candidate_;
  std::vector<std::pair<std::string, std::string>> callers_;  // participant, how it is called
  std::size_t asked_ = 0;
};

core::Result<std::size_t> check_decisions(const CheckOptions& options, const Prepared& prepared,
                                          const Draft& draft) {
  const BundleFiles files = bundle_files(prepared.snapshot, with_stand_ins(prepared.tables));
  ServedRevision::Options candidate;
  candidate.revision = revision_of(files);
  candidate.opa = options.opa;
  candidate.bundle = draft.folder() / "candidate";
  candidate.run_dir = options.run_dir;
  candidate.canary = canary(options.self, options.now_s);
  candidate.log = [](const std::string&) {};
  if (auto written = write_bundle(files, candidate.revision, candidate.bundle); !written) {
    return std::move(written.error());
  }
  auto served = ServedRevision::start(std::move(candidate));
  if (!served) return std::move(served.error());
  return Combinations(options, prepared, **served).ask_all();
}

std::vector<std::string> warnings_of(const CheckOptions& options, const Json& tables) {
  std::vector<std::string> warnings;
  for (const auto& dataset : options.datasets) {
    const auto& labels = dataset.labels;
    if (std::find(labels.begin(), labels.end(), "internal") != labels.end()) continue;
    if (!tables.find("datasets")->find(dataset.id.str())) {
      warnings.push_back("datasets.yaml has no entry '" + dataset.id.str() +
                         "': it is shown to nobody");
    }
  }
  if (tables.find("partners")->members().empty()) {
    warnings.push_back("partners.yaml lists nobody: every partner is refused");
  }
  return warnings;
}

core::Result<Checked> check(const CheckOptions& options, const Prepared& prepared,
                            const Draft& draft) {
  if (auto checked = check_modules(options, prepared, draft); !checked) {
    return std::move(checked.error());
  }
  auto combinations = check_decisions(options, prepared, draft);
  if (!combinations) return std::move(combinations.error());
  Checked done;
  done.files = bundle_files(prepared.snapshot, prepared.tables);
  done.revision = revision_of(done.files);
  done.combinations = *combinations;
  done.warnings = warnings_of(options, prepared.tables);
  for (const auto& [path, content] : done.files) {
    done.modules += path.rfind("company/", 0) == 0 ? 1 : 0;
  }
  return done;
}

}  // namespace

core::Result<Prepared> prepare_policy(const CheckOptions& options) {
  auto snapshot = take_snapshot(options.folder);
  if (!snapshot) return std::move(snapshot.error());
  std::vector<std::string> datasets;
  for (const auto& dataset : options.datasets) datasets.push_back(dataset.id.str());
  auto tables = read_tables(*snapshot, datasets);
  if (!tables) return std::move(tables.error());
  if (auto offers = read_offers(*snapshot, words_of(*tables)); !offers) {
    return std::move(offers.error());
  }
  for (const auto& [name, content] : *snapshot) {
    if (name.find(".rego") == std::string::npos) continue;
    if (auto checked = check_package(name, content); !checked) return std::move(checked.error());
  }
  return Prepared{std::move(*snapshot), std::move(*tables)};
}

core::Status check_modules(const CheckOptions& options, const Prepared& prepared,
                           const Draft& draft) {
  auto narrowed = safe_capabilities(options.opa);
  if (!narrowed) return std::move(narrowed.error());
  const fs::path bundle = draft.folder() / "tests";
  const fs::path list = draft.folder() / "capabilities.json";
  if (auto written = replace_file(list, *narrowed); !written) return written;
  const BundleFiles files = test_files(prepared.snapshot, prepared.tables);
  if (auto written = write_bundle(files, revision_of(files), bundle); !written) return written;
  const auto checked =
      run_tool({options.opa.string(), "check", "--strict", "--bundle", "--capabilities",
                list.string(), "--format", "json", bundle.string()},
               kToolTime);
  if (!checked) return checked.error();
  if (checked->exit_code == 0) return core::ok();
  return invalid(words_of(checked->text, bundle));
}

core::Result<Checked> check_policy(const CheckOptions& options, Tested* tests) {
  auto prepared = prepare_policy(options);
  if (!prepared) return std::move(prepared.error());
  auto cases = read_cases(prepared->snapshot, options);
  if (!cases) return std::move(cases.error());
  const Draft draft(options.run_dir);
  if (auto made = draft.made(); !made) return std::move(made.error());
  auto checked = check(options, *prepared, draft);
  if (!checked || !tests) return checked;
  auto tested = opa_test(options, draft);
  if (!tested) return std::move(tested.error());
  *tests = *tested;
  auto coverage = run_cases(*cases, *prepared, options.opa, draft.folder());
  if (!coverage) return std::move(coverage.error());
  tests->cases = cases->size();
  tests->coverage = std::move(*coverage);
  return checked;
}

}  // namespace connector::opa
