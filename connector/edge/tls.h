// TLS 1.3 for the door. A client's chain must end at the one anchor that is bound to exactly the
// participant and site that its certificate names.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "edge/guests.h"

namespace connector::edge {

// The anchor of an active partner, PEM.
using FindAnchor = std::function<std::optional<std::string>(const core::Connector&)>;

class TlsDoor {
 public:
  static core::Result<std::shared_ptr<TlsDoor>> open(const std::string& certificate_pem,
                                                     const std::string& key_pem,
                                                     FindAnchor find_anchor);
  ~TlsDoor();
  TlsDoor(const TlsDoor&) = delete;
  TlsDoor& operator=(const TlsDoor&) = delete;

  SSL* session(int descriptor) const;  // null: out of memory; SSL_free it
  std::int64_t not_after_s() const { return not_after_s_; }

 private:
  TlsDoor() = default;
  static int verify(X509_STORE_CTX* context, void* self);
  core::Status load(const std::string& certificate_pem, const std::string& key_pem);

  SSL_CTX* context_ = nullptr;
  FindAnchor find_anchor_;
  std::int64_t not_after_s_ = 0;
};

// After the handshake: who it was, and under which anchor. Error: no HTTP/2 was agreed on.
core::Result<Guest> guest_of(SSL* session);

}  // namespace connector::edge
