#include "edge/connection.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

namespace connector::edge {
namespace {

// Then other connections have their turn: a small call waits for one turn of each busy one.
constexpr int kTurnReads = 2;  // of 256 KiB at most
constexpr std::size_t kFarewellBytes = 1u << 20;
constexpr std::chrono::milliseconds kFarewellTime{300};

std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

Connection::Connection(Hall& hall, std::shared_ptr<const TlsDoor> door, Descriptor socket,
                       std::string address, std::uint64_t arrival)
    : hall_(hall),
      door_(std::move(door)),
      address_(std::move(address)),
      arrival_(arrival),
      outer_(hall.io),
      inner_(hall.io),
      deadline_(hall.io) {
  boost::system::error_code error;
  outer_.assign(socket.get(), error);
  if (!error) tls_ = door_->session(socket.release());
}

Connection::~Connection() {
  SSL_free(tls_);
}

void Connection::start() {
  if (tls_ == nullptr) return end(Ending::kLimit);
  deadline_.expires_after(hall_.handshake_time);
  deadline_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && self->phase_ != Phase::kOpen) self->end(Ending::kHandshake);
  });
  drive();
}

void Connection::end(Ending ending) {
  if (phase_ == Phase::kEnded) return;
  const auto self = shared_from_this();
  phase_ = Phase::kEnded;
  deadline_.cancel();
  boost::system::error_code ignored;
  ::shutdown(outer_.native_handle(), SHUT_RDWR);
  outer_.close(ignored);
  inner_.close(ignored);
  hall_.ended(*this, ending);
}

void Connection::watch(Stream& stream, Stream::wait_type what, bool& armed) {
  if (armed) return;
  armed = true;
  stream.async_wait(what, [self = shared_from_this(), &armed](boost::system::error_code error) {
    armed = false;
    if (!error) self->drive();
  });
}

void Connection::drive() {
  switch (phase_) {
    case Phase::kHandshake:
      return shake_hands();
    case Phase::kOpen:
      return pump();
    case Phase::kFarewell:
      return farewell();
    case Phase::kEnded:
      return;
  }
}

Connection::Step Connection::tls_blocked(int result) {
  switch (SSL_get_error(tls_, result)) {
    case SSL_ERROR_WANT_READ:
      watch(outer_, Stream::wait_read, outer_read_);
      return Step::kBlocked;
    case SSL_ERROR_WANT_WRITE:
      watch(outer_, Stream::wait_write, outer_write_);
      return Step::kBlocked;
    default:
      ERR_clear_error();
      return Step::kEnded;
  }
}

void Connection::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_);
  if (result == 1) return enter();
  if (tls_blocked(result) == Step::kEnded) end(Ending::kHandshake);
}

// The certificate is verified; from here on bytes may reach gRPC.
void Connection::enter() {
  auto guest = guest_of(tls_);
  if (!guest) return end(Ending::kHandshake);
  auto name = hall_.admit(*this, *guest);
  if (!name) return end(Ending::kState);
  guest_ = std::make_unique<Guest>(*std::move(guest));
  name_ = *std::move(name);
  auto pair = named_pair(name_);
  if (!pair) return end(Ending::kLimit);
  boost::system::error_code error;
  inner_.assign(pair->ours.get(), error);
  if (error) return end(Ending::kLimit);
  pair->ours.release();
  phase_ = Phase::kOpen;
  deadline_.cancel();
  hall_.hand_over(pair->theirs.release());
  drive();
}

void Connection::pump() {
  const auto all = [this](Step (Connection::*step)()) {
    int rounds = kTurnReads;
    Step result = Step::kMore;
    while (result == Step::kMore && rounds-- > 0) result = (this->*step)();
    return result;
  };
  const Step up = all(&Connection::pump_up);
  if (up == Step::kEnded) return end(Ending::kByPeer);
  if (phase_ != Phase::kOpen) return;
  const Step down = all(&Connection::pump_down);
  if (down == Step::kEnded) return end(Ending::kByPeer);
  if (up == Step::kMore || down == Step::kMore) {
    boost::asio::post(hall_.io, [self = shared_from_this()] { self->drive(); });
  }
}

Connection::Step Connection::pump_up() {
  if (const Step flushed = flush_up(); flushed != Step::kMore) return flushed;
  const int result = SSL_read(tls_, hall_.scratch.data(), 64 << 10);
  if (result <= 0) return tls_blocked(result);
  const std::string_view bytes(hall_.scratch.data(), static_cast<std::size_t>(result));
  if (const auto limit = guard_.from_client(bytes, now_ns()); !limit.empty()) {
    broke(limit);
    return Step::kBlocked;
  }
  hall_.bytes_in += bytes.size();
  return send_up(bytes);
}

Connection::Step Connection::send_up(std::string_view bytes) {
  const auto sent = ::send(inner_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(bytes.size())) return Step::kMore;
  if (sent < 0 && errno != EAGAIN) return Step::kEnded;
  up_.assign(bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent)));
  up_sent_ = 0;
  watch(inner_, Stream::wait_write, inner_write_);
  return Step::kBlocked;
}

Connection::Step Connection::flush_up() {
  if (up_.empty()) return Step::kMore;
  const auto sent =
      ::send(inner_.native_handle(), up_.data() + up_sent_, up_.size() - up_sent_, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return Step::kEnded;
  up_sent_ += sent < 0 ? 0 : static_cast<std::size_t>(sent);
  if (up_sent_ < up_.size()) {
    watch(inner_, Stream::wait_write, inner_write_);
    return Step::kBlocked;
  }
  std::string().swap(up_);  // idle connections hold no buffer
  return Step::kMore;
}

Connection::Step Connection::pump_down() {
  if (const Step flushed = flush_down(); flushed != Step::kMore) return flushed;
  const auto received =
      ::recv(inner_.native_handle(), hall_.scratch.data(), hall_.scratch.size(), 0);
  if (received < 0 && errno == EAGAIN) {
    watch(inner_, Stream::wait_read, inner_read_);
    return Step::kBlocked;
  }
  if (received <= 0) {  // gRPC has closed; all it said is on its way
    SSL_shutdown(tls_);
    ERR_clear_error();
    return Step::kEnded;
  }
  const std::string_view bytes(hall_.scratch.data(), static_cast<std::size_t>(received));
  guard_.to_client(bytes, now_ns());
  hall_.bytes_out += bytes.size();
  return send_down(bytes);
}

Connection::Step Connection::send_down(std::string_view bytes) {
  while (!bytes.empty()) {
    const int result = SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
    if (result <= 0) {
      down_.assign(bytes);
      down_sent_ = 0;
      return tls_blocked(result);
    }
    bytes.remove_prefix(static_cast<std::size_t>(result));
  }
  return Step::kMore;
}

Connection::Step Connection::flush_down() {
  while (down_sent_ < down_.size()) {
    const int result =
        SSL_write(tls_, down_.data() + down_sent_, static_cast<int>(down_.size() - down_sent_));
    if (result <= 0) return tls_blocked(result);
    down_sent_ += static_cast<std::size_t>(result);
  }
  if (!down_.empty()) std::string().swap(down_);
  down_sent_ = 0;
  return Step::kMore;
}

// Nothing of what broke the limit is passed on. The client is told if a frame can be put in.
void Connection::broke(std::string_view limit) {
  boost::system::error_code ignored;
  if (guard_.goaway_fits() && down_.empty()) {
    const std::string goaway = FrameGuard::goaway(limit);
    SSL_write(tls_, goaway.data(), static_cast<int>(goaway.size()));
    SSL_shutdown(tls_);
  }
  ERR_clear_error();
  inner_.close(ignored);
  phase_ = Phase::kFarewell;
  ::shutdown(outer_.native_handle(), SHUT_WR);
  deadline_.expires_after(kFarewellTime);
  deadline_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->end(Ending::kGuard);
  });
  farewell();
}

// Closing with unread bytes would reset the connection and take the last words with it.
void Connection::farewell() {
  for (std::size_t taken = 0; taken < kFarewellBytes;) {
    const auto received =
        ::recv(outer_.native_handle(), hall_.scratch.data(), hall_.scratch.size(), 0);
    if (received < 0 && errno == EAGAIN) return watch(outer_, Stream::wait_read, outer_read_);
    if (received <= 0) break;
    taken += static_cast<std::size_t>(received);
  }
  end(Ending::kGuard);
}

}  // namespace connector::edge
