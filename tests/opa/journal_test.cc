// The private journal: found again, rotated, kept for as long as it says.
#include "opa/journal.h"

#include <sys/stat.h>

#include "core/digest.h"
#include "opa/company.h"

namespace connector::testing {
namespace {

namespace fs = std::filesystem;

struct JournalTest : ::testing::Test {
  std::unique_ptr<opa::Journal> open(std::uint64_t file_bytes = 16u << 20,
                                     std::size_t keep_files = 64) {
    opa::JournalOptions options;
    options.folder = dir / "decisions";
    options.clock = [this] { return now_s * 1'000'000'000; };
    options.random = random_bytes;
    options.file_bytes = file_bytes;
    options.keep_files = keep_files;
    options.keep_s = 1000;
    auto opened = opa::Journal::open(options);
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  static opa::Evaluation evaluation(const std::string& input) {
    opa::Evaluation made;
    made.input = input;
    made.result = "{\"result\":1}\n";
    made.rows = "{}";
    return made;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(dir / "decisions"), fs::directory_iterator()));
  }

  TempDir dir;
  std::int64_t now_s = 1'700'000'000;
  const core::Revision revision{"abc"};
};

TEST_F(JournalTest, TheDigestIsSaltedAndCanBeComputedFromTheLine) {
  const auto journal = open();
  const auto one = journal->append("id-1", revision, evaluation("{\"q\":\"\\\"\"}"));
  const auto two = journal->append("id-2", revision, evaluation("{\"q\":\"\\\"\"}"));
  ASSERT_TRUE(one && two);
  EXPECT_NE(*one, *two);
  const auto line = journal->find("id-1");
  ASSERT_TRUE(line);
  EXPECT_TRUE(opa::journal_line_intact(*line));
  EXPECT_EQ(line->text_at("input"), "{\"q\":\"\\\"\"}");
  const std::string all = *core::from_hex(line->text_at("salt")) + line->text_at("input") + "\n" +
                          line->text_at("result") + "\n" + line->text_at("rows");
  EXPECT_EQ(core::hex(core::sha256(all)), *one);
  EXPECT_EQ(line->text_at("at"), "2023-11-14T22:13:20Z");
}

TEST_F(JournalTest, IsForItsOwnerOnly) {
  const auto journal = open();
  struct stat status {};
  ASSERT_EQ(::stat((dir / "decisions/decisions.jsonl").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat((dir / "decisions").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(JournalTest, GoesOnAfterARestart) {
  ASSERT_TRUE(open()->append("id-1", revision, evaluation("{}")));
  const auto journal = open();
  ASSERT_TRUE(journal->append("id-2", revision, evaluation("{}")));
  EXPECT_TRUE(journal->find("id-1"));
  EXPECT_TRUE(journal->find("id-2"));
  EXPECT_EQ(files(), 1u);
}

TEST_F(JournalTest, BeginsANewFileAndFindsWhatStandsInTheOld) {
  const auto journal = open(2000);
  for (int i = 0; i < 30; ++i) {
    ++now_s;
    ASSERT_TRUE(journal->append("id-" + std::to_string(i), revision, evaluation("{}")));
  }
  EXPECT_GT(files(), 3u);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(journal->find("id-" + std::to_string(i))) << i;
  EXPECT_EQ(journal->find("id-3x").error().reason, "DECISION_NOT_FOUND");
}

TEST_F(JournalTest, FilesAreRemovedWhenTheirTimeIsOver) {
  const auto journal = open(1);
  ASSERT_TRUE(journal->append("old", revision, evaluation("{}")));
  ++now_s;
  ASSERT_TRUE(journal->append("young", revision, evaluation("{}")));
  EXPECT_TRUE(journal->find("old"));
  now_s += 1001;
  ASSERT_TRUE(journal->append("new", revision, evaluation("{}")));
  EXPECT_FALSE(journal->find("old"));
  EXPECT_TRUE(journal->find("young"));
}

TEST_F(JournalTest, FilesBeyondTheNumberAreRemoved) {
  const auto journal = open(1, 3);
  for (int i = 0; i < 10; ++i) {
    ++now_s;
    ASSERT_TRUE(journal->append("id-" + std::to_string(i), revision, evaluation("{}")));
  }
  EXPECT_EQ(files(), 4u);
  EXPECT_FALSE(journal->find("id-5"));
  EXPECT_TRUE(journal->find("id-6"));
}

// /dev/full stands for a disk without room.
TEST_F(JournalTest, AFullDiskIsSaidAndNothingIsDecidedWithoutIt) {
  fs::create_directories(dir / "decisions");
  fs::create_symlink("/dev/full", dir / "decisions/decisions.jsonl");
  const auto journal = open();
  const auto written = journal->append("id", revision, evaluation("{}"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().reason, "STORAGE_FULL");
}

TEST_F(JournalTest, WhatIsOlderThanItIsKeptIsForgottenByWholeFiles) {
  const auto journal = open();
  ASSERT_TRUE(journal->append("first", revision, evaluation("{}")));
  EXPECT_EQ(journal->forget(100), 0u);
  EXPECT_EQ(files(), 1u) << "a file of today goes on";
  now_s += 86'400;
  EXPECT_EQ(journal->forget(100 * 86'400), 0u);
  EXPECT_EQ(files(), 2u) << "a file of yesterday is closed";
  ASSERT_TRUE(journal->append("second", revision, evaluation("{}")));
  EXPECT_TRUE(journal->find("first"));
  now_s += 10;
  EXPECT_EQ(journal->forget(9), 1u);
  EXPECT_FALSE(journal->find("first"));
  EXPECT_TRUE(journal->find("second"));
}

TEST_F(JournalTest, TheNewestDecisionsComeFirstWhicheverFileTheyStandIn) {
  const auto journal = open(1);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(journal->append("id-" + std::to_string(i), revision, evaluation("{}")));
  }
  const auto newest = opa::last_decisions(dir / "decisions", 3);
  ASSERT_EQ(newest.size(), 3u);
  EXPECT_EQ(newest[0].text_at("id"), "id-4");
  EXPECT_EQ(newest[1].text_at("id"), "id-3");
  EXPECT_EQ(newest[2].text_at("id"), "id-2");
  EXPECT_EQ(opa::last_decisions(dir / "decisions", 100).size(), 5u);
}

}  // namespace
}  // namespace connector::testing
