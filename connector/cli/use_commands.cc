#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "cli/terminal.h"

namespace connector::cli {
namespace {

using core::Json;

Json list_of(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push(Json::string(value));
  return list;
}

core::Error not_written(const std::string& path) {
  return {core::Code::kExhausted,
          "FILE_NOT_WRITTEN",
          "cannot write " + path,
          "the use counts; give another file and use again",
          {}};
}

// Its owner's alone, and never over another one: before the use, which counts.
core::Status make_file(const std::string& path, std::ofstream& file) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return core::Error{
        core::Code::kConflict, "FILE_EXISTS", path + " is there already", "give another name", {}};
  }
  file.open(path, std::ios::binary);
  const auto owner = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  if (file) std::filesystem::permissions(path, owner, error);
  return file && !error ? core::ok() : core::Status(not_written(path));
}

}  // namespace

int use_command(const Common& common, const UseArgs& args) {
  std::ofstream file;
  if (!args.out.empty()) {
    if (auto made = make_file(args.out, file); !made) return report(made.error(), common.json);
  }
  Json call = Json::object();
  call.set("agreement", Json::string(args.agreement))
      .set("dataset", Json::string(args.dataset))
      .set("purpose", Json::string(args.purpose))
      .set("app", Json::string(args.app))
      .set("action", Json::string(args.action))
      .set("kinds", list_of(args.kinds))
      .set("orders", list_of(args.orders))
      .set("items", list_of(args.items))
      .set("from", Json::string(args.from))
      .set("to", Json::string(args.to))
      .set("out", Json::string(args.out));
  Json records = Json::array();
  const auto answer = common.reach().call("use", call, {}, [&](const Json& step) {
    const Json* record = step.find("record");
    if (record == nullptr) return;
    if (file.is_open()) {
      file << core::to_text(*record) << "\n";
    } else if (common.json) {
      records.push(*record);
    } else {
      std::cout << core::to_text(*record) << "\n";
    }
  });
  if (!answer) {
    std::error_code ignored;
    if (file.is_open()) std::filesystem::remove(args.out, ignored);
    return report(answer.error(), common.json);
  }
  if (file.is_open() && !file.flush()) return report(not_written(args.out), common.json);
  if (common.json) {
    Json shown = *answer;
    if (!file.is_open()) shown.set("given", std::move(records));
    std::cout << core::to_pretty_text(shown) << "\n";
  } else {
    std::cerr << to_human("use", *answer);
  }
  return 0;
}

}  // namespace connector::cli
