#include "source/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace connector::source {
namespace fs = std::filesystem;
namespace {

core::Error unreadable(const fs::path& path, const std::string& why) {
  return core::invalid("FILE_UNREADABLE", "cannot read " + path.string() + ": " + why,
                       "check the path and its permissions");
}

// A file descriptor that is closed with its scope.
class File {
 public:
  File(const fs::path& path, int flags, mode_t mode = 0)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

std::string problem_of(const fs::path& path, const fs::file_status& status) {
  switch (status.type()) {
    case fs::file_type::regular:
      return ::access(path.c_str(), R_OK) == 0
                 ? ""
                 : "cannot read " + path.string() + ": " + std::strerror(errno);
    case fs::file_type::symlink:
      return path.string() + " is a link; links are not followed";
    case fs::file_type::not_found:
      return path.string() + " does not exist";
    default:
      return path.string() + " is not a regular file";
  }
}

void walk_into(const fs::path& path, std::vector<Found>& files) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (status.type() != fs::file_type::directory) {
    files.push_back({path.string(), problem_of(path, status)});
    return;
  }
  std::vector<fs::path> inside;
  fs::directory_iterator entries(path, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    inside.push_back(entries->path());
  }
  if (error) {
    files.push_back({path.string(), "cannot list " + path.string() + ": " + error.message()});
  }
  std::sort(inside.begin(), inside.end());
  for (const fs::path& one : inside) walk_into(one, files);
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Walk walk(const std::vector<std::string>& paths) {
  Walk found;
  for (const std::string& path : paths) walk_into(path, found.files);
  return found;
}

core::Result<std::string> read_file(const fs::path& path, std::size_t max_bytes) {
  // O_NONBLOCK: a pipe put in the place of a file must not hold us up.
  const File file(path, O_RDONLY | O_NONBLOCK);
  if (file.get() < 0) return unreadable(path, std::strerror(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return unreadable(path, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return unreadable(path, "it is not a regular file");
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size > max_bytes) {
    return core::invalid("DOCUMENT_TOO_LARGE",
                         path.string() + " has " + std::to_string(size) + " bytes; the limit is " +
                             std::to_string(max_bytes),
                         "split the document");
  }
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(file.get(), bytes.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, std::strerror(errno));
    if (got == 0) break;  // became shorter meanwhile
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

core::Status write_file(const fs::path& path, std::string_view bytes) {
  const fs::path beside = path.string() + ".new";
  const auto failed = [&] {
    return core::Error{core::Code::kExhausted,
                       "FILE_NOT_WRITTEN",
                       "cannot write " + path.string() + ": " + std::strerror(errno),
                       "check the permissions of the folder and the space on its disk",
                       {}};
  };
  {
    const File file(beside, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file.get() < 0 || !write_all(file.get(), bytes) || ::fsync(file.get()) != 0) {
      return failed();
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return failed();
  const File folder(path.parent_path().empty() ? "." : path.parent_path(), O_RDONLY | O_DIRECTORY);
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return failed();
  return core::ok();
}

}  // namespace connector::source
