// A bounded pool of threads for the work of the use cases.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace connector::site {

// Work runs in the order in which it came, on any of the threads. The destructor runs what waits.
class Pool {
 public:
  explicit Pool(std::size_t threads);
  ~Pool();
  void run(std::function<void()> work);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                      // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace connector::site
