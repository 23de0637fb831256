#include "site/use_point.h"

#include <chrono>

#include "contract/judge.h"
#include "core/digest.h"
#include "opa/agreement_world.h"
#include "opa/odrl.h"

namespace connector::site {
namespace {

// A use waits for nothing else meanwhile; the terms of an agreement may be many.
constexpr auto kPatience = std::chrono::seconds(2);

}  // namespace

OwnUsePoint::OwnUsePoint(Options options) : options_(std::move(options)) {}
OwnUsePoint::~OwnUsePoint() = default;

core::Result<exchange::UseVerdict> OwnUsePoint::decide(const contract::Agreement& agreement,
                                                       const contract::Facts& facts) {
  const contract::Judgement judged = contract::judge(agreement.policy, facts);
  exchange::UseVerdict verdict{judged.allowed,      judged.term,
                               judged.why,          core::hex(options_.random(8)),
                               options_.revision(), judged.changes_at};
  // Deny wins: what one of the two refuses need not be asked of the other.
  if (!verdict.allowed) return verdict;
  auto asked = evaluator();
  if (!asked) return std::move(asked.error());
  const opa::AgreementQuestion question = opa::agreement_question(agreement.policy, facts);
  const auto answer = (*asked)->evaluate({question.policy, question.request, question.world},
                                         std::chrono::steady_clock::now() + kPatience);
  if (!answer) {
    if (answer.error().reason == "POLICY_UNAVAILABLE") lost(*asked);
    return answer.error();
  }
  if (opa::permits(*answer)) return verdict;
  verdict.allowed = false;
  verdict.why = "the policy library does not permit it";
  return verdict;
}

core::Result<std::shared_ptr<opa::OdrlEvaluator>> OwnUsePoint::evaluator() {
  const std::lock_guard lock(mutex_);
  if (evaluator_) return evaluator_;
  auto started = opa::OdrlEvaluator::start(options_.opa, options_.run_dir);
  if (!started) return std::move(started.error());
  evaluator_ = std::move(*started);
  return evaluator_;
}

// The next use starts another one.
void OwnUsePoint::lost(const std::shared_ptr<opa::OdrlEvaluator>& evaluator) {
  const std::lock_guard lock(mutex_);
  if (evaluator_ == evaluator) evaluator_.reset();
}

}  // namespace connector::site
