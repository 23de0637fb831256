// The door, and what stands behind it in gRPC's place.
#pragma once

#include <gtest/gtest.h>
#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "edge/edge.h"
#include "support/raw_client.h"
#include "support/trial_party.h"

namespace connector::edge {

using namespace std::chrono_literals;
using namespace connector::testing;  // NOLINT: clients, companies

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

// Takes connections in gRPC's place: sends back what it gets.
class Behind {
 public:
  ~Behind() {
    ended_ = true;
    thread_.join();
    for (const int one : ends_) ::close(one);
  }
  void take(int end) {
    sockaddr_un name{};
    socklen_t size = sizeof name;
    ::getpeername(end, reinterpret_cast<sockaddr*>(&name), &size);
    std::lock_guard lock(mutex_);
    ends_.push_back(end);
    names_.emplace_back(name.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
  }
  std::size_t taken() const {
    std::lock_guard lock(mutex_);
    return names_.size();
  }
  std::uint64_t bytes() const { return bytes_; }
  std::string name(std::size_t number) const {
    std::lock_guard lock(mutex_);
    return names_.at(number);
  }

 private:
  void echo() {
    std::vector<char> buffer(64u << 10);
    while (!ended_) {
      std::vector<int> ends;
      {
        std::lock_guard lock(mutex_);
        ends = ends_;
      }
      for (const int end : ends) {
        const auto got = ::recv(end, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got <= 0) continue;
        bytes_ += static_cast<std::uint64_t>(got);
        ::send(end, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
      }
      std::this_thread::sleep_for(1ms);
    }
  }
  mutable std::mutex mutex_;
  std::vector<int> ends_;
  std::vector<std::string> names_;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<bool> ended_ = false;
  std::thread thread_{[this] { echo(); }};
};

class Door : public ::testing::Test {
 protected:
  void open(EdgeLimits limits = {}) {
    EdgeOptions options;
    options.certificate_pem = host.server.certificate_pem;
    options.key_pem = host.server.key_pem;
    options.limits = limits;
    options.clock = [this] { return real_now() + later.load(); };
    auto started = Edge::start(std::move(options), partners, [this](int end) { behind.take(end); });
    ASSERT_TRUE(started) << started.error().message;
    edge = *std::move(started);
  }
  void SetUp() override { partners.put(partner_of(guest)); }

  // A client that is through the door and has an answer.
  std::unique_ptr<RawClient> inside(const crypto::KeyAndCertificate& certificate) {
    auto client = std::make_unique<RawClient>(edge->port());
    client->use(certificate);
    if (!client->shake_hands() || !client->send(http2_start()) || client->receive().empty()) {
      return nullptr;
    }
    return client;
  }
  // Tried with this certificate, or without: nothing came through.
  void expect_refused(const crypto::KeyAndCertificate* certificate, const char* what) {
    RawClient client(edge->port());
    if (certificate != nullptr) client.use(*certificate);
    if (client.shake_hands()) client.send(http2_start());
    EXPECT_TRUE(client.closes_within(5s)) << what;
    EXPECT_EQ(behind.taken(), 0u) << what;
    EXPECT_EQ(behind.bytes(), 0u) << what;
    EXPECT_EQ(edge->stats().admitted, 0u) << what;
    EXPECT_EQ(edge->stats().bytes_in, 0u) << what;
    std::cout << "  " << what << ": " << behind.bytes() << " bytes of HTTP/2 parsed\n";
  }

  const TrialParty host = trial_party("did:web:host.example", "hengelo");
  const TrialParty guest = trial_party("did:web:guest.example", "ulm");
  PartnersInMemory partners;
  Behind behind;
  std::atomic<std::int64_t> later = 0;  // what the edge's clock is ahead
  std::unique_ptr<Edge> edge;
};

}  // namespace connector::edge
