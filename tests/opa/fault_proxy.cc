#include "opa/fault_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace connector::testing {
namespace {

using namespace std::chrono_literals;

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path) throw std::runtime_error("path too long");
  std::strcpy(address.sun_path, path.c_str());
  return address;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// One request with its body; nothing at the end of the connection.
std::optional<std::string> read_request(int socket, const std::atomic<bool>& stopping) {
  std::string text;
  char buffer[65536];
  while (!stopping) {
    const auto head = text.find("\r\n\r\n");
    if (head != std::string::npos) {
      const auto at = text.find("Content-Length: ");
      const std::size_t length = at < head ? std::stoul(text.substr(at + 16)) : 0;
      if (text.size() >= head + 4 + length) return text;
    }
    pollfd ready{socket, POLLIN, 0};
    if (::poll(&ready, 1, 20) == 0) continue;
    const auto got = ::recv(socket, buffer, sizeof buffer, 0);
    if (got <= 0) return std::nullopt;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

}  // namespace

std::string http_answer(const std::string& body, const std::string& status) {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

FaultProxy::FaultProxy(std::filesystem::path listen, std::filesystem::path real)
    : real_(std::move(real)) {
  const sockaddr_un address = address_of(listen);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 16) != 0) {
    throw std::runtime_error("cannot listen on " + listen.string());
  }
  acceptor_ = std::thread([this] { accept_all(); });
}

FaultProxy::~FaultProxy() {
  stopping_ = true;
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void FaultProxy::set(Fault fault, std::string only, Edit edit) {
  std::lock_guard lock(mutex_);
  fault_ = fault;
  only_ = std::move(only);
  edit_ = std::move(edit);
}

void FaultProxy::accept_all() {
  while (!stopping_) {
    pollfd ready{listener_, POLLIN, 0};
    if (::poll(&ready, 1, 20) <= 0) continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) threads_.emplace_back([this, connection] { serve(connection); });
  }
}

// HTTP/1.0, so that the answer comes unchunked and ends with the connection.
std::string FaultProxy::ask_real(const std::string& request) const {
  const sockaddr_un address = address_of(real_);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string answer;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    std::string old = request;
    old.replace(old.find("HTTP/1.1"), 8, "HTTP/1.0");
    const auto keep = old.find("Connection: Keep-Alive\r\n");
    if (keep != std::string::npos) old.erase(keep, 24);
    send_all(socket, old);
    char buffer[65536];
    for (ssize_t got = 0; (got = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(socket);
  return answer;
}

void FaultProxy::serve(int connection) {
  bool open = true;
  while (open) {
    const auto request = read_request(connection, stopping_);
    if (!request) break;
    ++requests_;
    std::unique_lock lock(mutex_);
    const bool meant = request->substr(0, request->find("\r\n")).find(only_) != std::string::npos;
    const Fault fault = meant ? fault_ : Fault::kNone;
    const Edit edit = edit_;
    lock.unlock();
    const std::string real = ask_real(*request);
    const auto cut = real.find("\r\n\r\n");
    const std::string body = cut == std::string::npos ? "" : real.substr(cut + 4);
    const std::string status = real.size() > 9 ? real.substr(9, real.find("\r\n") - 9) : "502 Bad";
    const std::string answer = http_answer(body, status);
    switch (fault) {
      case Fault::kNone:
        open = send_all(connection, answer);
        break;
      case Fault::kClose:
        open = false;
        break;
      case Fault::kEdit:
        open = send_all(connection, edit(real.substr(0, cut), body));
        break;
      case Fault::kTruncate:
        send_all(connection, answer.substr(0, answer.size() - body.size() / 2));
        open = false;
        break;
      case Fault::kHang:
        while (!stopping_ && read_request(connection, stopping_)) continue;
        open = false;
        break;
      case Fault::kDrip:
        for (std::size_t i = 0; open && !stopping_ && i < answer.size(); ++i) {
          open = send_all(connection, std::string_view(answer).substr(i, 1));
          std::this_thread::sleep_for(5ms);
        }
        break;
      case Fault::kEndless: {
        open = send_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n");
        const std::string blanks(1u << 20, ' ');
        while (open && !stopping_) open = send_all(connection, blanks);
        break;
      }
    }
  }
  ::close(connection);
}

}  // namespace connector::testing
