// The functions on SHA256_CTX are deprecated, not gone: nothing took their place that copies a
// state without allocating.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/seal.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <memory>

#include "crypto/gcm.h"

namespace connector::crypto {
namespace {

constexpr char kVersion = 1;

core::Error not_ours() {
  return core::invalid("TOKEN_INVALID", "this token was not made here, or was altered");
}

std::string seal(std::string_view key, std::string_view text) {
  return std::string(1, kVersion) + gcm_seal(key, {}, text);
}

core::Result<std::string> open(std::string_view key, std::string_view token) {
  if (token.empty() || token[0] != kVersion) return not_ours();
  auto text = gcm_open(key, {}, token.substr(1));
  if (!text) return not_ours();
  return std::move(*text);
}

// HMAC-SHA256 (RFC 2104) under one key, which is looked at once. OpenSSL's own (EVP_MAC) allocates
// four times for each message; a state of SHA-256 is a plain value that is copied.
class KeyedMac {
 public:
  explicit KeyedMac(std::string_view key) {
    const core::Digest hashed = core::sha256(key);
    std::array<unsigned char, SHA256_CBLOCK> block{};
    if (key.size() > block.size()) key = core::view(hashed);
    std::copy(key.begin(), key.end(), block.begin());
    inner_ = started(block, 0x36);
    outer_ = started(block, 0x5c);
    OPENSSL_cleanse(block.data(), block.size());
  }

  core::Digest operator()(std::string_view message) const {
    core::Digest code{};
    SHA256_CTX state = inner_;
    SHA256_Update(&state, message.data(), message.size());
    SHA256_Final(code.data(), &state);
    state = outer_;
    SHA256_Update(&state, code.data(), code.size());
    SHA256_Final(code.data(), &state);  // and cleanses it
    return code;
  }

 private:
  static SHA256_CTX started(std::array<unsigned char, SHA256_CBLOCK> block, unsigned char pad) {
    for (unsigned char& byte : block) byte ^= pad;
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, block.data(), block.size());
    OPENSSL_cleanse(block.data(), block.size());
    return state;
  }

  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view message) {
  const core::Digest code = KeyedMac(key)(message);
  return std::string(core::view(code));
}

exchange::PartnerHash make_partner_hash(std::string key) {
  return [key = std::move(key)](const core::ParticipantId& partner) -> decision::KeyedHash {
    const auto mac = std::make_shared<const KeyedMac>(hmac_sha256(key, partner.str()));
    return [mac](std::string_view value) { return (*mac)(value); };
  };
}

exchange::Sealer make_sealer(std::string key) {
  return {[key](std::string_view text) { return seal(key, text); },
          [key](std::string_view token) { return open(key, token); }};
}

}  // namespace connector::crypto
