// A disk that fails on demand: a SQLite VFS on top of the system's. It knows of every file what a
// sync has made durable and what was only written since, so that the power can be cut.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace connector::testing {

class FaultDisk {
 public:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  static constexpr const char* kName = "fault";

  FaultDisk();  // registers the VFS "fault"; one at a time
  ~FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;

  // Before the operation of this number (writes, truncations and syncs are counted, from 1) the
  // power goes off: it and all later ones fail and do nothing.
  void cut_power_before(std::uint64_t operation);
  // This sync (from 1) fails once, and what it should have made durable is lost, as on Linux.
  void fail_sync(std::uint64_t sync);
  bool happened() const;  // what was asked for
  std::uint64_t operations() const;
  std::uint64_t syncs() const;

  enum class Unsynced { kLost, kKept, kSome };
  // What the disk holds when the power is back. Each write since the last sync is lost, kept, or
  // one or the other by chance.
  void restore(Unsynced unsynced, std::uint32_t seed) const;

  // ---- for the files of the VFS ----
  struct Write {
    std::uint64_t offset = 0;
    std::string bytes;
    bool truncate = false;  // to offset
  };
  int attempt(int error);  // SQLITE_OK or the error, when the power is off
  int attempt_sync(const std::string& path);
  void open(const std::string& path);
  void wrote(const std::string& path, Write write);
  void removed(const std::string& path);

 private:
  struct File {
    std::string durable;
    std::vector<Write> since;
  };
  mutable std::mutex mutex_;
  std::map<std::string, File> files_;
  std::uint64_t cut_before_ = kNever;
  std::uint64_t failing_sync_ = kNever;
  std::uint64_t operations_ = 0;
  std::uint64_t syncs_ = 0;
  bool happened_ = false;
  sqlite3_vfs vfs_{};
};

}  // namespace connector::testing
