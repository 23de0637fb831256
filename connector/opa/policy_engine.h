// The company's policy: checked, tested, published, rolled back, and asked for decisions. Each
// published revision is served by an OPA process of its own; exactly one is in force.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/limits.h"
#include "core/metrics.h"
#include "core/result.h"
#include "exchange/ports.h"

namespace connector::opa {

// Safe for use by several threads.
class PolicyEngine final : public exchange::DecisionPoint {
 public:
  struct Options {
    std::filesystem::path dir;      // private, kept: bundles, journal, what is in force
    std::filesystem::path run_dir;  // private, for sockets and drafts
    std::filesystem::path folder;   // that the admin edits
    std::string opa;                // path of the program; empty: see find_opa
    std::chrono::milliseconds decision_time = core::limits::kDecisionTime;  // then: no answer
    core::Connector self;
    std::vector<exchange::DatasetInfo> datasets;  // as configured
    exchange::Clock clock;
    exchange::Random random;
    const exchange::Partners* partners = nullptr;  // for warnings only; may be null
    std::function<void()> on_change;               // another revision is in force
    std::function<void(const std::string&)> log;
  };

  // Serves the revision that is in force; publishes the folder where there is none yet.
  static core::Result<std::unique_ptr<PolicyEngine>> start(Options options);
  ~PolicyEngine() override;

  core::Result<exchange::Decided> decide(const decision::Question& question) override;
  core::Revision revision() const override;
  bool available() const override;  // asks OPA, unless it answered just now

  // Without a running connector; of the options dir, clock, random and callbacks are not needed.
  // {"revision", "modules", "combinations", "warnings": [...]}, test adds {"passed"}.
  static core::Result<core::Json> check(const Options& options);
  static core::Result<core::Json> test(const Options& options);
  // What is in force according to dir: {"revision", "activated", "previous", "history": [...]}.
  static core::Result<core::Json> status(const Options& options);

  // Checks, tests, and puts the folder's policy in force. Adds {"changed", "previous"}.
  core::Result<core::Json> publish();
  // Puts an earlier revision in force; empty: the one before. A prefix of 8 or more digits will do.
  core::Result<core::Json> rollback(const std::string& revision);
  // As above, and {"available", "restarts", "edited", "guard_rails_current"}: does the folder
  // differ from what is in force; are its guard rails those of this program?
  core::Result<core::Json> status() const;
  // Decides a journaled question again, by the bundle that decided it then.
  // {"id", "revision", "intact", "same", "recorded", "replayed"}.
  core::Result<core::Json> replay(const std::string& decision_id);
  std::vector<core::Metric> metrics() const;

 private:
  struct State;
  explicit PolicyEngine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::opa
