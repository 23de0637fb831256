#include "edge/local_door.h"

#include <grp.h>
#include <openssl/rand.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "core/digest.h"
#include "edge/sockets.h"

namespace connector::edge {
namespace {

namespace asio = boost::asio;
using Stream = asio::posix::stream_descriptor;

constexpr std::string_view kGrpcScheme = "unix-abstract:";
constexpr std::size_t kChunkBytes = 64u << 10;

core::Error failed(const std::string& what) {
  return core::unavailable("LISTEN_FAILED", what + ": " + std::strerror(errno),
                           "is the path writable, and shorter than 108 characters?");
}

// Ready for others only when its rights are as they should be.
core::Result<Descriptor> listen_locally(const LocalDoorOptions& options) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (options.socket.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return failed(options.socket);
  }
  std::memcpy(address.sun_path, options.socket.data(), options.socket.size());
  ::unlink(options.socket.c_str());
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.valid() ||
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(options.socket.c_str(), 0600) != 0) {
    return failed(options.socket);
  }
  if (!options.group.empty()) {
    const auto* const group = ::getgrnam(options.group.c_str());
    if (group == nullptr ||
        ::chown(options.socket.c_str(), static_cast<uid_t>(-1), group->gr_gid) != 0 ||
        ::chmod(options.socket.c_str(), 0660) != 0) {
      return failed("group " + options.group + " for " + options.socket);
    }
  }
  if (::listen(listener.get(), 64) != 0) return failed(options.socket);
  return listener;
}

// As the kernel knows the process that connected.
std::optional<exchange::LocalCaller> caller_at(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  exchange::LocalCaller caller{credentials.uid, {credentials.gid}};
  std::array<gid_t, 256> groups{};
  size = sizeof groups;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
    caller.gids.insert(caller.gids.end(), groups.begin(),
                       groups.begin() + static_cast<std::ptrdiff_t>(size / sizeof(gid_t)));
  }
  return caller;
}

}  // namespace

// Bytes both ways between an application and gRPC, until either side is done.
struct Pump : std::enable_shared_from_this<Pump> {
  Pump(asio::io_context& io, int outer, int inner, std::function<void()> end)
      : outer_(io, outer), inner_(io, inner), ended_(std::move(end)) {}

  void start() {
    move(outer_, inner_, up_);
    move(inner_, outer_, down_);
  }
  void close() {
    boost::system::error_code ignored;
    outer_.close(ignored);
    inner_.close(ignored);
    if (ended_) std::exchange(ended_, nullptr)();
  }

 private:
  using Chunk = std::array<char, kChunkBytes>;

  void move(Stream& from, Stream& to, Chunk& chunk) {
    from.async_read_some(asio::buffer(chunk), [self = shared_from_this(), &from, &to, &chunk](
                                                  auto error, std::size_t size) {
      if (error) return self->close();
      asio::async_write(to, asio::buffer(chunk, size),
                        [self, &from, &to, &chunk](auto failure, std::size_t) {
                          if (failure) return self->close();
                          self->move(from, to, chunk);
                        });
    });
  }

  Stream outer_;
  Stream inner_;
  std::function<void()> ended_;
  Chunk up_{};
  Chunk down_{};
};

struct LocalDoor::State final : exchange::LocalCallers {
  LocalDoorOptions options;
  std::function<void(int)> hand_over;
  std::string prefix;
  asio::io_context io{1};
  std::optional<Stream> listener;
  std::map<std::string, std::weak_ptr<Pump>> pumps;  // the door's thread only
  std::uint64_t next = 0;                            // likewise
  std::mutex mutex;
  std::map<std::string, exchange::LocalCaller, std::less<>> known;  // guarded by mutex; by name
  std::atomic<bool> stopped = false;
  std::thread thread;

  core::Result<exchange::LocalCaller> caller(std::string_view peer_name) override {
    if (peer_name.starts_with(kGrpcScheme)) peer_name.remove_prefix(kGrpcScheme.size());
    const std::lock_guard lock(mutex);
    const auto found = known.find(peer_name);
    if (found != known.end()) return found->second;
    return core::Error{core::Code::kUnauthenticated,
                       "CONNECTION_UNKNOWN",
                       "this connection is closed already",
                       "connect again",
                       {}};
  }

  void wait() {
    listener->async_wait(Stream::wait_read, [this](auto error) {
      if (error) return;
      accept();
      wait();
    });
  }

  void accept() {
    Descriptor outer(
        ::accept4(listener->native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!outer.valid() || pumps.size() >= options.connections) return;
    auto who = caller_at(outer.get());
    const std::string name = prefix + std::to_string(++next);
    auto pair = named_pair(name);
    if (!who || !pair) return;
    {
      const std::lock_guard lock(mutex);
      known[name] = std::move(*who);
    }
    auto pump = std::make_shared<Pump>(io, outer.release(), pair->ours.release(), [this, name] {
      pumps.erase(name);
      const std::lock_guard lock(mutex);
      known.erase(name);
    });
    pumps[name] = pump;
    pump->start();
    hand_over(pair->theirs.release());
  }
};

LocalDoor::LocalDoor(std::unique_ptr<State> state) : state_(std::move(state)) {}

LocalDoor::~LocalDoor() {
  stop();
}

core::Result<std::unique_ptr<LocalDoor>> LocalDoor::start(const LocalDoorOptions& options,
                                                          std::function<void(int)> hand_over) {
  auto listener = listen_locally(options);
  if (!listener) return std::move(listener.error());
  auto state = std::make_unique<State>();
  state->options = options;
  state->hand_over = std::move(hand_over);
  std::string bytes(12, '\0');
  // Should the generator fail the name is merely guessable; nobody else can bind or see it.
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  state->prefix = "connector-apps/" + core::hex(bytes) + "/";
  state->listener.emplace(state->io, listener->release());
  State* const raw = state.get();
  raw->wait();
  raw->thread = std::thread([raw] { raw->io.run(); });
  return std::unique_ptr<LocalDoor>(new LocalDoor(std::move(state)));
}

exchange::LocalCallers& LocalDoor::callers() {
  return *state_;
}

void LocalDoor::stop() {
  if (state_->stopped.exchange(true)) return;
  asio::post(state_->io, [state = state_.get()] {
    boost::system::error_code ignored;
    state->listener->close(ignored);
    const auto pumps = state->pumps;
    for (const auto& [name, weak] : pumps) {
      if (const auto pump = weak.lock()) pump->close();
    }
  });
  state_->thread.join();
  ::unlink(state_->options.socket.c_str());
}

}  // namespace connector::edge
