#include "opa/served_revision.h"

#include <stdlib.h>

#include <system_error>

#include "core/limits.h"
#include "opa/negotiation.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
namespace limits = core::limits;
using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

constexpr auto kStartTime = 10s;
// A cached decision is given out only if OPA answered something this lately.
constexpr auto kFresh = 20ms;
// Unanswered questions in a row after which a process that lives may be hung, or only busy: then
// it is asked whether it lives, so often and for so long, and ended if it never says so.
constexpr int kSilent = 5;
constexpr int kExaminations = 4;
constexpr auto kExamination = 500ms;
constexpr auto kComingUp = 2s;                 // a process this young is not hung yet
constexpr std::size_t kSocketPathBytes = 100;  // sun_path holds 107

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Time::now().time_since_epoch())
      .count();
}

// A folder that nobody else may enter, short enough for a socket's path.
core::Result<fs::path> private_folder(const fs::path& run_dir) {
  std::error_code error;
  fs::create_directories(run_dir, error);
  std::string name = (fs::absolute(run_dir, error) / "opa-XXXXXX").string();
  if (name.size() + 5 > kSocketPathBytes) {
    name = (fs::temp_directory_path(error) / "connector-opa-XXXXXX").string();
  }
  if (::mkdtemp(name.data())) return fs::path(name);
  return core::unavailable("OPA_NOT_STARTED", "cannot make the folder " + name);
}

std::vector<std::string> arguments_of(const ServedRevision::Options& options,
                                      const fs::path& folder) {
  return {options.opa.string(),
          "run",
          "--server",
          "--bundle",
          options.bundle.string(),
          "--addr",
          "unix://" + (folder / "s").string(),
          "--unix-socket-perm",
          "600",
          "--authorization",
          "basic",
          "--skip-version-check",
          "--log-level",
          "error"};
}

}  // namespace

core::Result<Answer> Questions::ask(const Request& request, Deadline deadline) {
  auto answer = client_.ask(request, deadline);
  if (answer) {
    failures_ = 0;
    last_answer_ns_ = now_ns();
  } else {
    ++failures_;
    last_answer_ns_ = 0;
  }
  return answer;
}

core::Result<Evaluation> Questions::evaluate(const decision::Question& question,
                                             Deadline deadline) {
  return evaluate(core::to_text(core::Json::object().set("input", to_json(question))),
                  question.point == "fetch", question.now_s, deadline);
}

core::Result<Evaluation> Questions::evaluate(std::string input, bool rows, std::int64_t now_s,
                                             Deadline deadline) {
  Evaluation made;
  made.input = std::move(input);
  auto answer = ask({"POST", kDecisionPath, "application/json", made.input}, deadline);
  if (!answer) return std::move(answer.error());
  auto decided = read_decision(*answer, revision_, now_s);
  if (!decided) return std::move(decided.error());
  made.decision = std::move(*decided);
  made.result = std::move(answer->body);
  if (!made.decision.allow || !rows) return made;
  auto compiled = ask({"POST", kRowsPath, kUcast, made.input}, deadline);
  if (!compiled) return std::move(compiled.error());
  auto filter = read_rows(*compiled);
  if (!filter) return std::move(filter.error());
  made.rows = std::move(compiled->body);
  if (*filter) {
    made.decision.rows = std::move(**filter);
    return made;
  }
  made.decision.allow = false;
  made.decision.partner_code = "POLICY_DENIED";
  made.decision.reasons.push_back({"NO_ROWS", "no row of the dataset may leave for this caller",
                                   "confirm its identifiers: connector partner confirm"});
  return made;
}

core::Result<exchange::Weighed> Questions::weigh(const exchange::NegotiationQuestion& question,
                                                 Deadline deadline) {
  auto answer = ask({"POST", kNegotiationPath, "application/json", to_text(question)}, deadline);
  if (!answer) return std::move(answer.error());
  return read_weighed(*answer, revision_);
}

bool Questions::alive(Deadline deadline) {
  const auto fresh = std::chrono::duration_cast<std::chrono::nanoseconds>(kFresh).count();
  if (now_ns() - last_answer_ns_ < fresh) return true;
  const auto answer = ask({"GET", "/health", "application/json", {}}, deadline);
  return answer && answer->status == 200;
}

core::Result<std::unique_ptr<ServedRevision>> ServedRevision::start(Options options) {
  auto folder = private_folder(options.run_dir);
  if (!folder) return std::move(folder.error());
  const decision::Question canary = options.canary;
  std::unique_ptr<ServedRevision> served(new ServedRevision(std::move(options), *folder));
  if (auto ready = served->wait_ready(canary); !ready) return std::move(ready.error());
  return served;
}

void ServedRevision::remove_leftovers(const fs::path& run_dir) {
  std::error_code error;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(run_dir, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("opa-", 0) == 0 || name.rfind("check-", 0) == 0) old.push_back(entry.path());
  }
  for (const fs::path& folder : old) fs::remove_all(folder, error);
}

ServedRevision::ServedRevision(Options options, fs::path folder)
    : folder_(std::move(folder)),
      questions_((folder_ / "s").string(), options.revision),
      patient_((folder_ / "s").string(), 1),
      supervisor_(arguments_of(options, folder_), options.log) {}

ServedRevision::~ServedRevision() {
  stopping_ = true;
  if (examination_.joinable()) examination_.join();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

core::Status ServedRevision::wait_ready(const decision::Question& canary) {
  const auto end = Time::now() + kStartTime;
  std::string cause = "it did not come up";
  while (Time::now() < end && supervisor_.restarts() == 0) {
    std::error_code error;
    if (fs::exists(folder_ / "s", error)) {
      auto answered = questions_.evaluate(canary, Time::now() + 1s);
      if (answered) return core::ok();
      cause = answered.error().message;
    }
    std::this_thread::sleep_for(2ms);
  }
  const std::string words = supervisor_.last_words();
  return core::unavailable(
      "OPA_NOT_STARTED",
      "OPA does not serve the policy: " + cause + (words.empty() ? "" : "; it said: " + words),
      "see the log of the connector");
}

core::Result<Evaluation> ServedRevision::evaluate(const decision::Question& question,
                                                  Deadline deadline) {
  if (!supervisor_.running()) return policy_unavailable("OPA does not run");
  auto made = questions_.evaluate(question, deadline);
  if (!made) examine_if_silent();
  return made;
}

core::Result<exchange::Weighed> ServedRevision::weigh(const exchange::NegotiationQuestion& question,
                                                      Deadline deadline) {
  if (!supervisor_.running()) return policy_unavailable("OPA does not run");
  auto weighed = questions_.weigh(question, deadline);
  if (!weighed) examine_if_silent();
  return weighed;
}

bool ServedRevision::available(Deadline deadline) {
  if (!supervisor_.running()) return false;
  const bool alive = questions_.alive(deadline);
  if (!alive) examine_if_silent();
  return alive;
}

// A process that is only busy is refused by the call and left alone: a new one would have to load
// the policy first, on the same busy machine.
void ServedRevision::examine_if_silent() {
  if (questions_.failures() < kSilent || stopping_ || examining_.exchange(true)) return;
  if (examination_.joinable()) examination_.join();
  examination_ = std::thread([this] {
    if (hung()) supervisor_.restart(kComingUp);
    questions_.forgive();
    examining_ = false;
  });
}

bool ServedRevision::hung() {
  for (int i = 0; i < kExaminations && !stopping_; ++i) {
    if (patient_.ask({"GET", "/health", "application/json", {}}, Time::now() + kExamination)) {
      return false;
    }
  }
  return !stopping_;
}

}  // namespace connector::opa
