#include "store/writer.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "core/limits.h"

namespace connector::store {
namespace {

constexpr std::int64_t kLookAgainMs = 200;
constexpr int kCheckpointPages = 2000;      // 8 MiB
constexpr int kTruncatePages = 32'000;      // 128 MiB: readers kept it from starting anew
constexpr int kTruncatePatienceMs = 100;    // to wait for readers in mid-page
constexpr std::uint64_t kBallastShare = 8;  // of a small disk

const core::Error kFull{core::Code::kExhausted,
                        "STORAGE_FULL",
                        "the disk of the store is full",
                        "free some space; it goes on by itself",
                        {}};
const core::Error kBroken = core::unavailable(
    "EVIDENCE_UNAVAILABLE", "a write to the store failed; nothing is acknowledged any more",
    "check the disk, then restart");

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Space {
  std::uint64_t free = 0;
  std::uint64_t all = 0;
};

Space space_beside(const std::filesystem::path& path) {
  struct statvfs info {};
  if (::statvfs(path.parent_path().c_str(), &info) != 0) return {};
  const auto unit = static_cast<std::uint64_t>(info.f_frsize);
  return {info.f_bavail * unit, info.f_blocks * unit};
}

bool make_file(const std::filesystem::path& path, std::uint64_t bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool made = ::posix_fallocate(file, 0, static_cast<off_t>(bytes)) == 0;
  ::close(file);
  if (!made) ::unlink(path.c_str());
  return made;
}

}  // namespace

Writer::Writer(Database database, std::filesystem::path ballast, std::uint64_t ballast_bytes,
               Undo undo, std::function<void(const std::string&)> on_failure)
    : database_(std::move(database)),
      ballast_(std::move(ballast)),
      ballast_bytes_(std::min(ballast_bytes, space_beside(ballast_).all / kBallastShare)),
      undo_(std::move(undo)),
      on_failure_(std::move(on_failure)) {
  full_ = !keep_ballast();
  sqlite3_wal_hook(
      database_.get(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &wal_pages_);
  thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  // What is not written into the database now is read from the WAL next time.
  if (broken_) return;
  [[maybe_unused]] const auto written = checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
}

// Wakes the thread for the first of a group, and when the group is full.
void Writer::submit(Task task) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(task));
    wake = waiting_.size() == 1 || waiting_.size() >= core::limits::kGroupCommitEntries;
  }
  if (wake) changed_.notify_one();
}

void Writer::expect(int change) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    expected_ += change;
    wake = expected_ == 0 && !waiting_.empty();
  }
  if (wake) changed_.notify_one();
}

core::Status Writer::wait_for(std::function<core::Status(Database&)> write) {
  auto promise = std::make_shared<std::promise<core::Status>>();
  auto future = promise->get_future();
  Task task;
  task.write = std::move(write);
  task.done = [promise](core::Status status) { promise->set_value(std::move(status)); };
  submit(std::move(task));
  return future.get();
}

core::Status Writer::purge() {
  auto promise = std::make_shared<std::promise<core::Status>>();
  auto future = promise->get_future();
  Task task;
  task.write = [](Database&) { return core::ok(); };
  task.done = [promise](core::Status status) { promise->set_value(std::move(status)); };
  task.last_words = true;
  task.empties_wal = true;
  submit(std::move(task));
  return future.get();
}

// A full disk may have space again without anybody asking for a write: looking tries one.
core::Check Writer::health() {
  if (full_ && !broken_) {
    [[maybe_unused]] const auto tried = wait_for([](Database&) { return core::ok(); });
  }
  if (broken_) return {"store", false, kBroken.message, kBroken.next};
  if (full_) return {"store", false, kFull.message, kFull.next};
  return {"store", true, "writable", {}};
}

void Writer::loop() {
  for (auto tasks = gather(); !tasks.empty(); tasks = gather()) commit(std::move(tasks));
}

// None: it is the end.
std::vector<Task> Writer::gather() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  changed_.wait_for(lock, core::limits::kGroupCommitTime, [this] {
    return stopping_ || expected_ == 0 || waiting_.size() >= core::limits::kGroupCommitEntries;
  });
  std::vector<Task> tasks;
  while (!waiting_.empty() && tasks.size() < core::limits::kGroupCommitEntries) {
    tasks.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return tasks;
}

void Writer::commit(std::vector<Task> tasks) {
  std::vector<core::Status> results(tasks.size(), core::ok());
  if (!broken_ && full_ && now_ms() - looked_ms_ >= kLookAgainMs) {
    looked_ms_ = now_ms();
    full_ = !keep_ballast();
  }
  if (!broken_) {
    auto committed = attempt(tasks, results);
    // Full since just now: the last words again, in the space that was kept back for them.
    if (!committed && committed.error().reason == kFull.reason) committed = attempt(tasks, results);
    if (!committed) std::fill(results.begin(), results.end(), committed);
  } else {
    std::fill(results.begin(), results.end(), core::Status(kBroken));
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].empties_wal && results[i]) results[i] = empty_wal();
  }
  answer(tasks, results);
  const int waiting = wal_pages_ < written_pages_ ? wal_pages_ : wal_pages_ - written_pages_;
  if (waiting < kCheckpointPages || broken_ || full_) return;
  const bool grown = wal_pages_ >= kTruncatePages;
  if (auto done = checkpoint(grown ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
      !done) {
    after_failure(std::move(done.error()));
  }
}

// One transaction. An error: nothing of it is kept.
core::Status Writer::attempt(std::vector<Task>& tasks, std::vector<core::Status>& results) {
  undo_.mark();
  if (auto begun = database_.run("BEGIN IMMEDIATE"); !begun) return after_failure(begun.error());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (full_ && !tasks[i].last_words) {
      results[i] = kFull;
      continue;
    }
    results[i] = one(tasks[i]);
    const std::string reason = results[i] ? "" : results[i].error().reason;
    // SQLite ends the transaction by itself after some errors.
    const bool ended = sqlite3_get_autocommit(database_.get()) != 0;
    if (ended || reason == kFull.reason || reason == kBroken.reason) {
      undo_.back();
      return after_failure(results[i] ? kBroken : results[i].error());
    }
  }
  if (auto committed = database_.run("COMMIT"); !committed) {
    undo_.back();
    return after_failure(committed.error());
  }
  return core::ok();
}

core::Status Writer::one(Task& task) {
  if (auto begun = database_.prepared("SAVEPOINT task").run(); !begun) return begun;
  auto written = task.write(database_);
  if (!written) {
    // After these the whole transaction goes, and SQLite may have undone it already.
    if (written.error().reason == kFull.reason || written.error().reason == kBroken.reason) {
      return written;
    }
    if (auto back = database_.prepared("ROLLBACK TO task").run(); !back) return back;
  }
  if (auto released = database_.prepared("RELEASE task").run(); !released) return released;
  return written;
}

// What the tasks are told.
core::Error Writer::after_failure(core::Error error) {
  if (sqlite3_get_autocommit(database_.get()) == 0) {
    // An error here says no more than the one that is being handled.
    [[maybe_unused]] const auto rolled_back = database_.run("ROLLBACK");
  }
  if (error.reason == "STORE_BUSY") return error;
  if (error.reason == kFull.reason) {
    if (!full_.exchange(true)) on_failure_(error.message);
    std::error_code ignored;
    std::filesystem::remove(ballast_, ignored);
    looked_ms_ = now_ms();
    // Gives back what the transaction that did not fit had taken.
    auto truncated = checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
    if (truncated || truncated.error().reason != kBroken.reason) return kFull;
    error = std::move(truncated.error());
  }
  if (!broken_.exchange(true)) on_failure_(error.message);
  return kBroken;
}

bool Writer::keep_ballast() {
  std::error_code error;
  const auto kept = std::filesystem::file_size(ballast_, error);
  if (!error && kept > 0 && kept >= ballast_bytes_ / 2) return true;
  // As much again must be free: else the disk would be full at once.
  return ballast_bytes_ > 0 && space_beside(ballast_).free >= 2 * ballast_bytes_ &&
         make_file(ballast_, ballast_bytes_);
}

// Readers in mid-page are no error: what they hold back is written the next time.
core::Status Writer::checkpoint(int mode) {
  sqlite3_busy_timeout(database_.get(), kTruncatePatienceMs);
  int written = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, mode, nullptr, &written);
  sqlite3_busy_timeout(database_.get(), kBusyMs);
  if (code == SQLITE_OK || (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED) {
    written_pages_ = std::max(written, 0);
    return core::ok();
  }
  return database_.failure("the WAL cannot be written into the database");
}

// Unlike a checkpoint for the sake of its length this one says when it could not be whole.
core::Status Writer::empty_wal() {
  sqlite3_busy_timeout(database_.get(), kTruncatePatienceMs);
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                             nullptr, nullptr);
  sqlite3_busy_timeout(database_.get(), kBusyMs);
  if (code != SQLITE_OK) return database_.failure("the WAL cannot be emptied");
  wal_pages_ = 0;
  written_pages_ = 0;
  return core::ok();
}

void Writer::answer(std::vector<Task>& tasks, std::vector<core::Status>& results) {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (results[i] && tasks[i].publish) tasks[i].publish();
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].done) tasks[i].done(std::move(results[i]));
  }
}

}  // namespace connector::store
