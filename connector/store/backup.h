// Copies of a store, and whether one can be relied upon.
#pragma once

#include <string>

#include "core/result.h"
#include "store/inspection.h"
#include "store/sqlite.h"

namespace connector::store {

// With SQLite's backup API, in one read transaction: what is written meanwhile is not in the copy
// and does not make it begin anew. Durable on return; one file in rollback mode.
core::Status copy_database(const std::string& from, const std::string& to, const char* vfs,
                           const BackupProgress& progress);

// SQLite's integrity_check; and the log: entries without a gap, whose hashes are exactly the nodes
// that are stored. An error only where it cannot be read at all.
core::Result<Inspection> inspect(Database& database);

}  // namespace connector::store
