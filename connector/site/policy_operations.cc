#include <chrono>

#include "crypto/random.h"
#include "opa/policy_engine.h"
#include "site/context.h"
#include "site/policy_options.h"

namespace connector::site {
namespace {

using core::Json;

core::Error not_running(const std::string& operation) {
  return core::unavailable("CONNECTOR_NOT_RUNNING",
                           "'" + operation + "' needs the running connector",
                           "start it: connector serve");
}

// What is in force changed: that stands in the log, with who asked for it.
core::Result<Json> logged(const Context& context, const admin::Call& call, const char* kind,
                          core::Result<Json> answer) {
  if (!answer) return answer;
  const Json* changed = answer->find("changed");
  if (changed && !changed->as_bool()) return answer;
  auto written = context.change({.kind = kind,
                                 .self = context.self(),
                                 .partner = {},
                                 .subject = answer->text_at("revision"),
                                 .detail = answer->text_at("previous"),
                                 .uid = call.uid},
                                {});
  if (!written) return std::move(written.error());
  return answer;
}

}  // namespace

opa::PolicyEngine::Options policy_options(const Config& config) {
  opa::PolicyEngine::Options options;
  options.dir = config.dir / "data" / "policy";
  options.run_dir = config.dir / "run";
  options.folder = config.dir / config.policy;
  options.opa = config.opa;
  options.self = config.id;
  for (const DatasetConfig& one : config.datasets) options.datasets.push_back(one.info);
  options.random = crypto::random_bytes;
  options.clock = [] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  };
  options.on_change = [] {};
  options.log = [](const std::string&) {};
  return options;
}

void add_policy_operations(const Context& context, admin::Operations& operations) {
  operations["policy.check"] = [context](const admin::Call&) {
    return opa::PolicyEngine::check(policy_options(context.config()));
  };
  operations["policy.test"] = [context](const admin::Call&) {
    return opa::PolicyEngine::test(policy_options(context.config()));
  };
  operations["policy.status"] = [context](const admin::Call&) {
    return context.policy ? context.policy->status()
                          : opa::PolicyEngine::status(policy_options(context.config()));
  };
  operations["policy.publish"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (!context.policy) return not_running("policy publish");
    return logged(context, call, "policy.published", context.policy->publish());
  };
  operations["policy.rollback"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (!context.policy) return not_running("policy rollback");
    return logged(context, call, "policy.rolled-back",
                  context.policy->rollback(call.args.text_at("revision")));
  };
  operations["policy.replay"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (!context.policy) return not_running("policy replay");
    return context.policy->replay(call.args.text_at("decision"));
  };
}

}  // namespace connector::site
