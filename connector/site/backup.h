// Backups: everything that must survive but the keys, in one file. docs/operating.md says what
// stands in it, and how to restore one.
#pragma once

#include <filesystem>
#include <string>

#include "core/json.h"
#include "core/result.h"
#include "site/context.h"
#include "store/inspection.h"

namespace connector::site {

// While the connector goes on. The file must not exist. {"file", "bytes", "files", "schema",
// "entries", "root"}.
core::Result<core::Json> back_up(const Context& context, const std::filesystem::path& file,
                                 const store::BackupProgress& progress);

// Reads a backup as a whole: every byte against its manifest, the store's pages, the log. The same
// answer, with "participant", "site", "made".
core::Result<core::Json> check_backup(const std::filesystem::path& file,
                                      const std::filesystem::path& work);

// Puts a backup in the place of store and policy, while no connector runs. What was there is kept
// beside it, and only where force says so; without force it must be empty. CONNECTOR_RUNNING,
// STORE_EXISTS, BACKUP_FOREIGN (of another connector), BACKUP_DAMAGED, STORE_TOO_NEW.
core::Result<core::Json> restore(const Config& config, const std::filesystem::path& file,
                                 bool force);

// Ends a restoration that was killed when all of it was there. Before the store is opened.
core::Status finish_restore(const Config& config);
// Logs a restoration that happened since the store was last open.
core::Status log_restored(const Context& context);

void add_store_operations(const Context& context, admin::Operations& operations);

}  // namespace connector::site
