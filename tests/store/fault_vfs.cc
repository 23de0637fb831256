#include "fault_vfs.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <new>
#include <random>
#include <stdexcept>

namespace connector::testing {
namespace {

struct FaultFile {
  sqlite3_file base;
  FaultDisk* disk;
  std::string* path;  // null: a temporary file, which no power cut is about
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultFile* of(sqlite3_file* file) {
  return reinterpret_cast<FaultFile*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return of(file)->real();
}
FaultDisk* disk(sqlite3_vfs* vfs) {
  return static_cast<FaultDisk*>(vfs->pAppData);
}
sqlite3_vfs* system_vfs() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
  return vfs;
}

int close_file(sqlite3_file* file) {
  const int code = real(file)->pMethods ? real(file)->pMethods->xClose(real(file)) : SQLITE_OK;
  delete of(file)->path;
  of(file)->path = nullptr;
  return code;
}
int read_file(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), into, size, offset);
}
int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  if (const int code = of(file)->disk->attempt(SQLITE_IOERR_WRITE); code != SQLITE_OK) return code;
  const int code = real(file)->pMethods->xWrite(real(file), bytes, size, offset);
  if (code == SQLITE_OK && of(file)->path) {
    of(file)->disk->wrote(*of(file)->path,
                          {static_cast<std::uint64_t>(offset),
                           {static_cast<const char*>(bytes), static_cast<std::size_t>(size)},
                           false});
  }
  return code;
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = of(file)->disk->attempt(SQLITE_IOERR_TRUNCATE); code != SQLITE_OK) {
    return code;
  }
  const int code = real(file)->pMethods->xTruncate(real(file), size);
  if (code == SQLITE_OK && of(file)->path) {
    of(file)->disk->wrote(*of(file)->path, {static_cast<std::uint64_t>(size), {}, true});
  }
  return code;
}
// The real sync is left out: no power is cut in earnest, and it is what takes the time.
int sync_file(sqlite3_file* file, int) {
  return of(file)->path ? of(file)->disk->attempt_sync(*of(file)->path) : SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int level) {
  return real(file)->pMethods->xLock(real(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
  return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* locked) {
  return real(file)->pMethods->xCheckReservedLock(real(file), locked);
}
int control(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
int traits(sqlite3_file*) {
  return 0;
}  // promises nothing
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** into) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, into);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,  write_file, truncate_file, sync_file, file_size,
    lock_file, unlock_file, check_lock, control,    sector_size,   traits,    shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,    nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  FaultFile* fault = of(file);
  fault->base.pMethods = nullptr;
  fault->disk = disk(vfs);
  fault->path = nullptr;
  const int code = system_vfs()->xOpen(system_vfs(), name, fault->real(), flags, out);
  if (code != SQLITE_OK) return code;
  if (name != nullptr) {
    fault->path = new std::string(name);
    fault->disk->open(name);
  }
  fault->base.pMethods = &kMethods;
  return SQLITE_OK;
}
int delete_file(sqlite3_vfs* vfs, const char* name, int sync) {
  if (const int code = disk(vfs)->attempt(SQLITE_IOERR_DELETE); code != SQLITE_OK) return code;
  disk(vfs)->removed(name);
  return system_vfs()->xDelete(system_vfs(), name, sync);
}

void apply(std::string& bytes, const FaultDisk::Write& write) {
  if (write.truncate) return bytes.resize(write.offset);
  if (bytes.size() < write.offset + write.bytes.size()) {
    bytes.resize(write.offset + write.bytes.size());
  }
  bytes.replace(write.offset, write.bytes.size(), write.bytes);
}

}  // namespace

FaultDisk::FaultDisk() : vfs_(*system_vfs()) {
  vfs_.zName = kName;
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(FaultFile)) + system_vfs()->szOsFile;
  vfs_.xOpen = open_file;
  vfs_.xDelete = delete_file;
  // The rest of the system's functions look at their own pAppData in xOpen only.
  if (sqlite3_vfs_register(&vfs_, 0) != SQLITE_OK) throw std::runtime_error("vfs");
}

FaultDisk::~FaultDisk() {
  sqlite3_vfs_unregister(&vfs_);
}

void FaultDisk::cut_power_before(std::uint64_t operation) {
  std::lock_guard lock(mutex_);
  cut_before_ = operation;
}
void FaultDisk::fail_sync(std::uint64_t sync) {
  std::lock_guard lock(mutex_);
  failing_sync_ = sync;
}
bool FaultDisk::happened() const {
  std::lock_guard lock(mutex_);
  return happened_;
}
std::uint64_t FaultDisk::operations() const {
  std::lock_guard lock(mutex_);
  return operations_;
}
std::uint64_t FaultDisk::syncs() const {
  std::lock_guard lock(mutex_);
  return syncs_;
}

int FaultDisk::attempt(int error) {
  std::lock_guard lock(mutex_);
  if (++operations_ < cut_before_) return SQLITE_OK;
  happened_ = true;
  return error;
}

int FaultDisk::attempt_sync(const std::string& path) {
  if (const int code = attempt(SQLITE_IOERR_FSYNC); code != SQLITE_OK) return code;
  std::lock_guard lock(mutex_);
  File& file = files_[path];
  const bool fails = ++syncs_ == failing_sync_;
  if (!fails) {
    for (const Write& write : file.since) apply(file.durable, write);
  }
  happened_ = happened_ || fails;
  file.since.clear();
  return fails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

void FaultDisk::open(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (files_.count(path) > 0) return;
  std::ifstream in(path, std::ios::binary);
  files_[path].durable.assign(std::istreambuf_iterator<char>(in), {});
}

void FaultDisk::wrote(const std::string& path, Write write) {
  std::lock_guard lock(mutex_);
  files_[path].since.push_back(std::move(write));
}

void FaultDisk::removed(const std::string& path) {
  std::lock_guard lock(mutex_);
  files_.erase(path);
}

void FaultDisk::restore(Unsynced unsynced, std::uint32_t seed) const {
  std::lock_guard lock(mutex_);
  std::mt19937 chance(seed);
  for (const auto& [path, file] : files_) {
    std::string bytes = file.durable;
    for (const Write& write : file.since) {
      const bool kept =
          unsynced == Unsynced::kKept || (unsynced == Unsynced::kSome && chance() % 2 == 0);
      if (kept) apply(bytes, write);
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    std::remove((path + "-shm").c_str());
  }
}

}  // namespace connector::testing
