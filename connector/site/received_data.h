// What stands around the vault in one connector: its keys, the duties, the outbox, the local door.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exchange/custody.h"
#include "exchange/holdings.h"
#include "exchange/local_callers.h"
#include "exchange/outbox.h"
#include "exchange/standing.h"
#include "exchange/statements_received.h"
#include "exchange/use.h"
#include "exchange/vault_keys.h"

namespace connector::store {
class Store;
}

namespace connector::site {

class Keys;
struct Config;

struct ReceivedDataParts {
  std::function<Config()> config;  // as in force now
  store::Store& store;
  Keys& keys;
  exchange::VaultKeys& vault_keys;
  exchange::StatementClient& client;
  exchange::Schedule& schedule;
  exchange::Executor run;   // work that takes a while
  exchange::Executor call;  // work that waits for partners
  exchange::AgreementById agreement;
  exchange::UsePoint& point;
  std::function<void(contract::Facts&)> complete;  // places, events, states of this house
  std::function<core::Result<std::string>()> checkpoint;
  std::function<std::vector<exchange::PartnerKey>()> own_keys;  // rotated ones among them
  std::string log_key;  // signed-note verifier key of our own log
  std::function<void(const std::string&)> on_failure;
};

// Safe for use by several threads.
class ReceivedData {
 public:
  static core::Result<std::unique_ptr<ReceivedData>> open(ReceivedDataParts parts);
  ~ReceivedData();

  // Deletes what is overdue and sends what waits. Before anything is served.
  core::Status make_up();
  // Opens the local door, where applications are configured.
  core::Status serve();
  void stop(int patience_ms);

  void received();  // something was: looks at its deadlines
  exchange::Use& use();
  exchange::StatementsReceived& statements();
  exchange::Custody& custody();
  exchange::Standing& standing();
  core::Result<std::vector<exchange::Holding>> holdings() const;

 private:
  struct State;
  explicit ReceivedData(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::site
