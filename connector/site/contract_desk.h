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
  // No deadline fires any more, and what was being said to partners is said or has failed. Before
  // the pool goes; idempotent.
  void stop();

  exchange::Contracting& contracting() { return contracting_; }
  exchange::Schedule& schedule() { return deadlines_; }
  exchange::Executor caller() {
    return [this](std::function<void()> work) { call(std::move(work)); };
  }

 private:
  void call(std::function<void()> work);

  exchange::Visibility visibility_;
  exchange::Contracting contracting_;
  Deadlines deadlines_;
  std::unique_ptr<Pool> calls_;  // waits for partners; null: stopped
};

}  // namespace connector::site
