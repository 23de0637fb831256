#include "exchange/rules.h"

#include <utility>

#include "core/limits.h"

namespace connector::exchange {
namespace {

core::Error not_enforceable(const char* what, const core::Error& cause) {
  return core::unavailable("POLICY_UNAVAILABLE",
                           std::string(what) + " cannot be enforced: " + cause.message);
}

// Of all that is in a record its operator alone is a person.
constexpr const char* kPerson = "operator";

}  // namespace

core::Result<std::shared_ptr<const Rules>> RuleBook::of(
    const Decided& decided, const decision::Question& question,
    const std::vector<decision::FieldRule>& further,
    const std::shared_ptr<const decision::Subjects>& consenting) {
  const Key key{decided.get(), question.agreement_id};
  {
    std::lock_guard lock(mutex_);
    const auto found = pages_.find(key);
    if (found != pages_.end()) return found->second.rules;
  }
  auto compiled = compile(*decided, question, further, consenting);
  if (!compiled) return std::move(compiled.error());
  auto rules = std::make_shared<const Rules>(std::move(*compiled));
  std::lock_guard lock(mutex_);
  if (pages_.size() >= core::limits::kCompiledDecisions) make_room(question.now_s);
  return pages_.try_emplace(key, Page{decided, std::move(rules)}).first->second.rules;
}

core::Result<Rules> RuleBook::compile(
    const decision::Decision& decided, const decision::Question& question,
    const std::vector<decision::FieldRule>& further,
    const std::shared_ptr<const decision::Subjects>& consenting) const {
  auto plan = decision::RowPlan::compile(decided.rows);
  if (plan && consenting) plan = plan->among(kPerson, consenting);
  if (!plan) return not_enforceable("the row filter", plan.error());
  std::vector<decision::FieldRule> fields = decided.fields;
  fields.insert(fields.end(), further.begin(), further.end());
  auto program =
      decision::FieldProgram::compile(decided.visible, fields, hash_(question.caller.participant));
  if (!program) return not_enforceable("the field rules", program.error());
  auto masked =
      std::make_shared<const std::vector<decision::FieldRule>>(program->masked(question.kinds));
  return Rules{std::move(*plan), std::move(*program), std::move(masked)};
}

// Decisions live for a minute: what is over goes first, and everything if that is not enough.
void RuleBook::make_room(std::int64_t now_s) {
  std::erase_if(pages_,
                [&](const auto& page) { return page.second.decided->valid_until_s <= now_s; });
  if (pages_.size() >= core::limits::kCompiledDecisions) pages_.clear();
}

}  // namespace connector::exchange
