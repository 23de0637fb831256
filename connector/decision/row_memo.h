// What parts of the last row said: a part with the same bytes, as the parties of the lines of one
// order, is not read again in the next.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace connector::decision {

// Of one reader of rows; not safe for use by several threads at once.
struct RowMemo {
  struct Part {
    std::string bytes;
    std::array<std::uint64_t, 2> bits{};  // what they set in a row
  };
  std::vector<Part> parts;           // by level of the walk
  std::shared_ptr<const void> plan;  // that they belong to
};

}  // namespace connector::decision
