#include "crypto/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace connector::crypto {
namespace {

constexpr std::size_t kKeyFileBytes = 64u << 10;

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0)
      : number_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode)) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

// The name of a new file is durable when its folder is.
bool sync_folder(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const File file(folder, O_RDONLY | O_DIRECTORY);
  return file.get() >= 0 && ::fsync(file.get()) == 0;
}

}  // namespace

core::Status write_private_file(const std::string& path, std::string_view content) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  const bool written =
      file.get() >= 0 &&
      ::write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      ::fsync(file.get()) == 0 && sync_folder(path);
  if (written) return core::ok();
  const int cause = errno;
  if (file.get() >= 0) ::unlink(path.c_str());  // half a key would be in the way of a whole one
  return core::Error{core::Code::kConflict,
                     "KEY_NOT_WRITTEN",
                     "cannot write " + path + ": " + std::strerror(cause),
                     "keys are never overwritten; choose another folder",
                     {}};
}

core::Result<std::string> read_private_file(const std::string& path) {
  const auto unreadable = [&](const std::string& why, const std::string& next) {
    return core::invalid("KEY_UNREADABLE", "cannot use " + path + ": " + why, next);
  };
  const File file(path, O_RDONLY);
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) {
    return unreadable(std::strerror(errno), "is this the connector's folder? see --dir");
  }
  if ((info.st_mode & 0077) != 0) {
    return unreadable("others can read or write it", "chmod 600 " + path);
  }
  if (!S_ISREG(info.st_mode) || static_cast<std::size_t>(info.st_size) > kKeyFileBytes) {
    return unreadable("it is no key file", "restore it from a backup");
  }
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  const ssize_t got = ::read(file.get(), content.data(), content.size());
  if (got < 0) return unreadable(std::strerror(errno), "check the disk");
  content.resize(static_cast<std::size_t>(got));
  return content;
}

}  // namespace connector::crypto
