// Server and client over a real Unix socket and a real loopback port.
#include "http/server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "http/client.h"
#include "support/temp_dir.h"

namespace connector::http {
namespace {

using namespace std::string_literals;

class Served : public ::testing::Test {
 protected:
  void serve(Handler handler, ServerOptions options = {}) {
    options.unix_socket = socket();
    auto started = Server::start(options, std::move(handler));
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  std::string socket() const { return (dir_ / "s").string(); }

  // Sends raw bytes and reads until the server closes.
  std::string raw(const std::string& bytes) const {
    const int file = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    timeval patience{5, 0};
    ::setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::send(file, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    std::string answer;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(file, buffer, sizeof buffer)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(file);
    return answer;
  }

  testing::TempDir dir_;
  std::unique_ptr<Server> server_;
};

TEST_F(Served, HandsOverMethodPathQueryBodyAndWhoAsks) {
  Request seen;
  serve([&](const Request& request, const Progress&) {
    seen = request;
    return Response{201, "text/plain", "made"};
  });
  const auto answer = ask(socket(), "POST", "/v1/x?args=" + escape("a b&c=\xC3\xA9"), "body");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "made");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/v1/x");
  EXPECT_EQ(seen.query.at("args"), "a b&c=\xC3\xA9");
  EXPECT_EQ(seen.body, "body");
  EXPECT_EQ(seen.uid, static_cast<std::int64_t>(::getuid()));
}

TEST_F(Served, SendsProgressAheadOfTheAnswer) {
  serve([](const Request&, const Progress& progress) {
    progress("{\"done\":1}");
    progress("{\"done\":2}");
    return Response{200, "application/json", "{\"all\":true}"};
  });
  std::vector<std::string> lines;
  const auto answer = ask(socket(), "POST", "/v1/x?progress=1", "{}",
                          [&](const std::string& line) { lines.push_back(line); });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(lines, (std::vector<std::string>{"{\"done\":1}", "{\"done\":2}"}));
  EXPECT_EQ(answer->body, "{\"all\":true}");
}

TEST_F(Served, TheSocketIsForOwnerAndGroup) {
  serve([](const Request&, const Progress&) { return Response{}; });
  struct stat info {};
  ASSERT_EQ(::stat(socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
  EXPECT_TRUE(listening(socket()));
  server_.reset();
  EXPECT_FALSE(listening(socket()));
}

TEST_F(Served, RefusesHeadersAndBodiesOverTheLimits) {
  int called = 0;
  ServerOptions options;
  options.max_header_bytes = 2048;
  options.max_body_bytes = 1000;
  serve(
      [&](const Request&, const Progress&) {
        ++called;
        return Response{};
      },
      options);
  raw("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(4000, 'a') + "\r\n\r\n");
  raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + std::string(2000, 'b'));
  EXPECT_EQ(called, 0);
  EXPECT_TRUE(ask(socket(), "GET", "/", ""));
  EXPECT_EQ(called, 1);
}

TEST_F(Served, GarbageIsAnsweredOrClosedAndTheServerGoesOn) {
  serve([](const Request&, const Progress&) { return Response{}; });
  raw("\x16\x03\x01\x00\xff garbage \0\0\0\r\n\r\n"s);
  raw("GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(ask(socket(), "GET", "/", "")->status, 200);
}

TEST(Http, OnlyLoopbackIsServedOverTcp) {
  ServerOptions options;
  options.tcp = "192.0.2.1:0";
  EXPECT_FALSE(Server::start(options, [](const Request&, const Progress&) { return Response{}; }));
  options.tcp = "127.0.0.1:0";
  const auto server =
      Server::start(options, [](const Request&, const Progress&) { return Response{}; });
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_NE((*server)->port(), 0);
}

TEST(Http, NobodyListeningIsAnErrorWithTheNextStep) {
  const auto answer = ask("/nonexistent/socket", "GET", "/", "");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::Code::kUnavailable);
}

}  // namespace
}  // namespace connector::http
