#include "crypto/signing_key.h"

#include <sodium.h>

#include <array>
#include <cstdlib>

#include "core/digest.h"
#include "crypto/openssl.h"

namespace connector::crypto {
namespace {

// Signs and verifies in less than half of OpenSSL's time (docs/adr/0004-ed25519.md).
void ready() {
  static const int initialised = sodium_init();  // chooses what suits the processor
  if (initialised < 0) std::abort();
}

core::Error bad_key(const std::string& what) {
  return core::invalid("KEY_INVALID", what, "take the key from a backup, or make a new one");
}

}  // namespace

// OpenSSL's key is what is read and written, libsodium's form of it what signs.
struct SigningKey::State {
  Key key;
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
  ~State() { sodium_memzero(secret.data(), secret.size()); }
};

SigningKey::SigningKey(std::unique_ptr<State> state)
    : state_(std::move(state)), public_key_(crypto_sign_PUBLICKEYBYTES, '\0') {
  ready();
  std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
  std::size_t size = seed.size();
  EVP_PKEY_get_raw_private_key(state_->key.get(), seed.data(), &size);
  crypto_sign_seed_keypair(bytes_of(public_key_), state_->secret.data(), seed.data());
  sodium_memzero(seed.data(), seed.size());
  key_id_ = core::KeyId(core::hex(core::sha256(public_key_)).substr(0, 16));
}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

core::Result<SigningKey> SigningKey::generate() {
  auto state = std::make_unique<State>();
  state->key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!state->key) return core::internal("cannot make a key: " + last_error());
  return SigningKey(std::move(state));
}

core::Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  auto state = std::make_unique<State>();
  const Memory memory = reader(pem);
  state->key.reset(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
  if (!state->key) return bad_key("this is no private key in PEM: " + last_error());
  if (EVP_PKEY_get_base_id(state->key.get()) != EVP_PKEY_ED25519) {
    return bad_key("the key is not an Ed25519 key");
  }
  return SigningKey(std::move(state));
}

std::string SigningKey::to_pem() const {
  return pem_of(state_->key.get());
}

std::string SigningKey::sign(std::string_view message) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(bytes_of(signature), nullptr, bytes_of(message), message.size(),
                       state_->secret.data());
  return signature;
}

bool verify_ed25519(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
  if (public_key.size() != crypto_sign_PUBLICKEYBYTES || signature.size() != crypto_sign_BYTES) {
    return false;
  }
  ready();
  return crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(),
                                     bytes_of(public_key)) == 0;
}

}  // namespace connector::crypto
