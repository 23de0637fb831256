// What is private to one connector, in <dir>/keys: read once, refused unless 0600.
//
//   ca.key, ca.pem            the trial CA: our trust anchor for partners
//   server.key, server.pem    TLS at our door
//   client.key, client.pem    TLS towards partners
//   signing.pem               Ed25519: requests, batches, receipts, introductions
//   log.pem                   Ed25519: checkpoints of the log
//   site.secret               32 bytes, hex: tokens and keyed hashes are derived from it
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>

#include "core/result.h"
#include "crypto/signing_key.h"
#include "exchange/ports.h"

namespace connector::site {

struct TlsFiles {
  std::string certificate_pem;
  std::string key_pem;
};

// Safe for use by several threads.
class Keys final : public exchange::Signer {
 public:
  static core::Result<std::unique_ptr<Keys>> load(const std::filesystem::path& dir);

  core::KeyId key_id() const override;
  std::string sign(std::string_view message) const override;
  std::string public_key() const;

  std::string sign_log(std::string_view message) const { return log_key_.sign(message); }
  std::string log_public_key() const { return log_key_.public_key(); }
  core::Result<std::string> anchor_pem() const;  // read anew: certificates are replaced on disk
  core::Result<TlsFiles> server() const;
  core::Result<TlsFiles> client() const;
  // 32 bytes for one use; the same for the life of the connector.
  std::string secret(std::string_view use) const;

  // A rotation has three steps, so that a crash between them loses nothing: the new key waits in
  // a file, an introduction that names it is stored and logged, then it takes the old one's place.
  core::Result<crypto::SigningKey> stage();
  // The staged key is in use once introduced is done, and not if that fails. Nothing is signed
  // meanwhile: what the old key has signed is older than the entry of the log that ends it.
  core::Status promote(const std::function<core::Status()>& introduced);
  core::Status settle(const core::KeyId& expected);  // after a crash: finishes or drops the stage

 private:
  Keys(std::filesystem::path folder, crypto::SigningKey signing, crypto::SigningKey log,
       std::string secret);
  core::Result<TlsFiles> tls(const std::string& name) const;

  const std::filesystem::path folder_;
  mutable std::shared_mutex mutex_;  // shared by those who sign
  crypto::SigningKey signing_key_;   // guarded by mutex_
  const crypto::SigningKey log_key_;
  const std::string secret_;
};

}  // namespace connector::site
