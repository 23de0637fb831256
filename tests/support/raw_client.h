// A TLS client that sends whatever bytes it is told to, and HTTP/2 frames to be told.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

#include "crypto/certificates.h"

namespace connector::testing {

inline int connect_to(std::uint16_t port) {
  const int number = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return number;
  }
  ::close(number);
  return -1;
}

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(connect_to(port)) {
    ::signal(SIGPIPE, SIG_IGN);
    wait_at_most(std::chrono::milliseconds(5000));
    context_ = SSL_CTX_new(TLS_client_method());
    session_ = SSL_new(context_);
    SSL_set_fd(session_, socket_);
  }
  ~RawClient() {
    SSL_free(session_);
    SSL_CTX_free(context_);
    if (socket_ >= 0) ::close(socket_);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void use(const crypto::KeyAndCertificate& own) {
    const auto read = [](const std::string& pem) {
      return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    };
    BIO* certificate_text = read(own.certificate_pem);
    X509* certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
    BIO* key_text = read(own.key_pem);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
    SSL_use_certificate(session_, certificate);
    SSL_use_PrivateKey(session_, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_text);
    BIO_free(key_text);
  }
  void at_most_tls12() { SSL_set_max_proto_version(session_, TLS1_2_VERSION); }
  // True: TLS is established as far as a client can tell. In TLS 1.3 the server's opinion of the
  // client's certificate comes later.
  bool shake_hands(bool http2 = true) {
    static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
    static constexpr unsigned char kHttp1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    if (http2) SSL_set_alpn_protos(session_, kHttp2, sizeof kHttp2);
    if (!http2) SSL_set_alpn_protos(session_, kHttp1, sizeof kHttp1);
    const bool good = SSL_connect(session_) == 1;
    ERR_clear_error();
    return good;
  }
  // How many names of CAs the server sent along with its wish for a certificate.
  int authorities_named() const {
    const STACK_OF(X509_NAME)* names = SSL_get0_peer_CA_list(session_);
    return names == nullptr ? 0 : sk_X509_NAME_num(names);
  }
  bool resumable() const { return SSL_SESSION_is_resumable(SSL_get_session(session_)) == 1; }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const int sent = SSL_write(session_, bytes.data(), static_cast<int>(bytes.size()));
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // What has come, at most 64 KiB; empty: closed, or nothing in time.
  std::string receive() {
    std::string bytes(64u << 10, '\0');
    const int got = SSL_read(session_, bytes.data(), static_cast<int>(bytes.size()));
    const int why = got > 0 ? SSL_ERROR_NONE : SSL_get_error(session_, got);
    closed_ = got <= 0 && why != SSL_ERROR_WANT_READ;
    ERR_clear_error();
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  // Everything that comes until the other side closes; closed() says whether it did in time.
  std::string receive_all(std::chrono::milliseconds longest) {
    const auto end = std::chrono::steady_clock::now() + longest;
    wait_at_most(std::chrono::milliseconds(100));
    std::string all;
    while (!closed_ && std::chrono::steady_clock::now() < end) all += receive();
    return all;
  }
  bool closed() const { return closed_; }
  bool closes_within(std::chrono::milliseconds longest) {
    receive_all(longest);
    return closed_;
  }
  void wait_at_most(std::chrono::milliseconds time) {
    const timeval value{time.count() / 1000, (time.count() % 1000) * 1000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
  }

 private:
  const int socket_;
  SSL_CTX* context_ = nullptr;
  SSL* session_ = nullptr;
  bool closed_ = false;
};

// ---- HTTP/2 (RFC 9113) and HPACK (RFC 7541) --------------------------------------------------

enum FrameType : unsigned char {
  kDataFrame = 0,
  kHeadersFrame = 1,
  kPriorityFrame = 2,
  kResetFrame = 3,
  kSettingsFrame = 4,
  kPushFrame = 5,
  kPingFrame = 6,
  kGoawayFrame = 7,
  kWindowFrame = 8,
  kContinuationFrame = 9,
};
constexpr unsigned char kEndStreamFlag = 1;
constexpr unsigned char kEndHeadersFlag = 4;

inline std::string frame_head(std::size_t length, unsigned char type, unsigned char flags,
                              std::uint32_t stream) {
  std::string out;
  for (const int shift : {16, 8, 0}) out += static_cast<char>(length >> shift & 0xff);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(stream >> shift & 0xff);
  return out;
}
inline std::string frame(unsigned char type, unsigned char flags, std::uint32_t stream,
                         std::string_view payload = {}) {
  return frame_head(payload.size(), type, flags, stream).append(payload);
}
inline std::string http2_start() {
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(kSettingsFrame, 0, 0);
}

// RFC 7541, 5.1: an integer with a prefix of 7 bits.
inline std::string hpack_length(std::size_t value) {
  std::string out;
  if (value < 127) return out += static_cast<char>(value);
  out += '\x7f';
  for (value -= 127; value >= 128; value >>= 7) out += static_cast<char>(value % 128 + 128);
  return out += static_cast<char>(value);
}
inline std::string hpack(std::string_view name, std::string_view value) {
  std::string out(1, '\0');  // literal, without indexing, new name
  out += hpack_length(name.size());
  out += name;
  out += hpack_length(value.size());
  out += value;
  return out;
}
inline std::string call_headers(std::string_view path) {
  return hpack(":method", "POST") + hpack(":scheme", "http") + hpack(":path", path) +
         hpack(":authority", "localhost") + hpack("te", "trailers") +
         hpack("content-type", "application/grpc");
}

}  // namespace connector::testing
