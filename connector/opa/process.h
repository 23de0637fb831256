// Child processes: OPA as a server, and OPA as a tool. A child inherits no descriptor, sees a
// minimal environment, and is killed by the kernel when the thread that started it ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/result.h"

namespace connector::opa {

struct Child {
  pid_t pid = -1;
  int output = -1;  // what it writes to stdout and stderr; the reader closes it
};
// The first argument is the path of the program.
core::Result<Child> spawn(const std::vector<std::string>& arguments);

struct ToolOutput {
  int exit_code = -1;
  std::string text;  // stdout and stderr, at most 4 MiB
};
// Runs a program to its end. Error: it cannot be started, or it took longer.
core::Result<ToolOutput> run_tool(const std::vector<std::string>& arguments,
                                  std::chrono::milliseconds at_most);

// The program that the operator names, else $CONNECTOR_OPA, else the PATH, else beside our own.
core::Result<std::filesystem::path> find_opa(const std::string& configured);

// Keeps one server process running: starts it again, later and later, when it ends.
class Supervisor {
 public:
  Supervisor(std::vector<std::string> arguments, std::function<void(const std::string&)> log);
  ~Supervisor();  // ends the process
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  bool running() const;
  pid_t pid() const;               // -1 while it does not run
  std::uint64_t restarts() const;  // since the first start
  std::string last_words() const;  // the end of what it wrote
  // Ends a process that gives no answer, unless it was started less than this time ago.
  void restart(std::chrono::milliseconds older_than);

 private:
  void supervise();
  void attend(const Child& child);  // reads what it writes until it ends
  void reap();

  const std::vector<std::string> arguments_;
  const std::function<void(const std::string&)> log_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;                          // guarded by mutex_
  pid_t pid_ = -1;                                 // guarded by mutex_
  std::chrono::steady_clock::time_point started_;  // guarded by mutex_
  std::uint64_t starts_ = 0;                       // guarded by mutex_
  std::string said_;                               // guarded by mutex_
  std::thread thread_;                             // last: uses all of the above
};

}  // namespace connector::opa
