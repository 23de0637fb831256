#include "site/evaluation.h"

#include <stdlib.h>

#include <chrono>

#include "contract/odrl_read.h"
#include "core/limits.h"
#include "opa/odrl.h"
#include "opa/process.h"
#include "opa/world.h"
#include "site/config.h"
#include "source/files.h"

namespace connector::site {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr auto kTime = std::chrono::seconds(30);  // for the largest policy on a busy machine

// A folder that nobody else may enter, removed in the end.
class RunFolder {
 public:
  RunFolder() {
    std::error_code ignored;
    std::string name = (fs::temp_directory_path(ignored) / "connector-odrl-XXXXXX").string();
    if (::mkdtemp(name.data())) path_ = name;
  }
  ~RunFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

core::Error in_file(core::Error error, const fs::path& file) {
  error.message = file.string() + ": " + error.message;
  error.metadata["file"] = file.string();
  return error;
}

core::Result<Json> read_json(const fs::path& file) {
  auto text = source::read_file(file, core::limits::kPolicyBytes);
  if (!text) return std::move(text.error());
  core::JsonLimits limits;
  limits.string_bytes = core::limits::kPolicyStringBytes;
  auto json = core::parse_untrusted(*text, limits);
  if (!json) return in_file(std::move(json.error()), file);
  return json;
}

// Reads one file by one of the readers.
template <typename Read>
auto read(const fs::path& file, Read reader) -> decltype(reader(Json())) {
  auto json = read_json(file);
  if (!json) return std::move(json.error());
  auto made = reader(*json);
  if (!made) return in_file(std::move(made.error()), file);
  return made;
}

core::Result<contract::Policy> read_policy(const Json& json) {
  return contract::read_policy(json);
}

core::Result<fs::path> find_opa(const fs::path& dir) {
  const auto config = load_config(dir.string());
  return opa::find_opa(config ? config->opa : "");
}

}  // namespace

core::Result<Json> evaluate_policy(const EvaluationFiles& files, const fs::path& dir) {
  auto policy = read(files.policy, read_policy);
  if (!policy) return std::move(policy.error());
  auto request = read(files.request, read_policy);
  if (!request) return std::move(request.error());
  auto world = read(files.world, opa::read_world);
  if (!world) return std::move(world.error());
  const opa::OdrlQuestion question{*policy, *request, *world};
  if (auto fine = opa::check_judged(*policy); !fine) {
    return in_file(std::move(fine.error()), files.policy);
  }
  if (auto fine = opa::check_request(*request); !fine) {
    return in_file(std::move(fine.error()), files.request);
  }
  const auto program = find_opa(dir);
  if (!program) return program.error();
  const RunFolder folder;
  if (folder.path().empty()) {
    return core::unavailable("POLICY_STORAGE", "cannot make a folder for temporary files");
  }
  auto evaluator = opa::OdrlEvaluator::start(*program, folder.path());
  if (!evaluator) return std::move(evaluator.error());
  return (*evaluator)->evaluate(question, std::chrono::steady_clock::now() + kTime);
}

}  // namespace connector::site
