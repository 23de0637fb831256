#include <filesystem>
#include <iostream>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "site/backup.h"

namespace connector::cli {
namespace {

using core::Json;

std::uint64_t number_at(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value ? value->as_uint64().value_or(0) : 0;
}

int print(const Common& common, const std::string& operation, const core::Result<Json>& answer) {
  if (!answer) return report(answer.error(), common.json);
  if (common.json) {
    std::cout << core::to_pretty_text(*answer) << "\n";
  } else {
    std::cout << to_human(operation, *answer);
  }
  return 0;
}

}  // namespace

int db_backup_command(const Common& common, const std::string& file) {
  const Json call =
      Json::object().set("file", Json::string(std::filesystem::absolute(file).string()));
  auto bar = std::make_unique<ProgressLine>("copying");
  const auto answer = common.reach().call("db.backup", call, {}, [&](const Json& step) {
    const std::uint64_t all = number_at(step, "all");
    bar->show(number_at(step, "done"), all, std::to_string(all) + " pages");
  });
  bar.reset();
  return print(common, "db.backup", answer);
}

int db_restore_command(const Common& common, const std::string& file, bool force) {
  const auto config = site::load_config(common.dir);
  if (!config) return report(config.error(), common.json);
  if (common.reach().running()) {
    return report({core::Code::kConflict,
                   "CONNECTOR_RUNNING",
                   "the connector of this folder runs",
                   "stop it first",
                   {}},
                  common.json);
  }
  return print(common, "db.restore", site::restore(*config, file, force));
}

}  // namespace connector::cli
