#include "contract/judge_words.h"

#include <optional>

#include "contract/division.h"
#include "contract/registry.h"

namespace connector::contract {
namespace {

using Place = Term::Place;

std::string at(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

// The way to a constraint among these, or nothing.
std::optional<std::string> way(const std::string& path, const std::vector<Constraint>& among,
                               const Constraint* wanted) {
  for (std::size_t i = 0; i < among.size(); ++i) {
    if (&among[i] == wanted) return at(path, i);
    if (auto below = way(at(path, i), among[i].operands, wanted)) return below;
  }
  return std::nullopt;
}

// ... among the refinements of subjects or actions.
template <typename List>
std::string way_through(const std::string& path, const List& list, const Constraint* wanted) {
  if (wanted == nullptr) return path;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto found = way(at(path, i) + ".refinement", list[i].refinements, wanted)) return *found;
  }
  return path;
}

std::string way_to_duty(const std::string& path, const Rule& rule, const Cause& cause) {
  const auto index = static_cast<std::size_t>(cause.duty - rule.duties.data());
  const std::string duty = at(path + ".duty", index);
  if (cause.constraint == nullptr) return duty;
  if (auto found = way(duty + ".constraint", cause.duty->constraints, cause.constraint)) {
    return *found;
  }
  return way_through(duty + ".action", cause.duty->actions, cause.constraint);
}

Place place_of(Part part) {
  if (part == Part::kTarget) return Place::kTarget;
  return part == Part::kAssignee ? Place::kAssignee : Place::kConstraint;
}

std::string words_of(Place place, const Constraint& constraint) {
  if (constraint.kind == Constraint::Kind::kAtomic) {
    const Term* term = find_term(place, constraint.left);
    if (term == nullptr) return "'" + constraint.left + "', which is not in the registry of terms";
    const std::string wrong = misfit(*term, constraint);
    return wrong.empty() ? plain_words(*term, constraint)
                         : "'" + constraint.left + "', of which " + wrong;
  }
  const bool all = constraint.kind == Constraint::Kind::kAnd ||
                   constraint.kind == Constraint::Kind::kAndSequence;
  std::string words =
      constraint.kind == Constraint::Kind::kXone ? "exactly one of: " : std::string();
  for (std::size_t i = 0; i < constraint.operands.size(); ++i) {
    if (i > 0) words += all ? " and " : " or ";
    words += words_of(place, constraint.operands[i]);
  }
  return words;
}

std::string what_is(Place place, const Constraint& constraint, const Facts& facts) {
  if (constraint.kind != Constraint::Kind::kAtomic) return "that does not hold";
  const std::string found = Conditions(facts).found(place, constraint);
  return found.empty() ? "nothing is known of it here" : "it is " + found;
}

std::string listed(const std::vector<Action>& actions) {
  std::string words;
  for (const Action& one : actions) words += (words.empty() ? "'" : ", '") + one.name + "'";
  return words.empty() ? "no action" : words;
}

std::string listed(const std::vector<Subject>& subjects) {
  std::string words;
  for (const Subject& one : subjects) {
    words += (words.empty() ? "'" : ", '") + (one.id.empty() ? one.source : one.id) + "'";
  }
  return words;
}

std::string why_undone(const Rule& duty) {
  const std::string action = duty.actions.empty() ? std::string() : duty.actions[0].name;
  if (action == "obtainConsent") return "it needs the consent of each person concerned";
  return "it needs the duty " + listed(duty.actions) + " to be done first";
}

}  // namespace

std::string path_of(const Policy& policy, const std::string& rule_path, const Rule& rule,
                    const Cause& cause) {
  switch (cause.part) {
    case Part::kNone:
      break;
    case Part::kAction:
      return way_through(rule_path + ".action", rule.actions, cause.constraint);
    case Part::kAssignee:
      return way_through(rule.assignees.empty() ? "assignee" : rule_path + ".assignee",
                         assignees_of(policy, rule), cause.constraint);
    case Part::kTarget:
      return way_through(rule.targets.empty() ? "target" : rule_path + ".target",
                         targets_of(policy, rule), cause.constraint);
    case Part::kConstraint:
      return way(rule_path + ".constraint", rule.constraints, cause.constraint)
          .value_or(rule_path + ".constraint");
    case Part::kDuty:
      return way_to_duty(rule_path, rule, cause);
  }
  return rule_path;
}

std::string why_refused(const Policy& policy, const Rule& rule, const Cause& cause,
                        const Facts& facts) {
  if (cause.constraint != nullptr) {
    const Place place = place_of(cause.part);
    return "it needs: " + words_of(place, *cause.constraint) + "; " +
           what_is(place, *cause.constraint, facts);
  }
  switch (cause.part) {
    case Part::kAssignee:
      return "it is permitted to " + listed(assignees_of(policy, rule)) + ", not to '" +
             facts.consumer.str() + "'";
    case Part::kTarget:
      return "it is permitted with " + listed(targets_of(policy, rule)) + ", not with '" +
             facts.dataset + "'";
    case Part::kDuty:
      return why_undone(*cause.duty);
    default:
      return "permitted is " + listed(rule.actions) + ", not '" + facts.action + "'";
  }
}

std::string why_forbidden(const Rule& rule, const Facts& facts) {
  std::string words;
  for (const Constraint& one : rule.constraints) {
    words += (words.empty() ? " where " : " and ") + words_of(Place::kConstraint, one) + " (" +
             what_is(Place::kConstraint, one, facts) + ")";
  }
  return listed(rule.actions) + " is forbidden" + words;
}

}  // namespace connector::contract
