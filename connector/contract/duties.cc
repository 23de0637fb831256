#include "contract/duties.h"

#include <algorithm>

#include "contract/registry.h"
#include "contract/time_limit.h"

namespace connector::contract {
namespace {

using Occasion = Duties::Occasion;

void flatten(const std::vector<Constraint>& constraints, std::vector<const Constraint*>& out) {
  for (const Constraint& one : constraints) {
    if (one.kind == Constraint::Kind::kAtomic) {
      out.push_back(&one);
    } else if (one.kind == Constraint::Kind::kAnd || one.kind == Constraint::Kind::kAndSequence) {
      flatten(one.operands, out);
    }
  }
}

std::string text_of(const std::vector<const Constraint*>& parameters, std::string_view name) {
  for (const Constraint* one : parameters) {
    if (one->left == name && !one->right.empty()) return one->right.front().text;
  }
  return {};
}

Occasion occasion_of(const std::string& level) {
  if (level == "idsc:ON_DENY") return Occasion::kRefusal;
  return level == "idsc:ON_DUTY_EXERCISED" ? Occasion::kDutyDone : Occasion::kUse;
}

// Done by then: "before" is one nanosecond earlier.
core::EpochNs due_by(const TimeLimit& limit) {
  return limit.op == Operator::kLt ? limit.at - 1 : limit.at;
}

class Extraction {
 public:
  explicit Extraction(core::EpochNs concluded) : concluded_(concluded) {}

  Duties run(const Policy& policy) {
    for (std::size_t i = 0; i < policy.permissions.size(); ++i) {
      const std::string path = "permission[" + std::to_string(i) + "]";
      for (std::size_t j = 0; j < policy.permissions[i].duties.size(); ++j) {
        duty(policy.permissions[i].duties[j], path + ".duty[" + std::to_string(j) + "]");
      }
    }
    for (std::size_t i = 0; i < policy.obligations.size(); ++i) {
      duty(policy.obligations[i], "obligation[" + std::to_string(i) + "]");
    }
    count(policy);
    end_of_use(policy);
    return std::move(duties_);
  }

 private:
  void duty(const Rule& rule, const std::string& path) {
    for (const Action& action : rule.actions) {
      const std::string& name = action.name;
      if (name == "delete") deletion(rule, path);
      if (name == "idsc:REPLACE") replacement(rule, path);
      if (name == "anonymize" && !duties_.anonymize) duties_.anonymize = path;
      if (name == "idsc:log") log(rule, path);
      if (name == "inform") inform(rule, path);
      if (name == "nextPolicy") duties_.next_policies.push_back({rule.next_policy, path});
      if (name == "compensate") compensation(rule, path);
      if (name == "obtainConsent") {
        duties_.consents.push_back({persons_of(rule, "consentingParty"), path});
      }
      duties_.counts |= name == "idsc:INCREMENT_COUNTER";
    }
  }

  // The earliest of the times it names; without one, after each use.
  void deletion(const Rule& rule, const std::string& path) {
    Duties::Delete made;
    made.path = path;
    for (const Constraint* one : parameters_of(rule)) {
      if (const auto limit = time_limit(*one, concluded_)) {
        const core::EpochNs due = due_by(*limit);
        made.at = made.at ? std::min(*made.at, due) : due;
      } else if (one->left == "delayPeriod" && !one->right.empty()) {
        if (auto delay = core::parse_duration(one->right.front().text)) made.delay = *delay;
      }
    }
    made.after_use = !made.at;
    if (made.at) made.delay.reset();
    duties_.deletes.push_back(std::move(made));
  }

  void replacement(const Rule& rule, const std::string& path) {
    const auto parameters = parameters_of(rule);
    duties_.replaces.push_back(
        {text_of(parameters, "idsc:JSON_PATH"), text_of(parameters, "idsc:REPLACE_WITH"), path});
  }

  void log(const Rule& rule, const std::string& path) {
    const auto parameters = parameters_of(rule);
    duties_.logs.push_back({occasion_of(text_of(parameters, "idsc:LOG_LEVEL")),
                            text_of(parameters, "systemDevice"), path});
  }

  void inform(const Rule& rule, const std::string& path) {
    const auto parameters = parameters_of(rule);
    std::vector<std::string> recipients = persons_of(rule, "informedParty");
    if (auto named = text_of(parameters, "recipient"); !named.empty()) {
      recipients.push_back(std::move(named));
    }
    duties_.informs.push_back(
        {std::move(recipients), occasion_of(text_of(parameters, "idsc:NOTIFICATION_LEVEL")), path});
  }

  void compensation(const Rule& rule, const std::string& path) {
    Duties::Compensate made;
    const auto parameters = parameters_of(rule);
    for (const Constraint* one : parameters) {
      if (one->left != "payAmount" || one->right.empty()) continue;
      if (auto amount = core::Decimal::parse(one->right.front().text)) {
        made.amount = std::move(*amount);
      }
      made.unit = one->unit;
      made.frequency = one->frequency;
    }
    made.interval = text_of(parameters, "timeInterval");
    made.before_use = !is_due_after(rule);
    made.path = path;
    duties_.compensations.push_back(std::move(made));
  }

  // ---- what constraints of the permissions ask for beside their judgement ----

  static bool has_count(const std::vector<Constraint>& constraints) {
    return std::any_of(constraints.begin(), constraints.end(), [](const Constraint& one) {
      return one.left == "count" || has_count(one.operands);
    });
  }

  // The smallest that must hold, or nothing where none must.
  static std::optional<std::uint64_t> limit_of(const Rule& permission) {
    std::optional<std::uint64_t> least;
    std::vector<const Constraint*> all;
    flatten(permission.constraints, all);
    for (const Constraint* one : all) {
      const Term* term = find_term(Term::Place::kConstraint, one->left);
      if (one->left != "count" || !misfit(*term, *one).empty()) continue;
      std::uint64_t limit = std::stoull(one->right.front().text);
      if (one->op == Operator::kLt && limit > 0) --limit;
      least = least ? std::min(*least, limit) : limit;
    }
    return least;
  }

  void count(const Policy& policy) {
    bool bounded = !policy.permissions.empty();
    std::uint64_t most = 0;
    for (const Rule& permission : policy.permissions) {
      duties_.counts |= has_count(permission.constraints);
      for (const Action& action : permission.actions) {
        duties_.counts |= has_count(action.refinements);
      }
      const auto limit = limit_of(permission);
      bounded &= limit.has_value();
      most = std::max(most, limit.value_or(0));
    }
    if (bounded) duties_.count_limit = most;
  }

  // What may be used under no permission any more is deleted, at the last of their ends.
  void end_of_use(const Policy& policy) {
    std::optional<core::EpochNs> last;
    std::string path;
    for (std::size_t i = 0; i < policy.permissions.size(); ++i) {
      const auto end = end_of(policy.permissions[i]);
      if (!end) return;
      if (last && *last >= *end) continue;
      last = end;
      path = "permission[" + std::to_string(i) + "]";
    }
    if (last) duties_.deletes.push_back({last, false, {}, path});
  }

  std::optional<core::EpochNs> end_of(const Rule& permission) const {
    std::optional<core::EpochNs> end;
    std::vector<const Constraint*> all;
    flatten(permission.constraints, all);
    for (const Constraint* one : all) {
      if (!one->left.starts_with("cx-policy:DataUsageEnd")) continue;
      const auto limit = time_limit(*one, concluded_);
      if (!limit) continue;
      end = end ? std::min(*end, due_by(*limit)) : due_by(*limit);
    }
    return end;
  }

  core::EpochNs concluded_;
  Duties duties_;
};

}  // namespace

Duties duties_of(const Policy& agreement, core::EpochNs concluded) {
  return Extraction(concluded).run(agreement);
}

bool is_known_duty(const Rule& duty) {
  return !duty.actions.empty() &&
         std::all_of(duty.actions.begin(), duty.actions.end(), [](const Action& action) {
           return find_term(Term::Place::kDuty, action.name) != nullptr;
         });
}

std::vector<const Constraint*> parameters_of(const Rule& duty) {
  std::vector<const Constraint*> parameters;
  for (const Action& action : duty.actions) flatten(action.refinements, parameters);
  flatten(duty.constraints, parameters);
  return parameters;
}

bool is_due_after(const Rule& duty) {
  for (const Constraint* one : parameters_of(duty)) {
    if (one->left == "event" && one->op == Operator::kGt) return true;
  }
  return false;
}

std::vector<std::string> persons_of(const Rule& duty, std::string_view function) {
  std::vector<std::string> persons;
  for (const Function& one : duty.functions) {
    if (one.name != function) continue;
    for (const Subject& subject : one.subjects) {
      persons.push_back(subject.id.empty() ? subject.source : subject.id);
    }
  }
  return persons;
}

}  // namespace connector::contract
