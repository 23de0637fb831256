#include "cli/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include "cli/reach.h"

namespace connector::cli {
namespace {

constexpr auto kReadyTime = std::chrono::seconds(20);
constexpr auto kLook = std::chrono::milliseconds(20);

// In the child: quiet, and gone when the demonstration goes.
[[noreturn]] void become_connector(const std::string& dir, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  const int log =
      ::open((dir + "/connector.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log >= 0) {
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
  }
  ::execl("/proc/self/exe", "connector", "serve", "--dir", dir.c_str(), nullptr);
  ::_exit(127);
}

}  // namespace

core::Result<ServedConnector> ServedConnector::start(const std::string& dir) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return core::internal("cannot start a process");
  if (pid == 0) become_connector(dir, parent);
  ServedConnector connector(pid, dir);
  const auto until = std::chrono::steady_clock::now() + kReadyTime;
  while (std::chrono::steady_clock::now() < until) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) {
      connector.pid_ = -1;
      return core::unavailable("CONNECTOR_NOT_STARTED", "the connector in " + dir + " ended",
                               "see " + dir + "/connector.log");
    }
    if (Reach{dir}.running()) return connector;
    std::this_thread::sleep_for(kLook);
  }
  return core::unavailable("CONNECTOR_NOT_STARTED", "the connector in " + dir + " is not ready",
                           "see " + dir + "/connector.log");
}

ServedConnector::ServedConnector(ServedConnector&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), dir_(std::move(other.dir_)) {}

ServedConnector::~ServedConnector() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  for (int i = 0; i < 500; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return;
    std::this_thread::sleep_for(kLook);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  std::uint16_t port = 0;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  ::close(socket);
  return port;
}

}  // namespace connector::cli
