// Which members an event of each type may and must have (EPCIS 2.0, sections 7.4.2 to 7.4.6).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record/document.h"

namespace connector::record {

bool event_may_have(pb::EventType type, std::string_view member);
// Members without which an event of this type means nothing, in the order in which they are named.
const std::vector<std::string_view>& event_must_have(pb::EventType type);

struct Lack {
  std::string member;
  std::string cause;
};
// What an event lacks although each of its members is right; both empty where it is whole.
Lack event_lacks(const pb::Event& event);

pb::EventType event_type(std::string_view name);

}  // namespace connector::record
