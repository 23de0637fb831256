#include "source/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "support/temp_dir.h"

namespace connector::source {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

TEST(Walk, GoesIntoFoldersByNameAndReportsWhatIsNoFile) {
  const testing::TempDir dir;
  fs::create_directories(dir.path() / "b");
  put(dir.path() / "b" / "2.xml", "two");
  put(dir.path() / "b" / "1.xml", "one");
  put(dir.path() / "a.xml", "a");
  fs::create_symlink("/etc/passwd", dir.path() / "c.xml");
  const Walk found = walk({dir.path().string(), (dir.path() / "absent").string()});
  ASSERT_EQ(found.files.size(), 5u);
  EXPECT_EQ(fs::path(found.files[0].path).filename(), "a.xml");
  EXPECT_EQ(fs::path(found.files[1].path).filename(), "1.xml");
  EXPECT_EQ(fs::path(found.files[2].path).filename(), "2.xml");
  EXPECT_EQ(found.files[0].problem, "");
  EXPECT_NE(found.files[3].problem.find("link"), std::string::npos);
  EXPECT_NE(found.files[4].problem.find("does not exist"), std::string::npos);
}

TEST(ReadFile, RefusesMoreThanTheLimitWithoutReadingIt) {
  const testing::TempDir dir;
  const fs::path path = dir.path() / "large";
  put(path, "x");
  fs::resize_file(path, 1u << 30);  // sparse: a gigabyte that takes no space
  const auto read = read_file(path, 1u << 20);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, "DOCUMENT_TOO_LARGE");
  EXPECT_NE(read.error().message.find("1073741824"), std::string::npos);
}

TEST(ReadFile, IsNotHeldUpByAPipe) {
  const testing::TempDir dir;
  const fs::path path = dir.path() / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto read = read_file(path, 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, "FILE_UNREADABLE");
}

// The superuser reads everything: for its scope, somebody else.
class AsNobody {
 public:
  AsNobody() : user_(::geteuid()) {
    if (user_ == 0) changed_ = ::seteuid(65534) == 0;
  }
  ~AsNobody() {
    const bool restored = !changed_ || ::seteuid(user_) == 0;
    EXPECT_TRUE(restored);
  }

 private:
  const uid_t user_;
  bool changed_ = false;
};

TEST(ReadFile, WhatMayNotBeReadIsAFindingAndTheRestIsRead) {
  const testing::TempDir dir;
  fs::create_directories(dir.path() / "a-locked" / "b");
  put(dir.path() / "b-private.xml", "private");
  put(dir.path() / "c.xml", "open");
  fs::permissions(dir.path(), fs::perms{0755});
  fs::permissions(dir.path() / "a-locked", fs::perms::none);
  fs::permissions(dir.path() / "b-private.xml", fs::perms::none);
  {
    const AsNobody nobody;
    const Walk found = walk({dir.path().string()});
    ASSERT_EQ(found.files.size(), 3u);
    EXPECT_EQ(fs::path(found.files[0].path).filename(), "a-locked");
    EXPECT_NE(found.files[0].problem, "");
    const auto refused = read_file(found.files[1].path, 100);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "FILE_UNREADABLE");
    EXPECT_NE(refused.error().message.find("b-private.xml"), std::string::npos);
    EXPECT_EQ(read_file(found.files[2].path, 100).value(), "open");
  }
  fs::permissions(dir.path() / "a-locked", fs::perms{0700});  // to be removed
}

TEST(WriteFile, ReplacesTheWholeFileOrNothing) {
  const testing::TempDir dir;
  const fs::path path = dir.path() / "file";
  ASSERT_TRUE(write_file(path, "first"));
  ASSERT_TRUE(write_file(path, "second"));
  EXPECT_EQ(*read_file(path, 100), "second");
  const auto failed = write_file(dir.path() / "absent" / "file", "x");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().reason, "FILE_NOT_WRITTEN");
}

}  // namespace
}  // namespace connector::source
