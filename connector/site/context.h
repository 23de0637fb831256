// What the operations stand on: references into the object graph.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "admin/operation.h"
#include "core/metrics.h"
#include "exchange/consumer.h"
#include "exchange/contracting.h"
#include "exchange/imports.h"
#include "exchange/provider.h"
#include "exchange/statements.h"
#include "site/config.h"

namespace connector::edge {
class Edge;
}
namespace connector::opa {
class PolicyEngine;
}
namespace connector::store {
class Store;
}

namespace connector::site {

class Keys;
class OwnIntroduction;
class ReceivedData;

struct Context {
  std::function<Config()> config;  // as in force now
  store::Store& store;
  exchange::Partners& partners;
  exchange::Archive& archive;
  exchange::Records& records;
  exchange::Log& log;
  exchange::Accounts& accounts;
  exchange::PartnerClient& client;
  exchange::ContractClient& contract_client;
  exchange::Consumer& consumer;
  Keys& keys;
  OwnIntroduction& introduction;
  exchange::Clock clock;
  exchange::Random random;
  exchange::VerifySignature verify;
  std::function<core::Result<std::string>()> checkpoint;
  std::function<void()> partners_changed;  // closes doors and looks at streams again
  opa::PolicyEngine* policy = nullptr;     // null while no connector runs
  edge::Edge* edge = nullptr;              // null while no connector runs
  const exchange::Provider* provider = nullptr;
  exchange::Contracting* contracting = nullptr;  // null while no connector runs
  ReceivedData* received = nullptr;              // null while no connector runs
  core::EpochNs started = 0;

  core::Connector self() const { return config().id; }
  // Logs a change and applies its effects in one durable commit.
  core::Status change(exchange::Change change, std::vector<exchange::Effect> effects) const;
};

void add_partner_operations(const Context& context, admin::Operations& operations);
void add_trust_operations(const Context& context, admin::Operations& operations);
void add_record_operations(const Context& context, admin::Operations& operations);
void add_policy_operations(const Context& context, admin::Operations& operations);
void add_policy_inquiries(const Context& context, admin::Operations& operations);
void add_contract_operations(const Context& context, admin::Operations& operations);
void add_use_operations(const Context& context, admin::Operations& operations);
void add_offer_operations(const Context& context, admin::Operations& operations);
void add_audit_operations(const Context& context, admin::Operations& operations);
void add_health_operations(const Context& context, admin::Operations& operations);

// One use of each of the "agreements", to show an order; none where none is named.
core::Result<std::vector<exchange::RecordRow>> used_for_order(const Context& context,
                                                              const admin::Call& call);
// "kinds", "orders", "items", "from" and "to", as an operator gives them.
core::Status read_selection(const core::Json& args, exchange::Selection& selection);

// Is it ready to serve? A line a thing that it cannot serve without.
std::vector<core::Check> readiness(const Context& context);
std::vector<core::Metric> metrics(const Context& context);

// "did:web:x/site"; or "did:web:x" when that participant has one site among the partners.
core::Result<exchange::Partner> find_partner(const exchange::Partners& partners,
                                             const std::string& name);
const char* state_name(exchange::PartnerState state);
// The agreement that we hold with the partner as its consumer and that covers the dataset: of those
// in force the newest whose stated purposes allow this one, or else the newest; "" where there is
// none.
core::Result<std::string> agreement_for(const Context& context, const core::Connector& partner,
                                        const std::string& dataset, const std::string& purpose);

// Judges an introduction that a partner sent over mTLS under its old anchor, and keeps it.
core::Status accept_introduction(const Context& context, const core::Connector& from,
                                 const exchange::SignedEnvelope& envelope);
// Sends the partner those introductions of ours that it has not had yet; needs no answer to go on.
core::Status introduce_to(const Context& context, const exchange::Partner& partner);
// Sends them to all active partners: who could be told, and why not?
std::vector<std::pair<core::Connector, core::Status>> introduce_to_all(const Context& context);

}  // namespace connector::site
