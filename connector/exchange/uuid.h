#pragma once

#include <string>

#include "core/digest.h"
#include "exchange/ports.h"

namespace connector::exchange {

// Version 4 (RFC 9562), lower case.
inline std::string uuid(const Random& random) {
  std::string bytes = random(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  const std::string hex = core::hex(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace connector::exchange
