// AES-256-GCM (NIST SP 800-38D).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace connector::crypto {

inline constexpr std::size_t kGcmNonceBytes = 12;
inline constexpr std::size_t kGcmTagBytes = 16;

// key: 32 bytes. Gives nonce, ciphertext and tag. associated is authenticated, not kept.
std::string gcm_seal(std::string_view key, std::string_view associated, std::string_view plain);
// Nothing for whatever was not made so.
std::optional<std::string> gcm_open(std::string_view key, std::string_view associated,
                                    std::string_view sealed);

}  // namespace connector::crypto
