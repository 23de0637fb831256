// kill -9 under load: what was acknowledged is there, whenever the process dies.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "store_support.h"

namespace connector::testing {
namespace {

// Acknowledged values, each written to the pipe only after the store said that it is durable.
struct Acked {
  std::uint64_t kind = 0;  // 0: log entry, 1: request id, 2: document, 3: revocation
  std::uint64_t value = 0;
};

class Writing {
 public:
  Writing(store::Store& store, int pipe, std::uint64_t round)
      : store_(store), pipe_(pipe), round_(round) {}

  [[noreturn]] void run() {
    for (std::uint64_t thread = 0; thread < 6; ++thread) {
      std::thread([this, thread] { log(thread); }).detach();
    }
    for (std::uint64_t i = 0;; ++i) document(i);
  }

 private:
  void say(std::uint64_t kind, std::uint64_t value) const {
    const Acked acked{kind, value};
    if (::write(pipe_, &acked, sizeof acked) != sizeof acked) ::_exit(2);  // atomic: small
  }
  void log(std::uint64_t thread) {
    for (std::uint64_t i = 0;; ++i) {
      const std::uint64_t id = round_ << 40 | thread << 32 | i;
      exchange::Commit commit = entry(std::to_string(id));
      commit.effects.push_back(
          exchange::RememberRequest{kMaker, std::to_string(id), "d", 4'000'000'000, "a"});
      const auto span = append(store_, commit);
      if (!span) ::_exit(3);
      say(0, span->first);
      say(1, id);
    }
  }
  void document(std::uint64_t i) {
    const std::uint64_t id = round_ << 32 | i;
    const std::string name = std::to_string(id);
    if (!import(store_, {.original = name}, {order_line(name, 1), order_line(name, 2)})) {
      ::_exit(4);
    }
    say(2, id);
    exchange::Partner revoked =
        partner({core::ParticipantId("did:web:p" + name), core::SiteName("s")});
    revoked.state = exchange::PartnerState::kRevoked;
    if (!append(store_, effect(exchange::PutPartner{revoked}))) ::_exit(5);
    say(3, id);
  }

  store::Store& store_;
  const int pipe_;
  const std::uint64_t round_;
};

std::vector<Acked> run_and_kill(const std::filesystem::path& folder, std::uint64_t round,
                                std::chrono::milliseconds life) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    auto opened = store::Store::open(options_in(folder));
    if (!opened) ::_exit(1);
    Writing(**opened, ends[1], round).run();
  }
  ::close(ends[1]);
  std::thread killer([&] {
    std::this_thread::sleep_for(life);
    ::kill(child, SIGKILL);
  });
  std::vector<Acked> acked;
  Acked one;
  while (::read(ends[0], &one, sizeof one) == sizeof one) acked.push_back(one);
  killer.join();
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "ended by itself: exit code " << WEXITSTATUS(status);
  return acked;
}

bool is_there(store::Store& store, const Acked& acked) {
  const std::string name = std::to_string(acked.value);
  switch (acked.kind) {
    case 0:
      return acked.value < store.log().size() && store.log().entry(acked.value);
    case 1:
      return reason_of(append(store, effect(exchange::RememberRequest{
                                         kMaker, name, "d", 4'000'000'000, "a"}))) == "REPLAYED";
    case 2:
      return store.archive().original(core::sha256(name)) &&
             store.archive().query({.order_number = name})->size() == 2;
    default: {
      const auto found =
          store.partners().find({core::ParticipantId("did:web:p" + name), core::SiteName("s")});
      return found && found->state == exchange::PartnerState::kRevoked;
    }
  }
}

TEST(Crash, NothingAcknowledgedIsLostByAKill) {
  const std::uint64_t rounds = std::getenv("CONNECTOR_FULL") ? 500 : 20;
  TempDir folder;
  std::mt19937 chance(11);
  std::size_t all = 0;
  std::vector<std::chrono::steady_clock::duration> recovery;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    const auto life = std::chrono::milliseconds(20 + chance() % 180);
    const auto acked = run_and_kill(folder.path(), round, life);
    all += acked.size();
    const auto opening = std::chrono::steady_clock::now();
    auto store = open_store(options_in(folder.path()));
    recovery.push_back(std::chrono::steady_clock::now() - opening);
    for (const Acked& one : acked) {
      ASSERT_TRUE(is_there(*store, one)) << "kind " << one.kind << ", " << one.value;
    }
    ASSERT_EQ(recomputed_root(store->log()), store->log().root(store->log().size()).value());
    if (round % 10 == 0 || rounds <= 20) {
      ASSERT_TRUE(store->check(true));
    }
  }
  EXPECT_GT(all, rounds) << "the test must have had something to lose";
  std::sort(recovery.begin(), recovery.end());
  const auto p99 = recovery[recovery.size() * 99 / 100];
  std::cout << rounds << " kills, " << all << " acknowledged, 0 missing; open again within "
            << p99 / std::chrono::milliseconds(1) << " ms (p99)\n";
  EXPECT_LT(p99, std::chrono::seconds(2));
}

}  // namespace
}  // namespace connector::testing
