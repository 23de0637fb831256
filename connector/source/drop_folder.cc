#include "source/drop_folder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <thread>
#include <vector>

#include "source/files.h"

namespace connector::source {
namespace fs = std::filesystem;
namespace {

using exchange::Verdict;

constexpr int kRetryMs = 1000;  // of files that were not ready, or could not be taken now

// Whether somebody may still be writing. A read lease (fcntl(2), F_SETLEASE) is granted only
// while nobody has the file open for writing; where leases cannot be had (another owner, a
// network file system) a file counts as written when it has not changed for a second.
bool being_written(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return false;  // reading it will say why
  bool busy = false;
  if (::fcntl(file, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(file, F_SETLEASE, F_UNLCK);
  } else if (errno == EAGAIN) {
    busy = true;
  } else {
    struct stat info {};
    busy = ::fstat(file, &info) == 0 && std::time(nullptr) - info.st_mtime < 2;
  }
  ::close(file);
  return busy;
}

// Moves without replacing: "a.xml", else "a.xml.1", "a.xml.2" ...
core::Result<fs::path> free_name(const fs::path& folder, const std::string& name) {
  for (int i = 0; i < 100'000; ++i) {
    fs::path candidate = folder / (i == 0 ? name : name + "." + std::to_string(i));
    std::error_code error;
    if (fs::symlink_status(candidate, error).type() == fs::file_type::not_found) return candidate;
  }
  return core::internal("no free name for " + name + " in " + folder.string());
}

}  // namespace

struct DropFolder::State {
  DropOptions options;
  fs::path done;
  fs::path refused;
  int watch = -1;
  int wake = -1;
  exchange::Take take;
  std::thread thread;

  ~State() {
    if (thread.joinable()) {
      const std::uint64_t one = 1;
      if (::write(wake, &one, sizeof one) < 0) std::perror("drop folder");
      thread.join();
    }
    if (watch >= 0) ::close(watch);
    if (wake >= 0) ::close(wake);
  }

  void tell(const std::string& problem) const {
    if (options.problem) options.problem(problem);
  }

  // Sleeps until something happens in the folder; with files left over, a second at most.
  void run() {
    bool again = true;
    while (again) {
      const bool left_over = sweep();
      pollfd waits[2] = {{watch, POLLIN, 0}, {wake, POLLIN, 0}};
      const int ready = ::poll(waits, 2, left_over ? kRetryMs : -1);
      if (ready < 0 && errno != EINTR) return tell("stopped watching: " + text_of_errno());
      if (waits[1].revents != 0) return;
      if (waits[0].revents != 0) drain();
    }
  }

  static std::string text_of_errno() { return std::strerror(errno); }

  void drain() const {
    char events[16 << 10];
    while (::read(watch, events, sizeof events) > 0) {
    }
  }

  bool stopping() const {
    pollfd one{wake, POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
  }

  // Takes every file that is ready. True: some have to be looked at again.
  bool sweep() {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at(options.folder, error), end; !error && at != end;
         at.increment(error)) {
      std::error_code ignored;
      if (fs::symlink_status(at->path(), ignored).type() == fs::file_type::directory) continue;
      const std::string name = at->path().filename().string();
      if (name.front() != '.') names.push_back(name);
    }
    if (error) tell("cannot list " + options.folder.string() + ": " + error.message());
    std::sort(names.begin(), names.end());
    bool left_over = static_cast<bool>(error);
    for (const std::string& name : names) {
      if (stopping()) return true;
      if (!settle(name)) left_over = true;
    }
    return left_over;
  }

  // False: not now.
  bool settle(const std::string& name) {
    const fs::path path = options.folder / name;
    std::error_code error;
    if (fs::symlink_status(path, error).type() == fs::file_type::symlink) {
      return refuse(path, name, path.string() + " is a link; links are not followed");
    }
    if (being_written(path)) return false;
    const auto bytes = read_file(path, options.max_bytes);
    if (!bytes) return refuse(path, name, bytes.error().message);
    const Verdict verdict = take(name, *bytes);
    switch (verdict.kind) {
      case Verdict::Kind::kTaken:
        return move(path, done, name);
      case Verdict::Kind::kRefused:
        return refuse(path, name, verdict.reason);
      case Verdict::Kind::kLater:
        tell(name + " waits: " + verdict.reason);
        return false;
    }
    return false;
  }

  bool move(const fs::path& from, const fs::path& folder, const std::string& name) {
    const auto target = free_name(folder, name);
    if (!target) {
      tell(target.error().message);
      return false;
    }
    if (::rename(from.c_str(), target->c_str()) == 0 || errno == ENOENT) return true;
    tell("cannot move " + from.string() + ": " + text_of_errno());
    return false;
  }

  // The reason first: a refused file without one would be a riddle.
  bool refuse(const fs::path& path, const std::string& name, const std::string& reason) {
    const auto target = free_name(refused, name);
    if (!target) return false;
    if (auto written = write_file(target->string() + ".reason.txt", reason + "\n"); !written) {
      tell(written.error().message);
      return false;
    }
    if (::rename(path.c_str(), target->c_str()) == 0 || errno == ENOENT) return true;
    tell("cannot move " + path.string() + ": " + text_of_errno());
    return false;
  }
};

DropFolder::DropFolder(std::unique_ptr<State> state) : state_(std::move(state)) {}
DropFolder::~DropFolder() = default;

core::Result<std::unique_ptr<DropFolder>> DropFolder::open(DropOptions options) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  const fs::path& folder = state->options.folder;
  state->done = folder / "done";
  state->refused = folder / "refused";
  const auto failed = [&](const std::string& why) {
    return core::Error{core::Code::kUnavailable,
                       "DROP_FOLDER_UNUSABLE",
                       "cannot watch " + folder.string() + ": " + why,
                       "check the folder's permissions, or take it out of the dataset",
                       {}};
  };
  for (const fs::path& one : {state->done, state->refused}) {
    std::error_code error;
    fs::create_directories(one, error);
    if (error) return failed(error.message());
  }
  state->watch = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  state->wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (state->watch < 0 || state->wake < 0 ||
      ::inotify_add_watch(state->watch, folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE) <
          0) {
    return failed(std::strerror(errno));
  }
  return std::unique_ptr<DropFolder>(new DropFolder(std::move(state)));
}

core::Status DropFolder::start(exchange::Take take) {
  state_->take = std::move(take);
  state_->thread = std::thread([state = state_.get()] { state->run(); });
  return core::ok();
}

}  // namespace connector::source
