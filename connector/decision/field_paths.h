// What a compiled set of field rules says of paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decision/field_tree.h"

namespace connector::decision {

// Highest paths that are withheld or changed for these kinds and for tombstones of them; of all
// kinds where none is named.
std::vector<FieldRule> masked_paths(const FieldTree& tree, const std::vector<std::string>& kinds);
// Whether a field of a body is withheld or changed, itself or below.
bool hides_path(const FieldTree& tree, std::string_view path);

}  // namespace connector::decision
