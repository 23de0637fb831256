#include "opa/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/digest.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr const char* kCurrent = "decisions.jsonl";
constexpr std::size_t kSaltBytes = 32;

std::string digest_of(const std::string& salt, const std::string& input, const std::string& result,
                      const std::string& rows) {
  core::Sha256 digest;
  digest.update(salt).update(input).update("\n").update(result).update("\n").update(rows);
  return core::hex(digest.finish());
}

core::Error failed(const fs::path& path) {
  const std::string message =
      "the journal of decisions cannot be written: " + path.string() + ": " + std::strerror(errno);
  if (errno == ENOSPC || errno == EDQUOT) {
    return {core::Code::kExhausted, "STORAGE_FULL", message, "free some space", {}};
  }
  return core::unavailable("POLICY_UNAVAILABLE", message);
}

// Older files, the oldest first; their names hold the time at which they were closed.
std::vector<fs::path> closed_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name != kCurrent && name.rfind("decisions-", 0) == 0) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

core::Result<Json> find_in(const fs::path& file, const std::string& decision_id) {
  std::ifstream in(file);
  const std::string wanted = "\"id\":" + core::to_text(Json::string(decision_id));
  for (std::string line; std::getline(in, line);) {
    if (line.find(wanted) == std::string::npos) continue;
    auto json = core::parse_untrusted(line);
    if (json && json->text_at("id") == decision_id) return json;
  }
  return core::Error{core::Code::kNotFound,
                     "DECISION_NOT_FOUND",
                     "the journal has no decision '" + decision_id + "'",
                     "older decisions may have been removed",
                     {}};
}

}  // namespace

core::Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options) {
  std::error_code error;
  fs::create_directories(options.folder, error);
  fs::permissions(options.folder, fs::perms::owner_all, error);
  std::unique_ptr<Journal> journal(new Journal(std::move(options)));
  if (auto begun = journal->begin_file(); !begun) return std::move(begun.error());
  return journal;
}

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

core::Status Journal::begin_file() {
  const fs::path path = options_.folder / kCurrent;
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct stat status {};
  if (file_ < 0 || ::fstat(file_, &status) != 0) return failed(path);
  size_ = static_cast<std::uint64_t>(status.st_size);
  remove_old();
  return core::ok();
}

void Journal::remove_old() const {
  auto files = closed_files(options_.folder);
  std::error_code error;
  const auto oldest = std::chrono::seconds(options_.clock() / 1'000'000'000 - options_.keep_s);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string name = files[i].stem().string();
    const auto closed = std::chrono::seconds(std::atoll(name.c_str() + name.rfind('-') + 1));
    if (closed < oldest || i + options_.keep_files < files.size()) fs::remove(files[i], error);
  }
}

core::Result<std::string> Journal::append(const std::string& decision_id,
                                          const core::Revision& revision, const Evaluation& made) {
  const std::string salt = options_.random(kSaltBytes);
  const std::string digest = digest_of(salt, made.input, made.result, made.rows);
  const std::int64_t now = options_.clock();
  const std::string line = core::to_text(Json::object()
                                             .set("version", Json::integer(1))
                                             .set("id", Json::string(decision_id))
                                             .set("at", Json::string(core::to_rfc3339(now)))
                                             .set("revision", Json::string(revision.str()))
                                             .set("allow", Json::boolean(made.decision.allow))
                                             .set("input", Json::string(made.input))
                                             .set("result", Json::string(made.result))
                                             .set("rows", Json::string(made.rows))
                                             .set("salt", Json::string(core::hex(salt)))
                                             .set("digest", Json::string(digest))) +
                           "\n";
  std::lock_guard lock(mutex_);
  if (size_ >= options_.file_bytes) {
    ::close(file_);
    const std::string seconds = std::to_string(now / 1'000'000'000);
    const std::string name =
        "decisions-" + std::string(seconds.size() < 12 ? 12 - seconds.size() : 0, '0') + seconds;
    ::rename((options_.folder / kCurrent).c_str(), (options_.folder / (name + ".jsonl")).c_str());
    if (auto begun = begin_file(); !begun) return std::move(begun.error());
  }
  // One write of a whole line; what a full disk cuts off is cut off again.
  const auto written = ::write(file_, line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    if (written >= 0) errno = ENOSPC;  // a part fitted
    const core::Error error = failed(options_.folder / kCurrent);
    [[maybe_unused]] const int cut = ::ftruncate(file_, static_cast<off_t>(size_));
    return error;
  }
  size_ += line.size();
  return digest;
}

core::Result<Json> Journal::find(const std::string& decision_id) const {
  auto files = closed_files(options_.folder);
  files.push_back(options_.folder / kCurrent);
  std::lock_guard lock(mutex_);
  core::Result<Json> found = find_in(files.back(), decision_id);
  for (auto file = files.rbegin() + 1; !found && file != files.rend(); ++file) {
    found = find_in(*file, decision_id);
  }
  return found;
}

bool journal_line_intact(const Json& line) {
  const auto salt = core::from_hex(line.text_at("salt"));
  return salt && digest_of(*salt, line.text_at("input"), line.text_at("result"),
                           line.text_at("rows")) == line.text_at("digest");
}

}  // namespace connector::opa
