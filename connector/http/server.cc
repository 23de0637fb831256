#include "http/server.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <boost/url.hpp>
#include <list>
#include <mutex>
#include <thread>

namespace connector::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using Local = asio::local::stream_protocol;
using Tcp = asio::ip::tcp;

std::int64_t peer_uid(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
  return credentials.uid;
}

void limit_waiting(int fd, int seconds) {
  const timeval time{seconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

Request convert(const bhttp::request<bhttp::string_body>& in, std::int64_t uid) {
  Request request;
  request.method = std::string(in.method_string());
  request.host = std::string(in[bhttp::field::host]);
  request.body = in.body();
  request.uid = uid;
  const auto target = boost::urls::parse_origin_form({in.target().data(), in.target().size()});
  if (!target) return request;  // empty path: the handler answers 404
  request.path = target->path();
  for (const auto& param : target->params()) request.query[param.key] = param.value;
  return request;
}

// Serves the requests of one connection, one after the other.
template <typename Socket>
class Session {
 public:
  Session(Socket& socket, const ServerOptions& options, const Handler& handler)
      : socket_(socket), options_(options), handler_(handler) {}

  void run(std::int64_t uid) {
    while (serve_one(uid)) {
    }
  }

 private:
  bool serve_one(std::int64_t uid) {
    bhttp::request_parser<bhttp::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
    parser.body_limit(options_.max_body_bytes);
    beast::error_code error;
    bhttp::read(socket_, buffer_, parser, error);
    if (error == bhttp::error::body_limit || error == bhttp::error::header_limit) {
      return send({413, "application/json", R"({"reason":"TOO_LARGE"})"}, 11, false);
    }
    if (error) return false;
    bool streaming = false;
    const Progress progress = [&](const std::string& line) {
      if (!streaming && !send_stream_head()) return false;
      streaming = true;
      return send_chunk(line + "\n");
    };
    const Response response = handler_(convert(parser.get(), uid), progress);
    if (streaming) {
      send_chunk("{\"status\":" + std::to_string(response.status) +
                 ",\"answer\":" + (response.body.empty() ? "null" : response.body) + "}\n");
      asio::write(socket_, bhttp::make_chunk_last(), error);
      return false;
    }
    return send(response, parser.get().version(), parser.get().keep_alive());
  }

  bool send(const Response& response, unsigned version, bool keep_alive) {
    bhttp::response<bhttp::string_body> out(static_cast<bhttp::status>(response.status), version);
    out.set(bhttp::field::content_type, response.content_type);
    out.set("X-Content-Type-Options", "nosniff");
    out.set(bhttp::field::cache_control, "no-store");
    out.keep_alive(keep_alive);
    out.body() = response.body;
    out.prepare_payload();
    beast::error_code error;
    bhttp::write(socket_, out, error);
    return !error && keep_alive;
  }

  bool send_stream_head() {
    bhttp::response<bhttp::empty_body> out(bhttp::status::ok, 11);
    out.set(bhttp::field::content_type, "application/x-ndjson");
    out.chunked(true);
    out.keep_alive(false);
    bhttp::response_serializer<bhttp::empty_body> serializer(out);
    beast::error_code error;
    bhttp::write_header(socket_, serializer, error);
    return !error;
  }
  bool send_chunk(const std::string& text) {
    beast::error_code error;
    asio::write(socket_, bhttp::make_chunk(asio::buffer(text)), error);
    return !error;
  }

  Socket& socket_;
  const ServerOptions& options_;
  const Handler& handler_;
  beast::flat_buffer buffer_;
};

}  // namespace

struct Server::State {
  ServerOptions options;
  Handler handler;
  asio::io_context io;
  std::unique_ptr<Local::acceptor> local;
  std::unique_ptr<Tcp::acceptor> tcp;
  std::thread acceptor;
  std::mutex mutex;
  struct Connection {
    std::thread thread;
    int fd = -1;
    bool done = false;
  };
  std::list<Connection> connections;  // guarded by mutex
  bool stopping = false;              // guarded by mutex

  core::Status listen() {
    try {
      return options.unix_socket.empty() ? listen_tcp() : listen_local();
    } catch (const std::exception& error) {
      return core::Error{core::Code::kUnavailable,
                         "ADMIN_UNAVAILABLE",
                         "cannot listen on " +
                             (options.unix_socket.empty() ? options.tcp : options.unix_socket) +
                             ": " + error.what(),
                         "is another connector running there?",
                         {}};
    }
  }

  core::Status listen_local() {
    if (options.unix_socket.size() > 107) {
      return core::invalid("CONFIG_INVALID",
                           "socket path longer than 107 characters: " + options.unix_socket,
                           "set admin.socket to a shorter path");
    }
    ::unlink(options.unix_socket.c_str());
    // Nobody may connect between bind and chmod.
    const mode_t before = ::umask(0177);
    local = std::make_unique<Local::acceptor>(io, Local::endpoint(options.unix_socket));
    ::umask(before);
    if (!options.group.empty()) {
      const group* found = ::getgrnam(options.group.c_str());
      if (!found || ::chown(options.unix_socket.c_str(), static_cast<uid_t>(-1), found->gr_gid)) {
        return core::invalid("CONFIG_INVALID",
                             "cannot give the admin socket to group '" + options.group + "'",
                             "create the group, or remove admin.group");
      }
    }
    ::chmod(options.unix_socket.c_str(), 0660);
    return core::ok();
  }

  core::Status listen_tcp() {
    const auto colon = options.tcp.rfind(':');
    const auto address = asio::ip::make_address(options.tcp.substr(0, colon));
    if (colon == std::string::npos || !address.is_loopback()) {
      return core::invalid("CONFIG_INVALID", "'" + options.tcp + "' is not a loopback address",
                           "use 127.0.0.1:PORT, and a proxy of your own for remote access");
    }
    const auto port = static_cast<std::uint16_t>(std::stoul(options.tcp.substr(colon + 1)));
    tcp = std::make_unique<Tcp::acceptor>(io, Tcp::endpoint(address, port));
    return core::ok();
  }

  template <typename Acceptor>
  void accept_all(Acceptor& acceptor_socket) {
    for (;;) {
      beast::error_code error;
      auto socket = acceptor_socket.accept(error);
      std::lock_guard lock(mutex);
      if (stopping) return;
      if (error) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));  // out of descriptors
        continue;
      }
      reap();
      if (connections.size() >= options.max_connections) continue;  // closes the socket
      limit_waiting(socket.native_handle(), 60);
      Connection& connection = connections.emplace_back();
      connection.fd = socket.native_handle();
      connection.thread = std::thread([this, &connection, owned = std::move(socket)]() mutable {
        Session(owned, options, handler)
            .run(options.unix_socket.empty() ? -1 : peer_uid(owned.native_handle()));
        std::lock_guard inner(mutex);
        connection.done = true;
        connection.fd = -1;
        beast::error_code ignored;
        owned.close(ignored);
      });
    }
  }

  void reap() {  // mutex held
    for (auto it = connections.begin(); it != connections.end();) {
      if (!it->done) {
        ++it;
        continue;
      }
      it->thread.join();
      it = connections.erase(it);
    }
  }

  void stop() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
      for (Connection& connection : connections) {
        if (connection.fd >= 0) ::shutdown(connection.fd, SHUT_RDWR);
      }
    }
    const int fd = local ? local->native_handle() : tcp ? tcp->native_handle() : -1;
    if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
    if (acceptor.joinable()) acceptor.join();
    for (Connection& connection : connections) {
      if (connection.thread.joinable()) connection.thread.join();
    }
    if (local) ::unlink(options.unix_socket.c_str());
  }
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() {
  state_->stop();
}

core::Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  state->handler = std::move(handler);
  if (auto listening = state->listen(); !listening) return std::move(listening.error());
  State* raw = state.get();
  state->acceptor = std::thread([raw] {
    if (raw->local) raw->accept_all(*raw->local);
    if (raw->tcp) raw->accept_all(*raw->tcp);
  });
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const {
  return state_->tcp ? state_->tcp->local_endpoint().port() : std::uint16_t{0};
}

}  // namespace connector::http
