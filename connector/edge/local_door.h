// The door of our own applications: a Unix socket. Who calls is taken from the kernel when a
// connection is accepted; gRPC, which does not show that, gets each connection under a name of its
// own (see edge.h).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/limits.h"
#include "exchange/local_callers.h"

namespace connector::edge {

struct LocalDoorOptions {
  std::string socket;  // path; what is left of an earlier run is replaced
  std::string group;   // may connect besides the owner; empty: nobody else
  std::size_t connections = core::limits::kLocalConnections;
};

// Runs one thread. All methods may be called from any thread.
class LocalDoor {
 public:
  // hand_over gets gRPC's end of each connection and owns it; called on the door's thread.
  static core::Result<std::unique_ptr<LocalDoor>> start(const LocalDoorOptions& options,
                                                        std::function<void(int)> hand_over);
  ~LocalDoor();  // stops
  exchange::LocalCallers& callers();
  void stop();  // closes everything; idempotent

 private:
  struct State;
  explicit LocalDoor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::edge
