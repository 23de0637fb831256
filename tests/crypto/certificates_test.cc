#include "crypto/certificates.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>

#include "crypto/key_file.h"
#include "crypto/signing_key.h"
#include "support/temp_dir.h"

namespace connector::crypto {
namespace {

const core::Connector kVeldkamp{core::ParticipantId("did:web:veldkamp.example"),
                                core::SiteName("hengelo")};
constexpr std::int64_t kFrom = 1'700'000'000;
constexpr std::int64_t kTo = 4'102'444'801;  // 2050-01-01: beyond UTCTime

std::shared_ptr<X509> parsed(const std::string& pem) {
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  return {PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), X509_free};
}

// What OpenSSL says of a chain for a purpose: X509_V_OK or the error.
int verdict(const std::string& anchor_pem, const std::string& leaf_pem, const char* purpose) {
  const auto anchor = parsed(anchor_pem);
  const auto leaf = parsed(leaf_pem);
  const std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_add_cert(store.get(), anchor.get());
  const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> context(X509_STORE_CTX_new(),
                                                                           X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_default(context.get(), purpose);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

class Certificates : public ::testing::Test {
 protected:
  const KeyAndCertificate ca = *make_ca(kVeldkamp, "Veldkamp", kFrom, kTo);
  const KeyAndCertificate server =
      *issue_certificate(ca, kVeldkamp, CertificateUsage::kServer,
                         {"connector.veldkamp.example", "192.0.2.7", "2001:db8::7"}, kFrom, kTo);
  const KeyAndCertificate client =
      *issue_certificate(ca, kVeldkamp, CertificateUsage::kClient, {}, kFrom, kTo);
};

TEST_F(Certificates, NameTheConnectorAsTheirOneUri) {
  for (const auto* one : {&server, &client}) {
    const auto info = describe_certificate(one->certificate_pem);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->uris, std::vector<std::string>{"did:web:veldkamp.example/hengelo"});
    EXPECT_EQ(info->not_before_s, kFrom);
    EXPECT_EQ(info->not_after_s, kTo);
    EXPECT_EQ(info->subject, "CN=did:web:veldkamp.example/hengelo");
    EXPECT_EQ(info->issuer, "CN=Trial CA of Veldkamp");
    EXPECT_EQ(info->sha256.size(), 64u);
  }
}

TEST_F(Certificates, AreGoodForTheirUsageOnly) {
  EXPECT_EQ(verdict(ca.certificate_pem, server.certificate_pem, "ssl_server"), X509_V_OK);
  EXPECT_EQ(verdict(ca.certificate_pem, client.certificate_pem, "ssl_client"), X509_V_OK);
  EXPECT_EQ(verdict(ca.certificate_pem, client.certificate_pem, "ssl_server"),
            X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(verdict(ca.certificate_pem, server.certificate_pem, "ssl_client"),
            X509_V_ERR_INVALID_PURPOSE);
}

TEST_F(Certificates, AreNotAcceptedUnderAnotherCaOfTheSameName) {
  const auto other = make_ca(kVeldkamp, "Veldkamp", kFrom, kTo);
  ASSERT_TRUE(other);
  EXPECT_NE(verdict(other->certificate_pem, client.certificate_pem, "ssl_client"), X509_V_OK);
}

TEST_F(Certificates, CarryTheHostsGiven) {
  const auto leaf = parsed(server.certificate_pem);
  EXPECT_EQ(X509_check_host(leaf.get(), "connector.veldkamp.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "192.0.2.7", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "2001:db8::7", 0), 1);
  EXPECT_EQ(X509_check_host(leaf.get(), "other.example", 0, 0, nullptr), 0);
}

TEST_F(Certificates, CannotSmuggleASecondUriThroughNames) {
  const auto made = issue_certificate(ca, kVeldkamp, CertificateUsage::kServer,
                                      {"a.example,URI:did:web:other.example/x"}, kFrom, kTo);
  ASSERT_TRUE(made);
  EXPECT_EQ(describe_certificate(made->certificate_pem)->uris.size(), 1u);
  const core::Connector odd{core::ParticipantId("did:web:a.example,URI:did:web:b.example"),
                            core::SiteName("x")};
  EXPECT_FALSE(issue_certificate(ca, odd, CertificateUsage::kClient, {}, kFrom, kTo));
}

TEST_F(Certificates, HaveDifferentKeysAndDigests) {
  EXPECT_NE(server.key_pem, client.key_pem);
  EXPECT_NE(describe_certificate(server.certificate_pem)->sha256,
            describe_certificate(client.certificate_pem)->sha256);
}

TEST_F(Certificates, AreNoSigningKeys) {
  const auto key = SigningKey::from_pem(server.key_pem);
  ASSERT_FALSE(key);
  EXPECT_NE(key.error().message.find("Ed25519"), std::string::npos);
}

TEST_F(Certificates, NeedACaThatCanBeRead) {
  EXPECT_FALSE(issue_certificate({"", ""}, kVeldkamp, CertificateUsage::kClient, {}, kFrom, kTo));
  const auto info = describe_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n");
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().reason, "CERTIFICATE_INVALID");
}

TEST(KeyFile, IsForItsOwnerOnlyAndNeverReplaced) {
  const testing::TempDir dir;
  const std::string path = dir / "signing.pem";
  ASSERT_TRUE(write_private_file(path, "secret"));
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto again = write_private_file(path, "other");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, core::Code::kConflict);
  EXPECT_EQ(*read_private_file(path), "secret");
}

TEST(KeyFile, IsNotReadWhenOthersCould) {
  const testing::TempDir dir;
  const std::string path = dir / "signing.pem";
  ASSERT_TRUE(write_private_file(path, "secret"));
  for (const mode_t mode : {0640, 0604, 0620, 0601, 0666}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const auto read = read_private_file(path);
    ASSERT_FALSE(read) << std::oct << mode;
    EXPECT_EQ(read.error().reason, "KEY_UNREADABLE");
    EXPECT_EQ(read.error().next, "chmod 600 " + path);
  }
  ASSERT_EQ(::chmod(path.c_str(), 0400), 0);
  EXPECT_TRUE(read_private_file(path));
}

TEST(KeyFile, FollowsNoLinkAndReadsNothingElse) {
  const testing::TempDir dir;
  const std::string path = dir / "signing.pem";
  ASSERT_TRUE(write_private_file(path, "secret"));
  std::filesystem::create_symlink(path, dir / "link");
  EXPECT_FALSE(read_private_file(dir / "link"));
  EXPECT_FALSE(write_private_file(dir / "link", "other"));
  EXPECT_FALSE(read_private_file(dir.path()));
  EXPECT_FALSE(read_private_file(dir / "absent"));
  ASSERT_TRUE(write_private_file(dir / "large", std::string((64u << 10) + 1, 'x')));
  EXPECT_FALSE(read_private_file(dir / "large"));
}

TEST(KeyFile, LeavesNothingWhereItCannotWrite) {
  EXPECT_FALSE(write_private_file("/proc/self/none/key.pem", "secret"));
}

}  // namespace
}  // namespace connector::crypto
