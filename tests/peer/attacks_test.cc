// What gRPC 1.51 alone does not survive, sent by a partner with a good certificate.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <ctime>
#include <iostream>

#include "core/limits.h"
#include "house.h"
#include "support/raw_client.h"

namespace connector::peer {
namespace {

namespace limits = core::limits;
using namespace connector::testing;  // NOLINT: frames, clients

constexpr const char* kDescribe = "/valuechain.exchange.v1.ExchangeService/Describe";
constexpr std::size_t kMiB = 1u << 20;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

class Attacks : public House {
 protected:
  void begin(edge::EdgeLimits door = {}) {
    open(door);
    ASSERT_TRUE(client->describe(provider())) << "all is well before";
    attacker = std::make_unique<RawClient>(edge->port());
    attacker->use(guest.client);
    ASSERT_TRUE(attacker->shake_hands());
    ASSERT_TRUE(attacker->send(http2_start()));
    ASSERT_FALSE(attacker->receive().empty());
    passed_before = edge->stats().bytes_in;
  }
  void expect_closed_and_others_served(std::uint64_t by_guard = 1) {
    EXPECT_TRUE(attacker->closes_within(5s));
    EXPECT_TRUE(eventually([&] { return edge->stats().closed_by_guard == by_guard; }));
    passed = edge->stats().bytes_in - passed_before;
    EXPECT_TRUE(client->describe(provider())) << "others are served";
  }
  std::unique_ptr<RawClient> attacker;
  std::uint64_t passed_before = 0;
  std::uint64_t passed = 0;  // bytes of the attacker that reached gRPC
};

TEST_F(Attacks, RapidReset) {
  begin();
  const std::size_t before = resident_bytes();
  std::size_t most = 0;
  std::size_t one = 0;
  for (std::uint32_t i = 0; i < 200'000; ++i) {
    const std::uint32_t stream = 2 * i + 1;
    const std::string bytes =
        frame(kHeadersFrame, kEndHeadersFlag, stream, call_headers(kDescribe)) +
        frame(kDataFrame, 0, stream, std::string(5, '\0')) +
        frame(kResetFrame, 0, stream, std::string("\0\0\0\x08", 4));
    one = bytes.size();
    if (i % 1000 == 0) most = std::max(most, resident_bytes());
    if (!attacker->send(bytes)) break;
  }
  expect_closed_and_others_served();
  EXPECT_LE(passed / one, 1000u) << "resets that gRPC saw";
  most = std::max(most, resident_bytes());
  EXPECT_LT(most - std::min(before, most), 32 * kMiB);
  std::cout << "  closed after " << passed / one << " resets; grown by "
            << (most - std::min(before, most)) / kMiB << " MiB\n";
}

TEST_F(Attacks, TheClosedOneIsToldWhy) {
  begin();
  std::string resets;
  for (std::uint32_t i = 0; i < 200; ++i) {
    resets += frame(kResetFrame, 0, 2 * i + 1, std::string("\0\0\0\x08", 4));
  }
  attacker->send(resets);
  const std::string last = attacker->receive_all(5s);
  EXPECT_TRUE(attacker->closed());
  EXPECT_NE(last.find("limit: RST_STREAM"), std::string::npos);
}

// One literal of 256 MiB declared, sent in frames of 16 KiB.
TEST_F(Attacks, GiantHpackString) {
  begin();
  const double before = cpu_seconds();
  const std::string head = std::string(1, '\0') + hpack_length(1) + "x" + hpack_length(256 * kMiB);
  std::string first = head + std::string((16u << 10) - head.size(), 'a');
  bool going = attacker->send(frame(kHeadersFrame, 0, 1, first));
  std::size_t sent = first.size();
  while (going && sent < 256 * kMiB) {
    going = attacker->send(frame(kContinuationFrame, 0, 1, std::string(16u << 10, 'a')));
    sent += 16u << 10;
  }
  expect_closed_and_others_served();
  EXPECT_LT(passed, 64u << 10);
  EXPECT_LT(sent, 256 * kMiB);
  const double spent = cpu_seconds() - before;
  EXPECT_LT(spent, 5.0) << "gRPC alone: 30 s";
  std::cout << "  closed after " << passed << " bytes passed; " << spent
            << " s of CPU for attacker, door and gRPC\n";
}

TEST_F(Attacks, ContinuationFlood) {
  begin();
  bool going = attacker->send(frame(kHeadersFrame, 0, 1, call_headers(kDescribe)));
  std::size_t sent = 0;
  while (going && sent < 64 * kMiB) {
    const std::string some = hpack("x-a", std::string(1000, 'a'));
    going = attacker->send(frame(kContinuationFrame, 0, 1, some));
    sent += some.size();
  }
  expect_closed_and_others_served();
  EXPECT_LT(passed, 64u << 10);
  std::cout << "  closed after " << passed << " bytes passed\n";
}

TEST_F(Attacks, HeadersBeyondTheLimitInOneFrame) {
  begin();
  attacker->send(frame(kHeadersFrame, kEndHeadersFlag, 1,
                       call_headers(kDescribe) + hpack("x-a", std::string(17u << 10, 'a'))));
  expect_closed_and_others_served();
  EXPECT_LT(passed, 1000u) << "nothing but what the others still said";
}

TEST_F(Attacks, SettingsFlood) {
  begin();
  const std::string flood = frame(kSettingsFrame, 0, 0);
  for (int i = 0; i < 200'000 && attacker->send(flood); ++i) {
  }
  expect_closed_and_others_served();
  EXPECT_LE(passed / flood.size(), 5 * limits::kControlFramesPerSecond + 2000);
}

// gRPC itself ends a connection with too many of these, when it gets round to it; the door ends one
// with so many that gRPC did not.
TEST_F(Attacks, PingFlood) {
  begin();
  const std::string flood = frame(kPingFrame, 0, 0, "12345678");
  for (int i = 0; i < 200'000 && attacker->send(flood); ++i) {
  }
  EXPECT_TRUE(attacker->closes_within(5s));
  EXPECT_LE(edge->stats().closed_by_guard, 1u);
  EXPECT_LE((edge->stats().bytes_in - passed_before) / flood.size(),
            5 * limits::kControlFramesPerSecond + 2000);
  EXPECT_TRUE(client->describe(provider())) << "others are served";
}

TEST_F(Attacks, MorePingsThanGrpcSuffers) {
  begin();
  std::string pings;  // far fewer than the door lets through, and in one piece: all is read
  for (int i = 0; i < 10; ++i) pings += frame(kPingFrame, 0, 0, "12345678");
  attacker->send(pings);
  const std::string last = attacker->receive_all(5s);
  EXPECT_NE(last.find("too_many_pings"), std::string::npos);
  expect_closed_and_others_served(0);
}

TEST_F(Attacks, MoreStreamsThanAllowed) {
  serving.plan.waits = true;
  begin();
  for (std::uint32_t i = 0; i < 500; ++i) {
    if (!attacker->send(
            frame(kHeadersFrame, kEndHeadersFlag, 2 * i + 1, call_headers(kDescribe)))) {
      break;
    }
  }
  expect_closed_and_others_served();
}

// Streams whose WINDOW_UPDATE of zero makes the server reset them ("MadeYouReset").
TEST_F(Attacks, MadeYouReset) {
  begin();
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    const std::uint32_t stream = 2 * i + 1;
    if (!attacker->send(frame(kHeadersFrame, kEndHeadersFlag, stream, call_headers(kDescribe)) +
                        frame(kWindowFrame, 0, stream, std::string(4, '\0')))) {
      break;
    }
  }
  EXPECT_TRUE(attacker->closes_within(10s));
  EXPECT_TRUE(client->describe(provider()));
}

// CVE-2023-1428 and its kin: odd headers with much behind them.
TEST_F(Attacks, OddHeadersDoNotEndTheProcess) {
  begin();
  const std::string much = hpack("x-much", std::string(9000, 'a'));
  const std::pair<const char*, const char*> odd[] = {
      {"te", "x"},           {":scheme", "gopher"},        {":method", "BREW"},
      {"grpc-timeout", "x"}, {"grpc-encoding", "zorro"},   {"content-type", "text/plain"},
      {"x-bin", "$$$"},      {"grpclb_client_stats", "x"}, {":status", "200"}};
  for (const auto& [name, value] : odd) {
    RawClient one(edge->port());
    one.use(guest.client);
    ASSERT_TRUE(one.shake_hands());
    one.send(http2_start() +
             frame(kHeadersFrame, kEndHeadersFlag, 1,
                   call_headers(kDescribe) + hpack(name, value) + much) +
             frame(kDataFrame, kEndStreamFlag, 1, std::string(5, '\0')));
    one.receive_all(100ms);
    EXPECT_TRUE(client->describe(provider())) << name;
  }
}

TEST_F(Attacks, RandomFramesDoNotEndTheProcess) {
  begin();
  std::uint32_t state = 4711;
  const auto random = [&state] { return state = state * 1664525u + 1013904223u, state >> 8; };
  for (int i = 0; i < 60; ++i) {
    RawClient one(edge->port());
    one.use(guest.client);
    ASSERT_TRUE(one.shake_hands());
    std::string bytes = http2_start();
    for (int j = 0; j < 30; ++j) {
      std::string payload(random() % 60, '\0');
      for (char& byte : payload) byte = static_cast<char>(random());
      bytes += frame(static_cast<unsigned char>(random() % 10),
                     static_cast<unsigned char>(random()), random() % 8, payload);
    }
    one.send(bytes);
  }
  EXPECT_TRUE(client->describe(provider()));
}

// 600 TCP connections, then all closed, while this process may open 256 files.
TEST_F(Attacks, ConnectionFlood) {
  int up[2] = {-1, -1};    // child -> us: one byte when all are connected
  int down[2] = {-1, -1};  // us -> child: the port; then a byte: close them
  ASSERT_EQ(::pipe(up), 0);
  ASSERT_EQ(::pipe(down), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::uint16_t port = 0;
    if (::read(down[0], &port, sizeof port) != sizeof port) ::_exit(1);
    static int flood[600];
    for (int& one : flood) one = connect_to(port);
    char byte = 'x';
    if (::write(up[1], &byte, 1) != 1 || ::read(down[0], &byte, 1) != 1) ::_exit(1);
    for (const int one : flood) ::close(one);
    ::_exit(0);
  }
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlim_t usual = files.rlim_cur;
  files.rlim_cur = 256;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  open();
  ASSERT_TRUE(client->describe(provider()));
  const std::uint16_t port = edge->port();
  ASSERT_EQ(::write(down[1], &port, sizeof port), static_cast<ssize_t>(sizeof port));
  char byte = 0;
  ASSERT_EQ(::read(up[0], &byte, 1), 1);
  EXPECT_TRUE(client->describe(provider())) << "on the open connection, during the flood";
  EXPECT_TRUE(client_of(guest)->describe(provider())) << "on a new one, during the flood";
  ASSERT_EQ(::write(down[1], "x", 1), 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  const auto after = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] { return client_of(guest)->describe(provider()).has_value(); }, 1s));
  const auto deaf = std::chrono::steady_clock::now() - after;
  EXPECT_LT(deaf, 2s);
  std::cout << "  answered " << deaf / 1ms << " ms after the flood\n";
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(client_of(guest)->describe(provider()));
  EXPECT_GE(edge->stats().accepted, 600u);
  files.rlim_cur = usual;
  ::setrlimit(RLIMIT_NOFILE, &files);
  for (const int end : {up[0], up[1], down[0], down[1]}) ::close(end);
}

}  // namespace
}  // namespace connector::peer
