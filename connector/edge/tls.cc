#include "edge/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "core/digest.h"

namespace connector::edge {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

constexpr int kChainDepth = 4;
constexpr std::size_t kUriBytes = 512;
constexpr std::uint32_t kReadAhead = 64u << 10;

std::string last_error() {
  char text[256] = {};
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return text;
}

core::Error bad_certificate(const std::string& what) {
  return core::invalid("CERTIFICATE_INVALID", what + ": " + last_error(),
                       "look at it with `connector cert show`");
}

Memory reader(const std::string& pem) {
  return Memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::int64_t seconds(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

// The identity is the certificate's only URI: "did:web:veldkamp.example/hengelo".
std::optional<core::Connector> identity_of(X509* certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::optional<std::string> uri;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    if (uri) return std::nullopt;
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    uri.emplace(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  if (!uri || uri->size() > kUriBytes || uri->find('\0') != std::string::npos) return {};
  const auto slash = uri->rfind('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == uri->size()) return {};
  return core::Connector{core::ParticipantId(uri->substr(0, slash)),
                         core::SiteName(uri->substr(slash + 1))};
}

// A store that trusts one certificate and nothing else.
Store store_of(const std::string& anchor_pem) {
  const Memory memory = reader(anchor_pem);
  const Certificate anchor(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  Store store(X509_STORE_new());
  if (!anchor || !store || X509_STORE_add_cert(store.get(), anchor.get()) != 1) return nullptr;
  return store;
}

// What the verification of a chain showed.
struct Proof {
  std::string anchor_pem;
  std::int64_t not_after_s = 0;  // of the chain: the earliest
};

int proof_index() {
  static const int index = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* text, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<Proof*>(text);
      });
  return index;
}

// The session owns the proof.
void remember(SSL* session, Proof proof) {
  delete static_cast<Proof*>(SSL_get_ex_data(session, proof_index()));
  SSL_set_ex_data(session, proof_index(), new Proof(std::move(proof)));
}

std::int64_t earliest_end(X509_STORE_CTX* verified) {
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(verified);
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    earliest = std::min(earliest, seconds(X509_get0_notAfter(sk_X509_value(chain, i))));
  }
  return earliest;
}

// Does the chain end at this anchor? The earliest end of its certificates if so.
std::optional<std::int64_t> verified_until(X509_STORE_CTX* context, X509* leaf,
                                           const std::string& anchor_pem) {
  const Store store = store_of(anchor_pem);
  const StoreContext own(X509_STORE_CTX_new());
  if (!store || !own ||
      X509_STORE_CTX_init(own.get(), store.get(), leaf, X509_STORE_CTX_get0_untrusted(context)) !=
          1) {
    return std::nullopt;
  }
  X509_STORE_CTX_set_default(own.get(), "ssl_client");
  X509_VERIFY_PARAM_set_depth(X509_STORE_CTX_get0_param(own.get()), kChainDepth);
  // The anchor may itself have been issued by somebody: it ends the chain all the same.
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(own.get()), X509_V_FLAG_PARTIAL_CHAIN);
  const bool good = X509_verify_cert(own.get()) == 1;
  X509_STORE_CTX_set_error(context, X509_STORE_CTX_get_error(own.get()));
  return good ? std::optional(earliest_end(own.get())) : std::nullopt;
}

int choose_http2(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned int in_size, void*) {
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_size, kHttp2, sizeof kHttp2, in, in_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

core::Result<std::shared_ptr<TlsDoor>> TlsDoor::open(const std::string& certificate_pem,
                                                     const std::string& key_pem,
                                                     FindAnchors find_anchors) {
  std::shared_ptr<TlsDoor> door(new TlsDoor);
  door->find_anchors_ = std::move(find_anchors);
  door->context_ = SSL_CTX_new(TLS_server_method());
  if (door->context_ == nullptr) return core::internal("no TLS context: " + last_error());
  if (auto loaded = door->load(certificate_pem, key_pem); !loaded) {
    return std::move(loaded.error());
  }
  SSL_CTX* context = door->context_;
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  // A resumed session would skip the look at the partner list.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &TlsDoor::verify, door.get());
  SSL_CTX_set_max_cert_list(context, 32 << 10);
  SSL_CTX_set_alpn_select_cb(context, choose_http2, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kReadAhead);
  return door;
}

core::Status TlsDoor::load(const std::string& certificate_pem, const std::string& key_pem) {
  const Memory certificates = reader(certificate_pem);
  const Certificate leaf(PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context_, leaf.get()) != 1) {
    return bad_certificate("the server certificate cannot be used");
  }
  while (X509* more = PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr)) {
    SSL_CTX_add0_chain_cert(context_, more);
  }
  ERR_clear_error();  // the end of the file is one
  const Memory memory = reader(key_pem);
  const Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context_, key.get()) != 1) {
    return bad_certificate("the key does not belong to the server certificate");
  }
  not_after_s_ = seconds(X509_get0_notAfter(leaf.get()));
  return core::ok();
}

TlsDoor::~TlsDoor() {
  SSL_CTX_free(context_);
}

SSL* TlsDoor::session(int descriptor) const {
  SSL* session = SSL_new(context_);
  if (session == nullptr) return nullptr;
  SSL_set_fd(session, descriptor);
  SSL_set_accept_state(session);
  return session;
}

int TlsDoor::verify(X509_STORE_CTX* context, void* self) {
  X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  const auto identity = identity_of(leaf);
  if (!identity) return 0;
  for (const std::string& anchor : static_cast<TlsDoor*>(self)->find_anchors_(*identity)) {
    const auto end = verified_until(context, leaf, anchor);
    if (!end) continue;
    auto* session = static_cast<SSL*>(
        X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    remember(session, {anchor, *end});
    return 1;
  }
  return 0;
}

core::Result<Guest> guest_of(SSL* session) {
  const auto refused = [](const char* why) {
    return core::Error{core::Code::kUnauthenticated, "HANDSHAKE_REFUSED", why, {}, {}};
  };
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(session, &protocol, &size);
  if (size != 2) return refused("the client does not speak HTTP/2");
  X509* leaf = SSL_get0_peer_certificate(session);
  const auto* proof = static_cast<Proof*>(SSL_get_ex_data(session, proof_index()));
  if (leaf == nullptr || proof == nullptr || SSL_get_verify_result(session) != X509_V_OK) {
    return refused("no verified certificate");
  }
  auto identity = identity_of(leaf);
  if (!identity) return refused("the certificate names no connector");
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int digest_size = 0;
  X509_digest(leaf, EVP_sha256(), digest, &digest_size);
  return Guest{*std::move(identity),
               core::hex(std::string_view(reinterpret_cast<char*>(digest), digest_size)),
               proof->not_after_s, proof->anchor_pem};
}

}  // namespace connector::edge
