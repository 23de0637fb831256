// Files that nobody else may read.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace connector::crypto {

// Makes the file 0600, durable before it returns; never replaces one.
core::Status write_private_file(const std::string& path, std::string_view content);
// Refuses a file that group or others may read or write.
core::Result<std::string> read_private_file(const std::string& path);

}  // namespace connector::crypto
