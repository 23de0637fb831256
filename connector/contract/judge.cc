#include "contract/judge.h"

#include <algorithm>

#include "contract/condition.h"
#include "contract/division.h"
#include "contract/duties.h"
#include "contract/judge_words.h"
#include "contract/registry.h"

namespace connector::contract {
namespace {

// What a rule comes to, and the first part of it that does not hold.
struct Verdict {
  Outcome outcome;
  Cause cause;
};

// By the actions of the registry, of which ODRL includes all but "access" in "use". Whether use
// includes a deed beside ODRL's vocabulary is not known.
Truth covers_action(const std::string& ruled, const std::string& asked) {
  if (find_term(Term::Place::kAction, ruled) == nullptr) return Truth::kUnknown;
  if (ruled == asked) return Truth::kYes;
  if (ruled != "use") return Truth::kNo;
  return asked == "access" ? Truth::kUnknown : Truth::kYes;
}

Truth permits_action(const std::string& ruled, const Facts& facts) {
  if (facts.action == "distribute") return ruled == "distribute" ? Truth::kYes : Truth::kNo;
  const Term* term = find_term(Term::Place::kAction, ruled);
  const bool for_consumer = term != nullptr && term->enforcer == Enforcer::kConsumer;
  if (for_consumer && facts.enforcer == Role::kProvider && facts.action == "use") {
    return Truth::kYes;  // the fetch for it; the consumer judges the use
  }
  return covers_action(ruled, facts.action);
}

class Judge {
 public:
  Judge(const Policy& policy, const Facts& facts)
      : policy_(policy), facts_(facts), conditions_(facts), division_(policy, facts) {}

  Judgement run() {
    const Term* action = find_term(Term::Place::kAction, facts_.action);
    if (action == nullptr) {
      return {false, {}, "'" + facts_.action + "' is not an action of the registry", {}};
    }
    if (!enforces(facts_.enforcer, action->enforcer)) {
      return {false, {}, "'" + facts_.action + "' is for the other side to judge", {}};
    }
    if (auto refusal = unknown_obligation()) return std::move(*refusal);
    Judgement judgement = permitted();
    forbid(judgement);
    return judgement;
  }

 private:
  static std::string at(const char* kind, std::size_t index) {
    return std::string(kind) + "[" + std::to_string(index) + "]";
  }

  std::optional<Judgement> unknown_obligation() const {
    for (std::size_t i = 0; i < policy_.obligations.size(); ++i) {
      if (is_known_duty(policy_.obligations[i])) continue;
      return Judgement{false, at("obligation", i), "the obligation is not of the registry", {}};
    }
    return std::nullopt;
  }

  // ---- permissions ----

  // Of those that do not hold, the one that got furthest is named.
  Judgement permitted() const {
    Judgement judgement;
    Outcome any{Truth::kNo};
    std::size_t best = 0;
    Cause cause;
    for (std::size_t i = 0; i < policy_.permissions.size(); ++i) {
      const Verdict verdict = permission(policy_.permissions[i]);
      any = either(any, verdict.outcome);
      if (verdict.outcome.truth == Truth::kYes) {
        if (!judgement.allowed) judgement.term = at("permission", i);
        judgement.allowed = true;
      } else if (i == 0 || verdict.cause.part > cause.part) {
        best = i;
        cause = verdict.cause;
      }
    }
    judgement.changes_at = any.changes_at;
    if (judgement.allowed) {
      judgement.why = "permitted";
    } else if (policy_.permissions.empty()) {
      judgement.why = "the agreement permits nothing";
    } else {
      const Rule& rule = policy_.permissions[best];
      judgement.term = path_of(policy_, at("permission", best), rule, cause);
      judgement.why = why_refused(policy_, rule, cause, facts_);
    }
    return judgement;
  }

  Verdict permission(const Rule& rule) const {
    Verdict verdict;
    add(verdict, Part::kAction, permitted_action(rule));
    add(verdict, Part::kAssignee, assignee(rule, true));
    add(verdict, Part::kTarget, target(rule, true));
    for (const Constraint& one : rule.constraints) {
      add(verdict, Part::kConstraint, held(Site::kConstraint, one));
    }
    for (const Rule& duty : rule.duties) {
      add(verdict, Part::kDuty, done_before(duty), &duty);
    }
    return verdict;
  }

  static void add(Verdict& verdict, Part part, const Outcome& outcome, const Rule* duty = nullptr) {
    const bool decides = outcome.truth != Truth::kYes && verdict.outcome.truth == Truth::kYes;
    if (decides) verdict.cause = {part, outcome.cause, duty};
    verdict.outcome = both(verdict.outcome, outcome);
  }

  // A constraint of a permission: the other side's are fulfilled.
  Outcome held(Site site, const Constraint& constraint) const {
    const bool conjunction = constraint.kind == Constraint::Kind::kAnd ||
                             constraint.kind == Constraint::Kind::kAndSequence;
    if (conjunction && !constraint.operands.empty()) return held(site, constraint.operands);
    if (!division_.judges(site, constraint)) return {};
    return conditions_.judge(place_of(site), constraint);
  }

  Outcome held(Site site, const std::vector<Constraint>& constraints) const {
    Outcome all;
    for (const Constraint& one : constraints) all = both(all, held(site, one));
    return all;
  }

  Outcome permitted_action(const Rule& rule) const {
    Outcome any{Truth::kNo};
    for (const Action& one : rule.actions) {
      const Outcome covers{permits_action(one.name, facts_)};
      any = either(any, both(covers, held(Site::kAction, one.refinements)));
    }
    return any;
  }

  // What must be done before the use.
  Outcome done_before(const Rule& duty) const {
    if (!is_known_duty(duty)) return {Truth::kUnknown};
    Outcome all;
    for (const Action& action : duty.actions) {
      const bool pays = action.name == "compensate";
      if (!pays && action.name != "obtainConsent") continue;
      if (is_due_after(duty) || !division_.judges_duty(duty)) continue;
      all = both(all, pays ? paid(duty) : Outcome{consented(duty)});
    }
    return all;
  }

  Outcome paid(const Rule& duty) const {
    Outcome all;
    for (const Constraint* one : parameters_of(duty)) {
      if (one->left == "payAmount") {
        all = both(all, conditions_.judge(Term::Place::kConstraint, *one));
      } else if (one->left == "timeInterval") {
        all = both(all, {paid_each(one->right), {}, one});
      }
    }
    return all;
  }

  Truth paid_each(const std::vector<Value>& interval) const {
    if (facts_.payments.empty() || interval.size() != 1) return Truth::kUnknown;
    const bool paid =
        std::any_of(facts_.payments.begin(), facts_.payments.end(),
                    [&](const Payment& one) { return one.interval == interval.front().text; });
    return paid ? Truth::kYes : Truth::kNo;
  }

  Truth consented(const Rule& duty) const {
    const std::vector<std::string> persons = persons_of(duty, "consentingParty");
    if (persons.empty()) return facts_.rows_by_consent ? Truth::kYes : Truth::kUnknown;
    if (facts_.consents.empty()) return Truth::kUnknown;
    const bool all = std::all_of(persons.begin(), persons.end(), [&](const std::string& person) {
      return std::find(facts_.consents.begin(), facts_.consents.end(), person) !=
             facts_.consents.end();
    });
    return all ? Truth::kYes : Truth::kNo;
  }

  // ---- prohibitions ----

  void forbid(Judgement& judgement) const {
    bool forbidden = false;
    for (std::size_t i = 0; i < policy_.prohibitions.size(); ++i) {
      const Rule& rule = policy_.prohibitions[i];
      if (!division_.judges(rule)) continue;
      const Outcome outcome = prohibition(rule);
      if (outcome.truth == Truth::kNo) {
        judgement.changes_at = earliest(judgement.changes_at, outcome.changes_at);
        continue;
      }
      judgement.allowed = false;
      if (!forbidden) {
        judgement.term = at("prohibition", i);
        judgement.why = why_forbidden(rule, facts_);
      }
      forbidden = true;
      if (!outcome.changes_at) {
        judgement.changes_at.reset();
        return;
      }
      judgement.changes_at = earliest(judgement.changes_at, outcome.changes_at);
    }
  }

  Outcome prohibition(const Rule& rule) const {
    Outcome any{rule.actions.empty() ? Truth::kUnknown : Truth::kNo};
    for (const Action& one : rule.actions) {
      const Outcome covers{covers_action(one.name, facts_.action)};
      any = either(any, both(covers, conditions_.judge(Term::Place::kConstraint, one.refinements)));
    }
    any = both(any, assignee(rule, false));
    any = both(any, target(rule, false));
    return both(any, conditions_.judge(Term::Place::kConstraint, rule.constraints));
  }

  // ---- parties and assets: of a permission, the other side's refinements are fulfilled ----

  Outcome assignee(const Rule& rule, bool permits) const {
    return one_of(assignees_of(policy_, rule), Site::kAssignee, permits, names_consumer);
  }

  Outcome target(const Rule& rule, bool permits) const {
    return one_of(targets_of(policy_, rule), Site::kTarget, permits, names_dataset);
  }

  Outcome one_of(const std::vector<Subject>& subjects, Site site, bool permits,
                 Truth (*names)(const Subject&, const Facts&)) const {
    if (subjects.empty()) return {};
    Outcome any{Truth::kNo};
    for (const Subject& one : subjects) {
      const Outcome named{names(one, facts_)};
      any = either(any, both(named, permits ? held(site, one.refinements)
                                            : conditions_.judge(place_of(site), one.refinements)));
    }
    return any;
  }

  const Policy& policy_;
  const Facts& facts_;
  const Conditions conditions_;
  const Division division_;
};

}  // namespace

Judgement judge(const Policy& agreement, const Facts& facts) {
  return Judge(agreement, facts).run();
}

}  // namespace connector::contract
