#include "crypto/vault_key.h"

#include <openssl/crypto.h>

#include <mutex>

#include "crypto/gcm.h"
#include "crypto/seal.h"

namespace connector::crypto {
namespace {

constexpr std::size_t kTagBytes = 16;
constexpr const char* kWrap = "valuechain/vault/v1/wrap/";

core::Error gone() {
  return core::denied("KEY_DESTROYED", "the key of this agreement is destroyed: its data is gone",
                      "conclude a new agreement and fetch again");
}

std::string extract(std::string_view key) {
  return hmac_sha256(std::string(32, '\0'), key);
}

std::string expand(std::string_view extracted, std::string_view info) {
  std::string block(info);
  block.push_back('\x01');
  return hmac_sha256(extracted, block);
}

void append(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift));
  out += text;
}

}  // namespace

std::string hkdf(std::string_view key, std::string_view info) {
  return expand(extract(key), info);
}

void cleanse(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

LiveKey::LiveKey(std::string agreement, std::string key)
    : agreement_(std::move(agreement)),
      key_(std::move(key)),
      objects_(extract(key_)),
      index_(hkdf(key_, "valuechain/vault/v1/index")) {}

LiveKey::~LiveKey() {
  destroy();
}

void LiveKey::destroy() {
  const std::unique_lock lock(mutex_);
  for (std::string* secret : {&key_, &objects_, &index_}) cleanse(*secret);
}

// Agreement, object and what it belongs to, each with its length before it.
std::string LiveKey::associated(std::string_view object, std::string_view context) const {
  std::string bytes = "valuechain/vault/v1/object\n";
  for (const std::string_view part : {std::string_view(agreement_), object, context}) {
    append(bytes, part);
  }
  return bytes;
}

core::Result<std::string> LiveKey::seal(std::string_view object, std::string_view context,
                                        std::string_view plain) const {
  const std::shared_lock lock(mutex_);
  if (key_.empty()) return gone();
  std::string key = expand(objects_, "valuechain/vault/v1/object/" + std::string(object));
  std::string sealed = gcm_seal(key, associated(object, context), plain);
  cleanse(key);
  return sealed;
}

core::Result<std::string> LiveKey::open(std::string_view object, std::string_view context,
                                        std::string_view sealed) const {
  const std::shared_lock lock(mutex_);
  if (key_.empty()) return gone();
  std::string key = expand(objects_, "valuechain/vault/v1/object/" + std::string(object));
  auto plain = gcm_open(key, associated(object, context), sealed);
  cleanse(key);
  if (plain) return std::move(*plain);
  return core::Error{core::Code::kInternal,
                     "VAULT_DAMAGED",
                     "object " + std::string(object) + " of the vault is not as it was sealed",
                     "restore the store from a backup, or fetch again",
                     {}};
}

core::Result<std::string> LiveKey::tag(std::string_view field, std::string_view value) const {
  const std::shared_lock lock(mutex_);
  if (key_.empty()) return gone();
  std::string named;
  append(named, field);
  append(named, value);
  return hmac_sha256(index_, named).substr(0, kTagBytes);
}

std::string LiveKey::wrapped(std::string_view kek) const {
  const std::shared_lock lock(mutex_);
  return key_.empty() ? std::string() : gcm_seal(kek, kWrap + agreement_, key_);
}

std::shared_ptr<LiveKey> unwrap(const std::string& agreement, std::string_view kek,
                                std::string_view wrapped) {
  auto key = gcm_open(kek, kWrap + agreement, wrapped);
  if (!key || key->size() != 32) return nullptr;
  return std::make_shared<LiveKey>(agreement, std::move(*key));
}

}  // namespace connector::crypto
