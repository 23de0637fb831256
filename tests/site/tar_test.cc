// Files in one file: what was written is read, and any change of a byte is found out.
#include "site/tar.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "support/temp_dir.h"

namespace connector::site {
namespace {

using testing::TempDir;

using Members = std::map<std::string, std::string>;

core::Result<Members> read(const std::filesystem::path& file) {
  Members members;
  std::string name;
  auto done = read_tar(file, {[&](const std::string& begun, std::uint64_t) {
                                name = begun;
                                members[name];
                                return core::ok();
                              },
                              [&](std::string_view piece) {
                                members[name] += piece;
                                return core::ok();
                              }});
  if (!done) return std::move(done.error());
  return members;
}

const std::string kLong = "policy/bundles/" + std::string(64, 'a') + "/connector_meta/data.json";

Members example() {
  return {{"a.txt", "one"},
          {"empty", ""},
          {"full", std::string(1024, 'x')},
          {kLong, std::string("\0two", 4)}};
}

void write(const TempDir& folder, const Members& members) {
  auto tar = TarWriter::create(folder / "t.tar");
  ASSERT_TRUE(tar);
  for (const auto& [name, content] : members) ASSERT_TRUE(tar->add(name, content));
  ASSERT_TRUE(tar->finish());
}

TEST(Tar, WhatIsWrittenIsRead) {
  TempDir folder;
  write(folder, example());
  const auto members = read(folder / "t.tar");
  ASSERT_TRUE(members) << members.error().message;
  EXPECT_EQ(*members, example());
}

TEST(Tar, TheSystemsTarUnpacksIt) {
  TempDir folder;
  write(folder, example());
  std::filesystem::create_directory(folder / "out");
  const std::string command = "tar -xf " + (folder / "t.tar").string() + " -C " +
                              (folder / "out").string() + " 2>" + (folder / "err").string();
  ASSERT_EQ(std::system(command.c_str()), 0) << testing::read_file(folder / "err");
  for (const auto& [name, content] : example()) {
    EXPECT_EQ(testing::read_file(folder / ("out/" + name)), content) << name;
  }
}

TEST(Tar, AFileIsTakenWithItsDigest) {
  TempDir folder;
  folder.write("source", "abc");
  auto tar = TarWriter::create(folder / "t.tar");
  ASSERT_TRUE(tar);
  const auto added = tar->add_file("copy", folder / "source");
  ASSERT_TRUE(added);
  EXPECT_EQ(added->size, 3u);
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(core::hex(added->sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_TRUE(tar->finish());
  EXPECT_EQ(read(folder / "t.tar")->at("copy"), "abc");
}

TEST(Tar, NothingIsOverwritten) {
  TempDir folder;
  folder.write("t.tar", "precious");
  EXPECT_EQ(TarWriter::create(folder / "t.tar").error().reason, "BACKUP_NOT_WRITTEN");
  EXPECT_EQ(testing::read_file(folder / "t.tar"), "precious");
}

TEST(Tar, EveryByteOutsideOfTheContentsIsHeldToWhatIsWritten) {
  TempDir folder;
  write(folder, {{"a", "content"}, {"b", ""}});
  const std::string good = testing::read_file(folder / "t.tar");
  std::size_t contents = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    folder.write("bad.tar", bad);
    const auto members = read(folder / "bad.tar");
    if (!members) continue;
    ++contents;
    EXPECT_NE(*members, (Members{{"a", "content"}, {"b", ""}})) << at;
  }
  // The contents are vouched for by the manifest; a name changed with its checksum is another name.
  EXPECT_EQ(contents, 7u);
  for (const std::size_t size : {std::size_t{0}, std::size_t{511}, good.size() - 1}) {
    folder.write("short.tar", good.substr(0, size));
    EXPECT_EQ(read(folder / "short.tar").error().reason, "BACKUP_DAMAGED") << size;
  }
  folder.write("long.tar", good + "x");
  EXPECT_EQ(read(folder / "long.tar").error().reason, "BACKUP_DAMAGED");
}

}  // namespace
}  // namespace connector::site
