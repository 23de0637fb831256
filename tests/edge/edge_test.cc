// The door with real sockets. What stands behind it here only counts what it is given.
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <set>

#include "door.h"

namespace connector::edge {
namespace {

using exchange::PartnerState;

TEST_F(Door, LetsAKnownPartnerIn) {
  open();
  const auto client = inside(guest.client);
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(edge->stats().admitted, 1u);
  EXPECT_EQ(edge->stats().open_connections, 1u);
  EXPECT_EQ(edge->stats().open_handshakes, 0u);
  const auto caller = edge->callers().caller("unix-abstract:" + behind.name(0));
  ASSERT_TRUE(caller) << caller.error().message;
  EXPECT_EQ(caller->id, guest.id);
  EXPECT_EQ(caller->certificate_sha256,
            crypto::describe_certificate(guest.client.certificate_pem)->sha256);
}

TEST_F(Door, PassesBytesOnUnchanged) {
  open();
  const auto client = inside(guest.client);
  ASSERT_NE(client, nullptr);
  std::string sent;
  for (std::uint32_t i = 0; i < 200; ++i) {
    sent += frame(kDataFrame, 0, 1, std::string(5000, static_cast<char>('a' + i % 26)));
  }
  std::thread sender([&] { client->send(sent); });
  std::string got;
  while (got.size() < sent.size()) {
    const std::string more = client->receive();
    if (more.empty()) break;
    got += more;
  }
  sender.join();
  EXPECT_EQ(got.size(), sent.size());
  EXPECT_TRUE(got == sent);
}

TEST_F(Door, RefusesWhoShowsNoCertificate) {
  open();
  expect_refused(nullptr, "no certificate");
  EXPECT_TRUE(eventually([&] { return edge->stats().refused_handshake == 1; }));
}

TEST_F(Door, RefusesAnUnknownCa) {
  open();
  const TrialParty impostor = trial_party("did:web:guest.example", "ulm");
  expect_refused(&impostor.client, "the right name under another CA");
}

TEST_F(Door, RefusesAnUnknownParticipant) {
  open();
  const TrialParty stranger = trial_party("did:web:stranger.example", "x");
  expect_refused(&stranger.client, "a participant that is no partner");
}

TEST_F(Door, RefusesExpiredAndNotYetValid) {
  open();
  const auto expired = client_certificate(guest, guest.id, -kDay, -60);
  expect_refused(&expired, "expired");
  const auto early = client_certificate(guest, guest.id, 3600, kDay);
  expect_refused(&early, "not yet valid");
}

// One partner's CA cannot speak for another partner, nor for another site of its own.
TEST_F(Door, RefusesTheRightCaWithAnotherName) {
  open();
  const TrialParty other = trial_party("did:web:other.example", "lyon");
  partners.put(partner_of(other));
  const auto as_other = client_certificate(guest, other.id, -kDay, kDay);
  expect_refused(&as_other, "another partner's name");
  const auto as_site =
      client_certificate(guest, {guest.id.participant, core::SiteName("bonn")}, -kDay, kDay);
  expect_refused(&as_site, "another site");
}

TEST_F(Door, RefusesAServersCertificate) {
  open();
  expect_refused(&guest.server, "a certificate for servers");
}

TEST_F(Door, RefusesSuspendedAndRevoked) {
  open();
  for (const auto state : {PartnerState::kSuspended, PartnerState::kRevoked}) {
    partners.set_state(guest.id, state);
    expect_refused(&guest.client, "not active");
  }
}

TEST_F(Door, RefusesOlderTlsAndOtherProtocols) {
  open();
  RawClient old(edge->port());
  old.use(guest.client);
  old.at_most_tls12();
  EXPECT_FALSE(old.shake_hands());
  RawClient http1(edge->port());
  http1.use(guest.client);
  if (http1.shake_hands(false)) http1.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(http1.closes_within(5s));
  RawClient plain(edge->port());
  EXPECT_EQ(behind.taken(), 0u);
}

TEST_F(Door, NamesNoCasAndLeavesNoTickets) {
  open();
  const auto client = inside(guest.client);
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(client->authorities_named(), 0);
  EXPECT_FALSE(client->resumable());
}

TEST_F(Door, ClosesAPartnersConnectionsAtOnce) {
  open();
  const TrialParty other = trial_party("did:web:other.example", "lyon");
  partners.put(partner_of(other));
  const auto first = inside(guest.client);
  const auto second = inside(guest.client);
  const auto bystander = inside(other.client);
  ASSERT_TRUE(first && second && bystander);
  partners.set_state(guest.id, PartnerState::kRevoked);
  edge->close_partner(guest.id);
  EXPECT_EQ(edge->stats().open_connections, 1u);
  EXPECT_EQ(edge->stats().closed_by_state, 2u);
  EXPECT_TRUE(first->closes_within(1s));
  EXPECT_TRUE(second->closes_within(1s));
  EXPECT_FALSE(edge->callers().caller("unix-abstract:" + behind.name(0)));
  EXPECT_TRUE(bystander->send(frame(kPingFrame, 0, 0, "12345678")));
  EXPECT_FALSE(bystander->receive().empty());
}

TEST_F(Door, FindsOutByItselfThatAPartnerIsSuspended) {
  open();
  const auto client = inside(guest.client);
  ASSERT_NE(client, nullptr);
  partners.set_state(guest.id, PartnerState::kSuspended);
  const auto caller = edge->callers().caller("unix-abstract:" + behind.name(0));
  ASSERT_FALSE(caller) << "the very next call";
  EXPECT_EQ(caller.error().code, core::Code::kUnauthenticated);
  EXPECT_EQ(caller.error().reason, "PARTNER_NOT_ACTIVE");
  EXPECT_TRUE(client->closes_within(5s));
}

TEST_F(Door, ClosesWhatWasOpenedUnderAnOldAnchor) {
  open();
  const auto client = inside(guest.client);
  ASSERT_NE(client, nullptr);
  TrialParty renewed = trial_party("did:web:guest.example", "ulm");
  partners.put(partner_of(renewed));
  EXPECT_EQ(edge->callers().caller("unix-abstract:" + behind.name(0)).error().reason,
            "ANCHOR_REPLACED");
  edge->refresh();
  EXPECT_TRUE(client->closes_within(1s));
  EXPECT_NE(inside(renewed.client), nullptr);
}

TEST_F(Door, ClosesAConnectionWhoseCertificateExpires) {
  open();
  const auto brief = client_certificate(guest, guest.id, -kDay, 60);
  const auto client = inside(brief);
  const auto longer = inside(guest.client);
  ASSERT_TRUE(client && longer);
  later = 61'000'000'000;
  EXPECT_EQ(edge->callers().caller("unix-abstract:" + behind.name(0)).error().reason,
            "CERTIFICATE_EXPIRED");
  EXPECT_TRUE(client->closes_within(5s));
  EXPECT_TRUE(longer->send(frame(kPingFrame, 0, 0, "12345678")));
  EXPECT_FALSE(longer->receive().empty());
}

TEST_F(Door, BoundsConnectionsPerPartner) {
  EdgeLimits limits;
  limits.per_partner = 3;
  open(limits);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(inside(guest.client));
  for (const auto& one : clients) ASSERT_NE(one, nullptr);
  EXPECT_EQ(inside(guest.client), nullptr);
  clients.pop_back();
  EXPECT_TRUE(eventually([&] { return inside(guest.client) != nullptr; }));
}

TEST_F(Door, BoundsConnectionsPerAddress) {
  EdgeLimits limits;
  limits.per_address = 2;
  open(limits);
  const auto first = inside(guest.client);
  const auto second = inside(guest.client);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(inside(guest.client), nullptr);
  EXPECT_GE(edge->stats().refused_limit, 1u);
}

TEST_F(Door, BoundsAllConnections) {
  EdgeLimits limits;
  limits.connections = 2;
  open(limits);
  const auto first = inside(guest.client);
  const auto second = inside(guest.client);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(inside(guest.client), nullptr);
}

TEST_F(Door, IsNotHeldUpByStalledHandshakes) {
  EdgeLimits limits;
  limits.handshakes = 8;
  open(limits);
  std::vector<int> stalled;
  for (int i = 0; i < 30; ++i) {
    stalled.push_back(connect_to(edge->port()));
    ::send(stalled.back(), "\x16\x03\x01", 3, MSG_NOSIGNAL);  // the start of a ClientHello
  }
  ASSERT_TRUE(eventually([&] { return edge->stats().accepted == 30; }));
  EXPECT_LE(edge->stats().open_handshakes, 8u);
  EXPECT_NE(inside(guest.client), nullptr);
  for (const int one : stalled) ::close(one);
}

// The queue of the kernel is emptied all the same: callers are turned away, not left waiting.
TEST_F(Door, TurnsCallersAwayWhenThereAreNoDescriptors) {
  int ports[2] = {-1, -1};
  ASSERT_EQ(::pipe(ports), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::uint16_t port = 0;
    if (::read(ports[0], &port, sizeof port) != sizeof port) ::_exit(1);
    const timeval longest{5, 0};
    for (int i = 0; i < 3; ++i) {
      const int one = connect_to(port);
      ::setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
      char byte = 0;
      if (::recv(one, &byte, 1, 0) != 0 && errno == EAGAIN) ::_exit(2);
    }
    ::_exit(0);
  }
  open();
  const std::uint16_t port = edge->port();
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlim_t usual = files.rlim_cur;
  const int first_free = ::dup(0);
  ::close(first_free);
  files.rlim_cur = static_cast<rlim_t>(first_free);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(::write(ports[1], &port, sizeof port), static_cast<ssize_t>(sizeof port));
  int status = 0;
  ::waitpid(child, &status, 0);
  files.rlim_cur = usual;
  ::setrlimit(RLIMIT_NOFILE, &files);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(eventually([&] { return edge->stats().refused_limit >= 3; }));
  EXPECT_EQ(edge->stats().accepted, 0u);
  EXPECT_NE(inside(guest.client), nullptr);
  for (const int end : ports) ::close(end);
}

TEST_F(Door, EndsHandshakesThatTakeTooLong) {
  EdgeLimits limits;
  limits.handshake_time = 200ms;
  open(limits);
  const int silent = connect_to(edge->port());
  ASSERT_TRUE(eventually([&] { return edge->stats().refused_handshake == 1; }));
  char byte = 0;
  EXPECT_LE(::recv(silent, &byte, 1, 0), 0);
  ::close(silent);
  EXPECT_EQ(edge->stats().open_connections, 0u);
}

TEST_F(Door, SurvivesNoiseInsteadOfTls) {
  open();
  for (int i = 0; i < 50; ++i) {
    const int noisy = connect_to(edge->port());
    const std::string noise(static_cast<std::size_t>(i * 37 + 1), static_cast<char>(i * 5));
    ::send(noisy, noise.data(), noise.size(), MSG_NOSIGNAL);
    ::close(noisy);
  }
  EXPECT_NE(inside(guest.client), nullptr);
  EXPECT_EQ(behind.taken(), 1u);
}

TEST_F(Door, TakesANewCertificateForNewConnections) {
  open();
  const auto before = inside(guest.client);
  ASSERT_NE(before, nullptr);
  const auto renewed = server_certificate(host, host.id);
  ASSERT_TRUE(edge->reload_certificate(renewed.certificate_pem, renewed.key_pem));
  EXPECT_TRUE(before->send(frame(kPingFrame, 0, 0, "12345678")));
  EXPECT_FALSE(before->receive().empty());
  EXPECT_NE(inside(guest.client), nullptr);
}

TEST_F(Door, KeepsItsCertificateWhenTheNewOneIsBad) {
  open();
  const auto renewed = server_certificate(host, host.id);
  EXPECT_FALSE(edge->reload_certificate("nonsense", renewed.key_pem));
  const auto mixed = edge->reload_certificate(renewed.certificate_pem, host.server.key_pem);
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().reason, "CERTIFICATE_INVALID");
  EXPECT_NE(inside(guest.client), nullptr);
}

TEST_F(Door, BoundsCallsAndBytesPerMinute) {
  EdgeLimits limits;
  limits.calls_per_minute = 5;
  limits.bytes_per_minute = 1000;
  open(limits);
  const auto client = inside(guest.client);
  ASSERT_NE(client, nullptr);
  const std::string name = "unix-abstract:" + behind.name(0);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(edge->callers().caller(name)) << i;
  const auto sixth = edge->callers().caller(name);
  ASSERT_FALSE(sixth);
  EXPECT_EQ(sixth.error().code, core::Code::kExhausted);
  EXPECT_EQ(sixth.error().reason, "RATE_LIMITED");
  EXPECT_TRUE(edge->callers().released(guest.id, 600));
  EXPECT_FALSE(edge->callers().released(guest.id, 600));
}

TEST_F(Door, KnowsNobodyByAGuessedName) {
  open();
  const auto client = inside(guest.client);
  ASSERT_NE(client, nullptr);
  const std::string name = behind.name(0);
  EXPECT_TRUE(edge->callers().caller("unix-abstract:" + name));
  for (const std::string& guess : {std::string(), std::string("unix-abstract:"), name + "0",
                                   std::string("ipv4:127.0.0.1:1"), name.substr(1)}) {
    EXPECT_EQ(edge->callers().caller(guess).error().reason, "CONNECTION_UNKNOWN");
  }
}

TEST_F(Door, GivesEveryConnectionAnotherName) {
  open();
  std::set<std::string> names;
  for (std::size_t i = 0; i < 20; ++i) {
    ASSERT_NE(inside(guest.client), nullptr);
    names.insert(behind.name(i));
  }
  EXPECT_EQ(names.size(), 20u);
}

TEST_F(Door, StopsAcceptingAndThenStops) {
  open();
  const auto client = inside(guest.client);
  ASSERT_NE(client, nullptr);
  edge->stop_accepting();
  EXPECT_EQ(connect_to(edge->port()), -1);
  EXPECT_TRUE(client->send(frame(kPingFrame, 0, 0, "12345678")));
  EXPECT_FALSE(client->receive().empty());
  edge->stop();
  EXPECT_TRUE(client->closes_within(1s));
  edge->stop();
  edge->close_partner(guest.id);
  EXPECT_EQ(edge->stats().open_connections, 0u);
}

TEST_F(Door, NeedsAnAddressAndACertificate) {
  const auto attempt = [this](const std::string& listen, const std::string& certificate) {
    EdgeOptions options;
    options.listen = listen;
    options.certificate_pem = certificate;
    options.key_pem = host.server.key_pem;
    options.clock = real_now;
    auto started = Edge::start(std::move(options), partners, [](int end) { ::close(end); });
    return started ? std::string() : started.error().reason;
  };
  const std::string& good = host.server.certificate_pem;
  EXPECT_EQ(attempt("nowhere", good), "LISTEN_ADDRESS_INVALID");
  EXPECT_EQ(attempt("127.0.0.1:70000", good), "LISTEN_ADDRESS_INVALID");
  EXPECT_EQ(attempt("localhost:0", good), "LISTEN_ADDRESS_INVALID");
  EXPECT_EQ(attempt("192.0.2.1:0", good), "LISTEN_FAILED");
  EXPECT_EQ(attempt("127.0.0.1:0", "nonsense"), "CERTIFICATE_INVALID");
  EXPECT_EQ(attempt("127.0.0.1:0", good), "");
}

// A partner that is no longer a partner costs nothing: the names of closed connections are gone.
TEST_F(Door, ForgetsConnectionsThatEnded) {
  open();
  { ASSERT_NE(inside(guest.client), nullptr); }
  ASSERT_TRUE(eventually([&] { return edge->stats().open_connections == 0; }));
  EXPECT_EQ(edge->callers().caller("unix-abstract:" + behind.name(0)).error().reason,
            "CONNECTION_UNKNOWN");
}

}  // namespace
}  // namespace connector::edge
