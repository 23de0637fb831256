// The local door: who connects is who the kernel says, and bytes pass both ways.
#include "edge/local_door.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "support/temp_dir.h"

namespace connector::testing {
namespace {

using edge::LocalDoor;

// gRPC's ends, as they are handed over.
class Taken {
 public:
  ~Taken() {
    for (const int one : all_) ::close(one);
  }
  void put(int descriptor) {
    const std::lock_guard lock(mutex_);
    all_.push_back(descriptor);
    changed_.notify_all();
  }
  int get(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(5), [&] { return all_.size() > number; });
    return all_.size() > number ? all_[number] : -1;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> all_;
};

int dial(const std::filesystem::path& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return socket;
  }
  ::close(socket);
  return -1;
}

// What gRPC shows as the peer of its end.
std::string peer_of(int socket) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  EXPECT_EQ(::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  return "unix-abstract:" +
         std::string(address.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
}

std::string read_some(int socket, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    char chunk[4096];
    const ssize_t got = ::read(socket, chunk, sizeof chunk);
    if (got == 0) break;
    if (got < 0) {
      if (errno != EAGAIN) break;
      ::usleep(1000);
      continue;
    }
    bytes.append(chunk, static_cast<std::size_t>(got));
  }
  return bytes;
}

struct House {
  House() {
    auto started = LocalDoor::start({(dir.path() / "apps.sock").string(), {}, 4},
                                    [this](int descriptor) { taken.put(descriptor); });
    if (!started) throw std::runtime_error(started.error().message);
    door = std::move(*started);
  }
  TempDir dir;
  Taken taken;
  std::unique_ptr<LocalDoor> door;
};

TEST(LocalDoor, KnowsTheCallerFromTheKernel) {
  House house;
  const int app = dial(house.dir.path() / "apps.sock");
  ASSERT_GE(app, 0);
  const auto caller = house.door->callers().caller(peer_of(house.taken.get(0)));
  ASSERT_TRUE(caller) << caller.error().message;
  EXPECT_EQ(caller->uid, static_cast<std::int64_t>(::getuid()));
  EXPECT_EQ(caller->gids.at(0), ::getgid());
  EXPECT_FALSE(house.door->callers().caller("unix-abstract:another"));
  ::close(app);
}

TEST(LocalDoor, PassesBytesBothWays) {
  House house;
  const int app = dial(house.dir.path() / "apps.sock");
  const int grpc = house.taken.get(0);
  const std::string up(200'000, 'u'), down(300'000, 'd');
  std::thread writer([&] {
    for (std::size_t sent = 0; sent < up.size();) {
      const ssize_t one = ::write(app, up.data() + sent, up.size() - sent);
      if (one > 0) sent += static_cast<std::size_t>(one);
    }
  });
  EXPECT_EQ(read_some(grpc, up.size()), up);
  writer.join();
  std::thread answerer([&] {
    for (std::size_t sent = 0; sent < down.size();) {
      const ssize_t one = ::write(grpc, down.data() + sent, down.size() - sent);
      if (one > 0) sent += static_cast<std::size_t>(one);
    }
  });
  EXPECT_EQ(read_some(app, down.size()), down);
  answerer.join();
  ::close(app);
}

TEST(LocalDoor, ForgetsWhoIsGone) {
  House house;
  const int app = dial(house.dir.path() / "apps.sock");
  const int grpc = house.taken.get(0);
  const std::string name = peer_of(grpc);
  ::close(app);
  EXPECT_EQ(read_some(grpc, 1), "") << "the end is heard";
  for (int i = 0; i < 1000 && house.door->callers().caller(name); ++i) ::usleep(1000);
  EXPECT_FALSE(house.door->callers().caller(name));
}

TEST(LocalDoor, IsItsOwnersAlone) {
  House house;
  struct stat info {};
  ASSERT_EQ(::stat((house.dir.path() / "apps.sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  house.door->stop();
  EXPECT_LT(dial(house.dir.path() / "apps.sock"), 0);
}

TEST(LocalDoor, TakesSoManyConnectionsAndNoMore) {
  House house;
  std::vector<int> apps;
  for (int i = 0; i < 6; ++i) apps.push_back(dial(house.dir.path() / "apps.sock"));
  ASSERT_GE(house.taken.get(3), 0);
  ::usleep(50'000);
  EXPECT_EQ(house.taken.count(), 4u);
  for (const int one : apps) ::close(one);
}

}  // namespace
}  // namespace connector::testing
