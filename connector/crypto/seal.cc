#include "crypto/seal.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <cstdlib>
#include <memory>

#include "crypto/openssl.h"
#include "crypto/random.h"

namespace connector::crypto {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

core::Error not_ours() {
  return core::invalid("TOKEN_INVALID", "this token was not made here, or was altered");
}

std::string seal(std::string_view key, std::string_view text) {
  std::string token(1, kVersion);
  const std::string nonce = random_bytes(kNonceBytes);
  token += nonce;
  const std::size_t start = token.size();
  token.resize(start + text.size() + kTagBytes);
  unsigned char* out = bytes_of(token) + start;
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), bytes_of(key), bytes_of(nonce), nullptr);
  EVP_EncryptUpdate(context.get(), out, &size, bytes_of(text), static_cast<int>(text.size()));
  EVP_EncryptFinal_ex(context.get(), out + size, &size);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, out + text.size());
  return token;
}

core::Result<std::string> open(std::string_view key, std::string_view token) {
  if (token.size() < 1 + kNonceBytes + kTagBytes || token[0] != kVersion) return not_ours();
  const std::string_view nonce = token.substr(1, kNonceBytes);
  std::string tag(token.substr(token.size() - kTagBytes));
  const std::string_view sealed =
      token.substr(1 + kNonceBytes, token.size() - 1 - kNonceBytes - kTagBytes);
  std::string text(sealed.size(), '\0');
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), bytes_of(key), bytes_of(nonce), nullptr);
  EVP_DecryptUpdate(context.get(), bytes_of(text), &size, bytes_of(sealed),
                    static_cast<int>(sealed.size()));
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data());
  if (EVP_DecryptFinal_ex(context.get(), bytes_of(text) + size, &size) != 1) return not_ours();
  return text;
}

// HMAC-SHA256 (RFC 2104) under one key, which is looked at once.
class KeyedMac {
 public:
  explicit KeyedMac(std::string_view key) : context_(EVP_MAC_CTX_new(algorithm())) {
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    must(context_ && EVP_MAC_init(context_.get(), bytes_of(key), key.size(), parameters) == 1);
  }

  core::Digest operator()(std::string_view message) {
    core::Digest code{};
    std::size_t size = 0;
    must(EVP_MAC_update(context_.get(), bytes_of(message), message.size()) == 1);
    must(EVP_MAC_final(context_.get(), code.data(), &size, code.size()) == 1);
    must(size == code.size());
    must(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1);  // for the next, same key
    return code;
  }

 private:
  // As of SHA-256 itself (core/digest.cc): there is nothing that could be done without it.
  static void must(bool done) {
    if (!done) std::abort();
  }
  static EVP_MAC* algorithm() {
    static EVP_MAC* const fetched = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    return fetched;
  }

  MacContext context_;
};

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view message) {
  const core::Digest code = KeyedMac(key)(message);
  return std::string(core::view(code));
}

exchange::PartnerHash make_partner_hash(std::string key) {
  return [key = std::move(key)](const core::ParticipantId& partner) -> decision::KeyedHash {
    const auto mac = std::make_shared<KeyedMac>(hmac_sha256(key, partner.str()));
    return [mac](std::string_view value) { return (*mac)(value); };
  };
}

exchange::Sealer make_sealer(std::string key) {
  return {[key](std::string_view text) { return seal(key, text); },
          [key](std::string_view token) { return open(key, token); }};
}

}  // namespace connector::crypto
