#include "crypto/certificates.h"

#include <arpa/inet.h>

#include <ctime>

#include "core/digest.h"
#include "crypto/openssl.h"
#include "crypto/random.h"

namespace connector::crypto {
namespace {

core::Error failed(const std::string& what) {
  return core::internal("cannot make a certificate: " + what + ": " + last_error());
}

// X.509 allows 64 characters in a common name.
void set_name(X509_NAME* name, const std::string& text) {
  const std::string cut = text.substr(0, 64);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes_of(std::string_view(cut)), -1, -1, 0);
}

bool extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// With a random serial number of 128 bits and the times given.
Certificate blank(EVP_PKEY* key, std::int64_t not_before_s, std::int64_t not_after_s) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::string serial = random_bytes(16);
  serial[0] = static_cast<char>((serial[0] & 0x7F) | 0x40);
  BIGNUM* number = BN_bin2bn(bytes_of(std::string_view(serial)), 16, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), not_before_s);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), not_after_s);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

std::string pem_of_certificate(X509* certificate) {
  const Memory memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), certificate);
  return text_of(memory.get());
}

bool is_address(const std::string& host) {
  unsigned char buffer[16];
  return ::inet_pton(AF_INET, host.c_str(), buffer) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

// A host with a comma would be read as two names.
bool plain(const std::string& text) {
  return !text.empty() && text.find_first_of(",\n\r;") == std::string::npos;
}

std::int64_t seconds(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

std::string one_line(const X509_NAME* name) {
  const Memory memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return text_of(memory.get());
}

std::vector<std::string> uris_of(X509* certificate) {
  std::vector<std::string> uris;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                      static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  GENERAL_NAMES_free(names);
  return uris;
}

}  // namespace

core::Result<KeyAndCertificate> make_ca(const core::Connector& id, const std::string& name,
                                        std::int64_t not_before_s, std::int64_t not_after_s) {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return failed("key");
  const Certificate certificate = blank(key.get(), not_before_s, not_after_s);
  set_name(X509_get_subject_name(certificate.get()),
           "Trial CA of " + (name.empty() ? id.str() : name));
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  if (!extend(certificate.get(), certificate.get(), NID_basic_constraints,
              "critical,CA:TRUE,pathlen:1") ||
      !extend(certificate.get(), certificate.get(), NID_key_usage,
              "critical,keyCertSign,cRLSign") ||
      !extend(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash") ||
      X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) {
    return failed("CA");
  }
  return KeyAndCertificate{pem_of(key.get()), pem_of_certificate(certificate.get())};
}

core::Result<KeyAndCertificate> issue_certificate(const KeyAndCertificate& ca,
                                                  const core::Connector& id, CertificateUsage usage,
                                                  const std::vector<std::string>& hosts,
                                                  std::int64_t not_before_s,
                                                  std::int64_t not_after_s) {
  const Memory ca_memory = reader(ca.certificate_pem);
  const Certificate issuer(PEM_read_bio_X509(ca_memory.get(), nullptr, nullptr, nullptr));
  const Memory key_memory = reader(ca.key_pem);
  const Key ca_key(PEM_read_bio_PrivateKey(key_memory.get(), nullptr, nullptr, nullptr));
  const Key key(EVP_EC_gen("P-256"));
  if (!issuer || !ca_key || !key) return failed("the CA's key or certificate cannot be read");
  if (!plain(id.str())) return failed("the connector's name");
  std::string names = "URI:" + id.str();
  for (const std::string& host : hosts) {
    if (plain(host)) names += (is_address(host) ? ",IP:" : ",DNS:") + host;
  }
  const Certificate leaf = blank(key.get(), not_before_s, not_after_s);
  set_name(X509_get_subject_name(leaf.get()), id.str());
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer.get()));
  if (!extend(leaf.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !extend(leaf.get(), issuer.get(), NID_key_usage, "critical,digitalSignature") ||
      !extend(leaf.get(), issuer.get(), NID_ext_key_usage,
              usage == CertificateUsage::kServer ? "serverAuth" : "clientAuth") ||
      !extend(leaf.get(), issuer.get(), NID_authority_key_identifier, "keyid") ||
      !extend(leaf.get(), issuer.get(), NID_subject_alt_name, names) ||
      X509_sign(leaf.get(), ca_key.get(), EVP_sha256()) == 0) {
    return failed("certificate");
  }
  return KeyAndCertificate{pem_of(key.get()), pem_of_certificate(leaf.get())};
}

core::Result<CertificateInfo> describe_certificate(std::string_view pem) {
  const Memory memory = reader(pem);
  const Certificate certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    return core::invalid("CERTIFICATE_INVALID", "this is no certificate in PEM: " + last_error(),
                         "see certs/README.md");
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  X509_digest(certificate.get(), EVP_sha256(), digest, &size);
  return CertificateInfo{one_line(X509_get_subject_name(certificate.get())),
                         one_line(X509_get_issuer_name(certificate.get())),
                         uris_of(certificate.get()),
                         seconds(X509_get0_notBefore(certificate.get())),
                         seconds(X509_get0_notAfter(certificate.get())),
                         core::hex(std::string_view(reinterpret_cast<char*>(digest), size))};
}

}  // namespace connector::crypto
