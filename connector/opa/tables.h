// The tables that an admin edits, YAML, as data for the policy. Everything in them is known and
// checked: a mistake names file, line and, for a mistyped word, the nearest right one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/result.h"

namespace connector::opa {

// File name -> content: the files of the company's folder as they were at one moment.
using Snapshot = std::map<std::string, std::string>;

// All tables as one object: {"partners": ..., "datasets": ..., "purposes": ..., "fields": ...,
// "labels": ..., "contracts": ..., and fields turned round: "paths", "around"}. datasets: ids that
// the configuration has. The error (POLICY_INVALID) lists every mistake, a line each:
// "labels.yaml:12: unknown key 'gruops'; did you mean 'groups'?".
core::Result<core::Json> read_tables(const Snapshot& files,
                                     const std::vector<std::string>& datasets);

// Persons who consent, one on a line; may be left out. No table: it holds up to 10^6 of them.
inline constexpr const char* kConsentsFile = "consents.txt";

// The names of the table files.
const std::vector<std::string>& table_files();

// Paths of all fields of a record, messages included: "order_line.price.amount". Sorted.
const std::vector<std::string>& field_paths();

}  // namespace connector::opa
