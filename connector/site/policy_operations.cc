#include <pwd.h>

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

opa::Publisher publisher(const admin::Call& call) {
  opa::Publisher by{call.uid, {}};
  std::vector<char> room(16'384);
  passwd entry{};
  passwd* found = nullptr;
  const bool known = call.uid >= 0 && ::getpwuid_r(static_cast<uid_t>(call.uid), &entry,
                                                   room.data(), room.size(), &found) == 0;
  if (known && found) by.name = found->pw_name;
  return by;
}

opa::Publication wish(const Context& context, const admin::Call& call) {
  opa::Publication wish;
  wish.by = publisher(call);
  wish.approvals = context.config().policy_approvals;
  const Json* dry_run = call.args.find("dry_run");
  wish.dry_run = dry_run && dry_run->as_bool();
  if (const Json* below = call.args.find("impact_below")) wish.impact_below = below->as_uint64();
  wish.impact = impact_options(context, call);
  return wish;
}

// What is in force changed, or somebody wants it to: that stands in the log, with who asked for it.
core::Result<Json> logged(const Context& context, const admin::Call& call, const char* kind,
                          core::Result<Json> answer) {
  if (!answer) return answer;
  const Json* changed = answer->find("changed");
  if (changed && !changed->as_bool()) return answer;
  auto written = context.change({.kind = answer->find("proposal") ? "policy.proposed" : kind,
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

opa::ImpactOptions impact_options(const Context& context, const admin::Call& call) {
  opa::ImpactOptions options;
  options.live = live_questions(context);
  if (!call.progress) return options;
  options.progress = [progress = call.progress](std::size_t done, std::size_t all) {
    return progress(Json::object()
                        .set("done", Json::integer(static_cast<std::int64_t>(done)))
                        .set("all", Json::integer(static_cast<std::int64_t>(all))));
  };
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
  operations["policy.history"] = [context](const admin::Call&) {
    return opa::PolicyEngine::status(policy_options(context.config()));
  };
  operations["policy.publish"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (!context.policy) return not_running("policy publish");
    return logged(context, call, "policy.published", context.policy->publish(wish(context, call)));
  };
  operations["policy.rollback"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (!context.policy) return not_running("policy rollback");
    return logged(context, call, "policy.rolled-back",
                  context.policy->rollback(call.args.text_at("revision"), wish(context, call)));
  };
  operations["policy.approve"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (!context.policy) return not_running("policy approve");
    return logged(context, call, "policy.approved",
                  context.policy->approve(call.args.text_at("revision"), publisher(call)));
  };
  operations["policy.reject"] = [context](const admin::Call& call) -> core::Result<Json> {
    if (!context.policy) return not_running("policy reject");
    return logged(context, call, "policy.rejected",
                  context.policy->reject(call.args.text_at("revision")));
  };
}

}  // namespace connector::site
