#include "site/contract_desk.h"

#include "crypto/random.h"
#include "crypto/seal.h"
#include "crypto/signing_key.h"
#include "opa/policy_engine.h"
#include "peer/client.h"
#include "site/keys.h"
#include "store/store.h"

namespace connector::site {
namespace {

constexpr std::size_t kCallers = 4;  // calls to partners at a time, besides those of operators

}  // namespace

ContractDesk::ContractDesk(ContractParts parts)
    : visibility_(parts.self, parts.datasets, parts.store.partners(), parts.policy, parts.clock),
      contracting_(exchange::ContractingPorts{
          .self = parts.self,
          .clock = parts.clock,
          .random = crypto::random_bytes,
          .run = [&pool = parts.pool](std::function<void()> work) { pool.run(std::move(work)); },
          .call = [this](std::function<void()> work) { call(std::move(work)); },
          .partners = parts.store.partners(),
          .contracts = parts.store.contracts(),
          .log = parts.store.log(),
          .signer = parts.keys,
          .verify = crypto::verify_ed25519,
          .sealer = crypto::make_sealer(parts.keys.secret("offer-tokens")),
          .offers = [&policy = parts.policy] { return policy.offers(); },
          .datasets = [this](const core::Connector& caller) { return visibility_.list(caller); },
          .point = parts.policy,
          .client = parts.client,
          .schedule = deadlines_,
          .checkpoint = parts.checkpoint,
          .changed = parts.changed}),
      calls_(std::make_unique<Pool>(kCallers)) {}

ContractDesk::~ContractDesk() {
  stop();
}

void ContractDesk::stop() {
  deadlines_.stop();
  calls_.reset();
}

// Whoever asks is stopped before this desk is: the operators' socket, and deadlines.
void ContractDesk::call(std::function<void()> work) {
  if (calls_) calls_->run(std::move(work));
}

}  // namespace connector::site
