// What a decision means for records, compiled once for all fetches that it allows.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "decision/field_program.h"
#include "decision/row_plan.h"
#include "exchange/ports.h"

namespace connector::exchange {

struct Rules {
  decision::RowPlan plan;
  decision::FieldProgram program;
  std::shared_ptr<const std::vector<decision::FieldRule>> masked;  // of the dataset's kinds
};

// Safe for use by several threads.
class RuleBook {
 public:
  explicit RuleBook(PartnerHash hash) : hash_(std::move(hash)) {}

  // POLICY_UNAVAILABLE where what was decided cannot be enforced. question: what it answers.
  core::Result<std::shared_ptr<const Rules>> of(const Decided& decided,
                                                const decision::Question& question);

 private:
  struct Page {
    Decided decided;  // kept: its address is the key
    std::shared_ptr<const Rules> rules;
  };
  core::Result<Rules> compile(const decision::Decision& decided,
                              const decision::Question& question) const;
  void make_room(std::int64_t now_s);  // mutex_ is held

  const PartnerHash hash_;
  std::mutex mutex_;
  std::map<const decision::Decision*, Page> pages_;  // guarded by mutex_
};

}  // namespace connector::exchange
