// Certificates and CAs are replaced under load: no call fails.
#include <array>
#include <atomic>
#include <iostream>

#include "core/limits.h"
#include "house.h"

namespace connector::peer {
namespace {

using testing::TrialParty;

class Rotation : public House {
 protected:
  // Calls without a pause, on long connections and on fresh ones, while change is under way.
  template <typename Change>
  void expect_no_call_lost(Change change) {
    std::atomic<bool> ended = false;
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < kCallers; i += 2) {
      callers.emplace_back([&, i] {
        while (!ended) call(*client, i);
      });
      callers.emplace_back([&, i] {
        while (!ended) {
          const auto one = guests_client();
          for (int j = 0; j < kCallsOfOne && !ended; ++j) call(*one, i + 1);
        }
      });
    }
    change();
    ended = true;
    for (auto& one : callers) one.join();
    EXPECT_EQ(failed, 0) << last_reason;
    EXPECT_GT(answered, 20);
    std::cout << "  " << answered << " calls answered, " << failed << " failed\n";
  }
  void call(PeerClient& by, std::size_t caller) {
    const auto answer = by.describe(known_provider());
    ++calls[caller];
    if (answer) {
      ++answered;
      return;
    }
    ++failed;
    std::lock_guard lock(mutex);
    last_reason = answer.error().message;
  }

  // An overlap lasts longer than any call: until all that was begun before is through, clients that
  // are used for a few calls included, however busy the machine is.
  void outlast_calls() {
    std::array<int, kCallers> before{};
    for (std::size_t i = 0; i < kCallers; ++i) before[i] = calls[i];
    for (std::size_t i = 0; i < kCallers; ++i) {
      EXPECT_TRUE(eventually([&] { return calls[i] > before[i] + kCallsOfOne; }, 60s));
    }
  }

  // What the guest knows of the host, and shows it; what the host knows of the guest.
  exchange::Partner known_provider() {
    std::lock_guard lock(mutex);
    exchange::Partner partner = host_known;
    partner.addresses = provider().addresses;
    return partner;
  }
  std::unique_ptr<PeerClient> guests_client() {
    std::lock_guard lock(mutex);
    return client_of(guest_shown);
  }
  // As an introduction that came under the old anchor leaves it.
  static exchange::Partner introduced(const TrialParty& fresh, const TrialParty& old) {
    exchange::Partner partner = testing::partner_of(fresh);
    partner.earlier_anchor_pem = old.ca.certificate_pem;
    partner.earlier_anchor_until_s =
        real_now() / 1'000'000'000 + core::limits::kAnchorOverlap.count();
    return partner;
  }

  static constexpr std::size_t kCallers = 4;
  static constexpr int kCallsOfOne = 5;
  std::array<std::atomic<int>, kCallers> calls{};
  std::atomic<int> failed = 0;
  std::atomic<int> answered = 0;
  std::mutex mutex;
  std::string last_reason;  // guarded by mutex, as all below
  exchange::Partner host_known = testing::partner_of(host);
  TrialParty guest_shown = guest;
};

TEST_F(Rotation, ANewServerCertificateCostsNoCall) {
  open();
  expect_no_call_lost([&] {
    for (int i = 0; i < 20; ++i) {
      const auto renewed = testing::server_certificate(host, host.id);
      EXPECT_TRUE(edge->reload_certificate(renewed.certificate_pem, renewed.key_pem));
      std::this_thread::sleep_for(20ms);
    }
  });
}

TEST_F(Rotation, ANewClientCertificateIsUsedFromTheNextCallOn) {
  open();
  ASSERT_TRUE(client->describe(provider()));
  const auto renewed = testing::client_certificate(guest, guest.id, -60, 3600);
  client->replace_certificate(renewed.certificate_pem, renewed.key_pem);
  ASSERT_TRUE(client->describe(provider()));
  EXPECT_EQ(serving.last_caller().certificate_sha256,
            crypto::describe_certificate(renewed.certificate_pem)->sha256);
}

// First the introduction, then the certificates: as a reload of the connector does it.
TEST_F(Rotation, ANewCaOfTheProviderCostsNoCall) {
  open();
  expect_no_call_lost([&] {
    TrialParty old = host;
    for (int i = 0; i < 5; ++i) {
      const TrialParty fresh = testing::trial_party("did:web:host.example", "hengelo");
      {
        std::lock_guard lock(mutex);
        host_known = introduced(fresh, old);
      }
      outlast_calls();
      EXPECT_TRUE(edge->reload_certificate(fresh.server.certificate_pem, fresh.server.key_pem));
      outlast_calls();
      old = fresh;
    }
  });
}

TEST_F(Rotation, ANewCaOfTheConsumerCostsNoCall) {
  open();
  expect_no_call_lost([&] {
    TrialParty old = guest;
    for (int i = 0; i < 5; ++i) {
      const TrialParty fresh = testing::trial_party("did:web:guest.example", "ulm");
      partners.put(introduced(fresh, old));
      edge->refresh();
      outlast_calls();
      client->replace_certificate(fresh.client.certificate_pem, fresh.client.key_pem);
      {
        std::lock_guard lock(mutex);
        guest_shown = fresh;
      }
      outlast_calls();
      old = fresh;
    }
  });
}

// By its fingerprint, because the old CA's key was copied: nothing of the old one is good any more.
TEST_F(Rotation, WithoutAnOverlapTheOldAnchorIsWorthNothing) {
  open();
  ASSERT_TRUE(client->describe(provider()));
  partners.put(testing::partner_of(testing::trial_party("did:web:guest.example", "ulm")));
  edge->refresh();
  EXPECT_FALSE(client->describe(provider()));
  EXPECT_FALSE(client_of(guest)->describe(provider()));
}

}  // namespace
}  // namespace connector::peer
