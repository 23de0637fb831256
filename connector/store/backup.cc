#include "store/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "core/limits.h"
#include "evidence/merkle.h"
#include "store/copies.h"
#include "store/schema.h"

namespace connector::store {
namespace {

constexpr int kPagesAtOnce = 2000;  // 8 MiB
constexpr std::size_t kProblems = 20;

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

core::Status to_disk(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  return synced ? core::ok() : core::Status(error_of(SQLITE_IOERR_FSYNC, "cannot write " + path));
}

core::Status copy_pages(Database& source, Database& target, const BackupProgress& progress) {
  std::unique_ptr<sqlite3_backup, Finish> backup(
      sqlite3_backup_init(target.get(), "main", source.get(), "main"));
  if (!backup) return target.failure("cannot begin the copy");
  for (;;) {
    const int code = sqlite3_backup_step(backup.get(), kPagesAtOnce);
    if (code == SQLITE_DONE) return core::ok();
    if (code != SQLITE_OK) return error_of(code, "the copy failed");
    const auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup.get()));
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup.get()));
    if (progress && !progress(all - left, all)) {
      return core::unavailable("CANCELLED", "the caller is gone");
    }
  }
}

void note(Inspection& found, std::string problem) {
  if (found.problems.size() < kProblems) found.problems.push_back(std::move(problem));
}

core::Status check_pages(Database& database, Inspection& found) {
  Statement rows(database, "PRAGMA integrity_check(20)");
  while (rows.step()) {
    if (rows.view(0) != "ok") note(found, rows.text(0));
  }
  if (!rows.ok()) note(found, rows.failure().message);
  return core::ok();
}

// Reads the stored nodes in the order in which the tree completes them.
class Nodes {
 public:
  explicit Nodes(Database& database)
      : row_(database, "SELECT hash FROM nodes WHERE level = ?1 AND number = ?2") {}

  bool holds(const evidence::Frontier::Node& node) {
    row_.rewind();
    row_.bind(node.level).bind(node.index);
    return row_.step() && row_.view(0) == core::view(node.hash);
  }

 private:
  Statement row_;
};

core::Status check_log(Database& database, Inspection& found) {
  evidence::Frontier frontier;
  std::vector<evidence::Frontier::Node> completed;
  std::uint64_t nodes = 0;
  Nodes stored(database);
  Statement rows(database, "SELECT number, bytes FROM entries ORDER BY number");
  while (rows.step()) {
    if (rows.count(0) != frontier.size()) {
      note(found, "the log has no entry " + std::to_string(frontier.size()));
      return core::ok();
    }
    completed.clear();
    frontier.append(evidence::leaf_hash(rows.view(1)), completed);
    nodes += completed.size();
    for (const auto& node : completed) {
      if (stored.holds(node)) continue;
      note(found, "entry " + std::to_string(frontier.size() - 1) +
                      " of the log is not what its tree was made of (node " +
                      std::to_string(node.level) + "/" + std::to_string(node.index) + ")");
    }
  }
  if (!rows.ok()) note(found, "the log cannot be read: " + rows.failure().message);
  Statement count(database, "SELECT count(*) FROM nodes");
  if (!count.step()) return count.failure();
  if (count.count(0) != nodes) note(found, "the tree of the log has nodes of no entry");
  found.entries = frontier.size();
  found.root = core::hex(frontier.size() == 0 ? evidence::empty_root() : frontier.root());
  return core::ok();
}

core::Result<std::int64_t> pragma(Database& database, const char* text) {
  Statement row(database, text);
  if (!row.step()) return row.failure();
  return row.number(0);
}

}  // namespace

core::Status copy_database(const std::string& from, const std::string& to, const char* vfs,
                           const BackupProgress& progress) {
  auto source = Database::open(from, Database::Mode::kRead, vfs);
  if (!source) return std::move(source.error());
  const int made = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) return error_of(SQLITE_CANTOPEN, "cannot make " + to);
  ::close(made);
  auto target = Database::open(to, Database::Mode::kWrite, nullptr);
  if (!target) return std::move(target.error());
  // The snapshot is taken by the first read, not by BEGIN.
  if (auto begun = source->run("BEGIN; SELECT count(*) FROM sqlite_schema"); !begun) return begun;
  if (auto copied = copy_pages(*source, *target, progress); !copied) return copied;
  if (auto ended = source->run("COMMIT"); !ended) return ended;
  if (auto set = target->run("PRAGMA journal_mode=DELETE"); !set) return set;
  return to_disk(to);
}

core::Result<Inspection> inspect(Database& database) {
  Inspection found;
  auto schema = pragma(database, "PRAGMA user_version");
  if (!schema) return std::move(schema.error());
  found.schema = *schema;
  if (auto begun = database.run("BEGIN"); !begun) return std::move(begun.error());
  auto checked = check_pages(database, found);
  if (checked) checked = check_log(database, found);
  [[maybe_unused]] const auto ended = database.run("ROLLBACK");
  if (!checked) return std::move(checked.error());
  return found;
}

core::Result<Inspection> inspect_copy(const std::filesystem::path& file) {
  auto database = Database::open(file.string(), Database::Mode::kRead, nullptr);
  if (!database) return std::move(database.error());
  auto application = pragma(*database, "PRAGMA application_id");
  if (!application) return std::move(application.error());
  if (*application != kApplicationId) {
    return core::Error{core::Code::kConflict,
                       "STORE_FOREIGN",
                       file.filename().string() + " is a database of another program",
                       "name a backup of this program",
                       {}};
  }
  auto schema = pragma(*database, "PRAGMA user_version");
  if (!schema) return std::move(schema.error());
  if (*schema > core::limits::kSchemaVersion) {
    return core::Error{core::Code::kConflict,
                       "STORE_TOO_NEW",
                       "the copy has schema version " + std::to_string(*schema) +
                           "; this program knows " + std::to_string(core::limits::kSchemaVersion),
                       "use the newer program",
                       {}};
  }
  return inspect(*database);
}

}  // namespace connector::store
