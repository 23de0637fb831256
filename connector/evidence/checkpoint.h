// C2SP tlog-checkpoint in a C2SP signed-note, Ed25519 (signature type 0x01), no extension lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/digest.h"
#include "core/result.h"

namespace connector::evidence {

struct Checkpoint {
  std::string origin;  // "did:web:veldkamp.example/hengelo"
  std::uint64_t size = 0;
  core::Digest root{};
};

using Sign = std::function<std::string(std::string_view)>;
using Verify = std::function<bool(std::string_view public_key, std::string_view message,
                                  std::string_view signature)>;

// "<origin>+<key hash, 8 hex>+<base64(0x01 || public key)>"
std::string verifier_key(const std::string& origin, std::string_view public_key);

std::string sign_checkpoint(const Checkpoint& checkpoint, std::string_view public_key,
                            const Sign& sign);
// Refuses: another origin or key, a signature that fails, any line that is not of the format.
core::Result<Checkpoint> open_checkpoint(std::string_view note, const std::string& verifier_key,
                                         const Verify& verify);

// The same without a look at the signature: for notes that we have just made ourselves.
core::Result<Checkpoint> own_checkpoint(std::string_view note);

}  // namespace connector::evidence
