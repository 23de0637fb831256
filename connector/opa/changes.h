// What differs between two policies: lines of files, entries of tables.
#pragma once

#include "core/json.h"
#include "opa/bench.h"

namespace connector::opa {

// Modules, tests, cases and offers: [{"file", "change": "added", "removed" or "changed", "lines":
// [{"line", "sign": "-" or "+", "text"}]}]. A line's number is that in its own file. Tables are
// left to entry_changes; of one whose entries are the same, as of one with another comment, only
// the name is listed.
core::Json file_changes(const Snapshot& before, const Snapshot& after);

// [{"file", "entry": "orders/planning", "place", "before", "after"}]; before or after is null where
// there was or is none.
core::Json entry_changes(const Bench& before, const Bench& after);

}  // namespace connector::opa
