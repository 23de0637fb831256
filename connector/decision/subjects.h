// A set of names that a field of rows is held against: too many to be literals of a predicate.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.h"

namespace connector::decision {

// Immutable; a look-up is a binary search. Costs the text and 16 bytes for each name.
class Subjects {
 public:
  Subjects() = default;
  // A name on each line; empty ones are none.
  explicit Subjects(std::string lines) : lines_(std::move(lines)) {
    names_ = core::split(lines_, '\n');
    std::erase_if(names_, [](std::string_view name) { return name.empty(); });
    std::sort(names_.begin(), names_.end());
  }
  Subjects(const Subjects&) = delete;  // names_ points into lines_
  Subjects& operator=(const Subjects&) = delete;

  bool contains(std::string_view name) const {
    return std::binary_search(names_.begin(), names_.end(), name);
  }
  std::size_t size() const { return names_.size(); }

 private:
  std::string lines_;
  std::vector<std::string_view> names_;
};

}  // namespace connector::decision
