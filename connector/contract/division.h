// Who judges what of one agreement. A connector judges its own terms and those of both; a term of
// the other side it takes as fulfilled, and a prohibition that the other side can judge as not
// applying here. The consumer does so only where the provider must have held the term before it
// gave anything: not for one branch of a choice, nor for a term of one of several permissions.
// Those it judges itself, by what it knows, so that no use slips through between the two.
#pragma once

#include "contract/condition.h"
#include "contract/facts.h"
#include "contract/policy.h"
#include "contract/registry.h"

namespace connector::contract {

// Where a constraint stands in a rule.
enum class Site { kConstraint, kAction, kAssignee, kTarget };
Term::Place place_of(Site site);

// The subjects that a rule is about: its own, else the policy's.
const std::vector<Subject>& assignees_of(const Policy& policy, const Rule& rule);
const std::vector<Subject>& targets_of(const Policy& policy, const Rule& rule);

// Is it the consumer, or a company or group that it belongs to? Unknown where that would be a name
// other than a participant's, of which nothing is known here.
Truth names_consumer(const Subject& subject, const Facts& facts);
// Is it the dataset, or a collection or pattern that covers it?
Truth names_dataset(const Subject& subject, const Facts& facts);

// Keeps references.
class Division {
 public:
  Division(const Policy& policy, const Facts& facts) : policy_(policy), facts_(facts) {}

  // A constraint of a permission, at its site or in a conjunction there.
  bool judges(Site site, const Constraint& constraint) const;
  bool judges(const Rule& prohibition) const;
  // A duty of a permission that must be done before the use, and that the provider sees to.
  bool judges_duty(const Rule& duty) const;

 private:
  bool held_by_provider(Site site, const Constraint& constraint) const;
  bool stands_in(Site site, const Constraint& constraint, const Rule& permission) const;
  bool may_serve(const Rule& permission) const;

  const Policy& policy_;
  const Facts& facts_;
};

}  // namespace connector::contract
