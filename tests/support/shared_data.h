// Real documents that lie beside the repository and are no part of it. A clone without them
// tests with its own fixtures; what needs them says loudly that it was skipped:
//   if (!has_shared_data("qif-community")) GTEST_SKIP() << shared_data_missing("qif-community");
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace connector::testing {

// The environment's SHARED_DATA_DIR, else the folder beside the repository.
inline std::filesystem::path shared_data_dir() {
  const char* named = std::getenv("SHARED_DATA_DIR");
  return named != nullptr && *named != '\0' ? named : SHARED_DATA_DIR;
}

inline bool has_shared_data(const std::string& below = {}) {
  std::error_code ignored;
  return std::filesystem::exists(shared_data_dir() / below, ignored);
}

inline std::string shared_data_missing(const std::string& below = {}) {
  return "SKIPPED LOUDLY: " + (shared_data_dir() / below).string() +
         " is not there; set SHARED_DATA_DIR to the folder of real documents to run this test";
}

}  // namespace connector::testing
