// Files as users name them: folders are walked, links are not followed, and what cannot be read
// is a finding, not the end of the run.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace connector::source {

struct Found {
  std::string path;
  std::string problem;  // empty: can be read
};

struct Walk {
  std::vector<Found> files;  // in the order given, folders by name
};

// Regular files only. Links, devices and unreadable folders are reported as problems.
Walk walk(const std::vector<std::string>& paths);

// FILE_UNREADABLE, or DOCUMENT_TOO_LARGE without reading more than max_bytes.
core::Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes);

// Writes beside the target, makes it durable, then takes the target's place.
core::Status write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace connector::source
