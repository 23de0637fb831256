#include "store/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>

namespace connector::store {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);

}  // namespace

Lock::~Lock() {
  if (file_ >= 0) ::close(file_);
}

core::Result<Lock> Lock::take(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "lock";
  Lock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.file_ < 0) {
    return core::unavailable(
        "EVIDENCE_UNAVAILABLE",
        "cannot make " + path.string() + ": " + std::generic_category().message(errno),
        "check the folder's permissions and the disk");
  }
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() > until) {
      return core::unavailable("STORE_IN_USE", "another process has this store open",
                               "is it starting or stopping? try again in a moment");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return lock;
}

}  // namespace connector::store
