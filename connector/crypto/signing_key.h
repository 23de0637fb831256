// Ed25519 (RFC 8032): what requests, batches, receipts, introductions and checkpoints are signed
// with.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/name.h"
#include "core/result.h"
#include "exchange/ports.h"

namespace connector::crypto {

// A private key. Safe for use by several threads.
class SigningKey {
 public:
  static core::Result<SigningKey> generate();
  static core::Result<SigningKey> from_pem(std::string_view pem);  // PKCS #8, not encrypted
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  std::string to_pem() const;
  const std::string& public_key() const { return public_key_; }  // raw, 32 bytes
  // First 16 hex digits of SHA-256 over the raw public key.
  const core::KeyId& key_id() const { return key_id_; }
  std::string sign(std::string_view message) const;  // 64 bytes

 private:
  struct State;
  explicit SigningKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  std::string public_key_;
  core::KeyId key_id_;
};

// False for anything that is not a valid signature: wrong sizes included, and keys of small order,
// under which one signature would fit any message.
bool verify_ed25519(std::string_view public_key, std::string_view message,
                    std::string_view signature);

class Ed25519Signer final : public exchange::Signer {
 public:
  explicit Ed25519Signer(std::shared_ptr<const SigningKey> key) : key_(std::move(key)) {}
  core::KeyId key_id() const override { return key_->key_id(); }
  std::string sign(std::string_view message) const override { return key_->sign(message); }

 private:
  const std::shared_ptr<const SigningKey> key_;
};

}  // namespace connector::crypto
