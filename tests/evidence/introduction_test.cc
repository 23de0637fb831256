#include "evidence/introduction.h"

#include <gtest/gtest.h>

#include "core/digest.h"
#include "core/json.h"
#include "support/ed25519.h"

namespace connector::evidence {
namespace {

using testing::KnownKey;
using testing::verify_signature;

constexpr const char* kOrigin = "did:web:brink.example/almelo";

Introduction example(const KnownKey& key) {
  Introduction introduction;
  introduction.id = {core::ParticipantId("did:web:brink.example"), core::SiteName("almelo")};
  introduction.name = "Brink";
  introduction.addresses = {"192.0.2.7:7443"};
  introduction.anchor_pem = "-----BEGIN CERTIFICATE-----\n";
  introduction.keys = {{key.public_key(), 1'000, 2'000}};
  introduction.log_key = std::string(kOrigin) + "+00000000+AAAA";
  introduction.claimed_ids = {"gln:8712345000004"};
  introduction.issued_s = 1'500;
  return introduction;
}

Envelope sealed(const Introduction& introduction, const KnownKey& key) {
  Envelope envelope{kIntroductionType, to_payload(introduction), key.key_id(), {}};
  envelope.signature = key.sign(pae(envelope.payload_type, envelope.payload));
  return envelope;
}

Known known(const Introduction& introduction, const KnownKey& key) {
  return {introduction, digest_of(sealed(introduction, key))};
}

TEST(Introduction, ComesBackAsItWent) {
  const KnownKey key = KnownKey::rfc8032(0);
  const Introduction went = example(key);
  const auto came = read_introduction(sealed(went, key), verify_signature);
  ASSERT_TRUE(came) << came.error().message;
  EXPECT_EQ(to_payload(*came), to_payload(went));
  EXPECT_EQ(came->id, went.id);
  EXPECT_EQ(came->keys.front().public_key, key.public_key());
}

TEST(Introduction, MustBeSignedByAKeyThatItNames) {
  const KnownKey key = KnownKey::rfc8032(0);
  const KnownKey other = KnownKey::rfc8032(1);
  EXPECT_FALSE(read_introduction(sealed(example(key), other), verify_signature));
  Envelope altered = sealed(example(key), key);
  altered.payload.replace(altered.payload.find("Brink"), 5, "Brunk");
  EXPECT_FALSE(read_introduction(altered, verify_signature));
  Envelope typed = sealed(example(key), key);
  typed.payload_type = "application/vnd.valuechain.request.v1+json";
  EXPECT_FALSE(read_introduction(typed, verify_signature));
}

TEST(Introduction, RefusesMembersThatAreMissingOrUnknown) {
  const KnownKey key = KnownKey::rfc8032(0);
  const auto json = core::parse_untrusted(to_payload(example(key)));
  const auto read = [&](const core::Json& payload) {
    Envelope envelope{kIntroductionType, core::to_text(payload), key.key_id(), {}};
    envelope.signature = key.sign(pae(envelope.payload_type, envelope.payload));
    return read_introduction(envelope, verify_signature);
  };
  ASSERT_TRUE(read(*json));
  for (const auto& [left_out, ignored] : json->members()) {
    core::Json fewer = core::Json::object();
    core::Json renamed = core::Json::object();
    for (const auto& [name, value] : json->members()) {
      if (name != left_out) fewer.set(name, value);
      renamed.set(name == left_out ? "x" : name, value);
    }
    EXPECT_FALSE(read(fewer)) << left_out;
    EXPECT_FALSE(read(renamed)) << left_out;
  }
  core::Json more = *json;
  more.set("x", core::Json::string(""));
  EXPECT_FALSE(read(more));
}

TEST(Introduction, BindsItsLogKeyToItsOrigin) {
  const KnownKey key = KnownKey::rfc8032(0);
  Introduction introduction = example(key);
  introduction.log_key = "did:web:other.example/almelo+00000000+AAAA";
  EXPECT_FALSE(read_introduction(sealed(introduction, key), verify_signature));
}

TEST(Introduction, FingerprintCoversTheWholeEnvelope) {
  const KnownKey key = KnownKey::rfc8032(0);
  const Envelope envelope = sealed(example(key), key);
  const std::string print = fingerprint(envelope);
  EXPECT_EQ(print.size(), 16u * 4 + 15);
  EXPECT_TRUE(same_fingerprint(print, envelope));
  std::string upper = digest_of(envelope);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(same_fingerprint(upper, envelope));
  EXPECT_FALSE(same_fingerprint(print.substr(0, print.size() - 1), envelope));
  EXPECT_FALSE(same_fingerprint("", envelope));
  for (std::string Envelope::*part :
       {&Envelope::payload_type, &Envelope::payload, &Envelope::key_id, &Envelope::signature}) {
    Envelope other = envelope;
    (other.*part)[0] = static_cast<char>((other.*part)[0] ^ 1);
    EXPECT_FALSE(same_fingerprint(print, other));
  }
}

// Who may bring what by itself. The one before is signed by and names key 0.
TEST(Introduction, JudgementMatrix) {
  const KnownKey old_key = KnownKey::rfc8032(0);
  const KnownKey new_key = KnownKey::rfc8032(1);
  const Introduction before = example(old_key);
  const Known seen = known(before, old_key);
  struct Case {
    const char* what;
    bool old_anchor, chained, old_signs;
    Judgement expected;
  };
  const Case cases[] = {
      {"key rotated over mTLS", true, true, true, Judgement::kAccept},
      {"by another way", false, true, true, Judgement::kNeedsFingerprint},
      {"does not name the one before", true, false, true, Judgement::kNeedsFingerprint},
      {"signed by a new key only", true, true, false, Judgement::kNeedsFingerprint},
      {"new key and new anchor", false, true, false, Judgement::kNeedsFingerprint},
      {"nothing fits", false, false, false, Judgement::kNeedsFingerprint}};
  for (const Case& one : cases) {
    Introduction next = example(new_key);
    next.keys.push_back(before.keys.front());
    next.sequence = 2;
    next.previous = one.chained ? seen.digest : std::string(64, '0');
    const Envelope envelope = sealed(next, one.old_signs ? old_key : new_key);
    const auto judged = judge(next, envelope, seen, one.old_anchor);
    ASSERT_TRUE(judged) << one.what;
    EXPECT_EQ(*judged, one.expected) << one.what;
  }
}

TEST(Introduction, JudgesUnknownKnownOldAndForeignOnes) {
  const KnownKey key = KnownKey::rfc8032(0);
  const Introduction first = example(key);
  const Known seen = known(first, key);
  EXPECT_EQ(*judge(first, sealed(first, key), std::nullopt, true), Judgement::kNeedsFingerprint);
  EXPECT_EQ(*judge(first, sealed(first, key), seen, true), Judgement::kKnown);
  Introduction same_sequence = first;
  same_sequence.name = "Brink BV";
  const auto old = judge(same_sequence, sealed(same_sequence, key), seen, true);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().reason, "INTRODUCTION_OLD");
  Introduction foreign = first;
  foreign.sequence = 2;
  foreign.id.site = core::SiteName("enschede");
  EXPECT_FALSE(judge(foreign, sealed(foreign, key), seen, true));
}

}  // namespace
}  // namespace connector::evidence
