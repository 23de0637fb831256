// A signed document as it travels; evidence verifies it.
#pragma once

#include <string>

namespace connector::exchange {

// DSSE (secure-systems-lab/dsse, v1.0.2) with one signature.
struct SignedEnvelope {
  std::string payload_type;
  std::string payload;
  std::string key_id;
  std::string signature;
};

}  // namespace connector::exchange
