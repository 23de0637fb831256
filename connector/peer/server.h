// gRPC for partners that call us. Opens no port: the edge hands connections over.
#pragma once

#include <chrono>
#include <memory>

#include "core/result.h"
#include "exchange/contract_serving.h"
#include "exchange/ports.h"
#include "exchange/serving.h"
#include "exchange/statements_received.h"

namespace connector::peer {

// Methods may be called from any thread.
class PeerServer {
 public:
  // All must outlive the server. contracts: null where none are made; statements: null
  // where none are taken.
  static core::Result<std::unique_ptr<PeerServer>> start(
      exchange::Serving& serving, exchange::Callers& callers,
      exchange::ContractServing* contracts = nullptr,
      exchange::StatementsReceived* statements = nullptr);
  ~PeerServer();  // stops without patience

  // A connection that the edge authenticated; takes ownership of the descriptor.
  void accept(int descriptor);
  // What grpc.health.v1 says.
  void set_serving(bool serving);
  // Lets calls under way finish until the deadline, then cancels them. Idempotent.
  void stop(std::chrono::milliseconds patience);

 private:
  struct State;
  explicit PeerServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::peer
