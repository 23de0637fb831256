#include "edge/edge.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <cerrno>
#include <exception>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "edge/connection.h"

namespace connector::edge {
namespace {

constexpr int kAcceptsPerTurn = 64;  // then open connections have their turn
constexpr std::chrono::milliseconds kBackOff{20};
constexpr std::chrono::seconds kLookAgain{1};
constexpr std::size_t kScratchBytes = 256u << 10;

bool out_of_resources(int problem) {
  return problem == EMFILE || problem == ENFILE || problem == ENOBUFS || problem == ENOMEM;
}

// Whoever takes connections may be gone while the program ends or does not start.
void give(const std::function<void(int)>& taker, int end) {
  try {
    taker(end);
  } catch (const std::exception&) {
    ::close(end);
  }
}

Descriptor spare() {
  return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

// Members without a word on guarding belong to the edge's thread.
struct Edge::State {
  State(EdgeOptions wanted, const exchange::Partners& known, std::function<void(int)> taker)
      : options(std::move(wanted)),
        partners(known),
        guests(known, options.clock, options.limits.calls_per_minute,
               options.limits.bytes_per_minute),
        most(std::min(options.limits.connections, connections_possible())),
        hall{.io = io,
             .scratch = std::vector<char>(kScratchBytes),
             .handshake_time = options.limits.handshake_time,
             .admit = [this](auto& one, const Guest& guest) { return admit(one, guest); },
             .hand_over = [taker = std::move(taker)](int end) { give(taker, end); },
             .ended = [this](Connection& one, Ending ending) { ended(one, ending); }} {}
  ~State() { close_listener(); }

  core::Status open();
  core::Result<std::shared_ptr<TlsDoor>> make_door(const std::string& certificate_pem,
                                                   const std::string& key_pem);
  void run(const std::function<void()>& work);
  void wait_for_guests();
  void accept_some();
  void turn_one_away();
  void welcome(Accepted accepted);
  bool make_room(const std::string& address);
  bool end_oldest_handshake(const std::string* address);
  core::Result<std::string> admit(Connection& one, const Guest& guest);
  void ended(Connection& one, Ending ending);
  void count(Connection& one, Ending ending);
  void note_open();
  void end_where(Ending ending, const std::function<bool(const Guest&)>& condition);
  void look_again();
  void close_listener();
  void stop();

  const EdgeOptions options;
  const exchange::Partners& partners;
  Guests guests;  // safe for every thread
  const std::size_t most;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  Hall hall;
  boost::asio::posix::stream_descriptor listener{io};
  boost::asio::steady_timer pause{io};
  boost::asio::steady_timer clockwork{io};
  Descriptor listening;
  Descriptor reserve = spare();  // given up for a moment when no other is to be had
  std::uint16_t port = 0;
  std::shared_ptr<TlsDoor> door;

  std::map<Connection*, std::shared_ptr<Connection>> open_connections;
  std::map<std::uint64_t, Connection*> handshakes;  // oldest first
  std::map<std::string, std::size_t> of_address;
  std::uint64_t arrivals = 0;

  mutable std::mutex mutex;
  EdgeStats stats;       // guarded by mutex
  bool stopped = false;  // guarded by life
  std::mutex life;
  std::thread thread;
};

core::Result<std::shared_ptr<TlsDoor>> Edge::State::make_door(const std::string& certificate_pem,
                                                              const std::string& key_pem) {
  return TlsDoor::open(certificate_pem, key_pem,
                       [this](const core::Connector& id) -> std::vector<std::string> {
                         const auto partner = partners.find(id);
                         if (!partner || partner->state != exchange::PartnerState::kActive)
                           return {};
                         return exchange::anchors_of(*partner, options.clock() / 1'000'000'000);
                       });
}

core::Status Edge::State::open() {
  auto made = make_door(options.certificate_pem, options.key_pem);
  if (!made) return std::move(made.error());
  auto socket = listen_at(options.listen);
  if (!socket) return std::move(socket.error());
  door = *std::move(made);
  listening = *std::move(socket);
  port = port_of(listening);
  stats.certificate_not_after_s = door->not_after_s();
  boost::system::error_code error;
  listener.assign(listening.get(), error);
  if (error) return core::internal("cannot wait for connections: " + error.message());
  wait_for_guests();
  look_again();
  thread = std::thread([this] {
    // OpenSSL writes without MSG_NOSIGNAL; and signals are for others.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    io.run();
  });
  return core::ok();
}

// Runs work on the edge's thread and returns when it is done; after the end, here.
void Edge::State::run(const std::function<void()>& task) {
  if (std::this_thread::get_id() == thread.get_id()) return task();
  std::lock_guard lock(life);
  if (stopped) return task();
  std::promise<void> done;
  boost::asio::dispatch(io, [&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void Edge::State::wait_for_guests() {
  listener.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](boost::system::error_code error) {
                        if (!error) accept_some();
                      });
}

void Edge::State::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    Accepted accepted = accept_one(listening);
    if (accepted.problem == EAGAIN) return wait_for_guests();
    if (out_of_resources(accepted.problem)) {
      turn_one_away();
      pause.expires_after(kBackOff);
      return pause.async_wait([this](boost::system::error_code error) {
        if (!error) accept_some();
      });
    }
    if (accepted.socket.valid()) welcome(std::move(accepted));
  }
  wait_for_guests();
}

// Without a free descriptor the queue of the kernel cannot be emptied, and the callers in it would
// wait for an answer that never comes.
void Edge::State::turn_one_away() {
  reserve.close();
  const bool one = accept_one(listening).socket.valid();
  reserve = spare();
  std::lock_guard lock(mutex);
  if (one) ++stats.refused_limit;
}

void Edge::State::welcome(Accepted accepted) {
  const bool room = make_room(accepted.address);
  {
    std::lock_guard lock(mutex);
    ++stats.accepted;
    if (!room) ++stats.refused_limit;
  }
  if (!room) return;
  tune(accepted.socket);
  const auto one = std::make_shared<Connection>(hall, door, std::move(accepted.socket),
                                                std::move(accepted.address), ++arrivals);
  open_connections.emplace(one.get(), one);
  handshakes.emplace(one->arrival(), one.get());
  ++of_address[one->address()];
  note_open();
  one->start();
}

// Whoever has not proved yet who he is gives way to the next who may: the oldest first, since an
// honest handshake takes milliseconds. Those who have are never put out.
bool Edge::State::make_room(const std::string& address) {
  const auto known = of_address.find(address);
  if (known != of_address.end() && known->second >= options.limits.per_address &&
      !end_oldest_handshake(&address)) {
    return false;
  }
  const bool full =
      open_connections.size() >= most || handshakes.size() >= options.limits.handshakes;
  return !full || end_oldest_handshake(nullptr);
}

bool Edge::State::end_oldest_handshake(const std::string* address) {
  for (const auto& [arrival, one] : handshakes) {
    if (address != nullptr && one->address() != *address) continue;
    one->end(Ending::kLimit);
    return true;
  }
  return false;
}

core::Result<std::string> Edge::State::admit(Connection& one, const Guest& guest) {
  if (auto welcomed = guests.welcome(guest); !welcomed) return std::move(welcomed.error());
  if (guests.connections_of(guest.id) >= options.limits.per_partner) {
    return core::Error{core::Code::kExhausted,
                       "TOO_MANY_CONNECTIONS",
                       guest.id.str() + " has too many connections open",
                       "share one connection between calls",
                       {}};
  }
  handshakes.erase(one.arrival());
  note_open();
  std::lock_guard lock(mutex);
  ++stats.admitted;
  return guests.enter(guest);
}

void Edge::State::ended(Connection& one, Ending ending) {
  const auto found = open_connections.find(&one);
  if (found == open_connections.end()) return;
  handshakes.erase(one.arrival());
  if (!one.name().empty()) guests.leave(one.name());
  const auto counted = of_address.find(one.address());
  if (counted != of_address.end() && --counted->second == 0) of_address.erase(counted);
  count(one, ending);
  open_connections.erase(found);  // whoever called end() holds it
  note_open();
}

void Edge::State::note_open() {
  std::lock_guard lock(mutex);
  stats.open_connections = open_connections.size();
  stats.open_handshakes = handshakes.size();
}

void Edge::State::count(Connection& one, Ending ending) {
  std::lock_guard lock(mutex);
  if (ending == Ending::kLimit) ++stats.refused_limit;
  if (ending == Ending::kHandshake) ++stats.refused_handshake;
  if (ending == Ending::kGuard) ++stats.closed_by_guard;
  if (ending == Ending::kState)
    ++(one.admitted() ? stats.closed_by_state : stats.refused_handshake);
}

void Edge::State::end_where(Ending ending, const std::function<bool(const Guest&)>& condition) {
  std::vector<std::shared_ptr<Connection>> leaving;
  for (const auto& [key, one] : open_connections) {
    if (one->admitted() && condition(*one->guest())) leaving.push_back(one);
  }
  for (const auto& one : leaving) one->end(ending);
}

// Certificates expire without anybody saying so.
void Edge::State::look_again() {
  end_where(Ending::kState, [this](const Guest& guest) { return !guests.welcome(guest); });
  clockwork.expires_after(kLookAgain);
  clockwork.async_wait([this](boost::system::error_code error) {
    if (!error) look_again();
  });
}

void Edge::State::close_listener() {
  pause.cancel();
  if (listener.is_open()) listener.release();
  listening.close();
}

void Edge::State::stop() {
  run([this] {
    close_listener();
    clockwork.cancel();
    std::vector<std::shared_ptr<Connection>> leaving;
    for (const auto& [key, one] : open_connections) leaving.push_back(one);
    for (const auto& one : leaving) one->end(Ending::kStop);
  });
  std::lock_guard lock(life);
  if (std::exchange(stopped, true)) return;
  work.reset();
  if (thread.joinable()) thread.join();
}

Edge::Edge(std::unique_ptr<State> state) : state_(std::move(state)) {}

Edge::~Edge() {
  stop();
}

core::Result<std::unique_ptr<Edge>> Edge::start(EdgeOptions options,
                                                const exchange::Partners& partners,
                                                std::function<void(int)> hand_over) {
  auto state = std::make_unique<State>(std::move(options), partners, std::move(hand_over));
  if (auto opened = state->open(); !opened) {
    return std::move(opened.error());
  }
  return std::unique_ptr<Edge>(new Edge(std::move(state)));
}

std::uint16_t Edge::port() const {
  return state_->port;
}

exchange::Callers& Edge::callers() {
  return state_->guests;
}

void Edge::close_partner(const core::Connector& id) {
  state_->run([&] {
    state_->end_where(Ending::kState, [&](const Guest& guest) { return guest.id == id; });
  });
}

void Edge::refresh() {
  state_->run([this] {
    state_->end_where(Ending::kState,
                      [this](const Guest& guest) { return !state_->guests.welcome(guest); });
  });
}

core::Status Edge::reload_certificate(const std::string& certificate_pem,
                                      const std::string& key_pem) {
  auto made = state_->make_door(certificate_pem, key_pem);
  if (!made) return std::move(made.error());
  state_->run([&] { state_->door = *std::move(made); });
  std::lock_guard lock(state_->mutex);
  state_->stats.certificate_not_after_s = state_->door->not_after_s();
  return core::ok();
}

EdgeStats Edge::stats() const {
  std::lock_guard lock(state_->mutex);
  EdgeStats out = state_->stats;
  out.bytes_in = state_->hall.bytes_in;
  out.bytes_out = state_->hall.bytes_out;
  return out;
}

void Edge::stop_accepting() {
  state_->run([this] { state_->close_listener(); });
}

void Edge::stop() {
  state_->stop();
}

}  // namespace connector::edge
