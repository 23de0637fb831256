// The tables, and how an older store becomes a newer one.
#pragma once

#include <string>

#include "store/sqlite.h"

namespace connector::store {

// Makes the tables of an empty store. An older version is migrated step by step, after a copy was
// made beside the file; a newer one is refused with STORE_TOO_NEW.
core::Status prepare_schema(Database& database, const std::string& file);

}  // namespace connector::store
