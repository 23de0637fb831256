#pragma once

#include <string>

namespace connector::crypto {

// Cryptographically strong bytes. Ends the process where there are none: nothing could be signed,
// sealed or told apart without them.
std::string random_bytes(std::size_t size);

}  // namespace connector::crypto
