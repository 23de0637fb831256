// The company's policy: checked, tested, published, rolled back, and asked for decisions. Each
// published revision is served by an OPA process of its own; exactly one is in force.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/limits.h"
#include "core/metrics.h"
#include "core/result.h"
#include "exchange/contracting.h"
#include "exchange/offer_table.h"
#include "exchange/ports.h"
#include "opa/checker.h"
#include "opa/history.h"
#include "opa/impact.h"

namespace connector::opa {

// A wish to put the folder's policy in force.
struct Publication {
  Publisher by;
  unsigned approvals = 1;  // persons that it takes; of two, the first one proposes
  bool dry_run = false;    // check, test and compare; publish nothing
  // Refuse unless fewer of the journal's decisions than this would have come out otherwise; none
  // never refuses.
  std::optional<std::uint64_t> impact_below;
  ImpactOptions impact;
};

// Safe for use by several threads.
class PolicyEngine final : public exchange::DecisionPoint, public exchange::NegotiationPoint {
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
  core::Result<exchange::Weighed> weigh(const exchange::NegotiationQuestion& question) override;
  // Of the revision in force; never null.
  std::shared_ptr<const exchange::OfferTable> offers() const;

  // Without a running connector; of the options dir, clock, random and callbacks are not needed.
  // {"revision", "modules", "combinations", "warnings": [...]}, test adds {"passed", "cases",
  // "coverage"}.
  static core::Result<core::Json> check(const Options& options);
  static core::Result<core::Json> test(const Options& options);
  // What is in force according to dir: {"revision", "activated", "by", "previous", "history":
  // [...]}, and "proposal" where one waits.
  static core::Result<core::Json> status(const Options& options);

  // Checks, tests, runs the cases, and puts the folder's policy in force. {"revision", "modules",
  // "combinations", "warnings", "passed", "cases", "coverage", "changed", "previous"}; "proposal"
  // where a second person must approve; "impact" and "published" where they were asked for. Errors
  // besides those of check: POLICY_CASE_FAILED, POLICY_IMPACT (its report stands in the metadata as
  // "impact").
  core::Result<core::Json> publish(const Publication& wish);
  core::Result<core::Json> publish() { return publish(Publication{}); }
  // Puts an earlier revision in force; empty: the one before. A prefix of 8 or more digits will do.
  core::Result<core::Json> rollback(const std::string& revision, const Publication& wish);
  core::Result<core::Json> rollback(const std::string& revision) {
    return rollback(revision, Publication{});
  }
  // The second person's yes or no to the proposal that begins with these digits (8 or more).
  // POLICY_SAME_PERSON: who proposed it cannot approve it. Another revision that comes in force
  // ends the proposal.
  core::Result<core::Json> approve(const std::string& revision, const Publisher& by);
  core::Result<core::Json> reject(const std::string& revision);
  // As above, and {"available", "restarts", "edited", "guard_rails_current"}: does the folder
  // differ from what is in force; are its guard rails those of this program?
  core::Result<core::Json> status() const;
  // Forgets journaled decisions older than so many seconds; how many files of them were removed.
  std::size_t forget_decisions(std::int64_t keep_s);
  std::vector<core::Metric> metrics() const;

 private:
  struct State;
  explicit PolicyEngine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What a check of these options' folder needs. Error: OPA_NOT_FOUND.
core::Result<CheckOptions> check_options(const PolicyEngine::Options& options);

}  // namespace connector::opa
