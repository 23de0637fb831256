#include <chrono>

#include "core/digest.h"
#include "core/limits.h"
#include "opa/bundle.h"
#include "opa/offers.h"
#include "opa/policy_state.h"
#include "opa/process.h"
#include "opa/tables.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
namespace limits = core::limits;
using namespace std::chrono_literals;
using core::Json;

constexpr std::chrono::milliseconds kWeighingTime{2000};  // of a negotiation

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

Json number(std::uint64_t value) {
  return Json::integer(static_cast<std::int64_t>(value));
}

Json to_json(const History& history) {
  const auto current = history.current();
  const auto previous = history.previous();
  return Json::object()
      .set("revision", Json::string(current ? current->str() : ""))
      .set("activated", Json::string(current ? history.activations().back().at : ""))
      .set("previous", Json::string(previous ? previous->str() : ""))
      .set("by", current ? history.activations().back().by.to_json() : Json())
      .set("history", history.to_json());
}

Json status_of(const History& history) {
  Json json = to_json(history);
  return history.proposal() ? json.set("proposal", to_json(*history.proposal())) : json;
}

}  // namespace

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
  auto offers = offer_table(bundle, revision);
  if (!offers) return std::move(offers.error());
  auto fresh = std::make_shared<Active>();
  fresh->served = std::move(*served);
  fresh->offers = std::make_shared<const exchange::OfferTable>(std::move(*offers));
  return fresh;
}

// The process of the revision before lives on until the last question to it is answered.
core::Status PolicyEngine::State::activate(Activation activation) {
  auto fresh = serve(activation.revision);
  if (!fresh) return std::move(fresh.error());
  activation.at = core::to_rfc3339(options.clock());
  History next = past();
  if (auto kept = next.activate(options.dir, std::move(activation)); !kept) return kept;
  std::shared_ptr<Active> old;
  {
    std::lock_guard lock(mutex);
    history = std::move(next);
    old = std::exchange(active, std::move(*fresh));
  }
  if (old && options.on_change) options.on_change();
  return core::ok();
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
    auto published = publish(Publication{{-1, "first start"}, 1, false, std::nullopt, {}});
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

core::Result<CheckOptions> check_options(const PolicyEngine::Options& options) {
  auto opa = find_opa(options.opa);
  if (!opa) return std::move(opa.error());
  return CheckOptions{*opa,         options.folder,   options.run_dir,
                      options.self, options.datasets, seconds(options.clock)};
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

core::Result<exchange::Weighed> PolicyEngine::weigh(const exchange::NegotiationQuestion& question) {
  // No partner's call waits for it as one waits for data: a busy machine gets the time it needs.
  const auto patience = std::max(state_->options.decision_time, kWeighingTime);
  return state_->now()->served->weigh(question, std::chrono::steady_clock::now() + patience);
}

std::shared_ptr<const exchange::OfferTable> PolicyEngine::offers() const {
  return state_->now()->offers;
}

core::Revision PolicyEngine::revision() const {
  return state_->now()->served->revision();
}

bool PolicyEngine::available() const {
  return state_->now()->served->available(decision_deadline(state_->options));
}

core::Result<Json> PolicyEngine::status(const Options& options) {
  auto history = History::read(options.dir);
  if (!history) return std::move(history.error());
  return status_of(*history);
}

core::Result<Json> PolicyEngine::status() const {
  const auto active = state_->now();
  Json json = status_of(state_->past());
  return json
      .set("available",
           Json::boolean(active->served->available(decision_deadline(state_->options))))
      .set("restarts", number(active->served->process().restarts()))
      .set("edited", Json::boolean(state_->edited(active->served->revision())))
      .set("guard_rails_current", Json::boolean(guard_rails_current(History::bundle(
                                      state_->options.dir, active->served->revision()))));
}

std::size_t PolicyEngine::forget_decisions(std::int64_t keep_s) {
  return state_->journal->forget(keep_s);
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
