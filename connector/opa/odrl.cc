#include "opa/odrl.h"

#include <algorithm>

#include "contract/policy_json.h"
#include "core/limits.h"
#include "opa/bundle.h"
#include "opa/tables.h"
#include "opa/wire.h"
#include "policy/policy_files.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using contract::Constraint;
using core::Json;

constexpr const char* kOdrlPath = "/v1/data/connector/odrl/result";
constexpr const char* kKinds[] = {"Permission", "Prohibition", "Obligation"};
constexpr const char* kActivations[] = {"Active", "Inactive"};

// ---- the request -----------------------------------------------------------------------------

core::Error error_at(const std::string& path, const std::string& what) {
  core::Error error = core::invalid("POLICY_UNREADABLE", path + ": " + what);
  error.metadata = {{"path", path}};
  return error;
}

// What a request states about itself are facts: this operand has this value.
core::Status check_facts(const std::vector<Constraint>& constraints, const std::string& path) {
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    const Constraint& one = constraints[i];
    if (one.kind == Constraint::Kind::kAtomic && one.op == contract::Operator::kEq) continue;
    return error_at(path + "[" + std::to_string(i) + "]",
                    "a request states facts, with the operator eq and nothing else");
  }
  return core::ok();
}

core::Status check_one(const std::vector<contract::Subject>& subjects, const std::string& path) {
  if (subjects.size() > 1) return error_at(path, "a request has one of these at most");
  if (!subjects.empty() && !subjects[0].refinements.empty()) {
    return error_at(path, "a request names a party or an asset, and does not refine it");
  }
  return core::ok();
}

Json input_of(const OdrlQuestion& question) {
  Json input = Json::object()
                   .set("policy", contract::to_json(question.policy))
                   .set("request", contract::to_json(question.request))
                   .set("world", question.world);
  if (question.premises) input.set("explain", Json::boolean(true));
  return input;
}

// ---- the answer ------------------------------------------------------------------------------

bool is_one_of(const std::string& text, const auto& list) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

Json in_order(const Json& rule) {
  Json ordered = Json::object();
  for (const char* key : {"rule", "kind", "activation", "reason", "premises"}) {
    if (const Json* value = rule.find(key)) ordered.set(key, *value);
  }
  return ordered;
}

// Every rule of the policy, in its order, with an activation: anything else is no answer.
core::Result<Json> read_answer(const Answer& answer, const contract::Policy& policy) {
  core::JsonLimits bounds;
  bounds.bytes = core::limits::kDecisionBytes;
  auto json = core::parse_untrusted(answer.body, bounds);
  if (!json || answer.status != 200) {
    return policy_unavailable("OPA answered " + std::to_string(answer.status) +
                              (json ? ": " + describe_errors(*json) : ""));
  }
  const Json* result = json->find("result");
  const Json* rules = result ? result->find("rules") : nullptr;
  if (!rules || rules->items().size() != policy.permissions.size() + policy.prohibitions.size() +
                                             policy.obligations.size()) {
    return policy_unavailable("OPA came to no judgement");
  }
  Json judged = Json::array();
  for (const Json& rule : rules->items()) {
    if (!is_one_of(rule.text_at("kind"), kKinds) ||
        !is_one_of(rule.text_at("activation"), kActivations) || rule.text_at("rule").empty()) {
      return policy_unavailable("OPA's judgement of a rule is not understood");
    }
    judged.push(in_order(rule));
  }
  return Json::object().set("rules", std::move(judged));
}

}  // namespace

core::Status check_judged(const contract::Policy& policy) {
  if (policy.type != contract::Policy::Type::kRequest) return core::ok();
  return error_at("$", "a request is no policy to be judged: it grants nothing");
}

core::Status check_request(const contract::Policy& request) {
  if (request.permissions.size() != 1 || !request.prohibitions.empty() ||
      !request.obligations.empty()) {
    return error_at("$", "a request has one permission and no other rule");
  }
  const contract::Rule& asked = request.permissions[0];
  const std::string path = "$.permission[0]";
  if (!asked.duties.empty()) return error_at(path + ".duty", "a request has no duties");
  if (asked.actions.size() > 1) {
    return error_at(path + ".action", "a request has one action at most");
  }
  for (const auto& [subjects, place] : {std::pair{&asked.assignees, path + ".assignee"},
                                        {&asked.targets, path + ".target"},
                                        {&request.assignees, std::string("$.assignee")},
                                        {&request.targets, std::string("$.target")}}) {
    if (auto one = check_one(*subjects, place); !one) return one;
  }
  if (auto facts = check_facts(asked.constraints, path + ".constraint"); !facts) return facts;
  if (asked.actions.empty()) return core::ok();
  return check_facts(asked.actions[0].refinements, path + ".action.refinement");
}

OdrlEvaluator::OdrlEvaluator(std::unique_ptr<ServedRevision> served)
    : served_(std::move(served)), client_(served_->socket().string()) {}

core::Result<std::unique_ptr<OdrlEvaluator>> OdrlEvaluator::start(const fs::path& opa,
                                                                  const fs::path& run_dir) {
  BundleFiles files = bundle_files({}, Json::object());
  for (const auto& file : policy::odrl_files()) {
    const std::string name(file.path);
    if (!name.ends_with("_test.rego")) files.emplace("odrl/" + name, std::string(file.content));
  }
  ServedRevision::Options options;
  options.opa = opa;
  options.bundle = run_dir / "bundle";
  options.run_dir = run_dir;
  options.revision = revision_of(files);
  options.canary = canary({}, 0);
  options.log = [](const std::string&) {};
  if (auto written = write_bundle(files, options.revision, options.bundle); !written) {
    return std::move(written.error());
  }
  auto served = ServedRevision::start(std::move(options));
  if (!served) return std::move(served.error());
  return std::unique_ptr<OdrlEvaluator>(new OdrlEvaluator(std::move(*served)));
}

core::Result<Json> OdrlEvaluator::evaluate(const OdrlQuestion& question, Deadline deadline) {
  if (auto fine = check_judged(question.policy); !fine) return std::move(fine.error());
  if (auto fine = check_request(question.request); !fine) return std::move(fine.error());
  const std::string body = core::to_text(Json::object().set("input", input_of(question)));
  auto answer = client_.ask({"POST", kOdrlPath, "application/json", body}, deadline);
  if (!answer) return std::move(answer.error());
  return read_answer(*answer, question.policy);
}

}  // namespace connector::opa
