// May it be used? Both judges, the real OPA among them.
#include "site/use_point.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "contract/agreement.h"
#include "contract/offer.h"
#include "contract/registry.h"
#include "crypto/random.h"
#include "support/temp_dir.h"

namespace connector::site {
namespace {

using connector::testing::TempDir;

const core::Connector kProvider{core::ParticipantId("did:web:brink.example"),
                                core::SiteName("almelo")};
const core::Connector kConsumer{core::ParticipantId("did:web:veldkamp.example"),
                                core::SiteName("hengelo")};
constexpr std::int64_t kConcluded = 1'750'000'000;

contract::Agreement agreement(const char* offer) {
  const auto read = contract::read_offer("quality", core::parse_untrusted(offer).value()).value();
  contract::Agreement terms;
  terms.id = "5f0c3a52-7f0e-4f5e-9d55-6a4f2f6d1b11";
  terms.provider = kProvider;
  terms.consumer = kConsumer;
  terms.datasets = read.datasets;
  terms.policy = contract::agreed(read.policy, terms.id, kProvider, kConsumer);
  terms.concluded_s = kConcluded;
  return terms;
}

contract::Facts facts() {
  contract::Facts facts;
  facts.enforcer = contract::Role::kConsumer;
  facts.now = (kConcluded + 60) * 1'000'000'000;
  facts.concluded = kConcluded * 1'000'000'000;
  facts.consumer = kConsumer;
  facts.dataset = "quality";
  facts.purpose = "complaint-handling";
  facts.application = "erp";
  facts.roles = {"engineer"};
  return facts;
}

constexpr const char* kOffer =
    R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"],
        "uses": 3, "applications": ["erp"], "roles": ["engineer"], "for": "P30D"})";

OwnUsePoint::Options options(const TempDir& dir, const char* opa) {
  return {opa, dir.path() / "run", crypto::random_bytes,
          [] { return core::Revision("revision-1"); }};
}

const char* opa_binary() {
  const char* given = std::getenv("CONNECTOR_OPA");
  return given != nullptr ? given : SOURCE_DIR "/.cache/opa/opa";
}

TEST(UsePoint, PermitsWhatBothPermit) {
  TempDir dir;
  OwnUsePoint point(options(dir, opa_binary()));
  const auto verdict = point.decide(agreement(kOffer), facts());
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_TRUE(verdict->allowed) << verdict->why;
  EXPECT_EQ(verdict->revision.str(), "revision-1");
  EXPECT_EQ(verdict->changes_at, (kConcluded + 30 * 86'400) * 1'000'000'000 + 1);
}

TEST(UsePoint, RefusesEachTermThatDoesNotHold) {
  TempDir dir;
  OwnUsePoint point(options(dir, opa_binary()));
  const auto refused = [&](auto change) {
    contract::Facts changed = facts();
    change(changed);
    const auto verdict = point.decide(agreement(kOffer), changed);
    return verdict && !verdict->allowed && !verdict->term.empty();
  };
  EXPECT_TRUE(refused([](auto& one) { one.purpose = "marketing"; }));
  EXPECT_TRUE(refused([](auto& one) { one.count = 3; }));
  EXPECT_TRUE(refused([](auto& one) { one.application = "crm"; }));
  EXPECT_TRUE(refused([](auto& one) { one.roles = {"sales"}; }));
  EXPECT_TRUE(refused([](auto& one) { one.now += 31 * 86'400ll * 1'000'000'000; }));
  EXPECT_TRUE(refused([](auto& one) { one.dataset = "orders"; }));
}

TEST(UsePoint, WithoutOpaNothingIsPermitted) {
  TempDir dir;
  OwnUsePoint point(options(dir, "/nonexistent/opa"));
  EXPECT_FALSE(point.decide(agreement(kOffer), facts()));
}

}  // namespace
}  // namespace connector::site
