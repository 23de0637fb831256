#include <iostream>

#include "cli/commands.h"
#include "cli/terminal.h"

namespace connector::cli {
namespace {

using core::Json;

std::uint64_t number_at(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value ? value->as_uint64().value_or(0) : 0;
}

// Calls with a bar for work that takes long.
core::Result<Json> call_with_bar(const Common& common, const std::string& operation,
                                 const Json& args, const char* what) {
  ProgressLine bar(what);
  return common.reach().call(operation, args, {}, [&](const Json& step) {
    const std::uint64_t done = number_at(step, "done");
    const std::uint64_t all = number_at(step, "all");
    bar.show(done, all, std::to_string(done) + " of " + std::to_string(all) + " decisions");
  });
}

void print(const Common& common, const std::string& operation, const Json& answer) {
  if (common.json) {
    std::cout << core::to_pretty_text(answer) << "\n";
  } else {
    std::cout << to_human(operation, answer);
  }
}

// A refusal for its impact comes with the report.
int refused(const Common& common, core::Error error) {
  const auto report_text = error.metadata.find("impact");
  if (report_text != error.metadata.end() && !common.json) {
    const auto impact = core::parse_untrusted(report_text->second);
    if (impact) std::cout << to_human("policy.impact", *impact);
    error.metadata.erase(report_text);
  }
  return report(error, common.json);
}

}  // namespace

int policy_publish_command(const Common& common, const PublishArgs& args) {
  Json call = Json::object().set("dry_run", Json::boolean(args.dry_run));
  if (!args.impact_below.empty()) {
    const auto below = Json::string(args.impact_below).as_uint64();
    if (!below) {
      return report(core::invalid("ARGUMENT_INVALID", "--if-impact-below takes a whole number"),
                    common.json);
    }
    call.set("impact_below", Json::string(args.impact_below));
  }
  auto answer = call_with_bar(common, "policy.publish", call, "comparing");
  if (!answer) return refused(common, std::move(answer.error()));
  print(common, "policy.publish", *answer);
  return 0;
}

int policy_can_i_command(const Common& common, const CanIArgs& args) {
  const Json call = Json::object()
                        .set("as", Json::string(args.as))
                        .set("dataset", Json::string(args.dataset))
                        .set("purpose", Json::string(args.purpose))
                        .set("record", Json::string(args.record))
                        .set("at", Json::string(args.at))
                        .set("working", Json::boolean(args.working));
  const auto answer = common.reach().call("policy.can-i", call);
  if (!answer) return report(answer.error(), common.json);
  print(common, "policy.can-i", *answer);
  return answer->text_at("verdict") == "allow" ? 0 : 3;
}

int policy_diff_command(const Common& common, const DiffArgs& args) {
  if (args.working && !args.to.empty()) {
    return report(core::invalid("ARGUMENT_INVALID",
                                "a second revision and --working exclude each "
                                "other"),
                  common.json);
  }
  const Json call =
      Json::object().set("from", Json::string(args.from)).set("to", Json::string(args.to));
  auto answer = call_with_bar(common, "policy.diff", call, "comparing");
  if (!answer) return report(answer.error(), common.json);
  print(common, "policy.diff", *answer);
  return 0;
}

}  // namespace connector::cli
