// Random predicates of the right types, the same as Rego, and a slow evaluation over the row as
// JSON that knows nothing of wire bytes.
#pragma once

#include <string>

#include "core/json.h"
#include "decision/decision.h"
#include "random_record.h"

namespace connector::testing {

decision::Predicate random_predicate(RandomRecord& random, int depth);

// Functions f<n>(row) in Rego; returns the name of the one for the whole predicate.
std::string rego_of(const decision::Predicate& predicate, int& next, std::string& rules);

// Rego's semantics: undefined makes every comparison fail, "not" of a failure holds.
bool holds(const decision::Predicate& predicate, const core::Json& row);

}  // namespace connector::testing
