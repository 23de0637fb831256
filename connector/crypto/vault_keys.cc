#include "crypto/vault_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "core/digest.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "crypto/vault_key.h"

namespace connector::crypto {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr const char* kUnfinished = ".new";

core::Error failed(const std::string& what, const std::string& path) {
  return core::unavailable("VAULT_KEYS_UNAVAILABLE",
                           "cannot " + what + " " + path + ": " + std::strerror(errno),
                           "check the folder's permissions and the disk");
}

core::Status sync(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  return synced ? core::ok() : core::Status(failed("write to the disk", path));
}

core::Status sync_folder(const std::string& folder) {
  return sync(folder, O_RDONLY | O_DIRECTORY);
}

// Whole and durable under its name, or not there.
core::Status put(const std::string& path, std::string_view content) {
  std::error_code ignored;
  fs::remove(path + kUnfinished, ignored);
  if (auto written = write_private_file(path + kUnfinished, content); !written) return written;
  if (::rename((path + kUnfinished).c_str(), path.c_str()) != 0) return failed("put", path);
  return sync_folder(fs::path(path).parent_path().string());
}

core::Status append_line(const std::string& path, const std::string& line) {
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  const bool done = file >= 0 &&
                    ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                    ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  return done ? core::ok() : core::Status(failed("write", path));
}

// Overwritten where it lies before its name goes.
core::Status shred(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return errno == ENOENT ? core::ok() : core::Status(failed("overwrite", path));
  struct stat info {};
  bool done = ::fstat(file, &info) == 0;
  const std::string noise = random_bytes(static_cast<std::size_t>(info.st_size));
  done = done && ::pwrite(file, noise.data(), noise.size(), 0) == info.st_size;
  done = done && ::fsync(file) == 0;
  ::close(file);
  if (!done || ::unlink(path.c_str()) != 0) return failed("overwrite", path);
  return core::ok();
}

// "kek-12" -> 12 for "kek-".
std::optional<std::uint64_t> number_behind(const std::string& name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + prefix.size(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

core::Error damaged(const std::string& path, const std::string& what) {
  return core::invalid("VAULT_KEYS_DAMAGED", path + ": " + what,
                       "the data under these keys cannot be read; move the folder away and fetch "
                       "again");
}

}  // namespace

VaultKeyFiles::~VaultKeyFiles() {
  cleanse(kek_);
}

std::string VaultKeyFiles::path(const char* name, std::uint64_t generation) const {
  return folder_ + "/" + name + std::to_string(generation);
}

core::Result<std::unique_ptr<VaultKeyFiles>> VaultKeyFiles::open(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (::chmod(folder.c_str(), 0700) != 0) return failed("make", folder);
  std::unique_ptr<VaultKeyFiles> keys(new VaultKeyFiles(folder));
  if (auto loaded = keys->load(); !loaded) return std::move(loaded.error());
  return keys;
}

core::Status VaultKeyFiles::load() {
  const std::set<std::string> names = names_in(folder_);
  for (const std::string& name : names) {
    const auto number = number_behind(name, "keys-");
    if (number && names.count("kek-" + std::to_string(*number)) != 0) {
      generation_ = std::max(generation_, *number);
    }
  }
  if (generation_ == 0) {
    if (auto begun = begin(1); !begun) return begun;
    return clear_others();
  }
  const std::string kek_path = path("kek-", generation_);
  auto kek = read_private_file(kek_path);
  if (!kek) return std::move(kek.error());
  auto bytes = core::from_hex(*kek);
  cleanse(*kek);
  if (!bytes || bytes->size() != kKeyBytes) return damaged(kek_path, "no key of 32 bytes in hex");
  kek_ = std::move(*bytes);
  if (auto read = read_keys(); !read) return read;
  return clear_others();
}

// A last line without its end was never acknowledged: the machine stopped while it was written.
core::Status VaultKeyFiles::read_keys() {
  const std::string file = path("keys-", generation_);
  std::ifstream stream(file, std::ios::binary);
  const std::string table{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) return failed("read", file);
  const std::size_t whole = table.rfind('\n') + 1;  // 0 where there is none
  if (whole != table.size() && ::truncate(file.c_str(), static_cast<off_t>(whole)) != 0) {
    return failed("write", file);
  }
  std::istringstream lines(table.substr(0, whole));
  std::string agreement, wrapped;
  while (lines >> agreement >> wrapped) {
    const auto bytes = core::from_hex(wrapped);
    auto key = bytes ? unwrap(agreement, kek_, *bytes) : nullptr;
    if (!key) return damaged(file, "the key of " + agreement + " does not open");
    live_[agreement] = std::move(key);
  }
  return core::ok();
}

core::Status VaultKeyFiles::begin(std::uint64_t generation) {
  std::string kek = random_bytes(kKeyBytes);
  if (auto put_kek = put(path("kek-", generation), core::hex(kek)); !put_kek) return put_kek;
  std::string table;
  for (const auto& [agreement, key] : live_) {
    table += agreement + " " + core::hex(key->wrapped(kek)) + "\n";
  }
  if (auto put_keys = put(path("keys-", generation), table); !put_keys) return put_keys;
  // From here on this generation is the one that a start would find.
  cleanse(kek_);
  kek_ = std::move(kek);
  generation_ = generation;
  return core::ok();
}

// Other generations, whole or half, and what was never finished.
core::Status VaultKeyFiles::clear_others() {
  const std::string kek = "kek-" + std::to_string(generation_);
  const std::string keys = "keys-" + std::to_string(generation_);
  for (const std::string& name : names_in(folder_)) {
    if (name == kek || name == keys) continue;
    if (auto shredded = shred(folder_ + "/" + name); !shredded) return shredded;
  }
  return sync_folder(folder_);
}

core::Result<std::shared_ptr<const exchange::VaultKey>> VaultKeyFiles::make(
    const std::string& agreement) {
  const std::lock_guard lock(mutex_);
  if (const auto known = live_.find(agreement); known != live_.end()) {
    return std::shared_ptr<const exchange::VaultKey>(known->second);
  }
  if (agreement.empty() || agreement.find_first_of(" \n\r\t\v\f") != std::string::npos) {
    return core::internal("an agreement's id has no white space in it");
  }
  auto key = std::make_shared<LiveKey>(agreement, random_bytes(kKeyBytes));
  const std::string line = agreement + " " + core::hex(key->wrapped(kek_)) + "\n";
  if (auto written = append_line(path("keys-", generation_), line); !written) {
    return std::move(written.error());
  }
  live_[agreement] = key;
  return std::shared_ptr<const exchange::VaultKey>(std::move(key));
}

core::Result<std::shared_ptr<const exchange::VaultKey>> VaultKeyFiles::find(
    const std::string& agreement) const {
  const std::lock_guard lock(mutex_);
  const auto known = live_.find(agreement);
  if (known == live_.end()) {
    return core::denied("KEY_DESTROYED", "there is no key for agreement " + agreement,
                        "nothing was received under it, or it was destroyed");
  }
  return std::shared_ptr<const exchange::VaultKey>(known->second);
}

core::Status VaultKeyFiles::destroy(const std::string& agreement) {
  const std::lock_guard lock(mutex_);
  const auto known = live_.find(agreement);
  // Tried before, and stopped half-way: the next generation may already be in force.
  if (known == live_.end()) return clear_others();
  const std::shared_ptr<LiveKey> key = known->second;
  live_.erase(known);
  if (auto begun = begin(generation_ + 1); !begun) {
    live_[agreement] = key;
    return begun;
  }
  key->destroy();
  return clear_others();
}

std::uint64_t VaultKeyFiles::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

}  // namespace connector::crypto
