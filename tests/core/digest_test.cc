#include "core/digest.h"

#include <gtest/gtest.h>

#include <utility>

namespace connector::core {
namespace {

// FIPS 180-4 examples and the NIST long-message vector.
TEST(Sha256Test, PublishedVectors) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Test, PiecesGiveTheDigestOfTheWhole) {
  Sha256 digest;
  for (int i = 0; i < 1'000'000; i += 1000) digest.update(std::string(1000, 'a'));
  EXPECT_EQ(digest.finish(), sha256(std::string(1'000'000, 'a')));
}

TEST(Sha256Test, StartsAnewAfterFinish) {
  Sha256 digest;
  digest.update("something else").finish();
  EXPECT_EQ(digest.update("a").update("bc").finish(), sha256("abc"));
}

TEST(Sha256Test, AMovedDigestGoesOn) {
  Sha256 first;
  first.update("a");
  Sha256 second = std::move(first);
  EXPECT_EQ(second.update("bc").finish(), sha256("abc"));
}

TEST(Sha256Test, ADigestHas32Bytes) {
  EXPECT_TRUE(digest_of_bytes(std::string(32, 'x')));
  EXPECT_FALSE(digest_of_bytes(std::string(31, 'x')));
  EXPECT_FALSE(digest_of_bytes(std::string(33, 'x')));
  const Digest digest = sha256("abc");
  EXPECT_EQ(digest_of_bytes(view(digest)).value(), digest);
}

TEST(HexTest, BothWays) {
  const std::string bytes("\x00\x7f\x80\xff\x0a", 5);
  EXPECT_EQ(hex(bytes), "007f80ff0a");
  EXPECT_EQ(from_hex("007f80ff0a").value(), bytes);
  EXPECT_EQ(from_hex("007F80FF0A").value(), bytes);
  EXPECT_EQ(from_hex("").value(), "");
}

TEST(HexTest, RefusesEverythingElse) {
  for (const char* text : {"0", "0g", "g0", " 0", "0x", "00 ", "\xc3\xa9"}) {
    EXPECT_FALSE(from_hex(text)) << text;
  }
}

// RFC 4648, section 10.
TEST(Base64Test, PublishedVectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text).value(), bytes);
  }
}

TEST(Base64Test, EveryByteAtEveryPositionComesBack) {
  for (std::size_t length = 0; length < 70; ++length) {
    for (int start = 0; start < 256; start += 7) {
      std::string bytes;
      for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(start + int(i) * 37);
      ASSERT_EQ(from_base64(base64(bytes)).value(), bytes);
    }
  }
}

TEST(Base64Test, OneTextPerValue) {
  const char* refused[] = {"Zg",       "Zg=",   "Zm8",       "Z",     // padding missing
                           "Zh==",     "Zm9=",                        // bits set that carry nothing
                           "Zm9v====", "====",  "=",         "Z===",  // padding alone
                           "Zm=v",     "Z=9v",  "Zg==Zg==",           // padding inside
                           "Zm9v\n",   " Zm9v", "Zm 9",      "Zm9v\r\n",  // white space
                           "-_-_",     "Zm9.",  "\xc3\xa9Zg"};  // the URL alphabet, anything else
  for (const char* text : refused) EXPECT_FALSE(from_base64(text)) << text;
}

}  // namespace
}  // namespace connector::core
