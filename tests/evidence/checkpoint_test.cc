#include "evidence/checkpoint.h"

#include <gtest/gtest.h>

#include <random>

#include "support/ed25519.h"

namespace connector::evidence {
namespace {

using testing::KnownKey;
using testing::verify_signature;

// The example of C2SP tlog-checkpoint. Its key is not published, so its signature is not asked.
constexpr const char* kSpecExample =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\xE2\x80\x94 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

// The example of golang.org/x/mod/sumdb/note: the base64 of its private key is 0x01 and the seed.
constexpr const char* kNoteKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
KnownKey note_key() {
  const auto bytes = core::from_base64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
  return KnownKey(core::hex(bytes->substr(1)));
}

Checkpoint example() {
  return {
      "did:web:veldkamp.example/hengelo", 20852163,
      *core::digest_of_bytes(*core::from_base64("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="))};
}

std::string signed_by(const KnownKey& key, const Checkpoint& checkpoint) {
  return sign_checkpoint(checkpoint, key.public_key(),
                         [&](std::string_view text) { return key.sign(text); });
}

TEST(Checkpoint, ReadsTheExampleOfTheSpecification) {
  const auto read = own_checkpoint(kSpecExample);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(read->size, 20852163u);
  EXPECT_EQ(core::hex(read->root),
            "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62");
}

TEST(Checkpoint, NamesKeysAsSignedNotesDo) {
  EXPECT_EQ(verifier_key("PeterNeumann", note_key().public_key()), kNoteKey);
}

// The text of that example is no checkpoint, but the signature under its own body has to hold.
TEST(Checkpoint, SignsAsSignedNotesDo) {
  const std::string text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  const auto line = core::from_base64(
      "x08go/ZJkuBS9UG/"
      "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=");
  EXPECT_EQ(line->substr(4), note_key().sign(text));
  EXPECT_EQ(core::hex(line->substr(0, 4)), "c74f20a3");
  const auto opened =
      open_checkpoint(text + "\n\xE2\x80\x94 PeterNeumann " + core::base64(*line) + "\n", kNoteKey,
                      verify_signature);
  ASSERT_FALSE(opened);  // past the signature, stopped by its body
  EXPECT_NE(opened.error().message.find("three lines"), std::string::npos);
}

TEST(Checkpoint, OpensWhatItSigned) {
  const KnownKey key = KnownKey::rfc8032(2);
  const auto opened =
      open_checkpoint(signed_by(key, example()), verifier_key(example().origin, key.public_key()),
                      verify_signature);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->origin, example().origin);
  EXPECT_EQ(opened->size, example().size);
  EXPECT_EQ(opened->root, example().root);
}

TEST(Checkpoint, FindsEverySingleBitFlip) {
  const KnownKey key = KnownKey::rfc8032(2);
  const std::string note = signed_by(key, example());
  const std::string named = verifier_key(example().origin, key.public_key());
  for (std::size_t bit = 0; bit < 8 * note.size(); ++bit) {
    std::string flipped = note;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(open_checkpoint(flipped, named, verify_signature)) << "bit " << bit;
  }
}

TEST(Checkpoint, RefusesOtherKeysAndMoreLines) {
  const KnownKey key = KnownKey::rfc8032(2);
  const std::string note = signed_by(key, example());
  const std::string named = verifier_key(example().origin, key.public_key());
  const auto refused = [&](const std::string& text, const std::string& by) {
    return !open_checkpoint(text, by, verify_signature);
  };
  EXPECT_TRUE(refused(note, verifier_key(example().origin, KnownKey::rfc8032(1).public_key())));
  EXPECT_TRUE(refused(note, verifier_key("did:web:other/site", key.public_key())));
  EXPECT_TRUE(refused(note + "x", named));
  EXPECT_TRUE(refused(note + note.substr(note.find("\n\n") + 2), named));
  EXPECT_TRUE(refused(note.substr(0, note.size() - 1), named));
  EXPECT_TRUE(refused("", named));
  EXPECT_TRUE(refused("\n\n", named));
  EXPECT_TRUE(refused(note, ""));
  EXPECT_TRUE(refused(note, "+"));
  EXPECT_TRUE(refused(note, example().origin + "+00000000+" + named.substr(named.rfind('+') + 1)));
}

TEST(Checkpoint, RefusesSizesThatAreNotDecimal) {
  const KnownKey key = KnownKey::rfc8032(2);
  const std::string named = verifier_key(example().origin, key.public_key());
  for (const char* size : {"", "01", "-1", "+1", "1e3", "0x10", " 1", "18446744073709551616"}) {
    const std::string body =
        example().origin + "\n" + size + "\n" + core::base64(core::view(example().root)) + "\n";
    const core::Digest hash = core::sha256(example().origin + "\n\x01" + key.public_key());
    const std::string id(core::view(hash).substr(0, 4));
    const std::string note = body + "\n\xE2\x80\x94 " + example().origin + " " +
                             core::base64(id + key.sign(body)) + "\n";
    EXPECT_FALSE(open_checkpoint(note, named, verify_signature)) << size;
  }
}

}  // namespace
}  // namespace connector::evidence
