// The private journal of decisions: what was asked, what was answered, under which revision.
// JSON lines, appended; the log of evidence carries only a salted digest of each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/result.h"
#include "exchange/ports.h"
#include "opa/served_revision.h"

namespace connector::opa {

struct JournalOptions {
  std::filesystem::path folder;
  exchange::Clock clock;
  exchange::Random random;
  std::uint64_t file_bytes = 16u << 20;  // then a new file is begun
  std::int64_t keep_s = 90 * 86'400;     // files whose last line is older are removed
  std::size_t keep_files = 64;           // and the oldest beyond this number
};

// Safe for use by several threads.
class Journal {
 public:
  static core::Result<std::unique_ptr<Journal>> open(JournalOptions options);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Writes one line and returns the digest for the log, hex:
  // SHA-256(salt || input || 0x0a || result || 0x0a || rows), salt being 32 random bytes that
  // stand in the line.
  core::Result<std::string> append(const std::string& decision_id, const core::Revision& revision,
                                   const Evaluation& made);
  // The line of a decision. Error: DECISION_NOT_FOUND.
  core::Result<core::Json> find(const std::string& decision_id) const;
  // Removes files whose newest line is older than so many seconds; how many.
  std::size_t forget(std::int64_t keep_s);

 private:
  explicit Journal(JournalOptions options) : options_(std::move(options)) {}
  core::Status begin_file();
  core::Status close_file(std::int64_t now);
  void remove_old() const;

  const JournalOptions options_;
  mutable std::mutex mutex_;
  int file_ = -1;            // guarded by mutex_
  std::uint64_t size_ = 0;   // guarded by mutex_
  std::int64_t opened_ = 0;  // when its first line was written; guarded by mutex_
};

// The same without an open journal: whoever serves the folder may be writing to it.
core::Result<core::Json> find_decision(const std::filesystem::path& folder,
                                       const std::string& decision_id);
// The newest lines, at most so many, the newest first; what is damaged is left out.
std::vector<core::Json> last_decisions(const std::filesystem::path& folder, std::size_t most);

// Does the line hold what its digest says?
bool journal_line_intact(const core::Json& line);

}  // namespace connector::opa
