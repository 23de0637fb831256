#include "crypto/gcm.h"

#include "crypto/openssl.h"
#include "crypto/random.h"

namespace connector::crypto {
namespace {

// Fetched once: EVP_aes_256_gcm() would be looked up again for every message.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

// One for each thread: making one costs more than a short message.
EVP_CIPHER_CTX* context() {
  thread_local const CipherContext made(EVP_CIPHER_CTX_new());
  return made.get();
}

}  // namespace

std::string gcm_seal(std::string_view key, std::string_view associated, std::string_view plain) {
  std::string sealed = random_bytes(kGcmNonceBytes);
  sealed.resize(kGcmNonceBytes + plain.size() + kGcmTagBytes);
  unsigned char* const out = bytes_of(sealed) + kGcmNonceBytes;
  EVP_CIPHER_CTX* const with = context();
  int size = 0;
  EVP_EncryptInit_ex2(with, cipher(), bytes_of(key), bytes_of(sealed), nullptr);
  if (!associated.empty()) {
    EVP_EncryptUpdate(with, nullptr, &size, bytes_of(associated),
                      static_cast<int>(associated.size()));
  }
  EVP_EncryptUpdate(with, out, &size, bytes_of(plain), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(with, out + size, &size);
  EVP_CIPHER_CTX_ctrl(with, EVP_CTRL_GCM_GET_TAG, kGcmTagBytes, out + plain.size());
  EVP_CIPHER_CTX_reset(with);  // and cleanses the key
  return sealed;
}

std::optional<std::string> gcm_open(std::string_view key, std::string_view associated,
                                    std::string_view sealed) {
  if (sealed.size() < kGcmNonceBytes + kGcmTagBytes) return std::nullopt;
  std::string tag(sealed.substr(sealed.size() - kGcmTagBytes));
  const std::string_view text =
      sealed.substr(kGcmNonceBytes, sealed.size() - kGcmNonceBytes - kGcmTagBytes);
  std::string plain(text.size(), '\0');
  EVP_CIPHER_CTX* const with = context();
  int size = 0;
  EVP_DecryptInit_ex2(with, cipher(), bytes_of(key), bytes_of(sealed), nullptr);
  if (!associated.empty()) {
    EVP_DecryptUpdate(with, nullptr, &size, bytes_of(associated),
                      static_cast<int>(associated.size()));
  }
  EVP_DecryptUpdate(with, bytes_of(plain), &size, bytes_of(text), static_cast<int>(text.size()));
  EVP_CIPHER_CTX_ctrl(with, EVP_CTRL_GCM_SET_TAG, kGcmTagBytes, tag.data());
  const bool whole = EVP_DecryptFinal_ex(with, bytes_of(plain) + size, &size) == 1;
  EVP_CIPHER_CTX_reset(with);
  if (!whole) return std::nullopt;
  return plain;
}

}  // namespace connector::crypto
