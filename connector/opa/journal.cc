#include "opa/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <deque>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

#include "core/digest.h"
#include "core/instant.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr const char* kCurrent = "decisions.jsonl";
constexpr std::string_view kClosed = "decisions-";
constexpr std::size_t kSaltBytes = 32;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kFileTime = 86'400 * kSecond;  // then a new file is begun

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

// Its name says when it was closed: "decisions-000001767225600.jsonl", then with a letter. Nothing
// where it is no file of ours.
std::optional<std::int64_t> closed_at(const fs::path& file) {
  const std::string name = file.filename().string();
  if (!name.starts_with(kClosed)) return {};
  std::int64_t seconds = 0;
  const auto [at, error] =
      std::from_chars(name.data() + kClosed.size(), name.data() + name.size(), seconds);
  if (error != std::errc()) return {};
  return seconds;
}

// The oldest first.
std::vector<fs::path> closed_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (closed_at(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Of the first line; now, where there is none that can be read.
std::int64_t first_time(const fs::path& file, std::int64_t now) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return now;
  const auto json = core::parse_untrusted(line);
  const auto at = json ? core::parse_instant(json->text_at("at"))
                       : core::Result<core::Instant>(core::internal("no line"));
  return at ? at->epoch_ns : now;
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
  opened_ = size_ > 0 ? first_time(path, options_.clock()) : options_.clock();
  remove_old();
  return core::ok();
}

void Journal::remove_old() const {
  auto files = closed_files(options_.folder);
  std::error_code error;
  const std::int64_t oldest = options_.clock() / kSecond - options_.keep_s;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (closed_at(files[i]) < oldest || i + options_.keep_files < files.size())
      fs::remove(files[i], error);
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
    if (auto closed = close_file(now); !closed) return std::move(closed.error());
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
  std::lock_guard lock(mutex_);
  return find_decision(options_.folder, decision_id);
}

std::size_t Journal::forget(std::int64_t keep_s) {
  std::lock_guard lock(mutex_);
  const std::int64_t now = options_.clock();
  // Files are forgotten as a whole: one that is written to for long would be kept for longer.
  if (size_ > 0 && now - opened_ >= kFileTime) {
    if (auto closed = close_file(now); !closed) return 0;
  }
  std::size_t removed = 0;
  std::error_code error;
  for (const fs::path& file : closed_files(options_.folder)) {
    if (closed_at(file) < now / kSecond - keep_s && fs::remove(file, error)) ++removed;
  }
  return removed;
}

core::Status Journal::close_file(std::int64_t now) {
  ::close(file_);
  const std::string seconds = std::to_string(now / kSecond);
  const std::string name = std::string(kClosed) +
                           std::string(seconds.size() < 12 ? 12 - seconds.size() : 0, '0') +
                           seconds;
  std::error_code error;
  fs::path target = options_.folder / (name + ".jsonl");
  for (char letter = 'a'; fs::exists(target, error) && letter <= 'z'; ++letter) {
    target = options_.folder / (name + letter + ".jsonl");
  }
  ::rename((options_.folder / kCurrent).c_str(), target.c_str());
  return begin_file();
}

core::Result<Json> find_decision(const fs::path& folder, const std::string& decision_id) {
  auto files = closed_files(folder);
  files.push_back(folder / kCurrent);
  core::Result<Json> found = find_in(files.back(), decision_id);
  for (auto file = files.rbegin() + 1; !found && file != files.rend(); ++file) {
    found = find_in(*file, decision_id);
  }
  return found;
}

std::vector<Json> last_decisions(const fs::path& folder, std::size_t most) {
  auto files = closed_files(folder);
  files.push_back(folder / kCurrent);
  std::vector<Json> newest;
  for (auto file = files.rbegin(); file != files.rend() && newest.size() < most; ++file) {
    std::ifstream in(*file);
    std::deque<std::string> lines;
    for (std::string line; std::getline(in, line);) {
      lines.push_back(std::move(line));
      if (lines.size() > most - newest.size()) lines.pop_front();
    }
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
      auto json = core::parse_untrusted(*line);
      if (json && json->is_object()) newest.push_back(std::move(*json));
    }
  }
  return newest;
}

bool journal_line_intact(const Json& line) {
  const auto salt = core::from_hex(line.text_at("salt"));
  return salt && digest_of(*salt, line.text_at("input"), line.text_at("result"),
                           line.text_at("rows")) == line.text_at("digest");
}

}  // namespace connector::opa
