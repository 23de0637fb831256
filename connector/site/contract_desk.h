// Contracts with partners, wired: who waits for partners, who keeps deadlines, who decides.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exchange/contracting.h"
#include "exchange/visibility.h"
#include "site/pool.h"
#include "site/schedule.h"

namespace connector::store {
class Store;
}
namespace connector::peer {
class PeerClient;
}
namespace connector::opa {
class PolicyEngine;
}

namespace connector::site {

class Keys;

struct ContractParts {
  core::Connector self;
  store::Store& store;
  peer::PeerClient& client;
  opa::PolicyEngine& policy;
  const Keys& keys;
  Pool& pool;
  exchange::Clock clock;
  exchange::Datasets datasets;
  std::function<core::Result<std::string>()> checkpoint;
  std::function<void()> changed;  // an agreement came into force or ended
};

class ContractDesk {
 public:
  explicit ContractDesk(ContractParts parts);
  ~ContractDesk();

  exchange::Contracting& contracting() { return contracting_; }
  exchange::Schedule& schedule() { return deadlines_; }
  exchange::Executor caller() {
    return [this](std::function<void()> work) { calls_.run(std::move(work)); };
  }

 private:
  exchange::Visibility visibility_;
  exchange::Contracting contracting_;
  Deadlines deadlines_;
  Pool calls_;  // waits for partners; gone first
};

}  // namespace connector::site
