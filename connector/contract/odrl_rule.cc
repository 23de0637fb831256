// Rules and policies.
#include <map>

#include "contract/odrl_reader.h"
#include "contract/term.h"

namespace connector::contract {
namespace {

using Kind = Rule::Kind;

bool is_type_of(std::string_view type, Kind kind) {
  switch (kind) {
    case Kind::kPermission:
      return type == "Permission" || type == "ids:Permission";
    case Kind::kProhibition:
      return type == "Prohibition" || type == "ids:Prohibition";
    default:
      return type == "Duty" || type == "ids:Duty";
  }
}

// IDS says with the member's name when a duty is due, ODRL with a constraint.
Constraint due(Operator when) {
  Constraint constraint;
  constraint.left = "event";
  constraint.op = when;
  constraint.right = {{"@id", "policyUsage"}};
  return constraint;
}

// Remedies and consequences have no consequence of their own (ODRL Information Model, 2.6).
bool owes(Kind kind) {
  return kind == Kind::kDuty || kind == Kind::kObligation;
}

template <typename T>
void append(std::vector<T>& to, std::vector<T> from) {
  for (T& value : from) to.push_back(std::move(value));
}

}  // namespace

std::vector<Rule> Reader::rules(const Node& node, Kind kind) {
  std::vector<Rule> rules;
  each(node, [&](const Node& one) { rules.push_back(rule(one, kind)); });
  return rules;
}

Rule Reader::rule(const Node& node, Kind kind) {
  Rule rule;
  rule.kind = kind;
  if (node.json->is_string()) {
    fail(node, "a reference to a rule elsewhere: write it out here");
    return rule;
  }
  members(node, [&](const std::string& name, const Node& member) {
    return rule_member(rule, name, member) || lesser_rules(rule, name, member);
  });
  move_next_policy(rule);
  return rule;
}

bool Reader::rule_member(Rule& rule, const std::string& name, const Node& node) {
  if (name == "@id") {
    rule.id = id(node);
  } else if (name == "@type") {
    for (const std::string& type : types(node)) {
      if (!is_type_of(type, rule.kind)) fail(node, "\"" + type + "\" is no type of this rule");
    }
  } else if (name == "action") {
    rule.actions = actions(node);
  } else if (name == "assigner") {
    rule.assigners = subjects(node);
  } else if (name == "assignee") {
    rule.assignees = subjects(node);
  } else if (name == "target") {
    rule.targets = subjects(node);
  } else if (is_function(name)) {
    rule.functions.push_back({name, subjects(node)});
  } else if (name == "constraint") {
    rule.constraints = constraints(node);
  } else if (name == "hasPolicy") {
    rule.next_policy = id(node);
  } else if (is_description(name)) {
    rule.notes.push_back(note(name, node));
  } else {
    return false;
  }
  return true;
}

// Duties of a permission, remedies of a prohibition, consequences of what is owed.
bool Reader::lesser_rules(Rule& rule, const std::string& name, const Node& node) {
  const bool permits = rule.kind == Kind::kPermission;
  if (permits && name == "duty") {
    append(rule.duties, rules(node, Kind::kDuty));
  } else if (permits && (name == "ids:preDuty" || name == "ids:postDuty")) {
    std::vector<Rule> duties = rules(node, Kind::kDuty);
    const Operator when = name == "ids:preDuty" ? Operator::kLt : Operator::kGt;
    for (Rule& duty : duties) duty.constraints.push_back(due(when));
    append(rule.duties, std::move(duties));
  } else if (rule.kind == Kind::kProhibition && name == "remedy") {
    rule.remedies = rules(node, Kind::kRemedy);
  } else if (owes(rule.kind) && name == "consequence") {
    rule.consequences = rules(node, Kind::kConsequence);
  } else {
    return false;
  }
  return true;
}

// IDS names the next policy in a refinement of the action, ODRL in hasPolicy.
void Reader::move_next_policy(Rule& rule) {
  if (rule.actions.size() != 1 || rule.actions[0].name != "nextPolicy") return;
  std::vector<Constraint>& refinements = rule.actions[0].refinements;
  if (!rule.next_policy.empty() || refinements.size() != 1) return;
  const Constraint& only = refinements[0];
  const bool names_it = only.left == "idsc:TARGET_POLICY" && only.op == Operator::kEq &&
                        only.right.size() == 1 && only.id.empty() && only.notes.empty();
  if (!names_it) return;
  rule.next_policy = only.right[0].text;
  refinements.clear();
}

Policy Reader::policy(const Node& node, Policy::Type type) {
  Policy policy;
  policy.type = type;
  std::vector<Action> common;  // of all rules that have none
  members(node, [&](const std::string& name, const Node& member) {
    return policy_member(policy, common, name, member);
  });
  for (auto* rules : {&policy.permissions, &policy.prohibitions, &policy.obligations}) {
    for (Rule& rule : *rules) {
      if (rule.actions.empty()) rule.actions = common;
    }
  }
  return policy;
}

bool Reader::policy_member(Policy& policy, std::vector<Action>& common, const std::string& name,
                           const Node& node) {
  if (name == "@context" || name == "@type") return true;  // read before
  if (name == "@id") {
    policy.id = id(node);
  } else if (name == "profile") {
    each(node, [&](const Node& one) { policy.profiles.push_back(id(one)); });
  } else if (name == "permission") {
    policy.permissions = rules(node, Kind::kPermission);
  } else if (name == "prohibition") {
    policy.prohibitions = rules(node, Kind::kProhibition);
  } else if (name == "obligation") {
    policy.obligations = rules(node, Kind::kObligation);
  } else if (name == "assigner") {
    policy.assigners = subjects(node);
  } else if (name == "assignee") {
    policy.assignees = subjects(node);
  } else if (name == "target") {
    policy.targets = subjects(node);
  } else if (name == "action") {
    common = actions(node);
  } else if (name == "timestamp") {
    policy.timestamp = text(node);
  } else if (name == "conflict") {
    policy.conflict = term(node);
    const bool known =
        policy.conflict == "perm" || policy.conflict == "prohibit" || policy.conflict == "invalid";
    if (!known) fail(node, "\"" + policy.conflict + "\" is no strategy for conflicts");
  } else if (is_description(name)) {
    policy.notes.push_back(note(name, node));
  } else {
    return false;
  }
  return true;
}

}  // namespace connector::contract
