// The inside of a backup; for the files that write and restore one.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/json.h"
#include "core/result.h"

namespace connector::site {

inline constexpr const char* kBackupStore = "store.db";
inline constexpr const char* kBackupPolicy = "policy/";
inline constexpr const char* kManifest = "manifest.json";
inline constexpr const char* kManifestSum = "manifest.sha256";

struct BackupFile {
  std::uint64_t size = 0;
  std::string sha256;  // hex
};

// A backup unpacked into a folder, every byte of it as its manifest says.
struct Unpacked {
  core::Json manifest;
  std::map<std::string, BackupFile> files;
};
// BACKUP_DAMAGED, or a file cannot be written.
core::Result<Unpacked> unpack(const std::filesystem::path& file, const std::filesystem::path& into);

}  // namespace connector::site
