// The trial PKI: one CA a connector, which signs its server and client certificate. P-256, and the
// connector's name "did:web:veldkamp.example/hengelo" as the one URI of the certificate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/name.h"
#include "core/result.h"

namespace connector::crypto {

struct KeyAndCertificate {
  std::string key_pem;
  std::string certificate_pem;
};

core::Result<KeyAndCertificate> make_ca(const core::Connector& id, const std::string& name,
                                        std::int64_t not_before_s, std::int64_t not_after_s);

enum class CertificateUsage { kServer, kClient };

// hosts: addresses or names, for tools that look at them; partners compare the URI alone.
core::Result<KeyAndCertificate> issue_certificate(const KeyAndCertificate& ca,
                                                  const core::Connector& id, CertificateUsage usage,
                                                  const std::vector<std::string>& hosts,
                                                  std::int64_t not_before_s,
                                                  std::int64_t not_after_s);

struct CertificateInfo {
  std::string subject;
  std::string issuer;
  std::vector<std::string> uris;
  std::int64_t not_before_s = 0;
  std::int64_t not_after_s = 0;
  std::string sha256;  // over the DER, hex
};
core::Result<CertificateInfo> describe_certificate(std::string_view pem);  // the first one

}  // namespace connector::crypto
