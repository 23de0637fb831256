// A decision point that decides what the test says.
#pragma once

#include <mutex>

#include "exchange/ports.h"

namespace connector::testing {

// Decides what the test says. Counts how often it is asked.
class ScriptedPolicy final : public exchange::DecisionPoint {
 public:
  core::Result<exchange::Decided> decide(const decision::Question& question) override {
    std::lock_guard lock(mutex_);
    ++asked_;
    if (down_) return core::unavailable("POLICY_UNAVAILABLE", "the policy does not answer");
    decision::Decision decided;
    decided.allow = question.point == "list" ? visible_ : allow_;
    decided.decision_id = "decision-" + std::to_string(asked_);
    decided.revision = core::Revision(revision_);
    decided.rows.kind = decision::Predicate::Kind::kTrue;
    decided.visible = shown_;
    decided.fields = changed_;
    decided.max_records = max_records_;
    decided.max_bytes = max_bytes_;
    decided.valid_until_s = question.now_s + 60;
    decided.journal_digest = std::string(64, 'd');
    return std::make_shared<const decision::Decision>(std::move(decided));
  }
  core::Revision revision() const override {
    std::lock_guard lock(mutex_);
    return core::Revision(revision_);
  }
  bool available() const override {
    std::lock_guard lock(mutex_);
    return !down_;
  }
  template <typename Change>
  void script(Change change) {
    std::lock_guard lock(mutex_);
    change(*this);
  }

  bool allow_ = true;
  bool visible_ = true;
  bool down_ = false;
  std::string revision_ = "revision-1";
  std::vector<std::string> shown_ = {"order_line"};
  std::vector<decision::FieldRule> changed_;
  std::optional<std::uint64_t> max_records_;
  std::optional<std::uint64_t> max_bytes_;
  std::uint64_t asked_ = 0;

 private:
  mutable std::mutex mutex_;
};

}  // namespace connector::testing
