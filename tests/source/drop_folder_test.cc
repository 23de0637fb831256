#include "source/drop_folder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include "source/files.h"
#include "support/temp_dir.h"

namespace connector::source {
namespace {

namespace fs = std::filesystem;
using exchange::Verdict;
using std::chrono::milliseconds;

bool within(milliseconds time, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return condition();
}

// A folder with a taker that answers by what a file holds.
class Drop : public ::testing::Test {
 protected:
  void open() {
    auto opened = DropFolder::open({folder(), 1000, {}});
    ASSERT_TRUE(opened) << opened.error().message;
    drop_ = std::move(*opened);
    ASSERT_TRUE(drop_->start([this](const std::string& name, std::string_view bytes) {
      std::lock_guard lock(mutex_);
      taken_.emplace_back(name, std::string(bytes));
      if (bytes == "bad") return Verdict{Verdict::Kind::kRefused, "because it is bad"};
      if (bytes == "later" && taken_.size() < 3) return Verdict{Verdict::Kind::kLater, "not now"};
      return Verdict{Verdict::Kind::kTaken, {}};
    }));
  }
  fs::path folder() const { return dir_.path() / "drop"; }
  void move_in(const std::string& name, const std::string& text) {
    std::ofstream(dir_.path() / name) << text;
    fs::rename(dir_.path() / name, folder() / name);
  }
  std::size_t taken() {
    std::lock_guard lock(mutex_);
    return taken_.size();
  }

  testing::TempDir dir_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> taken_;
  std::unique_ptr<DropFolder> drop_;
};

TEST_F(Drop, TakesAFileThatIsMovedIn) {
  open();
  move_in("a.xml", "good");
  EXPECT_TRUE(within(milliseconds(3000), [&] { return fs::exists(folder() / "done" / "a.xml"); }));
  EXPECT_EQ(taken_.front(), (std::pair<std::string, std::string>("a.xml", "good")));
}

TEST_F(Drop, TakesWhatWaitedBeforeItStarted) {
  fs::create_directories(folder());
  move_in("early.xml", "good");
  open();
  EXPECT_TRUE(
      within(milliseconds(3000), [&] { return fs::exists(folder() / "done" / "early.xml"); }));
}

TEST_F(Drop, PutsTheReasonBesideARefusedFile) {
  open();
  move_in("b.xml", "bad");
  EXPECT_TRUE(
      within(milliseconds(3000), [&] { return fs::exists(folder() / "refused" / "b.xml"); }));
  EXPECT_EQ(*read_file(folder() / "refused" / "b.xml.reason.txt", 100), "because it is bad\n");
}

TEST_F(Drop, LeavesAFileAloneWhileItIsWritten) {
  open();
  std::ofstream file(folder() / "slow.xml");
  file << "go" << std::flush;
  EXPECT_FALSE(within(milliseconds(1500), [&] { return taken() > 0; }));
  file << "od";
  file.close();
  EXPECT_TRUE(
      within(milliseconds(3000), [&] { return fs::exists(folder() / "done" / "slow.xml"); }));
  EXPECT_EQ(taken_.front().second, "good");
}

TEST_F(Drop, TriesAgainWhatCouldNotBeTakenNow) {
  open();
  move_in("later.xml", "later");
  EXPECT_TRUE(
      within(milliseconds(6000), [&] { return fs::exists(folder() / "done" / "later.xml"); }));
  EXPECT_EQ(taken(), 3u);
}

TEST_F(Drop, NeverReplacesAnEarlierFileOfTheSameName) {
  open();
  move_in("a.xml", "first");
  ASSERT_TRUE(within(milliseconds(3000), [&] { return fs::exists(folder() / "done" / "a.xml"); }));
  move_in("a.xml", "second");
  EXPECT_TRUE(
      within(milliseconds(3000), [&] { return fs::exists(folder() / "done" / "a.xml.1"); }));
  EXPECT_EQ(*read_file(folder() / "done" / "a.xml", 100), "first");
}

TEST_F(Drop, RefusesLinksAndFilesOverTheLimit) {
  open();
  fs::create_symlink("/etc/passwd", folder() / "link.xml");
  move_in("large.xml", std::string(2000, 'x'));
  EXPECT_TRUE(within(milliseconds(3000), [&] {
    return fs::exists(folder() / "refused" / "large.xml") &&
           fs::is_symlink(folder() / "refused" / "link.xml");
  }));
  EXPECT_EQ(taken(), 0u);
}

TEST_F(Drop, IgnoresNamesThatBeginWithADot) {
  open();
  move_in(".part", "good");
  move_in("a.xml", "good");
  ASSERT_TRUE(within(milliseconds(3000), [&] { return fs::exists(folder() / "done" / "a.xml"); }));
  EXPECT_TRUE(fs::exists(folder() / ".part"));
}

TEST(DropFolder, SaysWhyAFolderCannotBeWatched) {
  const auto opened = DropFolder::open({"/proc/no-such-folder", 1000, {}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, "DROP_FOLDER_UNUSABLE");
}

}  // namespace
}  // namespace connector::source
