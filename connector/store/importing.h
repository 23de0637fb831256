// What an import and a withdrawal write, in the writer's transaction.
#pragma once

#include "exchange/imports.h"
#include "store/sqlite.h"

namespace connector::store {

// A conflict is an outcome, not an error, and writes nothing.
core::Status import_into(Database& database, const exchange::ImportItem& item,
                         exchange::Imported& imported);

struct Withdrawal {
  core::DatasetId dataset;
  std::string key;
  std::string reason;
  core::EpochNs at = 0;
};
core::Status withdraw_from(Database& database, const Withdrawal& withdrawal, std::size_t& count);

}  // namespace connector::store
