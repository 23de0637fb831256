#include "contract/registry.h"

#include <algorithm>

#include "contract/term.h"
#include "core/decimal.h"
#include "core/duration.h"
#include "core/instant.h"

namespace connector::contract {
namespace {

using Place = Term::Place;

constexpr Operator kOperators[] = {
    Operator::kEq,       Operator::kNeq,     Operator::kLt,      Operator::kLteq,
    Operator::kGt,       Operator::kGteq,    Operator::kIsA,     Operator::kHasPart,
    Operator::kIsPartOf, Operator::kIsAllOf, Operator::kIsAnyOf, Operator::kIsNoneOf,
    Operator::kTermLteq,
};

std::string_view plain_of(Operator op) {
  switch (op) {
    case Operator::kEq:
      return "is";
    case Operator::kNeq:
      return "is not";
    case Operator::kLt:
      return "is less than";
    case Operator::kLteq:
    case Operator::kTermLteq:
      return "is at most";
    case Operator::kGt:
      return "is more than";
    case Operator::kGteq:
      return "is at least";
    case Operator::kIsA:
      return "is or lies below";
    case Operator::kHasPart:
      return "contains";
    case Operator::kIsPartOf:
    case Operator::kIsAnyOf:
      return "is one of";
    case Operator::kIsAllOf:
      return "is all of";
    case Operator::kIsNoneOf:
      return "is none of";
  }
  return {};
}

bool takes_several(Operator op) {
  return op == Operator::kIsPartOf || op == Operator::kIsAllOf || op == Operator::kIsAnyOf ||
         op == Operator::kIsNoneOf;
}

bool is_count(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool has_zone(std::string_view text) {
  const auto instant = core::parse_instant(text);
  return instant && instant->offset_min && !instant->date_only;
}

bool is_connector(std::string_view text) {
  const auto slash = text.rfind('/');
  return text.starts_with("did:web:") && slash != std::string_view::npos && slash + 1 < text.size();
}

// A text that its document calls a number, a time or a reference to elsewhere is none.
bool is_text(std::string_view type) {
  return type.empty() || type == "@id" || type == "xsd:anyURI";
}

bool holds_text(const Term& term) {
  return term.place != Place::kDutyParameter &&
         (term.value == ValueKind::kText || term.value == ValueKind::kConnector ||
          term.value == ValueKind::kOneOf);
}

bool fits(const Term& term, const Value& value) {
  const std::string_view text = value.text;
  if (holds_text(term) && !is_text(value.type)) return false;
  switch (term.value) {
    case ValueKind::kText:
      return !text.empty();
    case ValueKind::kParticipant:
      return text.starts_with("did:web:") && text.find('/') == std::string_view::npos;
    case ValueKind::kConnector:
      return is_connector(text);
    case ValueKind::kInstant:
      return has_zone(text);
    case ValueKind::kDuration:
      return core::parse_duration(text).has_value();
    case ValueKind::kCount:
      return is_count(text);
    case ValueKind::kDecimal:
      return text.find_first_of("eE") == std::string_view::npos &&
             core::Decimal::parse(text).has_value();
    case ValueKind::kOneOf:
      return std::find(term.values.begin(), term.values.end(), text) != term.values.end();
  }
  return false;
}

std::string join(const std::vector<std::string>& list, const char* between) {
  std::string text;
  for (const std::string& one : list) text += (text.empty() ? "" : between) + one;
  return text;
}

std::string form_of(const Term& term) {
  switch (term.value) {
    case ValueKind::kText:
      return "a text";
    case ValueKind::kParticipant:
      return "a participant, did:web:...";
    case ValueKind::kConnector:
      return "a connector, did:web:<company>/<site>";
    case ValueKind::kInstant:
      return "a date-time with a zone, 2026-06-30T22:00:00Z";
    case ValueKind::kDuration:
      return "a duration, P3M";
    case ValueKind::kCount:
      return "a whole number";
    case ValueKind::kDecimal:
      return "a decimal number";
    case ValueKind::kOneOf:
      return "one of " + join({term.values.begin(), term.values.end()}, ", ");
  }
  return {};
}

// "lteq, lt".
std::string operators_of(const Term& term) {
  std::vector<std::string> names;
  for (const Operator op : kOperators) {
    if (term.operators.contains(op)) names.emplace_back(name_of(op));
  }
  return join(names, ", ");
}

// The names that may stand at a place: what could be said instead.
std::string names_at(Place place, std::string_view of = {}) {
  std::vector<std::string> names;
  for (const Term& term : registry()) {
    if (term.place == place && term.of == of && term.enforcer != Enforcer::kContractual) {
      names.emplace_back(term.name);
    }
  }
  return join(names, ", ");
}

// Walks a policy once; every part of it ends as a finding or as a refusal.
class Walk {
 public:
  Assessment run(const Policy& policy) {
    parties("assignee", policy.assignees);
    targets("target", policy.targets);
    rules("permission", policy.permissions);
    rules("prohibition", policy.prohibitions);
    rules("obligation", policy.obligations);
    if (policy.permissions.empty() && policy.prohibitions.empty() && policy.obligations.empty()) {
      refuse("permission", "the policy has no rule", "state what is permitted");
    }
    return std::move(out_);
  }

 private:
  void refuse(std::string path, std::string what, std::string instead) {
    out_.refusals.push_back({std::move(path), std::move(what), std::move(instead)});
  }
  void find(std::string path, const Term* term, std::string plain) {
    out_.findings.push_back({std::move(path), term, std::move(plain)});
  }

  static std::string at(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
  }

  void rules(const std::string& path, const std::vector<Rule>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) rule(at(path, i), list[i]);
  }

  void rule(const std::string& path, const Rule& rule) {
    const bool is_duty =
        rule.kind != Rule::Kind::kPermission && rule.kind != Rule::Kind::kProhibition;
    parties(path + ".assignee", rule.assignees);
    targets(path + ".target", rule.targets);
    if (rule.actions.empty()) refuse(path + ".action", "the rule names no action", "name one");
    if (rule.kind == Rule::Kind::kObligation) not_a_condition(path, rule);
    for (std::size_t i = 0; i < rule.actions.size(); ++i) {
      action(at(path + ".action", i), rule.actions[i], is_duty);
    }
    std::string_view of;
    if (is_duty && !rule.actions.empty()) of = rule.actions[0].name;
    constraints(path + ".constraint", rule.constraints,
                is_duty ? Place::kDutyParameter : Place::kConstraint, of);
    rules(path + ".duty", rule.duties);
    not_enforced(path + ".consequence", rule.consequences);
    not_enforced(path + ".remedy", rule.remedies);
  }

  // What must be done before the use is held against a permission, whose duty it is.
  void not_a_condition(const std::string& path, const Rule& obligation) {
    for (const Action& one : obligation.actions) {
      if (one.name != "compensate" && one.name != "obtainConsent") continue;
      refuse(path, "'" + one.name + "' as an obligation is a condition of nothing",
             "state it as a duty of the permission");
    }
  }

  // What is owed when a rule was broken is for people; it cannot be carried out by a program.
  void not_enforced(const std::string& path, const std::vector<Rule>& list) {
    if (list.empty()) return;
    refuse(path, "what is owed after a breach is not enforced by a connector",
           "leave it out, and agree it on paper");
  }

  void action(const std::string& path, const Action& action, bool is_duty) {
    const Place place = is_duty ? Place::kDuty : Place::kAction;
    const Term* term = find_term(place, action.name);
    if (term == nullptr) {
      refuse(path,
             (is_duty ? "the duty '" : "the action '") + action.name +
                 "' is not in the registry of enforceable terms",
             "one of: " + names_at(place));
      return;
    }
    find(path, term, std::string(term->plain));
    constraints(path + ".refinement", action.refinements,
                is_duty ? Place::kDutyParameter : Place::kConstraint,
                is_duty ? std::string_view(action.name) : std::string_view());
  }

  void parties(const std::string& path, const std::vector<Subject>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) party(at(path, i), list[i]);
  }

  void party(const std::string& path, const Subject& party) {
    const std::string& who = party.id.empty() ? party.source : party.id;
    if (who.empty()) refuse(path, "the party has neither an id nor a source", "name it");
    find(path, find_term(Place::kAssignee, "assignee"), "the consumer is " + who);
    constraints(path + ".refinement", party.refinements, Place::kAssignee, {});
  }

  void targets(const std::string& path, const std::vector<Subject>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      constraints(at(path, i) + ".refinement", list[i].refinements, Place::kTarget, {});
    }
  }

  void constraints(const std::string& path, const std::vector<Constraint>& list, Place place,
                   std::string_view of) {
    for (std::size_t i = 0; i < list.size(); ++i) constraint(at(path, i), list[i], place, of);
  }

  void constraint(const std::string& path, const Constraint& constraint, Place place,
                  std::string_view of) {
    if (constraint.kind != Constraint::Kind::kAtomic) {
      logical(path, constraint, place, of);
      return;
    }
    const Term* term = find_term(place, constraint.left, of);
    if (term == nullptr) {
      refuse(path, "'" + constraint.left + "' is not in the registry of enforceable terms here",
             "one of: " + names_at(place, of));
      return;
    }
    if (auto cause = misfit(*term, constraint); !cause.empty()) {
      refuse(path, "'" + constraint.left + "': " + cause,
             "operators " + operators_of(*term) + "; value: " + form_of(*term));
      return;
    }
    find(path, term, plain_words(*term, constraint));
  }

  void logical(const std::string& path, const Constraint& constraint, Place place,
               std::string_view of) {
    // A duty's parameters say how it is carried out; a choice between them says nothing.
    if (place == Place::kDutyParameter && constraint.kind != Constraint::Kind::kAnd) {
      refuse(path, "a choice between parameters of a duty cannot be carried out",
             "state the parameters in a list");
      return;
    }
    if (constraint.operands.empty()) refuse(path, "the logical constraint has no operand", "");
    constraints(path, constraint.operands, place, of);
  }

  Assessment out_;
};

}  // namespace

std::string plain_words(const Term& term, const Constraint& constraint) {
  std::vector<std::string> values;
  for (const Value& value : constraint.right) values.push_back(value.text);
  std::string unit;
  for (const std::string* more : {&constraint.unit, &constraint.frequency, &constraint.contract}) {
    if (!more->empty()) unit += " " + *more;
  }
  const bool alone = term.place == Place::kDutyParameter;
  return std::string(term.plain) + " " +
         (alone ? std::string() : std::string(plain_of(constraint.op)) + " ") + join(values, ", ") +
         unit;
}

std::string misfit(const Term& term, const Constraint& constraint) {
  if (!term.operators.contains(constraint.op)) {
    return "operator '" + std::string(name_of(constraint.op)) + "' is not enforced with it";
  }
  // What qualifies an amount means nothing elsewhere, and nothing may be dropped.
  const bool pays = term.name == "payAmount";
  for (const auto& [name, text] : {std::pair{"unit", &constraint.unit},
                                   {"frequency", &constraint.frequency},
                                   {"contract", &constraint.contract}}) {
    if (!text->empty() && !pays) return std::string("'") + name + "' is not enforced with it";
  }
  if (constraint.right.empty()) return "it has no value";
  if (constraint.right.size() > 1 && !takes_several(constraint.op)) {
    return "several values with operator '" + std::string(name_of(constraint.op)) + "'";
  }
  if (holds_text(term) && !is_text(constraint.data_type)) {
    return "values of the type '" + constraint.data_type + "' are not compared with it";
  }
  for (const Value& value : constraint.right) {
    if (!fits(term, value)) return "value '" + value.text + "' does not fit";
  }
  return {};
}

bool Assessment::contractual() const {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.term->enforcer == Enforcer::kContractual;
  });
}

Assessment assess(const Policy& policy) {
  return Walk().run(policy);
}

std::vector<Refusal> not_executed(const Assessment& assessment, Role role) {
  std::vector<Refusal> refusals;
  for (const Finding& finding : assessment.findings) {
    if (executes(role, *finding.term)) continue;
    refusals.push_back({finding.path,
                        "'" + std::string(finding.term->name) +
                            "' is not carried out by this version of the " +
                            std::string(name_of(role)) + "'s connector",
                        "leave it out, and agree it on paper"});
  }
  return refusals;
}

std::vector<std::string> explain(const Policy& policy) {
  std::vector<std::string> lines;
  for (const Finding& finding : assess(policy).findings) {
    lines.push_back(finding.path + ": " + finding.plain + " (" +
                    std::string(words(finding.term->enforcer)) +
                    (finding.term->fact == FactSource::kDeclared ? ", declared" : "") + ")");
  }
  return lines;
}

}  // namespace connector::contract
