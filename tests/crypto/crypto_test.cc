#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "core/digest.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "crypto/signing_key.h"
#include "support/ed25519.h"

namespace connector::crypto {
namespace {

std::string unhex(std::string_view text) {
  return *core::from_hex(text);
}

// A private key of RFC 8410: the fixed head of PKCS #8 for Ed25519, then the seed.
std::string pem_of_seed(std::string_view seed_hex) {
  const std::string der = unhex("302e020100300506032b657004220420" + std::string(seed_hex));
  return "-----BEGIN PRIVATE KEY-----\n" + core::base64(der) + "\n-----END PRIVATE KEY-----\n";
}

// RFC 8032, section 7.1, TEST 1 to 3.
struct SignatureVector {
  const char* message;
  const char* signature;
};
constexpr SignatureVector kSignatures[] = {
    {"",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(SigningKey, SignsAsRfc8032) {
  for (std::size_t i = 0; i < 3; ++i) {
    auto key = SigningKey::from_pem(pem_of_seed(testing::kRfc8032Seeds[i]));
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(core::hex(key->public_key()), testing::kRfc8032PublicKeys[i]);
    const std::string message = unhex(kSignatures[i].message);
    EXPECT_EQ(core::hex(key->sign(message)), kSignatures[i].signature);
    EXPECT_TRUE(verify_ed25519(key->public_key(), message, unhex(kSignatures[i].signature)));
  }
}

// Under the neutral element as a key the signature (neutral element, 0) would fit any message.
TEST(SigningKey, RefusesKeysOfSmallOrder) {
  const std::string neutral = std::string(1, '\x01') + std::string(31, '\0');
  const std::string signature = neutral + std::string(32, '\0');
  EXPECT_FALSE(verify_ed25519(neutral, "I owe you everything", signature));
  EXPECT_FALSE(verify_ed25519(std::string(32, '\0'), "", std::string(64, '\0')));
}

TEST(SigningKey, RefusesEverySingleBitFlipOfASignature) {
  const std::string key = unhex(testing::kRfc8032PublicKeys[2]);
  const std::string signature = unhex(kSignatures[2].signature);
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    std::string altered = signature;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(verify_ed25519(key, unhex("af82"), altered)) << "bit " << bit;
  }
}

TEST(SigningKey, RefusesOtherMessagesKeysAndSizes) {
  const std::string key = unhex(testing::kRfc8032PublicKeys[2]);
  const std::string signature = unhex(kSignatures[2].signature);
  EXPECT_FALSE(verify_ed25519(key, unhex("af83"), signature));
  EXPECT_FALSE(verify_ed25519(unhex(testing::kRfc8032PublicKeys[1]), unhex("af82"), signature));
  EXPECT_FALSE(verify_ed25519(key.substr(1), unhex("af82"), signature));
  EXPECT_FALSE(verify_ed25519(key + "x", unhex("af82"), signature));
  EXPECT_FALSE(verify_ed25519(key, unhex("af82"), signature + "x"));
  EXPECT_FALSE(verify_ed25519(key, unhex("af82"), ""));
  EXPECT_FALSE(verify_ed25519("", "", ""));
}

// RFC 8032, section 5.1.7: S must be below the group's order, or one signature has two forms.
TEST(SigningKey, RefusesASignatureWithTheOrderAdded) {
  const std::string order =
      unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  std::string signature = unhex(kSignatures[2].signature);
  int carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(signature[32 + i]) + static_cast<unsigned char>(order[i]);
    signature[32 + i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0);
  EXPECT_FALSE(verify_ed25519(unhex(testing::kRfc8032PublicKeys[2]), unhex("af82"), signature));
}

TEST(SigningKey, SurvivesItsOwnPem) {
  auto made = SigningKey::generate();
  ASSERT_TRUE(made);
  auto read = SigningKey::from_pem(made->to_pem());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->public_key(), made->public_key());
  EXPECT_EQ(read->key_id(), made->key_id());
  EXPECT_EQ(made->key_id().str(), core::hex(core::sha256(made->public_key())).substr(0, 16));
  EXPECT_TRUE(verify_ed25519(made->public_key(), "text", read->sign("text")));
}

TEST(SigningKey, TwoAreNeverTheSame) {
  EXPECT_NE(SigningKey::generate()->public_key(), SigningKey::generate()->public_key());
}

TEST(SigningKey, RefusesWhatIsNoEd25519Key) {
  for (const char* pem :
       {"", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    auto key = SigningKey::from_pem(pem);
    ASSERT_FALSE(key) << pem;
    EXPECT_EQ(key.error().reason, "KEY_INVALID");
    EXPECT_FALSE(key.error().next.empty());
  }
}

TEST(Signer, UsesTheKeyItWasGiven) {
  auto key = std::make_shared<SigningKey>(*SigningKey::generate());
  const Ed25519Signer signer(key);
  EXPECT_EQ(signer.key_id(), key->key_id());
  EXPECT_TRUE(verify_ed25519(key->public_key(), "request", signer.sign("request")));
}

// RFC 4231, section 4, cases 1-4, 6 and 7.
TEST(Hmac, IsThatOfRfc4231) {
  struct Vector {
    std::string key;
    std::string message;
    const char* code;
  };
  const Vector vectors[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {unhex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. "
       "The key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& vector : vectors) {
    EXPECT_EQ(core::hex(hmac_sha256(vector.key, vector.message)), vector.code);
  }
}

TEST(PartnerHash, DiffersBetweenPartnersAndSites) {
  const auto ours = make_partner_hash(std::string(32, 'a'));
  const auto theirs = make_partner_hash(std::string(32, 'b'));
  const core::ParticipantId one("did:web:one.example");
  const core::ParticipantId two("did:web:two.example");
  EXPECT_EQ(ours(one)("4711"), ours(one)("4711"));
  EXPECT_NE(ours(one)("4711"), ours(two)("4711"));
  EXPECT_NE(ours(one)("4711"), ours(one)("4712"));
  EXPECT_NE(ours(one)("4711"), theirs(one)("4711"));
}

TEST(PartnerHash, HashesEachValueForItself) {
  const std::string key(32, 'a');
  const auto hash = make_partner_hash(key)(core::ParticipantId("did:web:one.example"));
  const std::string partner_key = hmac_sha256(key, "did:web:one.example");
  for (const std::string& value :
       {std::string("4711"), std::string(), std::string(200, 'x'), std::string("4711")}) {
    EXPECT_EQ(core::view(hash(value)), hmac_sha256(partner_key, value)) << value;
  }
}

TEST(PartnerHash, IsForSeveralThreadsAtOnce) {
  const auto hash = make_partner_hash("key")(core::ParticipantId("did:web:one.example"));
  std::atomic<int> wrong{0};
  const auto work = [&](char c) {
    const std::string value(100, c);
    const std::string expected = hmac_sha256(hmac_sha256("key", "did:web:one.example"), value);
    for (int i = 0; i < 20'000; ++i) wrong += core::view(hash(value)) != expected;
  };
  std::thread other(work, 'a');
  work('b');
  other.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Sealer, OpensWhatItSealed) {
  const auto sealer = make_sealer(std::string(32, 'k'));
  for (const std::string& text : {std::string(), std::string("position 12"), std::string(5000, 'x'),
                                  std::string("\0\xff\0", 3)}) {
    const auto opened = sealer.open(sealer.seal(text));
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, text);
  }
}

TEST(Sealer, NeverSealsTwiceAlikeAndShowsNothing) {
  const auto sealer = make_sealer(std::string(32, 'k'));
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(sealer.seal("the same text"));
  EXPECT_EQ(tokens.size(), 1000u);
  EXPECT_EQ(sealer.seal("the same text").find("same"), std::string::npos);
}

TEST(Sealer, RefusesEverySingleBitFlip) {
  const auto sealer = make_sealer(std::string(32, 'k'));
  const std::string token = sealer.seal("position 12");
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    std::string altered = token;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    const auto opened = sealer.open(altered);
    ASSERT_FALSE(opened) << "bit " << bit;
    EXPECT_EQ(opened.error().reason, "TOKEN_INVALID");
  }
}

TEST(Sealer, RefusesPartsExtrasAndTokensOfOthers) {
  const auto sealer = make_sealer(std::string(32, 'k'));
  const std::string token = sealer.seal("position 12");
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(sealer.open(token.substr(0, size))) << size;
  }
  EXPECT_FALSE(sealer.open(token + "x"));
  EXPECT_FALSE(make_sealer(std::string(32, 'l')).open(token));
}

TEST(Random, FillsEverySizeAndDoesNotRepeat) {
  EXPECT_EQ(random_bytes(0).size(), 0u);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_bytes(16));
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace connector::crypto
