#include "contract/agreement.h"

#include <gtest/gtest.h>

#include "contract/offer.h"
#include "contract/registry.h"

namespace connector::contract {
namespace {

const core::Connector kProvider{core::ParticipantId("did:web:brink.example"),
                                core::SiteName("almelo")};
const core::Connector kConsumer{core::ParticipantId("did:web:veldkamp.example"),
                                core::SiteName("hengelo")};
constexpr const char* kId = "5f0c3a52-7f0e-4f5e-9d55-6a4f2f6d1b11";

Offer offer() {
  auto form = core::parse_untrusted(R"({"datasets": ["quality-*"], "groups": ["customer"],
    "purposes": ["complaint-handling"], "uses": 10, "delete": "P6M"})");
  auto read = read_offer("quality", *form);
  EXPECT_TRUE(read);
  return *read;
}

Agreement agreement() {
  Agreement made;
  made.id = kId;
  made.provider = kProvider;
  made.consumer = kConsumer;
  made.offer = "quality";
  made.offer_digest = digest_of(offer().policy);
  made.datasets = offer().datasets;
  made.policy = agreed(offer().policy, kId, kProvider, kConsumer);
  made.registry = kRegistryVersion;
  made.provider_revision = core::Revision(std::string(64, 'a'));
  made.concluded_s = 1'750'000'000;
  return made;
}

TEST(Agreement, ComesBackAsItWent) {
  const auto read = read_agreement(to_text(agreement()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, agreement());
  EXPECT_EQ(to_text(*read), to_text(agreement()));
}

struct Change {
  const char* old_text;
  const char* new_text;
};

TEST(Agreement, OnlyItsOneFormIsRead) {
  const Change changes[] = {
      {"\"id\":\"5f0c", "\"id\":\"6f0c"},                               // not the policy's id
      {"\"registry\":\"1\"", "\"registry\":\"2\""},                     // another table of terms
      {"veldkamp.example/hengelo", "veldkamp.example"},                 // no connector
      {"\"consumer\":\"did:web:veldkamp", "\"consumer\":\"did:web:x"},  // another party signs
      {"\"datasets\":[\"quality-*\"]", "\"datasets\":[]"},
      {"\"concluded\":\"1750000000\"", "\"concluded\":\"-1\""},
      {"\"concluded\":\"1750000000\"", "\"concluded\":\"01750000000\""},  // two texts, one value
      {"\"offer\":", " \"offer\":"},
      {"\"offer\":\"quality\",", ""},
      {"\"offer\":\"quality\",", "\"offer\":\"quality\",\"more\":\"\","},
      {"\"count\"", "\"weather\""},  // a term that nobody enforces
  };
  const std::string text = to_text(agreement());
  for (const Change& change : changes) {
    std::string other = text;
    const auto at = other.find(change.old_text);
    ASSERT_NE(at, std::string::npos) << change.old_text;
    other.replace(at, std::string(change.old_text).size(), change.new_text);
    const auto read = read_agreement(other);
    ASSERT_FALSE(read) << change.old_text << " -> " << change.new_text;
    EXPECT_EQ(read.error().reason, "AGREEMENT_INVALID");
  }
}

TEST(Agreement, NamesNobodyElse) {
  Agreement made = agreement();
  made.policy.permissions[0].assignees.emplace_back().id = "did:web:third.example";
  EXPECT_FALSE(read_agreement(to_text(made)));
  made.policy.permissions[0].assignees[0].id = kConsumer.participant.str();
  EXPECT_TRUE(read_agreement(to_text(made)));
}

TEST(Agreement, EveryByteOfAnOfferCountsInItsDigest) {
  Policy other = offer().policy;
  other.permissions[0].constraints[1].right[0].text = "11";
  EXPECT_NE(digest_of(other), digest_of(offer().policy));
}

TEST(Agreement, ChangedTermsAreNamed) {
  const Policy offered = offer().policy;
  EXPECT_TRUE(changed_terms(offered, offered).empty());
  Policy asked = offered;
  asked.permissions[0].constraints[1].right[0].text = "20";
  asked.permissions[0].duties.clear();
  EXPECT_EQ(changed_terms(offered, asked),
            (std::vector<std::string>{"permission[0].constraint[1]", "permission[0].duty[0]"}));
  asked = offered;
  asked.permissions[0].actions[0].name = "distribute";
  asked.prohibitions.emplace_back();
  EXPECT_EQ(changed_terms(offered, asked),
            (std::vector<std::string>{"permission[0]", "prohibition[0]"}));
}

}  // namespace
}  // namespace connector::contract
