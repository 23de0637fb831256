// A provider's door with gRPC behind it, and a partner that is welcome there.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <thread>

#include "edge/edge.h"
#include "peer/client.h"
#include "peer/server.h"
#include "serving_in_memory.h"
#include "support/trial_party.h"

namespace connector::peer {

using namespace std::chrono_literals;

inline std::int64_t real_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds longest = 5s) {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

inline std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * 4096;
}

class House : public ::testing::Test {
 protected:
  void SetUp() override { partners.put(testing::partner_of(guest)); }
  void TearDown() override {
    if (client) client->stop();
    if (server) server->stop(0ms);
    if (edge) edge->stop();
  }
  void open(edge::EdgeLimits limits = {}) {
    edge::EdgeOptions options;
    options.certificate_pem = host.server.certificate_pem;
    options.key_pem = host.server.key_pem;
    options.limits = limits;
    options.clock = real_now;
    auto started =
        edge::Edge::start(std::move(options), partners, [this](int end) { server->accept(end); });
    ASSERT_TRUE(started) << started.error().message;
    edge = *std::move(started);
    auto serves = PeerServer::start(serving, edge->callers());
    ASSERT_TRUE(serves) << serves.error().message;
    server = *std::move(serves);
    server->set_serving(true);
    client = client_of(guest);
  }
  static std::unique_ptr<PeerClient> client_of(const testing::TrialParty& party) {
    ClientOptions options;
    options.certificate_pem = party.client.certificate_pem;
    options.key_pem = party.client.key_pem;
    return std::make_unique<PeerClient>(std::move(options));
  }
  // The provider, as the guest's accepted introduction describes it.
  exchange::Partner provider() const {
    return testing::partner_of(host, {"127.0.0.1:" + std::to_string(edge->port())});
  }

  const testing::TrialParty host = testing::trial_party("did:web:host.example", "hengelo");
  const testing::TrialParty guest = testing::trial_party("did:web:guest.example", "ulm");
  testing::PartnersInMemory partners;
  ServingInMemory serving;
  std::unique_ptr<edge::Edge> edge;
  std::unique_ptr<PeerServer> server;
  std::unique_ptr<PeerClient> client;
};

}  // namespace connector::peer
