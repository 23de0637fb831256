#include "site/keys.h"

#include "core/text.h"
#include "crypto/key_file.h"
#include "crypto/seal.h"
#include "source/files.h"

namespace connector::site {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kKeyFileBytes = 64u << 10;

core::Result<crypto::SigningKey> load_key(const fs::path& path) {
  auto pem = crypto::read_private_file(path.string());
  if (!pem) return std::move(pem.error());
  return crypto::SigningKey::from_pem(*pem);
}

}  // namespace

Keys::Keys(fs::path folder, crypto::SigningKey signing, crypto::SigningKey log, std::string secret)
    : folder_(std::move(folder)),
      signing_key_(std::move(signing)),
      log_key_(std::move(log)),
      secret_(std::move(secret)) {}

core::Result<std::unique_ptr<Keys>> Keys::load(const fs::path& dir) {
  const fs::path folder = dir / "keys";
  auto signing = load_key(folder / "signing.pem");
  if (!signing) return std::move(signing.error());
  auto log = load_key(folder / "log.pem");
  if (!log) return std::move(log.error());
  auto text = crypto::read_private_file((folder / "site.secret").string());
  if (!text) return std::move(text.error());
  auto secret = core::from_hex(core::trim(*text));
  if (!secret || secret->size() != 32) {
    return core::invalid("KEY_INVALID",
                         (folder / "site.secret").string() + " must hold 64 hex digits",
                         "take it from a backup: tokens and hashes given out depend on it");
  }
  return std::unique_ptr<Keys>(
      new Keys(folder, std::move(*signing), std::move(*log), std::move(*secret)));
}

core::KeyId Keys::key_id() const {
  std::shared_lock lock(mutex_);
  return signing_key_.key_id();
}

std::string Keys::sign(std::string_view message) const {
  std::shared_lock lock(mutex_);
  return signing_key_.sign(message);
}

std::string Keys::public_key() const {
  std::shared_lock lock(mutex_);
  return signing_key_.public_key();
}

core::Result<std::string> Keys::anchor_pem() const {
  return source::read_file(folder_ / "ca.pem", kKeyFileBytes);
}

core::Result<TlsFiles> Keys::tls(const std::string& name) const {
  auto key = crypto::read_private_file((folder_ / (name + ".key")).string());
  if (!key) return std::move(key.error());
  auto certificate = source::read_file(folder_ / (name + ".pem"), kKeyFileBytes);
  if (!certificate) return std::move(certificate.error());
  return TlsFiles{std::move(*certificate), std::move(*key)};
}

core::Result<TlsFiles> Keys::server() const {
  return tls("server");
}
core::Result<TlsFiles> Keys::client() const {
  return tls("client");
}

std::string Keys::secret(std::string_view use) const {
  return crypto::hmac_sha256(secret_, use);
}

core::Result<crypto::SigningKey> Keys::stage() {
  const fs::path next = folder_ / "signing-next.pem";
  std::error_code error;
  fs::remove(next, error);  // of a rotation that was given up
  auto key = crypto::SigningKey::generate();
  if (!key) return key;
  if (auto written = crypto::write_private_file(next.string(), key->to_pem()); !written) {
    return std::move(written.error());
  }
  return key;
}

core::Status Keys::promote(const std::function<core::Status()>& introduced) {
  const fs::path next = folder_ / "signing-next.pem";
  auto key = load_key(next);
  if (!key) return std::move(key.error());
  std::lock_guard lock(mutex_);
  if (auto done = introduced(); !done) return done;
  signing_key_ = std::move(*key);
  std::error_code error;
  fs::rename(next, folder_ / "signing.pem", error);  // else settle() does it at the next start
  if (error) return core::internal("cannot put the new key in place: " + error.message());
  return core::ok();
}

core::Status Keys::settle(const core::KeyId& expected) {
  if (key_id() == expected) return core::ok();
  auto staged = load_key(folder_ / "signing-next.pem");
  if (staged && staged->key_id() == expected) return promote(core::ok);
  return core::invalid("KEY_INVALID",
                       "the signing key is " + key_id().str() + ", but our introduction names " +
                           expected.str() + " as the newest",
                       "restore keys and store from the same backup");
}

}  // namespace connector::site
