#include "opa/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/text.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

constexpr std::size_t kToolOutputBytes = 4u << 20;
constexpr std::size_t kLastWordsBytes = 8u << 10;
constexpr Time::duration kBackOffFirst = 20ms;
constexpr Time::duration kBackOffMost = 5s;
constexpr Time::duration kLivedLong = 10s;  // after that the next failure starts anew

// Between fork and exec of a program with threads: system calls only.
[[noreturn]] void become(char* const* arguments, char* const* environment, int output,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before the line above
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::setpgid(0, 0);  // Ctrl-C at a terminal is for the connector, which then ends us
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::execve(arguments[0], arguments, environment);
  const char text[] = "the program cannot be executed\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, sizeof text - 1);
  ::_exit(127);
}

core::Error not_started(const std::string& program, int error) {
  return core::unavailable("OPA_NOT_STARTED",
                           "cannot start " + program + ": " + std::strerror(error));
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// False at the end of the output. Appends what is there; waits until then.
bool read_some(int descriptor, std::string& text, std::size_t at_most) {
  char buffer[4096];
  const auto got = ::read(descriptor, buffer, sizeof buffer);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  const auto size =
      std::min(static_cast<std::size_t>(got), text.size() < at_most ? at_most - text.size() : 0);
  text.append(buffer, size);
  return true;
}

int exit_code_of(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

core::Result<Child> spawn(const std::vector<std::string>& arguments) {
  std::vector<std::string> texts = arguments;
  std::vector<std::string> environment{"PATH=/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C"};
  const auto argument_pointers = pointers(texts);
  const auto environment_pointers = pointers(environment);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return not_started(arguments[0], errno);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(argument_pointers.data(), environment_pointers.data(), ends[1], parent);
  const int error = errno;
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return not_started(arguments[0], error);
  }
  return Child{pid, ends[0]};
}

core::Result<ToolOutput> run_tool(const std::vector<std::string>& arguments,
                                  std::chrono::milliseconds at_most) {
  auto child = spawn(arguments);
  if (!child) return std::move(child.error());
  const auto end = Time::now() + at_most;
  ToolOutput output;
  bool late = false;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Time::now()).count();
    pollfd ready{child->output, POLLIN, 0};
    const int polled = left > 0 ? ::poll(&ready, 1, static_cast<int>(left)) : 0;
    if (polled < 0 && errno == EINTR) continue;
    late = polled <= 0;
    if (late || !read_some(child->output, output.text, kToolOutputBytes)) break;
  }
  if (late) ::kill(child->pid, SIGKILL);
  ::close(child->output);
  output.exit_code = exit_code_of(child->pid);
  if (!late) return output;
  return core::unavailable("OPA_TIMEOUT", "'" + arguments[0] + " " + arguments[1] +
                                              "' took longer than " +
                                              std::to_string(at_most.count()) + " ms");
}

core::Result<fs::path> find_opa(const std::string& configured) {
  std::vector<fs::path> places;
  const char* named = std::getenv("CONNECTOR_OPA");
  if (!configured.empty()) {
    places.push_back(configured);
  } else if (named && *named) {
    places.emplace_back(named);
  } else {
    const char* path = std::getenv("PATH");
    for (const auto folder : core::split(path ? path : "", ':')) {
      if (!folder.empty()) places.push_back(fs::path(folder) / "opa");
    }
    std::error_code error;
    const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
    places.push_back(own / "opa");
    places.push_back(own.parent_path() / ".cache" / "opa" / "opa");
  }
  for (const fs::path& place : places) {
    std::error_code error;
    if (fs::is_regular_file(place, error) && ::access(place.c_str(), X_OK) == 0) return place;
  }
  const std::string where = configured.empty() ? named && *named ? named : "the PATH" : configured;
  return core::unavailable("OPA_NOT_FOUND", "there is no program opa at " + where,
                           "name it in connector.yaml: opa: /path/to/opa");
}

Supervisor::Supervisor(std::vector<std::string> arguments,
                       std::function<void(const std::string&)> log)
    : arguments_(std::move(arguments)), log_(std::move(log)), thread_([this] { supervise(); }) {}

Supervisor::~Supervisor() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (pid_ > 0) ::kill(pid_, SIGKILL);
  }
  changed_.notify_all();
  thread_.join();
}

bool Supervisor::running() const {
  return pid() > 0;
}

pid_t Supervisor::pid() const {
  std::lock_guard lock(mutex_);
  return pid_;
}

std::uint64_t Supervisor::restarts() const {
  std::lock_guard lock(mutex_);
  return starts_ > 0 ? starts_ - 1 : 0;
}

std::string Supervisor::last_words() const {
  std::lock_guard lock(mutex_);
  return said_;
}

void Supervisor::restart(std::chrono::milliseconds older_than) {
  std::lock_guard lock(mutex_);
  if (pid_ > 0 && Time::now() - started_ > older_than) ::kill(pid_, SIGKILL);
}

// The thread lives as long as the process: the kernel kills a child with the thread it came from.
void Supervisor::supervise() {
  Time::duration wait = kBackOffFirst;
  for (;;) {
    const auto begun = Time::now();
    std::string cause;
    {
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      auto child = spawn(arguments_);
      if (child) {
        pid_ = child->pid;
        started_ = begun;
        ++starts_;
        said_.clear();
        lock.unlock();
        attend(*child);
        reap();
        cause = "OPA ended";
      } else {
        cause = child.error().message;
      }
    }
    if (Time::now() - begun > kLivedLong) wait = kBackOffFirst;
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    const std::string words = said_;
    lock.unlock();
    log_(cause + "; it is started again" + (words.empty() ? "" : ": " + words));
    lock.lock();
    changed_.wait_for(lock, wait, [this] { return stopping_; });
    wait = std::min(wait * 2, kBackOffMost);
  }
}

void Supervisor::attend(const Child& child) {
  std::string part;
  while (read_some(child.output, part, kLastWordsBytes)) {
    std::lock_guard lock(mutex_);
    said_ += part;
    if (said_.size() > kLastWordsBytes) said_.erase(0, said_.size() - kLastWordsBytes);
    part.clear();
  }
  ::close(child.output);
}

// Under the lock, so that nobody sends a signal to a number that is somebody else's by now.
void Supervisor::reap() {
  std::lock_guard lock(mutex_);
  ::kill(pid_, SIGKILL);  // it may have closed its output and live on
  exit_code_of(pid_);
  pid_ = -1;
}

}  // namespace connector::opa
