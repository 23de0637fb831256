// gRPC for our own applications, on the connections that the local door accepts.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "exchange/holdings.h"
#include "exchange/local_callers.h"
#include "exchange/use.h"

namespace connector::apps {

struct AppPorts {
  exchange::Use& use;
  exchange::LocalCallers& callers;
  std::function<std::vector<exchange::Application>()> applications;  // as configured now
  std::function<core::Result<std::vector<exchange::Holding>>()> holdings;
};

// Methods may be called from any thread.
class AppServer {
 public:
  static core::Result<std::unique_ptr<AppServer>> start(AppPorts ports);
  ~AppServer();  // stops without patience

  void accept(int descriptor);  // takes ownership
  void stop(std::chrono::milliseconds patience);

 private:
  struct State;
  explicit AppServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::apps
