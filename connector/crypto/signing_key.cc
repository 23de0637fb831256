#include "crypto/signing_key.h"

#include "core/digest.h"
#include "crypto/openssl.h"

namespace connector::crypto {
namespace {

constexpr std::size_t kPublicKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

core::Error bad_key(const std::string& what) {
  return core::invalid("KEY_INVALID", what, "take the key from a backup, or make a new one");
}

}  // namespace

struct SigningKey::State {
  Key key;
};

SigningKey::SigningKey(std::unique_ptr<State> state) : state_(std::move(state)) {
  std::size_t size = kPublicKeyBytes;
  public_key_.resize(size);
  EVP_PKEY_get_raw_public_key(state_->key.get(), bytes_of(public_key_), &size);
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

core::KeyId SigningKey::key_id() const {
  return core::KeyId(core::hex(core::sha256(public_key_)).substr(0, 16));
}

std::string SigningKey::sign(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, state_->key.get());
  if (EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                     message.size()) != 1) {
    return {};  // verifies nowhere
  }
  return signature;
}

bool verify_ed25519(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
  if (public_key.size() != kPublicKeyBytes || signature.size() != kSignatureBytes) return false;
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key),
                                            public_key.size()));
  const DigestContext context(EVP_MD_CTX_new());
  const bool good =
      key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                       message.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace connector::crypto
