#include "opa/policy_engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>

#include "core/digest.h"
#include "core/limits.h"
#include "opa/bundle.h"
#include "opa/checker.h"
#include "opa/decision_cache.h"
#include "opa/history.h"
#include "opa/journal.h"
#include "opa/process.h"
#include "opa/served_revision.h"
#include "opa/tables.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
namespace limits = core::limits;
using namespace std::chrono_literals;
using core::Json;

Deadline decision_deadline(const PolicyEngine::Options& options) {
  return std::chrono::steady_clock::now() + options.decision_time;
}

std::int64_t seconds(const exchange::Clock& clock) {
  return (clock ? clock()
                : std::chrono::duration_cast<std::chrono::nanoseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count()) /
         1'000'000'000;
}

core::Result<CheckOptions> check_options(const PolicyEngine::Options& options) {
  auto opa = find_opa(options.opa);
  if (!opa) return std::move(opa.error());
  return CheckOptions{*opa,         options.folder,   options.run_dir,
                      options.self, options.datasets, seconds(options.clock)};
}

Json list(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push(Json::string(text));
  return array;
}

Json number(std::uint64_t value) {
  return Json::integer(static_cast<std::int64_t>(value));
}

Json to_json(const Checked& checked) {
  return Json::object()
      .set("revision", Json::string(checked.revision.str()))
      .set("modules", number(checked.modules))
      .set("combinations", number(checked.combinations))
      .set("warnings", list(checked.warnings));
}

Json to_json(const History& history) {
  const auto current = history.current();
  const auto previous = history.previous();
  return Json::object()
      .set("revision", Json::string(current ? current->str() : ""))
      .set("activated", Json::string(current ? history.activations().back().at : ""))
      .set("previous", Json::string(previous ? previous->str() : ""))
      .set("history", history.to_json());
}

// A revision in force, with what it decided.
struct Active {
  std::unique_ptr<ServedRevision> served;
  DecisionCache cache;
};

}  // namespace

struct PolicyEngine::State {
  Options options;
  fs::path opa;
  std::unique_ptr<Journal> journal;

  std::mutex changing;  // one publication or roll-back at a time
  mutable std::mutex mutex;
  std::shared_ptr<Active> active;  // guarded by mutex
  History history;                 // guarded by mutex; changed under changing, too

  std::atomic<std::uint64_t> allowed = 0;
  std::atomic<std::uint64_t> denied = 0;
  std::atomic<std::uint64_t> unavailable = 0;
  std::atomic<std::uint64_t> cached = 0;

  std::shared_ptr<Active> now() const {
    std::lock_guard lock(mutex);
    return active;
  }
  History past() const {
    std::lock_guard lock(mutex);
    return history;
  }

  core::Status prepare();
  core::Result<std::shared_ptr<Active>> serve(const core::Revision& revision) const;
  core::Status activate(const core::Revision& revision);
  core::Result<Json> publish();
  core::Result<exchange::Decided> decide(const decision::Question& asked);
  core::Result<exchange::Decided> ask(Active& by, const decision::Question& question,
                                      const std::string& key, Deadline deadline);
  std::vector<std::string> unknown_partners() const;
  bool edited(const core::Revision& revision) const;
  core::Status start();
};

core::Status PolicyEngine::State::prepare() {
  auto found = find_opa(options.opa);
  if (!found) return std::move(found.error());
  opa = *found;
  std::error_code error;
  for (const fs::path& folder : {options.dir, options.dir / "bundles", options.run_dir}) {
    fs::create_directories(folder, error);
    fs::permissions(folder, fs::perms::owner_all, error);
    if (error) {
      return core::unavailable("POLICY_STORAGE",
                               "cannot make " + folder.string() + ": " + error.message());
    }
  }
  ServedRevision::remove_leftovers(options.run_dir);
  auto opened = Journal::open({options.dir / "decisions", options.clock, options.random});
  if (!opened) return std::move(opened.error());
  journal = std::move(*opened);
  auto read = History::read(options.dir);
  if (!read) return std::move(read.error());
  history = std::move(*read);
  return core::ok();
}

core::Result<std::shared_ptr<Active>> PolicyEngine::State::serve(
    const core::Revision& revision) const {
  const fs::path bundle = History::bundle(options.dir, revision);
  if (auto intact = verify_bundle(bundle, revision); !intact) return std::move(intact.error());
  auto served = ServedRevision::start({.opa = opa,
                                       .bundle = bundle,
                                       .run_dir = options.run_dir,
                                       .revision = revision,
                                       .canary = canary(options.self, seconds(options.clock)),
                                       .log = options.log});
  if (!served) return std::move(served.error());
  auto fresh = std::make_shared<Active>();
  fresh->served = std::move(*served);
  return fresh;
}

// The process of the revision before lives on until the last question to it is answered.
core::Status PolicyEngine::State::activate(const core::Revision& revision) {
  auto fresh = serve(revision);
  if (!fresh) return std::move(fresh.error());
  const std::string at = core::to_rfc3339(options.clock());
  History next = past();
  if (auto kept = next.activate(options.dir, revision, at); !kept) return kept;
  std::shared_ptr<Active> old;
  {
    std::lock_guard lock(mutex);
    history = std::move(next);
    old = std::exchange(active, std::move(*fresh));
  }
  if (old && options.on_change) options.on_change();
  return core::ok();
}

std::vector<std::string> PolicyEngine::State::unknown_partners() const {
  std::vector<std::string> warnings;
  if (!options.partners) return warnings;
  const auto snapshot = take_snapshot(options.folder);
  const auto tables = snapshot ? read_tables(*snapshot, {}) : core::Result<Json>(Json::object());
  const Json* listed = tables ? tables->find("partners") : nullptr;
  const auto known = options.partners->list();
  for (const auto& [id, partner] : listed ? listed->members() : std::vector<Json::Member>()) {
    const bool met = std::any_of(known.begin(), known.end(), [&](const auto& candidate) {
      return candidate.id.participant.str() == id;
    });
    if (!met) warnings.push_back("partners.yaml lists '" + id + "', which is no partner yet");
  }
  return warnings;
}

core::Result<Json> PolicyEngine::State::publish() {
  std::lock_guard one_at_a_time(changing);
  auto check = check_options(options);
  if (!check) return std::move(check.error());
  Tested tested;
  auto checked = check_policy(*check, &tested);
  if (!checked) return std::move(checked.error());
  for (std::string& warning : unknown_partners()) checked->warnings.push_back(std::move(warning));
  const auto before = past().current();
  const bool changed = !before || *before != checked->revision;
  if (changed) {
    const fs::path bundle = History::bundle(options.dir, checked->revision);
    if (auto kept = write_bundle(checked->files, checked->revision, bundle); !kept) {
      return std::move(kept.error());
    }
    if (auto active_now = activate(checked->revision); !active_now) {
      return std::move(active_now.error());
    }
  }
  return to_json(*checked)
      .set("passed", number(tested.passed))
      .set("changed", Json::boolean(changed))
      .set("previous", Json::string(before ? before->str() : ""));
}

core::Result<exchange::Decided> PolicyEngine::State::decide(const decision::Question& asked) {
  const Deadline deadline = decision_deadline(options);
  decision::Question question = asked;
  const std::int64_t now_s = seconds(options.clock);
  if (question.now_s == 0) question.now_s = now_s;
  const auto by = now();
  const std::string key = cache_key(question);
  if (auto kept = by->cache.find(key, now_s)) {
    // Kept or not: while OPA gives no answer nothing new is permitted.
    if (!by->served->available(deadline)) return policy_unavailable("OPA gives no answer");
    ++cached;
    return kept;
  }
  return ask(*by, question, key, deadline);
}

core::Result<exchange::Decided> PolicyEngine::State::ask(Active& by,
                                                         const decision::Question& question,
                                                         const std::string& key,
                                                         Deadline deadline) {
  auto made = by.served->evaluate(question, deadline);
  if (!made) {
    if (options.log) options.log(made.error().message);
    return std::move(made.error());
  }
  decision::Decision& decision = made->decision;
  decision.decision_id = core::hex(options.random(16));
  auto digest = journal->append(decision.decision_id, decision.revision, *made);
  if (!digest) return std::move(digest.error());
  decision.journal_digest = std::move(*digest);
  auto decided = std::make_shared<const decision::Decision>(std::move(decision));
  by.cache.keep(key, decided, question.now_s);
  return exchange::Decided(std::move(decided));
}

// Does the folder hold something else than what is in force? Only compares, checks nothing.
bool PolicyEngine::State::edited(const core::Revision& revision) const {
  const auto snapshot = take_snapshot(options.folder);
  if (!snapshot) return true;
  const auto tables = read_tables(*snapshot, {});
  return !tables || revision_of(bundle_files(*snapshot, *tables)) != revision;
}

core::Status PolicyEngine::State::start() {
  if (auto prepared = prepare(); !prepared) return prepared;
  const auto current = history.current();
  if (!current) {
    auto published = publish();
    return published ? core::ok() : core::Status(std::move(published.error()));
  }
  auto served = serve(*current);
  if (!served) return std::move(served.error());
  active = std::move(*served);
  if (!guard_rails_current(History::bundle(options.dir, *current))) {
    options.log("this program has newer guard rails than the policy in force; publish it again");
  }
  return core::ok();
}

PolicyEngine::PolicyEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}
PolicyEngine::~PolicyEngine() = default;

core::Result<std::unique_ptr<PolicyEngine>> PolicyEngine::start(Options options) {
  if (!options.log) options.log = [](const std::string&) {};
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  if (auto started = state->start(); !started) return std::move(started.error());
  return std::unique_ptr<PolicyEngine>(new PolicyEngine(std::move(state)));
}

core::Result<exchange::Decided> PolicyEngine::decide(const decision::Question& question) {
  auto decided = state_->decide(question);
  if (!decided) {
    ++state_->unavailable;
  } else {
    ++((*decided)->allow ? state_->allowed : state_->denied);
  }
  return decided;
}

core::Revision PolicyEngine::revision() const {
  return state_->now()->served->revision();
}

bool PolicyEngine::available() const {
  return state_->now()->served->available(decision_deadline(state_->options));
}

core::Result<Json> PolicyEngine::check(const Options& options) {
  auto prepared = check_options(options);
  if (!prepared) return std::move(prepared.error());
  auto checked = check_policy(*prepared, nullptr);
  if (!checked) return std::move(checked.error());
  return to_json(*checked);
}

core::Result<Json> PolicyEngine::test(const Options& options) {
  auto prepared = check_options(options);
  if (!prepared) return std::move(prepared.error());
  Tested tested;
  auto checked = check_policy(*prepared, &tested);
  if (!checked) return std::move(checked.error());
  return to_json(*checked).set("passed", number(tested.passed));
}

core::Result<Json> PolicyEngine::status(const Options& options) {
  auto history = History::read(options.dir);
  if (!history) return std::move(history.error());
  return to_json(*history);
}

core::Result<Json> PolicyEngine::publish() {
  return state_->publish();
}

core::Result<Json> PolicyEngine::rollback(const std::string& revision) {
  std::lock_guard one_at_a_time(state_->changing);
  const History history = state_->past();
  auto target = history.find(revision);
  if (!target) return std::move(target.error());
  const auto before = history.current();
  const bool changed = *target != *before;
  if (changed) {
    if (auto done = state_->activate(*target); !done) return std::move(done.error());
  }
  return Json::object()
      .set("revision", Json::string(target->str()))
      .set("changed", Json::boolean(changed))
      .set("previous", Json::string(before->str()));
}

core::Result<Json> PolicyEngine::status() const {
  const auto active = state_->now();
  Json json = to_json(state_->past());
  return json
      .set("available",
           Json::boolean(active->served->available(decision_deadline(state_->options))))
      .set("restarts", number(active->served->process().restarts()))
      .set("edited", Json::boolean(state_->edited(active->served->revision())))
      .set("guard_rails_current", Json::boolean(guard_rails_current(History::bundle(
                                      state_->options.dir, active->served->revision()))));
}

core::Result<Json> PolicyEngine::replay(const std::string& decision_id) {
  auto line = state_->journal->find(decision_id);
  if (!line) return std::move(line.error());
  const core::Revision revision(line->text_at("revision"));
  const std::string& input = line->text_at("input");
  const auto question = core::parse_untrusted(input);
  const Json* inner = question ? question->find("input") : nullptr;
  const Json* at = inner ? inner->find("now") : nullptr;
  if (!at || !at->as_int64()) return core::internal("the journal's line is damaged");
  auto served = state_->serve(revision);
  if (!served) return std::move(served.error());
  auto made = (*served)->served->replay(input, inner->text_at("point") == "fetch", *at->as_int64(),
                                        std::chrono::steady_clock::now() + 5s);
  if (!made) return std::move(made.error());
  const bool same = made->result == line->text_at("result") && made->rows == line->text_at("rows");
  return Json::object()
      .set("id", Json::string(decision_id))
      .set("revision", Json::string(revision.str()))
      .set("intact", Json::boolean(journal_line_intact(*line)))
      .set("same", Json::boolean(same))
      .set("recorded", Json::string(line->text_at("result")))
      .set("replayed", Json::string(made->result));
}

std::vector<core::Metric> PolicyEngine::metrics() const {
  using Type = core::Metric::Type;
  const auto value = [](std::uint64_t count) { return static_cast<double>(count); };
  const char* name = "connector_policy_decisions_total";
  const char* help = "Decisions asked for, by their outcome";
  return {
      {name, help, Type::kCounter, {{"decision", "allow"}}, value(state_->allowed)},
      {name, help, Type::kCounter, {{"decision", "deny"}}, value(state_->denied)},
      {name, help, Type::kCounter, {{"decision", "unavailable"}}, value(state_->unavailable)},
      {"connector_policy_cache_hits_total",
       "Decisions answered from memory",
       Type::kCounter,
       {},
       value(state_->cached)},
      {"connector_opa_restarts_total",
       "OPA processes that had to be started again",
       Type::kCounter,
       {},
       value(state_->now()->served->process().restarts())},
  };
}

}  // namespace connector::opa
