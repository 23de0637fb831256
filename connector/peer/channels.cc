#include "peer/channels.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <functional>
#include <vector>

#include "core/limits.h"

namespace connector::peer {
namespace {

namespace tls = grpc::experimental;

// The chain is verified already, against the partner's anchors alone; this compares who it is.
// The host name says nothing: identity is the one URI of the certificate.
class IdentityVerifier final : public tls::ExternalCertificateVerifier {
 public:
  explicit IdentityVerifier(std::string uri) : uri_(std::move(uri)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    const auto uris = request->uri_names();
    const bool same = uris.size() == 1 && std::string_view(uris[0].data(), uris[0].size()) == uri_;
    *status = same ? grpc::Status::OK
                   : grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                  "the certificate is not that of " + uri_);
    return true;  // decided at once
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::string uri_;
};

grpc::ChannelArguments arguments(std::chrono::milliseconds connect_time) {
  grpc::ChannelArguments out;
  out.SetMaxReceiveMessageSize(core::limits::kMessageBytes);
  out.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  out.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, static_cast<int>(connect_time.count()));
  out.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  out.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  // Finds out within a minute that a partner's machine is gone while a call waits for it.
  out.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  out.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 15'000);
  // Connections are never shared between partners, nor steered by DNS records or the environment.
  out.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  out.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  out.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return out;
}

std::string anchors_now(const exchange::Partner& partner) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::string all;
  for (const std::string& anchor : exchange::anchors_of(
           partner, std::chrono::duration_cast<std::chrono::seconds>(now).count())) {
    all += anchor + "\n";
  }
  return all;
}

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> Channels::credentials(
    const exchange::Partner& partner, const std::string& anchors_pem) const {
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(
      anchors_pem, std::vector<tls::IdentityKeyCertPair>{{key_pem_, certificate_pem_}}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<IdentityVerifier>(partner.id.str()));
  return tls::TlsCredentials(options);
}

std::shared_ptr<grpc::Channel> Channels::to(const exchange::Partner& partner,
                                            const std::string& address) {
  const std::string anchors_pem = anchors_now(partner);
  std::lock_guard lock(mutex_);
  Open& open = open_[partner.id.str() + ' ' + address];
  // A channel that failed would refuse calls until its time of waiting is over. Somebody asks now:
  // a new one tries at once.
  const bool failed =
      open.channel && open.channel->GetState(false) == GRPC_CHANNEL_TRANSIENT_FAILURE;
  if (!open.channel || failed || open.anchors_pem != anchors_pem) {
    open.anchors_pem = anchors_pem;
    open.channel = grpc::CreateCustomChannel("dns:///" + address, credentials(partner, anchors_pem),
                                             arguments(connect_time_));
  }
  return open.channel;
}

void Channels::replace_certificate(const std::string& certificate_pem, const std::string& key_pem) {
  std::lock_guard lock(mutex_);
  certificate_pem_ = certificate_pem;
  key_pem_ = key_pem;
  open_.clear();
}

}  // namespace connector::peer
