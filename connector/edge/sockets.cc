#include "edge/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "core/limits.h"

namespace connector::edge {
namespace {

constexpr std::size_t kDescriptorsPerConnection = 3;  // TCP, and both ends of the pair
constexpr std::size_t kDescriptorsElsewhere = 64;     // store, policy, gRPC, logs
constexpr int kBacklog = 512;

core::Error bad_address(const std::string& where) {
  return core::invalid("LISTEN_ADDRESS_INVALID", "\"" + where + "\" is not address:port",
                       "write for example 0.0.0.0:7443 or [::]:7443");
}

core::Error failed(const std::string& what) {
  return core::unavailable("LISTEN_FAILED", what + ": " + std::strerror(errno),
                           "is the port in use, or below 1024?");
}

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

core::Result<Address> parse(const std::string& where) {
  const auto colon = where.rfind(':');
  if (colon == std::string::npos) return bad_address(where);
  std::uint16_t port = 0;
  const char* end = where.data() + where.size();
  const auto number = std::from_chars(where.data() + colon + 1, end, port);
  if (number.ec != std::errc() || number.ptr != end) return bad_address(where);
  std::string host = where.substr(0, colon);
  Address out;
  auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    out.size = sizeof v6;
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) return bad_address(where);
    return out;
  }
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  out.size = sizeof v4;
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return bad_address(where);
  return out;
}

std::string counted_as(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN] = {};
  if (from.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, text, sizeof text);
    return text;
  }
  in6_addr network = reinterpret_cast<const sockaddr_in6&>(from).sin6_addr;
  if (!IN6_IS_ADDR_V4MAPPED(&network)) std::memset(network.s6_addr + 8, 0, 8);
  ::inet_ntop(AF_INET6, &network, text, sizeof text);
  return text;
}

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

core::Result<Descriptor> listen_at(const std::string& where) {
  const auto address = parse(where);
  if (!address) return address.error();
  Descriptor out(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                          IPPROTO_TCP));
  if (!out.valid()) return failed("no socket for " + where);
  set_option(out.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(out.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->size) != 0 ||
      ::listen(out.get(), kBacklog) != 0) {
    return failed("cannot listen at " + where);
  }
  return out;
}

std::uint16_t port_of(const Descriptor& socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);  // same place in both
}

Accepted accept_one(const Descriptor& listener) {
  Accepted out;
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  out.socket = Descriptor(::accept4(listener.get(), reinterpret_cast<sockaddr*>(&from), &size,
                                    SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (out.socket.valid()) {
    out.address = counted_as(from);
  } else {
    out.problem = errno;
  }
  return out;
}

void tune(const Descriptor& socket) {
  set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket.get(), IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(socket.get(), IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set_option(socket.get(), IPPROTO_TCP, TCP_KEEPCNT, 4);
}

core::Result<Pair> named_pair(const std::string& name) {
  int ends[2] = {-1, -1};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() + 1 > sizeof address.sun_path ||
      ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return failed("no socket pair");
  }
  Pair pair{Descriptor(ends[0]), Descriptor(ends[1])};
  std::memcpy(address.sun_path + 1, name.data(), name.size());  // a leading zero: abstract
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(ends[0], reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    return failed("cannot name a connection");
  }
  return pair;
}

std::size_t connections_possible() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return core::limits::kConnections;
  }
  const auto files = static_cast<std::size_t>(limit.rlim_cur);
  const auto ours = files > kDescriptorsElsewhere ? files - kDescriptorsElsewhere : 0;
  return std::max<std::size_t>(8, ours / kDescriptorsPerConnection);
}

}  // namespace connector::edge
