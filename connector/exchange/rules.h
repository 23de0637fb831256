// What a decision means for records, compiled once for all fetches that it allows.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
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
  // further, consenting: of the agreement that the question names, the same for all its fetches.
  core::Result<std::shared_ptr<const Rules>> of(
      const Decided& decided, const decision::Question& question,
      const std::vector<decision::FieldRule>& further = {},
      const std::shared_ptr<const decision::Subjects>& consenting = {});

 private:
  struct Page {
    Decided decided;  // kept: its address is the key
    std::shared_ptr<const Rules> rules;
  };
  // Decision and agreement.
  using Key = std::pair<const decision::Decision*, std::string>;
  core::Result<Rules> compile(const decision::Decision& decided, const decision::Question& question,
                              const std::vector<decision::FieldRule>& further,
                              const std::shared_ptr<const decision::Subjects>& consenting) const;
  void make_room(std::int64_t now_s);  // mutex_ is held

  const PartnerHash hash_;
  std::mutex mutex_;
  std::map<Key, Page> pages_;  // guarded by mutex_
};

}  // namespace connector::exchange
