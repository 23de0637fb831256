// What an admin asks about the policy beside the work of the connector: with or without a running
// one. Nothing here is in force, cached or journaled.
#pragma once

#include <functional>
#include <string>

#include "core/json.h"
#include "opa/impact.h"
#include "opa/inquiry.h"
#include "opa/policy_engine.h"

namespace connector::opa {

// By the revision in force; by the folder as it is being edited where working_copy says so or
// nothing was published yet.
core::Result<core::Json> can_i(const PolicyEngine::Options& options, const Inquiry& inquiry,
                               bool working_copy);

// A journaled decision, decided again by the bundle that decided it then: {"id", "at", "revision",
// "input", "then": {"allow", "reasons", "rows"}, "replay": the same, "same", "intact",
// "decided_by"}. same: every byte of OPA's answers; intact: the journal's line holds what its
// digest says.
core::Result<core::Json> explain(const PolicyEngine::Options& options,
                                 const std::string& decision_id);

struct Comparison {
  std::string from;  // revision or the beginning of one; empty: the one in force
  std::string to;    // empty: the folder as it is being edited
  ImpactOptions impact;
};
// What differs, and what the journal's decisions would have become: {"from", "to", "working_copy",
// "files", "entries", "impact"}.
core::Result<core::Json> diff(const PolicyEngine::Options& options, const Comparison& comparison);

}  // namespace connector::opa
