// One connection at the door: handshake, then bytes both ways between TLS and gRPC, each frame
// counted before gRPC sees it. Runs on the edge's thread only.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "edge/frame_guard.h"
#include "edge/guests.h"
#include "edge/sockets.h"
#include "edge/tls.h"

namespace connector::edge {

class Connection;

enum class Ending { kByPeer, kHandshake, kGuard, kState, kLimit, kStop };

// What all connections share; outlives them.
struct Hall {
  boost::asio::io_context& io;
  std::vector<char> scratch;  // bytes on their way; nothing is kept here between steps
  std::chrono::milliseconds handshake_time;
  std::atomic<std::uint64_t> bytes_in = 0;  // may be read by any thread
  std::atomic<std::uint64_t> bytes_out = 0;
  // Handshake done: gives the connection its name, or says why it cannot stay.
  std::function<core::Result<std::string>(Connection&, const Guest&)> admit;
  std::function<void(int)> hand_over;
  std::function<void(Connection&, Ending)> ended;  // called once
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Hall& hall, std::shared_ptr<const TlsDoor> door, Descriptor socket,
             std::string address, std::uint64_t arrival);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  void end(Ending ending);  // at once, idempotent
  bool admitted() const { return guest_ != nullptr; }
  const Guest* guest() const { return guest_.get(); }
  const std::string& name() const { return name_; }
  const std::string& address() const { return address_; }
  std::uint64_t arrival() const { return arrival_; }  // how many came before it

 private:
  enum class Phase { kHandshake, kOpen, kFarewell, kEnded };
  enum class Step { kMore, kBlocked, kEnded };
  using Stream = boost::asio::posix::stream_descriptor;

  void drive();  // as far as possible without waiting
  void shake_hands();
  void enter();
  void pump();
  Step pump_up();    // client -> gRPC
  Step pump_down();  // gRPC -> client
  Step flush_up();
  Step flush_down();
  Step tls_blocked(int result);
  Step send_up(std::string_view bytes);
  Step send_down(std::string_view bytes);
  void broke(std::string_view limit);
  void farewell();  // lets the last words arrive, then ends
  void watch(Stream& stream, Stream::wait_type what, bool& armed);

  Hall& hall_;
  const std::shared_ptr<const TlsDoor> door_;  // the certificate may be replaced meanwhile
  const std::string address_;
  const std::uint64_t arrival_;
  Stream outer_;
  Stream inner_;
  boost::asio::steady_timer deadline_;
  SSL* tls_ = nullptr;
  Phase phase_ = Phase::kHandshake;
  std::unique_ptr<Guest> guest_;
  std::string name_;
  FrameGuard guard_;
  std::string up_;    // for gRPC, not yet taken
  std::string down_;  // for the client, not yet taken
  std::size_t up_sent_ = 0;
  std::size_t down_sent_ = 0;
  bool outer_read_ = false;  // waits under way
  bool outer_write_ = false;
  bool inner_read_ = false;
  bool inner_write_ = false;
};

}  // namespace connector::edge
