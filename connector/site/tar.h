// Files in one file: POSIX ustar, as written by us and by nobody else. Any tar can list and unpack
// one; reading is strict, so that no byte of it can differ unnoticed where the contents are
// vouched for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "core/digest.h"
#include "core/result.h"

namespace connector::site {

class TarWriter {
 public:
  // Makes the file, readable by its owner only. Error: it exists, or cannot be made.
  static core::Result<TarWriter> create(const std::filesystem::path& file);

  core::Status add(const std::string& name, const std::string& content);
  // Of the size that it has now: what is appended meanwhile is left out. Gives the content's digest
  // and size.
  struct Added {
    std::uint64_t size = 0;
    core::Digest sha256{};
  };
  core::Result<Added> add_file(const std::string& name, const std::filesystem::path& from);
  core::Status finish();  // durable

 private:
  TarWriter(std::filesystem::path file, std::ofstream out)
      : file_(std::move(file)), out_(std::move(out)) {}
  core::Status header(const std::string& name, std::uint64_t size);
  core::Status pad(std::uint64_t size);
  core::Status good() const;

  std::filesystem::path file_;
  std::ofstream out_;
};

// Each member in its order: its name and size, then its content in pieces; an empty piece ends it.
struct TarVisitor {
  std::function<core::Status(const std::string& name, std::uint64_t size)> begin;
  std::function<core::Status(std::string_view piece)> piece;
};
// BACKUP_DAMAGED: not what TarWriter would have written.
core::Status read_tar(const std::filesystem::path& file, const TarVisitor& visitor);

}  // namespace connector::site
