// TLS 1.3 for the door. A client's chain must end at an anchor that is bound to exactly the
// participant and site that its certificate names.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "edge/guests.h"

namespace connector::edge {

// The anchors of an active partner, PEM; none for anybody else.
using FindAnchors = std::function<std::vector<std::string>(const core::Connector&)>;

class TlsDoor {
 public:
  static core::Result<std::shared_ptr<TlsDoor>> open(const std::string& certificate_pem,
                                                     const std::string& key_pem,
                                                     FindAnchors find_anchors);
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
  FindAnchors find_anchors_;
  std::int64_t not_after_s_ = 0;
};

// After the handshake: who it was, and under which anchor. Error: no HTTP/2 was agreed on.
core::Result<Guest> guest_of(SSL* session);

}  // namespace connector::edge
