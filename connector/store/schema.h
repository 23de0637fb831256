// The tables, and how an older store becomes a newer one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/sqlite.h"

namespace connector::store {

inline constexpr std::int64_t kApplicationId = 0x56434831;  // "VCH1": whose file this is

// Makes the tables of an empty store. An older version is migrated step by step, after a copy was
// made beside the file ("<file>.version-<n>"). STORE_TOO_NEW: written by a newer program;
// STORE_TOO_OLD: no migration leads from it; STORE_FOREIGN: a database of something else.
core::Status prepare_schema(Database& database, const std::string& file);

struct Migration {
  std::int64_t from = 0;      // leads to from + 1
  const char* sql = nullptr;  // in one transaction with the new version
};
// The steps must be in ascending order. A step that fails changes nothing.
core::Status migrate(Database& database, const std::string& file,
                     const std::vector<Migration>& steps, std::int64_t target);

}  // namespace connector::store
