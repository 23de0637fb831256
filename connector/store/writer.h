// The one thread that writes. Tasks that wait are committed together: one fsync for all of them.
// Where more are on their way it waits a moment for them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/metrics.h"
#include "store/sqlite.h"

namespace connector::store {

struct Task {
  // In the transaction, on the writer's thread. An error undoes this task alone.
  std::function<core::Status(Database&)> write;
  std::function<void()> publish = {};           // after the commit, before any done; may be empty
  std::function<void(core::Status)> done = {};  // after the commit; quick
  bool last_words = false;   // closes what was open: may use the space kept back for it
  bool empties_wal = false;  // done hears whether that succeeded, too
};

// What else must be undone with a transaction: state in memory, touched by the writer's thread.
struct Undo {
  std::function<void()> mark;
  std::function<void()> back;  // to the mark
};

class Writer {
 public:
  // Starts the thread. The ballast is a file of at most that size, less on a small disk.
  Writer(Database database, std::filesystem::path ballast, std::uint64_t ballast_bytes, Undo undo,
         std::function<void(const std::string&)> on_failure);
  ~Writer();  // writes what waits, and the WAL into the database

  void submit(Task task);
  void expect(int change);  // so many more, or fewer, are on their way
  // Submits, and waits for the end.
  core::Status wait_for(std::function<core::Status(Database&)> write);
  // What was deleted is in none of the store's files when it returns ok: the WAL is written into
  // the database and emptied. STORE_BUSY: a reader stood in the way.
  core::Status purge();
  core::Check health();

 private:
  void loop();
  std::vector<Task> gather();
  void commit(std::vector<Task> tasks);
  core::Status attempt(std::vector<Task>& tasks, std::vector<core::Status>& results);
  core::Status one(Task& task);
  core::Error after_failure(core::Error error);
  bool keep_ballast();  // makes it anew if there is space; true: it is there
  core::Status checkpoint(int mode);
  core::Status empty_wal();
  void answer(std::vector<Task>& tasks, std::vector<core::Status>& results);

  Database database_;
  const std::filesystem::path ballast_;
  const std::uint64_t ballast_bytes_;
  const Undo undo_;
  const std::function<void(const std::string&)> on_failure_;
  std::atomic<bool> full_{false};
  std::atomic<bool> broken_{false};
  std::int64_t looked_ms_ = 0;  // when the space was last looked at; writer's thread
  int wal_pages_ = 0;           // length of the WAL; writer's thread
  int written_pages_ = 0;       // of them in the database; writer's thread

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;  // guarded by mutex_
  int expected_ = 0;          // guarded by mutex_
  bool stopping_ = false;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace connector::store
