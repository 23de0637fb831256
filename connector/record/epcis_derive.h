// Items that an event brings into being, and edges between items that follow from it.
#pragma once

#include <vector>

#include "record/document.h"

namespace connector::record {

// An event from which more follows than this is too large for one event.
inline constexpr std::size_t kDerivedPerEvent = 100'000;

struct Derived {
  std::vector<pb::Record> records;  // bodies and keys; headers are completed by the reader
  bool self_edge = false;
  bool too_many = false;  // more than kDerivedPerEvent: none is made
};

// Transformation: every output is TRANSFORMED from every input. Association: children are INSTALLED
// in the parent. Aggregation: children are CONTAINED in it. DELETE closes; without children it
// closes all edges of the parent (an edge without child). Object events with action ADD, and
// transformations, create what they name. An item is never an edge to itself: such an edge is left
// out and flagged.
Derived derive(const pb::Event& event, const std::string& event_key);

}  // namespace connector::record
