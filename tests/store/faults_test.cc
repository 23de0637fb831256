// What the disk may do: lose its power at any operation, fail a sync, be full.
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

#include "fault_vfs.h"
#include "store_support.h"

namespace connector::testing {
namespace {

// What the store said is durable.
struct Acked {
  std::vector<std::string> entries;  // in their places in the log
  std::vector<std::string> requests;
  std::vector<std::string> documents;
  std::optional<std::string> setting;
  bool revoked = false;
  std::size_t count() const {
    return entries.size() + requests.size() + documents.size() + (setting ? 1 : 0) + revoked;
  }
};

exchange::Partner revoked_partner() {
  exchange::Partner revoked = partner(kMaker);
  revoked.state = exchange::PartnerState::kRevoked;
  return revoked;
}

void step(store::Store& store, int i, Acked& acked, std::size_t entry_bytes) {
  const std::string name = std::to_string(i);
  exchange::Commit commit = entry(name + std::string(entry_bytes, 'e'));
  commit.effects = {exchange::RememberRequest{kMaker, name, "d", 4'000'000'000, name},
                    exchange::OpenAccount{name, kMaker, true, name, name, {}}};
  if (append(store, commit)) {
    acked.entries.push_back(commit.entries[0]);
    acked.requests.push_back(name);
  }
  if (import(store, {.original = name}, {order_line(name, 1), order_line(name, 2)})) {
    acked.documents.push_back(name);
  }
  if (i == 2 && append(store, effect(exchange::PutPartner{revoked_partner()}))) {
    acked.revoked = true;
  }
  if (store.set_setting("step", name)) acked.setting = name;
}

// Opens, writes and stops on the faulty disk.
Acked work(const std::filesystem::path& folder, int steps, std::size_t entry_bytes = 10) {
  Acked acked;
  auto options = options_in(folder);
  options.vfs = FaultDisk::kName;
  auto opened = store::Store::open(options);
  if (!opened) return acked;
  for (int i = 0; i < steps; ++i) step(**opened, i, acked, entry_bytes);
  return acked;
}

void expect_kept(const std::filesystem::path& folder, const Acked& acked) {
  auto opened = store::Store::open(options_in(folder));
  ASSERT_TRUE(opened) << opened.error().message;
  store::Store& store = **opened;
  ASSERT_GE(store.log().size(), acked.entries.size());
  for (std::size_t i = 0; i < acked.entries.size(); ++i) {
    ASSERT_EQ(store.log().entry(i).value(), acked.entries[i]);
  }
  for (const std::string& id : acked.requests) {
    ASSERT_TRUE(*store.accounts().by_request(kMaker, true, id)) << id;
  }
  for (const std::string& name : acked.documents) {
    ASSERT_TRUE(store.archive().original(core::sha256(name))) << name;
    ASSERT_EQ(store.archive().query({.order_number = name})->size(), 2u) << name;
  }
  if (acked.revoked) {
    ASSERT_EQ(store.partners().find(kMaker)->state, exchange::PartnerState::kRevoked);
  }
  // Not the last one: a later value may have become durable without being acknowledged.
  if (acked.setting) {
    ASSERT_GE(std::stoi(**store.setting("step")), std::stoi(*acked.setting));
  }
  ASSERT_EQ(recomputed_root(store.log()), store.log().root(store.log().size()).value());
  ASSERT_TRUE(store.check(true));
  ASSERT_TRUE(append(store, entry("goes on")));
}

TEST(Faults, APowerCutAtAnyOperationLosesNothingAcknowledged) {
  const int steps = std::getenv("CONNECTOR_FULL") ? 12 : 3;
  std::uint64_t states = 0;
  std::size_t most = 0;
  bool clean = false;
  for (std::uint64_t cut = 1; !clean && cut < 5000; ++cut) {
    TempDir folder;
    FaultDisk disk;
    disk.cut_power_before(cut);
    const Acked acked = work(folder.path(), steps);
    clean = !disk.happened();
    most = std::max(most, acked.count());
    const auto seed = static_cast<std::uint32_t>(cut);
    for (const auto unsynced :
         {FaultDisk::Unsynced::kLost, FaultDisk::Unsynced::kSome, FaultDisk::Unsynced::kKept}) {
      TempDir copy;  // the disk after the cut, once more for each outcome
      disk.restore(unsynced, seed);
      std::filesystem::copy(folder.path(), copy.path(),
                            std::filesystem::copy_options::recursive |
                                std::filesystem::copy_options::overwrite_existing);
      expect_kept(copy.path(), acked);
      if (HasFatalFailure()) FAIL() << "power cut before operation " << cut;
      ++states;
    }
  }
  EXPECT_TRUE(clean) << "some run must end without a cut";
  EXPECT_EQ(most, static_cast<std::size_t>(3 * steps + 2)) << "and have acknowledged everything";
  std::cout << states << " states after a power cut, 0 with a loss\n";
}

TEST(Faults, AfterAFailedSyncNothingIsAcknowledgedAnyMore) {
  constexpr int kSteps = 6;
  bool clean = false;
  int failed_in_work = 0;
  for (std::uint64_t sync = 1; !clean && sync < 200; ++sync) {
    TempDir folder;
    FaultDisk disk;
    disk.fail_sync(sync);
    Acked acked;
    std::atomic<int> told{0};
    {
      auto options = options_in(folder.path());
      options.vfs = FaultDisk::kName;
      options.on_failure = [&](const std::string&) { ++told; };
      auto opened = store::Store::open(options);
      if (!opened) {
        ASSERT_TRUE(disk.happened()) << opened.error().message;
        continue;
      }
      for (int i = 0; i < kSteps; ++i) {
        const std::size_t before = acked.count();
        const bool had_failed = disk.happened();
        step(**opened, i, acked, 10);
        if (had_failed) {
          ASSERT_EQ(acked.count(), before) << "sync " << sync;
        }
      }
      if (disk.happened()) {
        ++failed_in_work;
        EXPECT_EQ(told, 1);
        EXPECT_FALSE((*opened)->health().ok);
        EXPECT_EQ(reason_of(append(**opened, entry("e"))), "EVIDENCE_UNAVAILABLE");
      } else {
        EXPECT_TRUE((*opened)->health().ok);
      }
    }
    clean = !disk.happened();
    disk.restore(FaultDisk::Unsynced::kLost, 1);
    expect_kept(folder.path(), acked);
    if (HasFatalFailure()) FAIL() << "sync " << sync << " failed";
  }
  EXPECT_TRUE(clean);
  EXPECT_GE(failed_in_work, kSteps);
  std::cout << failed_in_work << " failed syncs, 0 acknowledged after one\n";
}

// Long entries: the WAL grows until it is written into the database, and those syncs fail too.
TEST(Faults, AFailedSyncOfACheckpointIsFatalAsWell) {
  constexpr int kSteps = 160;
  TempDir first;
  std::uint64_t syncs = 0;
  {
    FaultDisk disk;
    work(first.path(), kSteps, 60'000);
    syncs = disk.syncs();
  }
  // Besides one per commit: some of making the store, and those of checkpoints.
  ASSERT_GT(syncs, 3u * kSteps + 3);
  for (std::uint64_t sync = syncs - 3; sync <= syncs; ++sync) {
    TempDir folder;
    FaultDisk disk;
    disk.fail_sync(sync);
    const Acked acked = work(folder.path(), kSteps, 60'000);
    ASSERT_TRUE(disk.happened());
    disk.restore(FaultDisk::Unsynced::kLost, 1);
    expect_kept(folder.path(), acked);
    if (HasFatalFailure()) FAIL() << "sync " << sync << " failed";
  }
}

// ---- a full disk -------------------------------------------------------------------------

class FullDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=12m") != 0) {
      GTEST_SKIP() << "SKIPPED LOUDLY: no tmpfs can be mounted here (not root?): what happens on a "
                      "full disk is not tested";
    }
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  void fill() const {
    std::ofstream out(folder_ / "filler", std::ios::binary | std::ios::app);
    const std::string block(4096, 'f');
    while (out.write(block.data(), 4096).flush()) {
    }
  }
  void make_space() const { std::filesystem::remove(folder_ / "filler"); }
  // Appends until the disk is full; what was acknowledged is added.
  std::string append_until_refused(store::Store& store, std::vector<std::string>& acked) const {
    for (int i = 0; i < 2000; ++i) {
      const std::string bytes = "entry " + std::to_string(acked.size()) + std::string(9000, 'x');
      const auto span = append(store, entry(bytes));
      if (!span) return span.error().reason;
      acked.push_back(bytes);
    }
    return "";
  }
  // Within the second that readiness is allowed to take.
  static bool becomes_healthy(store::Store& store) {
    for (int i = 0; i < 100; ++i) {
      if (store.health().ok) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  TempDir folder_;
  bool mounted_ = false;
};

TEST_F(FullDisk, RefusesWritesKeepsTheLastWordsAndRecoversByItself) {
  std::vector<std::string> acked;
  {
    auto store = open_store(options_in(folder_.path()));
    ASSERT_TRUE(append(*store, effect(exchange::OpenAccount{"a", kMaker, true, "r", "r", {}})));
    ASSERT_TRUE(store->health().ok);
    fill();
    EXPECT_EQ(append_until_refused(*store, acked), "STORAGE_FULL");
    fill();  // what the refused one gave back
    EXPECT_FALSE(store->health().ok);
    EXPECT_EQ(import(*store, {.original = "a"}, {order_line("A", 1)}).error().reason,
              "STORAGE_FULL");
    EXPECT_EQ(reason_of(append(*store, entry("more"))), "STORAGE_FULL");
    ASSERT_EQ(store->log().size(), acked.size());
    EXPECT_EQ(recomputed_root(store->log()), store->log().root(acked.size()).value());
    EXPECT_FALSE(store->health().ok);
    make_space();
    EXPECT_TRUE(becomes_healthy(*store));
    EXPECT_TRUE(import(*store, {.original = "a"}, {order_line("A", 1)}));
    ASSERT_TRUE(append(*store, entry("more")));
  }
  auto store = open_store(options_in(folder_.path()));
  ASSERT_EQ(store->log().size(), acked.size() + 1);
  for (std::size_t i = 0; i < acked.size(); ++i) {
    ASSERT_EQ(store->log().entry(i).value(), acked[i]);
  }
  EXPECT_TRUE(store->check(true));
}

TEST_F(FullDisk, ClosingEntriesUseTheSpaceThatWasKeptForThem) {
  std::vector<std::string> acked;
  auto store = open_store(options_in(folder_.path()));
  ASSERT_TRUE(append(*store, effect(exchange::OpenAccount{"a", kMaker, true, "r", "r", {}})));
  ASSERT_TRUE(std::filesystem::exists(folder_ / "ballast"));
  fill();
  ASSERT_EQ(append_until_refused(*store, acked), "STORAGE_FULL");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "ballast"));
  exchange::Commit closing = entry("closed");
  closing.effects.push_back(exchange::CloseAccount{"a", "broken", {}});
  const auto span = append(*store, closing);
  ASSERT_TRUE(span) << span.error().message;
  EXPECT_EQ(store->log().entry(span->first).value(), "closed");
  EXPECT_EQ((*store->accounts().by_request(kMaker, true, "r"))->outcome, "broken");
  EXPECT_EQ(reason_of(append(*store, entry("more"))), "STORAGE_FULL");
  EXPECT_TRUE(append(*store, exchange::Commit{})) << "what only waits for its turn needs no space";
}

TEST_F(FullDisk, AStoreThatIsOpenedOnAFullDiskRecoversToo) {
  { auto store = open_store(options_in(folder_.path())); }
  std::filesystem::remove(folder_ / "ballast");
  fill();
  // One page may be needed for the shared index: as after a reboot, something is freed.
  std::filesystem::resize_file(folder_ / "filler",
                               std::filesystem::file_size(folder_ / "filler") - (64 << 10));
  auto store = open_store(options_in(folder_.path()));
  EXPECT_FALSE(store->health().ok);
  EXPECT_EQ(reason_of(append(*store, entry("e"))), "STORAGE_FULL");
  make_space();
  EXPECT_TRUE(becomes_healthy(*store));
  EXPECT_TRUE(append(*store, entry("e")));
}

}  // namespace
}  // namespace connector::testing
