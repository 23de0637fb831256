// Ed25519 with keys that are known to everybody: the test vectors of RFC 8032, section 7.1.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/digest.h"

namespace connector::testing {

inline const char* const kRfc8032Seeds[] = {
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"};
inline const char* const kRfc8032PublicKeys[] = {
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"};

class KnownKey {
 public:
  explicit KnownKey(std::string_view seed_hex) {
    const std::string seed = *core::from_hex(seed_hex);
    key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(seed), seed.size()),
               EVP_PKEY_free);
    std::array<unsigned char, 32> raw{};
    std::size_t size = raw.size();
    if (!key_ || EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size) != 1) {
      throw std::runtime_error("no Ed25519");
    }
    public_key_.assign(reinterpret_cast<const char*>(raw.data()), size);
  }
  // One of the vectors: 0, 1 or 2.
  static KnownKey rfc8032(std::size_t number) { return KnownKey(kRfc8032Seeds[number]); }

  const std::string& public_key() const { return public_key_; }
  std::string key_id() const { return core::hex(core::sha256(public_key_)).substr(0, 16); }
  std::string sign(std::string_view message) const {
    std::array<unsigned char, 64> out{};
    std::size_t size = out.size();
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), out.data(), &size, bytes(message), message.size()) != 1) {
      throw std::runtime_error("cannot sign");
    }
    return {reinterpret_cast<const char*>(out.data()), size};
  }

  static const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::string public_key_;
};

inline bool verify_signature(std::string_view public_key, std::string_view message,
                             std::string_view signature) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, KnownKey::bytes(public_key),
                                  public_key.size()),
      EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  return key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), KnownKey::bytes(signature), signature.size(),
                          KnownKey::bytes(message), message.size()) == 1;
}

}  // namespace connector::testing
