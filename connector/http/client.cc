#include "http/client.h"

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <boost/url.hpp>

#include "core/json.h"

namespace connector::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using Local = asio::local::stream_protocol;

// Progress lines as they arrive; the last line holds status and answer.
core::Result<Answer> read_lines(Local::socket& socket, beast::flat_buffer& buffer,
                                bhttp::response_parser<bhttp::buffer_body>& parser,
                                const std::function<void(const std::string&)>& on_line) {
  std::string pending;
  std::string last;
  char chunk[8192];
  beast::error_code error;
  while (!parser.is_done()) {
    parser.get().body().data = chunk;
    parser.get().body().size = sizeof chunk;
    bhttp::read_some(socket, buffer, parser, error);
    if (error == bhttp::error::need_buffer) error = {};
    if (error) break;
    pending.append(chunk, sizeof chunk - parser.get().body().size);
    for (std::size_t end; (end = pending.find('\n')) != std::string::npos;) {
      if (!last.empty() && on_line) on_line(last);
      last = pending.substr(0, end);
      pending.erase(0, end + 1);
    }
  }
  const auto json = core::parse_untrusted(last);
  if (error || !json || !json->find("status")) {
    return core::unavailable("CONNECTOR_UNREACHABLE", "the connector ended the connection",
                             "see its log; then: connector status");
  }
  const core::Json* answer = json->find("answer");
  return Answer{static_cast<int>(json->find("status")->as_int64().value_or(500)),
                answer ? core::to_text(*answer) : ""};
}

}  // namespace

core::Result<Answer> ask(const std::string& unix_socket, const std::string& method,
                         const std::string& target, const std::string& body,
                         const std::function<void(const std::string&)>& on_line) {
  try {
    asio::io_context io;
    Local::socket socket(io);
    socket.connect(Local::endpoint(unix_socket));
    bhttp::request<bhttp::string_body> request(bhttp::string_to_verb(method), target, 11);
    request.set(bhttp::field::host, "localhost");
    request.set(bhttp::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    bhttp::write(socket, request);
    beast::flat_buffer buffer;
    bhttp::response_parser<bhttp::buffer_body> head;
    head.body_limit(boost::none);
    bhttp::read_header(socket, buffer, head);
    if (head.get()[bhttp::field::content_type] == "application/x-ndjson") {
      return read_lines(socket, buffer, head, on_line);
    }
    bhttp::response_parser<bhttp::string_body> parser(std::move(head));
    bhttp::read(socket, buffer, parser);
    return Answer{static_cast<int>(parser.get().result_int()), parser.get().body()};
  } catch (const std::exception& error) {
    return core::unavailable("CONNECTOR_UNREACHABLE",
                             "no answer on " + unix_socket + ": " + error.what(),
                             "start it: connector serve");
  }
}

bool listening(const std::string& unix_socket) {
  try {
    asio::io_context io;
    Local::socket socket(io);
    socket.connect(Local::endpoint(unix_socket));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::string escape(const std::string& text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

}  // namespace connector::http
