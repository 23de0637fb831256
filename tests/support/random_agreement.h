// Random agreements of nothing but registry terms, and random facts to judge them by.
#pragma once

#include <string>
#include <vector>

#include "support/random_terms.h"

namespace connector::testing {

class RandomAgreement : public RandomTerms {
 public:
  using RandomTerms::atomic;
  using RandomTerms::RandomTerms;

  contract::Policy policy() {
    contract::Policy policy;
    policy.type = contract::Policy::Type::kAgreement;
    policy.id = "urn:uuid:agreement";
    policy.conflict = pick({"", "perm", "prohibit", "invalid"});
    policy.assignees = some(1, [&] { return assignee(); });
    if (once_in(4)) policy.targets = some(2, [&] { return target(); });
    policy.permissions.resize(1 + below(2));
    for (auto& rule : policy.permissions) rule = permission();
    if (once_in(2)) policy.prohibitions = some(2, [&] { return prohibition(); });
    return policy;
  }

  contract::Facts facts() {
    contract::Facts facts;
    facts.enforcer = once_in(2) ? contract::Role::kProvider : contract::Role::kConsumer;
    facts.action =
        pick({"use", "read", "display", "print", "execute", "derive", "distribute", "access"});
    if (facts.enforcer == contract::Role::kProvider && !once_in(8)) facts.action = "use";
    facts.concluded = kConcluded;
    facts.now = moment();
    if (!once_in(20)) {
      facts.consumer = {core::ParticipantId(pick({"did:web:a.example", "did:web:b.example"})),
                        core::SiteName(pick({"north", "south"}))};
    }
    facts.dataset = maybe(pick({"orders", "quality-1", "quality-2"}));
    facts.count = below(4);
    facts.purpose = maybe(text());
    facts.application = maybe(text());
    facts.security_level = maybe(level());
    for (auto* list :
         {&facts.roles, &facts.places, &facts.partner_places, &facts.events, &facts.states,
          &facts.groups, &facts.party_ids, &facts.memberships, &facts.labels, &facts.consents}) {
      *list = texts();
    }
    // No group or number is called as a participant is.
    for (auto* list : {&facts.groups, &facts.party_ids}) {
      for (std::string& name : *list) name = name.starts_with("did:") ? "delta" : name;
    }
    facts.artifact_states = once_in(4) ? std::vector<std::string>{}
                                       : some(2, [&] { return value(artifact_state()).text; });
    facts.payments = some(2, [&] { return payment(); });
    facts.rows_by_consent = once_in(2);
    return facts;
  }

 private:
  // ---- constraints ----

  const contract::Term& term(Place place) {
    for (;;) {
      const contract::Term& one = contract::registry()[below(contract::registry().size())];
      if (one.place == place && one.name != "assignee") return one;
    }
  }

  contract::Constraint atomic(Place place) { return atomic(term(place)); }

  contract::Constraint constraint(Place place, std::size_t depth = 0) {
    contract::Constraint made;
    if (depth == 3 || !once_in(3)) return atomic(place);
    made.kind = static_cast<contract::Constraint::Kind>(1 + below(4));
    made.operands.resize(1 + below(3));
    for (auto& one : made.operands) one = constraint(place, depth + 1);
    return made;
  }
  std::vector<contract::Constraint> constraints(Place place, std::size_t most) {
    return some(most, [&] { return constraint(place); });
  }

  // ---- subjects and rules ----

  contract::Subject assignee() {
    contract::Subject made;
    made.id = maybe(pick({"did:web:a.example", "did:web:b.example/south", "alpha"}));
    made.collection = made.id.empty();
    if (made.collection) made.source = pick({"did:web:a.example", "beta"});
    if (once_in(3)) made.refinements = constraints(Place::kAssignee, 2);
    return made;
  }
  contract::Subject target() {
    contract::Subject made;
    made.id = maybe(pick({"orders", "quality-1"}));
    made.collection = made.id.empty();
    if (made.collection) made.source = pick({"orders", "quality-*", "*"});
    if (once_in(2)) made.refinements = constraints(Place::kTarget, 2);
    return made;
  }

  contract::Action action() {
    contract::Action made;
    made.name = once_in(2) ? "use" : std::string(term(Place::kAction).name);
    if (once_in(6)) made.refinements = constraints(Place::kConstraint, 1);
    return made;
  }

  contract::Rule rule(contract::Rule::Kind kind, std::size_t most) {
    contract::Rule made;
    made.kind = kind;
    made.actions.push_back(action());
    if (once_in(3)) made.actions.push_back(action());
    if (once_in(4)) made.assignees = some(2, [&] { return assignee(); });
    if (once_in(3)) made.targets = some(2, [&] { return target(); });
    made.constraints = constraints(Place::kConstraint, most);
    return made;
  }
  contract::Rule permission() {
    contract::Rule made = rule(contract::Rule::Kind::kPermission, 3);
    if (once_in(2)) made.duties = some(2, [&] { return duty(); });
    return made;
  }
  contract::Rule prohibition() { return rule(contract::Rule::Kind::kProhibition, 3); }

  contract::Rule duty() {
    contract::Rule made;
    made.kind = contract::Rule::Kind::kDuty;
    contract::Action& action = made.actions.emplace_back();
    action.name =
        once_in(2) ? pick({"compensate", "obtainConsent"}) : std::string(term(Place::kDuty).name);
    for (const contract::Term& one : contract::registry()) {
      if (one.place != Place::kDutyParameter || one.of != action.name || once_in(2)) continue;
      (once_in(2) ? action.refinements : made.constraints).push_back(atomic(one));
    }
    if (action.name == "obtainConsent" && once_in(2)) {
      made.functions.push_back({"consentingParty", {}});
      made.functions[0].subjects.emplace_back().id = text();
    }
    return made;
  }
};

}  // namespace connector::testing
