// A store that was restored from a copy has forgotten uses; the provider has not.
#include "evidence/log_entry.h"
#include "houses.h"

namespace connector::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTenTimes =
    R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"],
        "uses": 10})";
constexpr const char* kPlain =
    R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"]})";

struct Restored {
  explicit Restored(const char* offer, int uses_before, int uses_after)
      : provider(offer, consumer_key().public_key()), wire(provider) {
    {
      Consumer house(live.path(), offer, &wire);
      EXPECT_TRUE(house.receive({order_line("A", 1)}));
      for (int i = 0; i < uses_before; ++i) EXPECT_EQ(house.use(), "order/A/1");
    }
    fs::copy(live.path(), copy.path(), fs::copy_options::recursive);
    {
      Consumer house(live.path(), offer, &wire);
      for (int i = 0; i < uses_after; ++i) EXPECT_EQ(house.use(), "order/A/1");
    }
    fs::remove_all(live.path());
    fs::copy(copy.path(), live.path(), fs::copy_options::recursive);
  }
  Provider provider;
  Wire wire;
  TempDir live;
  TempDir copy;
};

TEST(RestoredStore, GetsNoUseBack) {
  Restored world(kTenTimes, 2, 6);
  Consumer house(world.live.path(), kTenTimes, &world.wire);
  EXPECT_EQ(house.facts().uses, 2u) << "what the copy says";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(house.use(), "order/A/1") << "8 were used, 2 remain";
  EXPECT_EQ(house.use(), "USE_DENIED");
  EXPECT_EQ(house.facts().uses, 10u);
  const auto kinds = house.kinds_logged();
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "store.restored"), 1);
}

TEST(RestoredStore, IsAskedAboutOncePerStart) {
  Restored world(kTenTimes, 1, 1);
  world.wire.asked = 0;
  Consumer house(world.live.path(), kTenTimes, &world.wire);
  EXPECT_EQ(house.use(), "order/A/1");
  EXPECT_EQ(house.use(), "order/A/1");
  EXPECT_EQ(world.wire.asked, 1);
}

TEST(RestoredStore, WhoseProviderIsSilentGivesNothingThatIsCounted) {
  Restored world(kTenTimes, 2, 6);
  world.wire.reachable = false;
  Consumer house(world.live.path(), kTenTimes, &world.wire);
  EXPECT_EQ(house.use(), "STANDING_UNKNOWN");
  EXPECT_EQ(house.standing->confirm({kAgreementId}, 1000).value(), 1u);
  EXPECT_EQ(house.use(), "STORE_RESTORED") << "confirming raises no counter";
  const auto entry =
      evidence::read_log_entry(house.store->log().entry(house.store->log().size() - 2).value())
          .value();
  EXPECT_EQ(entry.kind, "store.restored");
  EXPECT_EQ(entry.uid, 1000);
  world.wire.reachable = true;
  EXPECT_EQ(house.use(), "order/A/1");
  EXPECT_EQ(house.facts().uses, 9u);
}

TEST(RestoredStore, HoldsBackAcrossARestart) {
  Restored world(kTenTimes, 2, 6);
  world.wire.reachable = false;
  {
    Consumer house(world.live.path(), kTenTimes, &world.wire);
    EXPECT_EQ(house.standing->confirm({kAgreementId}, 1000).value(), 1u);
  }
  Consumer again(world.live.path(), kTenTimes, &world.wire);
  EXPECT_EQ(again.use(), "STORE_RESTORED");
}

TEST(RestoredStore, IsNotAskedAboutWhereNothingIsCounted) {
  Restored world(kPlain, 1, 1);
  world.wire.reachable = false;
  Consumer house(world.live.path(), kPlain, &world.wire);
  EXPECT_EQ(house.use(), "order/A/1");
}

// A copy that still has what was deleted since: its key is not in it.
TEST(RestoredStore, DoesNotBringBackWhatWasDeleted) {
  constexpr const char* kFiveDays =
      R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"],
          "delete": "P5D"})";
  Provider provider(kFiveDays, consumer_key().public_key());
  Wire wire(provider);
  TempDir live, copy;
  {
    Consumer house(live.path(), kFiveDays, &wire);
    ASSERT_TRUE(house.receive({order_line("A", 1)}));
  }
  fs::copy(live / "store.db", copy / "store.db");  // a backup: the keys are not in it
  {
    Consumer house(live.path(), kFiveDays, &wire, kConcluded * kSecond + 6 * kDayNs);
    provider.wall = house.wall.load();
    ASSERT_TRUE(house.custody->make_up());
  }
  fs::copy(copy / "store.db", live / "store.db", fs::copy_options::overwrite_existing);
  Consumer house(live.path(), kFiveDays, &wire, kConcluded * kSecond + kDayNs);
  EXPECT_EQ(house.use(), "KEY_DESTROYED") << "whatever the clock says";
  ASSERT_TRUE(house.custody->make_up());
  EXPECT_EQ(house.use(), "DATA_DELETED");
}

}  // namespace
}  // namespace connector::testing
