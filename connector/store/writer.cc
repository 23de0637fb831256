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

std::uint64_t free_bytes(const std::filesystem::path& path) {
  struct statvfs info {};
  if (::statvfs(path.parent_path().c_str(), &info) != 0) return 0;
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
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
      ballast_bytes_(std::filesystem::exists(ballast_)
                         ? std::filesystem::file_size(ballast_)
                         : std::min<std::uint64_t>(ballast_bytes, free_bytes(ballast_) / 4)),
      undo_(std::move(undo)),
      on_failure_(std::move(on_failure)) {
  full_ = !keep_ballast();
  thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Writer::submit(Task task) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  changed_.notify_one();
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
  for (;;) {
    std::vector<Task> tasks;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      while (!waiting_.empty() && tasks.size() < core::limits::kGroupCommitEntries) {
        tasks.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
    commit(std::move(tasks));
  }
}

void Writer::commit(std::vector<Task> tasks) {
  std::vector<core::Status> results(tasks.size(), core::ok());
  if (!broken_ && full_ && now_ms() - looked_ms_ >= kLookAgainMs) {
    looked_ms_ = now_ms();
    full_ = !keep_ballast();
  }
  if (!broken_ && !attempt(tasks, results) && !broken_) {
    attempt(tasks, results);  // full by now: the last words again, from the space kept back
  }
  if (broken_) std::fill(results.begin(), results.end(), core::Status(kBroken));
  answer(tasks, results);
}

// One transaction. False: it came to nothing and nothing of it is kept.
bool Writer::attempt(std::vector<Task>& tasks, std::vector<core::Status>& results) {
  undo_.mark();
  if (auto begun = database_.run("BEGIN IMMEDIATE"); !begun) {
    after_failure(begun.error());
    return false;
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (full_ && !tasks[i].last_words) {
      results[i] = kFull;
      continue;
    }
    results[i] = one(tasks[i]);
    const std::string reason = results[i] ? "" : results[i].error().reason;
    if (reason == kFull.reason || reason == kBroken.reason) {
      undo_.back();
      after_failure(results[i].error());
      return false;
    }
  }
  if (auto committed = database_.run("COMMIT"); !committed) {
    undo_.back();
    after_failure(committed.error());
    return false;
  }
  return true;
}

core::Status Writer::one(Task& task) {
  if (auto begun = database_.prepared("SAVEPOINT task").run(); !begun) return begun;
  auto written = task.write(database_);
  if (!written) {
    if (auto back = database_.prepared("ROLLBACK TO task").run(); !back) return back;
  }
  if (auto released = database_.prepared("RELEASE task").run(); !released) return released;
  return written;
}

void Writer::after_failure(const core::Error& error) {
  if (sqlite3_get_autocommit(database_.get()) == 0) {
    // An error here says no more than the one that is being handled.
    [[maybe_unused]] const auto rolled_back = database_.run("ROLLBACK");
  }
  if (error.reason == kFull.reason) {
    if (!full_.exchange(true)) on_failure_(error.message);
    std::error_code ignored;
    std::filesystem::remove(ballast_, ignored);
    looked_ms_ = now_ms();
    return;
  }
  if (!broken_.exchange(true)) on_failure_(error.message);
}

bool Writer::keep_ballast() {
  std::error_code error;
  if (std::filesystem::exists(ballast_, error)) return true;
  // As much again must be free: else the disk would be full at once.
  return free_bytes(ballast_) >= 2 * ballast_bytes_ && make_file(ballast_, ballast_bytes_);
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
