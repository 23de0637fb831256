#include "opa/agreement_world.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/division.h"
#include "contract/duties.h"
#include "contract/offer.h"
#include "contract/registry.h"
#include "contract/time_limit.h"
#include "core/instant.h"

namespace connector::opa {
namespace {

using contract::Constraint;
using contract::Facts;
using contract::Operator;
using contract::Policy;
using contract::Rule;
using contract::Site;
using contract::Subject;
using contract::Truth;
using core::Json;

constexpr const char* kLevel = "idsc:SECURITY_LEVEL";
// Operands of our own: what must be done before the use, as conditions.
constexpr const char* kConsenting = "consentingParty";
constexpr const char* kConsentOfEach = "obtainConsent";

Constraint atomic(const char* left, Operator op, const std::vector<std::string>& values) {
  Constraint made;
  made.left = left;
  made.op = op;
  for (const std::string& value : values) made.right.push_back({{}, value});
  return made;
}

// ---- the policy ------------------------------------------------------------------------------

class PlainPolicy {
 public:
  PlainPolicy(const Policy& agreement, const Facts& facts)
      : agreement_(agreement), facts_(facts), division_(agreement, facts) {}

  Policy make() const {
    Policy plain;
    plain.id = agreement_.id;
    plain.conflict = "prohibit";
    const contract::Term* action =
        contract::find_term(contract::Term::Place::kAction, facts_.action);
    if (action == nullptr || !contract::enforces(facts_.enforcer, action->enforcer) ||
        !contract::assess(agreement_).enforceable()) {
      return plain;
    }
    for (const Rule& one : agreement_.permissions) {
      if (Rule made = permission(one); !made.actions.empty()) {
        plain.permissions.push_back(std::move(made));
      }
    }
    for (const Rule& one : agreement_.prohibitions) {
      if (division_.judges(one)) plain.prohibitions.push_back(prohibition(one));
    }
    return contract::with_instants(std::move(plain), facts_.concluded);
  }

 private:
  Rule permission(const Rule& rule) const {
    Rule made;
    for (contract::Action action : rule.actions) {
      if (!name_action(action)) continue;
      action.refinements = judged(Site::kAction, action.refinements);
      made.actions.push_back(std::move(action));
    }
    made.assignees = parties(rule);
    made.targets = contract::targets_of(agreement_, rule);
    for (Subject& one : made.assignees) one.refinements = judged(Site::kAssignee, one.refinements);
    for (Subject& one : made.targets) one.refinements = judged(Site::kTarget, one.refinements);
    made.constraints = judged(Site::kConstraint, rule.constraints);
    for (const Rule& duty : rule.duties) must_be_done(duty, made.constraints);
    return made;
  }

  Rule prohibition(const Rule& rule) const {
    Rule made;
    made.kind = Rule::Kind::kProhibition;
    made.actions = rule.actions;
    made.assignees = parties(rule);
    made.targets = contract::targets_of(agreement_, rule);
    made.constraints = rule.constraints;
    for (Constraint& one : made.constraints) write_levels(one);
    for (contract::Action& action : made.actions) {
      for (Constraint& one : action.refinements) write_levels(one);
    }
    return made;
  }

  // Passing on is permitted where it is named; the provider permits a fetch for any use.
  bool name_action(contract::Action& action) const {
    if (facts_.action == "distribute") return action.name == "distribute";
    const contract::Term* term = contract::find_term(contract::Term::Place::kAction, action.name);
    if (facts_.enforcer == contract::Role::kProvider && facts_.action == "use" &&
        term->enforcer == contract::Enforcer::kConsumer) {
      action.name = "use";
    }
    return true;
  }

  // The library takes a party without a name for unknown.
  std::vector<Subject> parties(const Rule& rule) const {
    std::vector<Subject> made = contract::assignees_of(agreement_, rule);
    for (Subject& one : made) {
      if (contract::names_consumer(one, facts_) != Truth::kUnknown) continue;
      one.id.clear();
      one.source.clear();
    }
    return made;
  }

  std::vector<Constraint> judged(Site site, const std::vector<Constraint>& constraints) const {
    std::vector<Constraint> made;
    for (const Constraint& one : constraints) {
      const bool conjunction =
          one.kind == Constraint::Kind::kAnd || one.kind == Constraint::Kind::kAndSequence;
      if (conjunction) {
        for (Constraint& below : judged(site, one.operands)) made.push_back(std::move(below));
      } else if (division_.judges(site, one)) {
        made.push_back(one);
        write_levels(made.back());
      }
    }
    return made;
  }

  // Levels have an order in the registry, not in ODRL.
  static void write_levels(Constraint& constraint) {
    for (Constraint& one : constraint.operands) write_levels(one);
    if (constraint.left != kLevel || constraint.op != Operator::kGteq) return;
    const auto values = contract::find_term(contract::Term::Place::kConstraint, kLevel)->values;
    const auto least = std::find(values.begin(), values.end(), constraint.right.front().text);
    constraint.op = Operator::kIsAnyOf;
    constraint.right.clear();
    for (auto level = least; level != values.end(); ++level) {
      constraint.right.push_back({{}, std::string(*level)});
    }
  }

  void must_be_done(const Rule& duty, std::vector<Constraint>& conditions) const {
    if (contract::is_due_after(duty) || !division_.judges_duty(duty)) return;
    for (const contract::Action& action : duty.actions) {
      if (action.name == "compensate") {
        for (const Constraint* one : contract::parameters_of(duty)) {
          if (one->left == "payAmount" || one->left == "timeInterval") conditions.push_back(*one);
        }
      }
      if (action.name == "obtainConsent") {
        const auto persons = contract::persons_of(duty, kConsenting);
        conditions.push_back(persons.empty() ? atomic(kConsentOfEach, Operator::kEq, {"each"})
                                             : atomic(kConsenting, Operator::kIsAllOf, persons));
      }
    }
  }

  const Policy& agreement_;
  const Facts& facts_;
  const contract::Division division_;
};

// ---- who and what is asked about: somebody of the consumer, records of the dataset ------------

std::string acting(const Facts& facts) {
  const std::string& participant = facts.consumer.participant.str();
  return participant.empty() ? std::string() : participant + "#user";
}

std::string records(const Facts& facts) {
  return facts.dataset.empty() ? std::string() : facts.dataset + "#records";
}

Policy request_of(const Facts& facts) {
  Policy request;
  request.type = Policy::Type::kRequest;
  Rule& asked = request.permissions.emplace_back();
  asked.actions.emplace_back().name = facts.action;
  if (const auto who = acting(facts); !who.empty()) asked.assignees.emplace_back().id = who;
  if (const auto what = records(facts); !what.empty()) asked.targets.emplace_back().id = what;
  return request;
}

// ---- the world -------------------------------------------------------------------------------

Json value_of(const std::string& text) {
  return Json::object().set("type", Json::string("")).set("text", Json::string(text));
}

Json values_of(const std::vector<std::string>& texts) {
  Json values = Json::array();
  for (const std::string& text : texts) values.push(value_of(text));
  return values;
}

Json names_of(const std::vector<std::string>& texts) {
  Json names = Json::array();
  for (const std::string& text : texts) names.push(Json::string(text));
  return names;
}

class World {
 public:
  World(const Policy& policy, const Facts& facts) : policy_(policy), facts_(facts) {}

  Json make() {
    Json facts = constraint_facts();
    members_.push(consumer());
    members_.push(dataset());
    for (const std::string& text : texts_) {
      // Part of itself and of nothing else: then isPartOf and isA are known to fail.
      members_.push(Json::object()
                        .set("uid", Json::string(text))
                        .set("part_of", names_of({text}))
                        .set("types", names_of({text})));
    }
    return Json::object()
        .set("current_time", Json::string(core::to_rfc3339(facts_.now)))
        .set("facts", std::move(facts))
        .set("members", std::move(members_))
        .set("reports", Json::array());
  }

 private:
  void add(Json& facts, const char* operand, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    facts.set(operand, values_of(texts));
    texts_.insert(texts.begin(), texts.end());
  }
  void add(Json& facts, const char* operand, const std::string& text) {
    if (!text.empty()) add(facts, operand, std::vector<std::string>{text});
  }

  Json constraint_facts() {
    Json facts = Json::object();
    add(facts, "purpose", facts_.purpose);
    add(facts, "cx-policy:UsagePurpose", facts_.purpose);
    add(facts, "idsc:APPLICATION", facts_.application);
    add(facts, kLevel, facts_.security_level);
    add(facts, "idsc:ROLE", facts_.roles);
    add(facts, "spatial", facts_.places);
    add(facts, "event", facts_.events);
    add(facts, "idsc:state", facts_.states);
    add(facts, "cx-policy:BusinessPartnerNumber", facts_.party_ids);
    add(facts, "cx-policy:BusinessPartnerGroup", facts_.groups);
    add(facts, "cx-policy:Membership", facts_.memberships);
    if (!facts_.consumer.participant.empty()) {
      add(facts, "idsc:CONNECTOR", facts_.consumer.str());
    }
    add(facts, kConsenting, facts_.consents);
    if (facts_.rows_by_consent) add(facts, kConsentOfEach, std::string("each"));
    // With this use.
    facts.set("count", values_of({std::to_string(facts_.count + 1)}));
    add_payments(facts);
    return facts;
  }

  void add_payments(Json& facts) const {
    if (facts_.payments.empty()) return;
    Json amounts = Json::array();
    std::vector<std::string> intervals;
    for (const contract::Payment& one : facts_.payments) {
      amounts.push(value_of(one.amount.canonical())
                       .set("unit", Json::string(one.unit))
                       .set("frequency", Json::string(one.frequency))
                       .set("contract", Json::string(one.contract)));
      if (!one.interval.empty()) intervals.push_back(one.interval);
    }
    facts.set("payAmount", std::move(amounts));
    if (!intervals.empty()) facts.set("timeInterval", values_of(intervals));
  }

  Json consumer() {
    std::vector<std::string> wholes = {facts_.consumer.participant.str(), facts_.consumer.str()};
    wholes.insert(wholes.end(), facts_.groups.begin(), facts_.groups.end());
    wholes.insert(wholes.end(), facts_.party_ids.begin(), facts_.party_ids.end());
    Json facts = Json::object();
    add(facts, "vcard:hasRole", facts_.roles);
    add(facts, "vcard:hasGeo", facts_.partner_places);
    return member(acting(facts_), wholes, std::move(facts));
  }

  Json dataset() {
    std::vector<std::string> wholes = {facts_.dataset};
    for (const auto* rules : {&policy_.permissions, &policy_.prohibitions}) {
      for (const Rule& rule : *rules) {
        for (const Subject& one : contract::targets_of(policy_, rule)) add_patterns(one, wholes);
      }
    }
    Json facts = Json::object();
    add(facts, "skos:concept", facts_.labels);
    add(facts, "ids:artifact_state", facts_.artifact_states);
    return member(records(facts_), wholes, std::move(facts));
  }

  void add_patterns(const Subject& target, std::vector<std::string>& wholes) const {
    for (const std::string* name : {&target.id, &target.source}) {
      if (!name->empty() && contract::covers(*name, facts_.dataset)) wholes.push_back(*name);
    }
  }

  static Json member(const std::string& uid, const std::vector<std::string>& wholes, Json facts) {
    return Json::object()
        .set("uid", Json::string(uid))
        .set("part_of", names_of(wholes))
        .set("facts", std::move(facts));
  }

  const Policy& policy_;
  const Facts& facts_;
  Json members_ = Json::array();
  std::set<std::string> texts_;  // of all facts
};

}  // namespace

AgreementQuestion agreement_question(const Policy& agreement, const Facts& facts) {
  AgreementQuestion question;
  question.policy = PlainPolicy(agreement, facts).make();
  question.request = request_of(facts);
  question.world = World(question.policy, facts).make();
  return question;
}

bool permits(const Json& answer) {
  const Json* rules = answer.find("rules");
  if (rules == nullptr) return false;
  bool permitted = false;
  for (const Json& rule : rules->items()) {
    if (rule.text_at("activation") != "Active") continue;
    if (rule.text_at("kind") == "Prohibition") return false;
    permitted |= rule.text_at("kind") == "Permission";
  }
  return permitted;
}

}  // namespace connector::opa
