// A small HTTP/1.1 server on Boost.Beast: for our operator on a Unix socket, and for probes and
// metrics on loopback. Not for partners: they come over gRPC.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/result.h"

namespace connector::http {

struct Request {
  std::string method;
  std::string path;                          // "/v1/fetch", without the query
  std::map<std::string, std::string> query;  // decoded
  std::string host;
  std::string body;
  std::int64_t uid = -1;  // of the process at the other end of a Unix socket; -1 over TCP
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

// Sends one line (JSON, without the newline) ahead of the response, for progress. The response
// then follows as the last line and its status is part of it. False: the client is gone.
using Progress = std::function<bool(const std::string& line)>;
// Runs on a thread of the connection; must not throw.
using Handler = std::function<Response(const Request&, const Progress&)>;

struct ServerOptions {
  std::string unix_socket;  // path; or
  std::string tcp;          // "127.0.0.1:9464": loopback addresses only
  std::string group;        // owner group of the socket; empty: leave it
  std::size_t max_connections = 64;
  std::size_t max_header_bytes = 8u << 10;
  std::size_t max_body_bytes = 65u << 20;
};

class Server {
 public:
  static core::Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  ~Server();                   // stops accepting, closes connections, joins
  std::uint16_t port() const;  // of the TCP listener, 0 for a Unix socket

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::http
