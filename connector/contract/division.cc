#include "contract/division.h"

#include <algorithm>

#include "contract/offer.h"

namespace connector::contract {
namespace {

// Whose terms stand in a constraint or rule.
struct Owners {
  bool provider = false;  // alone
  bool consumer = false;  // alone
  bool both = false;      // or nobody's: what the registry does not hold, we judge
  bool contractual = false;

  void add(const Term* term) {
    switch (term == nullptr ? Enforcer::kBoth : term->enforcer) {
      case Enforcer::kProvider:
        provider = true;
        return;
      case Enforcer::kConsumer:
        consumer = true;
        return;
      case Enforcer::kBoth:
        both = true;
        return;
      case Enforcer::kContractual:
        contractual = true;
    }
  }
  void add(Term::Place place, const Constraint& constraint) {
    if (constraint.kind == Constraint::Kind::kAtomic) add(find_term(place, constraint.left));
    for (const Constraint& one : constraint.operands) add(place, one);
  }
  void add(Term::Place place, const std::vector<Constraint>& constraints) {
    for (const Constraint& one : constraints) add(place, one);
  }
  bool only_contractual() const { return contractual && !provider && !consumer && !both; }
};

bool is_conjunction(const Constraint& constraint) {
  return constraint.kind == Constraint::Kind::kAnd ||
         constraint.kind == Constraint::Kind::kAndSequence;
}

// Is it one of what must all hold?
bool is_among(const Constraint& wanted, const std::vector<Constraint>& all) {
  return std::any_of(all.begin(), all.end(), [&](const Constraint& one) {
    return is_conjunction(one) ? is_among(wanted, one.operands) : one == wanted;
  });
}

bool is_one_of(const std::string& text, const std::vector<std::string>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Without a temporary: this is asked at every fetch.
bool is_connector(std::string_view name, const core::Connector& connector) {
  const std::string& participant = connector.participant.str();
  const std::string& site = connector.site.str();
  return name.size() == participant.size() + 1 + site.size() && name.starts_with(participant) &&
         name[participant.size()] == '/' && name.ends_with(site);
}

}  // namespace

Term::Place place_of(Site site) {
  switch (site) {
    case Site::kConstraint:
    case Site::kAction:
      return Term::Place::kConstraint;
    case Site::kAssignee:
      return Term::Place::kAssignee;
    case Site::kTarget:
      return Term::Place::kTarget;
  }
  return Term::Place::kConstraint;
}

const std::vector<Subject>& assignees_of(const Policy& policy, const Rule& rule) {
  return rule.assignees.empty() ? policy.assignees : rule.assignees;
}

const std::vector<Subject>& targets_of(const Policy& policy, const Rule& rule) {
  return rule.targets.empty() ? policy.targets : rule.targets;
}

Truth names_consumer(const Subject& subject, const Facts& facts) {
  if (facts.consumer.participant.empty()) return Truth::kUnknown;
  const std::string& participant = facts.consumer.participant.str();
  Truth named = subject.id.empty() && subject.source.empty() ? Truth::kUnknown : Truth::kNo;
  for (const std::string* name : {&subject.id, &subject.source}) {
    if (name->empty()) continue;
    if (*name == participant || is_connector(*name, facts.consumer) ||
        is_one_of(*name, facts.groups) || is_one_of(*name, facts.party_ids)) {
      return Truth::kYes;
    }
    const bool all_known = !facts.groups.empty() && !facts.party_ids.empty();
    if (!name->starts_with("did:web:") && !all_known) named = Truth::kUnknown;
  }
  return named;
}

Truth names_dataset(const Subject& subject, const Facts& facts) {
  if (facts.dataset.empty() || (subject.id.empty() && subject.source.empty())) {
    return Truth::kUnknown;
  }
  const bool named = covers(subject.id, facts.dataset) || covers(subject.source, facts.dataset);
  return named ? Truth::kYes : Truth::kNo;
}

bool Division::judges(Site site, const Constraint& constraint) const {
  Owners owners;
  owners.add(place_of(site), constraint);
  if (owners.only_contractual()) return false;
  if (facts_.enforcer == Role::kProvider) return !owners.consumer;
  return owners.consumer || !owners.provider || !held_by_provider(site, constraint);
}

bool Division::judges(const Rule& prohibition) const {
  Owners owners;
  for (const Subject& one : assignees_of(policy_, prohibition)) {
    owners.add(Term::Place::kAssignee, one.refinements);
  }
  for (const Subject& one : targets_of(policy_, prohibition)) {
    owners.add(Term::Place::kTarget, one.refinements);
  }
  owners.add(Term::Place::kConstraint, prohibition.constraints);
  for (const Action& one : prohibition.actions) {
    owners.add(Term::Place::kConstraint, one.refinements);
  }
  if (owners.only_contractual()) return false;
  // Of several actions one that is ours makes it ours.
  for (const Action& one : prohibition.actions) {
    const Term* action = find_term(Term::Place::kAction, one.name);
    if (action == nullptr || action->enforcer != Enforcer::kProvider) owners.add(action);
  }
  if (facts_.enforcer == Role::kProvider) return !owners.consumer;
  return owners.consumer || !owners.provider;
}

bool Division::judges_duty(const Rule& duty) const {
  return facts_.enforcer == Role::kProvider ||
         !std::all_of(
             policy_.permissions.begin(), policy_.permissions.end(), [&](const Rule& permission) {
               return !may_serve(permission) ||
                      std::find(permission.duties.begin(), permission.duties.end(), duty) !=
                          permission.duties.end();
             });
}

bool Division::held_by_provider(Site site, const Constraint& constraint) const {
  return std::all_of(policy_.permissions.begin(), policy_.permissions.end(),
                     [&](const Rule& permission) {
                       return !may_serve(permission) || stands_in(site, constraint, permission);
                     });
}

bool Division::may_serve(const Rule& permission) const {
  const std::vector<Subject>& targets = targets_of(policy_, permission);
  return targets.empty() || std::any_of(targets.begin(), targets.end(), [&](const Subject& one) {
           return names_dataset(one, facts_) != Truth::kNo;
         });
}

bool Division::stands_in(Site site, const Constraint& constraint, const Rule& permission) const {
  const auto in_each = [&](const auto& list, const auto& concerns) {
    return !list.empty() && std::all_of(list.begin(), list.end(), [&](const auto& one) {
      return !concerns(one) || is_among(constraint, one.refinements);
    });
  };
  switch (site) {
    case Site::kConstraint:
      return is_among(constraint, permission.constraints);
    case Site::kAction:
      return in_each(permission.actions, [](const Action&) { return true; });
    case Site::kAssignee:
      return in_each(assignees_of(policy_, permission),
                     [&](const Subject& one) { return names_consumer(one, facts_) != Truth::kNo; });
    case Site::kTarget:
      return in_each(targets_of(policy_, permission),
                     [&](const Subject& one) { return names_dataset(one, facts_) != Truth::kNo; });
  }
  return false;
}

}  // namespace connector::contract
