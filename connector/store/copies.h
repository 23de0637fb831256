// Copies of a store that no store has open. Without SQLite, for other rooms.
#pragma once

#include <filesystem>

#include "core/result.h"
#include "store/inspection.h"

namespace connector::store {

// A copy that Store::copy_to made. STORE_FOREIGN, STORE_TOO_NEW: this program cannot use it.
core::Result<Inspection> inspect_copy(const std::filesystem::path& file);

}  // namespace connector::store
