// Keyed hashes, and tokens that only their maker can open.
#pragma once

#include <string>
#include <string_view>

#include "exchange/ports.h"

namespace connector::crypto {

std::string hmac_sha256(std::string_view key, std::string_view message);  // 32 bytes

// One key of its own for each participant, derived from this one.
exchange::PartnerHash make_partner_hash(std::string key);

// AES-256-GCM (NIST SP 800-38D) under a key of 32 bytes: version 1, nonce of 12 bytes,
// ciphertext, tag of 16 bytes. open() fails with TOKEN_INVALID for anything else.
exchange::Sealer make_sealer(std::string key);

}  // namespace connector::crypto
