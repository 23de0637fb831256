// SHA-256 (FIPS 180-4) and the text forms of bytes. The one file of core that uses a library
// beyond the standard one: a pure function, needed by every room.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace connector::core {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);

// Incremental SHA-256. Not safe for use by several threads at once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256& update(std::string_view bytes);
  Digest finish();  // and starts anew

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}
// Error when the bytes are not exactly 32.
Result<Digest> digest_of_bytes(std::string_view bytes);

std::string hex(std::string_view bytes);
inline std::string hex(const Digest& digest) {
  return hex(view(digest));
}
Result<std::string> from_hex(std::string_view text);

// Standard base64 with padding (RFC 4648, section 4); decoding is strict: one text per value.
std::string base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);

}  // namespace connector::core
