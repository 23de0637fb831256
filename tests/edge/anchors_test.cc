// A partner changes its CA: for an overlap a chain may end at either anchor, then at the new one
// only.
#include "core/limits.h"
#include "door.h"

namespace connector::edge {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kOverlap = core::limits::kAnchorOverlap.count();
constexpr std::int64_t kYear = 365 * kDay;

class Anchors : public Door {
 protected:
  // As an introduction that came under the old anchor leaves it.
  void change_ca(std::int64_t until_from_now_s = kOverlap) {
    exchange::Partner partner = partner_of(renewed);
    partner.earlier_anchor_pem = guest.ca.certificate_pem;
    partner.earlier_anchor_until_s = real_now() / kSecond + until_from_now_s;
    partners.put(std::move(partner));
    edge->refresh();
  }
  std::string reason(std::size_t connection) {
    const auto caller = edge->callers().caller("unix-abstract:" + behind.name(connection));
    return caller ? "" : caller.error().reason;
  }
  const TrialParty renewed = trial_party("did:web:guest.example", "ulm");
};

TEST_F(Anchors, BothAreGoodDuringTheOverlap) {
  open();
  const auto before = inside(guest.client);
  ASSERT_NE(before, nullptr);
  change_ca();
  EXPECT_EQ(reason(0), "") << "what was open goes on";
  EXPECT_TRUE(before->send(frame(kPingFrame, 0, 0, "12345678")));
  EXPECT_FALSE(before->receive().empty());
  EXPECT_NE(inside(guest.client), nullptr) << "the old certificate";
  EXPECT_NE(inside(renewed.client), nullptr) << "the new one";
}

TEST_F(Anchors, TheOldOneEndsWithTheOverlap) {
  open();
  const auto old_one = inside(guest.client);
  change_ca();
  const auto new_one = inside(renewed.client);
  ASSERT_TRUE(old_one && new_one);
  later = (kOverlap + 1) * kSecond;
  EXPECT_EQ(reason(0), "ANCHOR_REPLACED");
  EXPECT_TRUE(old_one->closes_within(5s)) << "without anybody saying so";
  EXPECT_EQ(inside(guest.client), nullptr);
  later = 0;
  EXPECT_NE(inside(renewed.client), nullptr);
}

// A clock that jumps must not make the old anchor good for longer than the overlap.
TEST_F(Anchors, AClockThatIsSetBackDoesNotLengthenTheOverlap) {
  open();
  change_ca();
  for (const std::int64_t jump : {-kDay, -10 * kYear, kDay + 1, 10 * kYear}) {
    later = jump * kSecond;
    EXPECT_EQ(inside(guest.client), nullptr) << jump << " s";
  }
  later = 0;
  EXPECT_NE(inside(guest.client), nullptr) << "the clock is right again";
}

// Both anchors are bound to this one connector: neither opens the door to another.
TEST_F(Anchors, NeitherOfThemIsGoodForAnybodyElse) {
  open();
  const TrialParty other = trial_party("did:web:other.example", "lyon");
  partners.put(partner_of(other));
  change_ca();
  for (const TrialParty* issuer : {&guest, &renewed}) {
    EXPECT_EQ(inside(client_certificate(*issuer, other.id, -kDay, kDay)), nullptr);
    EXPECT_NE(inside(client_certificate(*issuer, guest.id, -kDay, kDay)), nullptr);
  }
  EXPECT_EQ(inside(client_certificate(other, guest.id, -kDay, kDay)), nullptr);
}

}  // namespace
}  // namespace connector::edge
