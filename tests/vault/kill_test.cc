// kill -9 while ten uses are given to many: never one too many, and what a consumer got is debited.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "houses.h"

namespace connector::testing {
namespace {

constexpr std::uint64_t kLimit = 40;
const std::string kOffer =
    R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"],
        "uses": 40})";

// Each thread says on the pipe when it holds a record.
[[noreturn]] void use_for_ever(const std::filesystem::path& folder, int pipe) {
  Consumer house(folder, kOffer, nullptr);
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        const auto done = house.use_case->run(
            request(), [&](const exchange::UsedRecord&) { return ::write(pipe, "u", 1) == 1; });
        if (!done) ::usleep(1000);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ::_exit(0);
}

std::uint64_t run_and_kill(const std::filesystem::path& folder, std::chrono::milliseconds life) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    use_for_ever(folder, ends[1]);
  }
  ::close(ends[1]);
  std::this_thread::sleep_for(life);
  ::kill(child, SIGKILL);
  std::uint64_t given = 0;
  char one = 0;
  while (::read(ends[0], &one, 1) == 1) ++given;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  return given;
}

TEST(Kill, NoUseIsGivenTooOften) {
  const int kills = std::getenv("CONNECTOR_FULL") != nullptr ? 500 : 20;
  std::mt19937 chance(7);
  std::uint64_t all = 0;
  int worlds = 0;
  for (int killed = 0; killed < kills; ++worlds) {
    TempDir dir;
    {
      Consumer house(dir.path(), kOffer, nullptr);
      ASSERT_TRUE(house.receive({order_line("A", 1)}));
    }
    std::uint64_t given = 0;
    for (int round = 0; round < 4; ++round, ++killed) {
      given += run_and_kill(dir.path(), std::chrono::milliseconds(15 + chance() % 40));
      Consumer house(dir.path(), kOffer, nullptr);
      ASSERT_LE(given, house.facts().uses) << "a use that was given is debited";
      ASSERT_LE(house.facts().uses, kLimit);
    }
    Consumer house(dir.path(), kOffer, nullptr);
    while (house.use() != "USE_DENIED") ++given;
    ASSERT_LE(given, kLimit);
    EXPECT_EQ(house.facts().uses, kLimit);
    all += given;
  }
  EXPECT_GT(all, 0u);
  std::cout << kills << " kills, " << all << " uses given of " << worlds * kLimit
            << " allowed, 0 too many\n";
}

}  // namespace
}  // namespace connector::testing
