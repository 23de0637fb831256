// Which fields of a record this version knows. What it does not know must not leave, so that
// records are looked through; a record that was looked through once by the same schema need not be
// again.
#pragma once

#include <cstdint>
#include <string_view>

namespace connector::decision {

// Stands for all messages, fields and wire types that this version knows, and for nothing else: a
// part of a digest of them. Never 0.
std::int64_t schema_mark();

// Whether a record is well-formed and holds nothing that this version does not know, however deep.
bool wholly_known(std::string_view record);

}  // namespace connector::decision
