// Values as the rows spell them.
#pragma once

#include <string>

#include "core/name.h"

namespace connector::store {

// Of "did:web:x/site".
inline core::Connector connector_of(const std::string& id) {
  const auto slash = id.rfind('/');
  return {core::ParticipantId(id.substr(0, slash)), core::SiteName(id.substr(slash + 1))};
}

}  // namespace connector::store
