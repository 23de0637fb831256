// Forgets what is older than the configuration keeps: once a day, and only while the clock can be
// believed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "core/limits.h"
#include "exchange/ports.h"
#include "site/config.h"
#include "site/context.h"
#include "site/logger.h"

namespace connector::site {

// What was forgotten.
struct Forgotten {
  std::uint64_t decision_files = 0;
  std::uint64_t originals = 0;
  std::uint64_t copies = 0;
  std::uint64_t request_ids = 0;
  bool any() const { return decision_files + originals + copies > 0; }
};

// One pass, at this time (Unix seconds). What it forgot stands in the log, request ids excepted.
core::Result<Forgotten> forget_old(const Context& context, std::int64_t now_s);

// Removes the stores and policies that a restoration or a newer program put aside before then; how
// many. data: the connector's folder of that name.
std::uint64_t forget_copies(const std::filesystem::path& data, std::int64_t before_s);

// Runs the pass on a thread of its own: first when the clock has run evenly for long enough, then
// every day. After a jump of the clock it waits as long again.
class Retention {
 public:
  struct Options {
    exchange::Clock clock;
    std::chrono::milliseconds even = core::limits::kEvenClock;
    std::chrono::milliseconds every = std::chrono::hours(24);
    std::function<void(std::int64_t now_s)> pass;
  };
  explicit Retention(Options options);
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

 private:
  void run();

  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // last: uses all of the above
};

// Forgets what the configuration of then says, and tells the connector's log.
std::unique_ptr<Retention> keep_forgetting(std::function<Context()> context, const Logger& logger);

}  // namespace connector::site
