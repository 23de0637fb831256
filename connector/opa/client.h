// HTTP over a Unix socket to OPA: a few connections that stay open, and one deadline for the
// whole of a request, however its answer comes. Safe for use by several threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/result.h"

namespace connector::opa {

using Deadline = std::chrono::steady_clock::time_point;

struct Request {
  const char* method = "POST";
  const char* path = "";  // a constant of ours, never built from input
  const char* accept = "application/json";
  std::string body;
};

struct Answer {
  int status = 0;
  std::string body;  // at most limits::kDecisionBytes
};

class Client {
 public:
  explicit Client(std::string socket, std::size_t connections = 4);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Error (POLICY_UNAVAILABLE): no whole answer by then, or one that is too large. A connection
  // that had been open and turns out dead is tried once again: questions change nothing.
  core::Result<Answer> ask(const Request& request, Deadline deadline);

 private:
  struct Slot;
  Slot* take(Deadline deadline);
  void give_back(Slot* slot);
  void watch();  // shuts connections whose time is over

  const std::string socket_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;                     // guarded by mutex_
  std::vector<std::unique_ptr<Slot>> slots_;  // who is free is guarded by mutex_
  std::thread watchdog_;                      // last: uses all of the above
};

}  // namespace connector::opa
