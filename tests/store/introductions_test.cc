// Introductions and settings in the log's transaction, and statements that need one in force.
#include "store_support.h"

namespace connector::testing {
namespace {

using exchange::Commit;
using exchange::KeepIntroduction;
using exchange::PutPartner;
using exchange::PutSetting;
using exchange::RemovePartner;
using exchange::RequireIntroduction;

Commit with_entry(const std::string& bytes, std::vector<exchange::Effect> effects) {
  Commit commit = entry(bytes);
  commit.effects = std::move(effects);
  return commit;
}

exchange::Partner introduced(const std::string& digest) {
  exchange::Partner partner;
  partner.id = kMaker;
  partner.introduction_digest = digest;
  return partner;
}

std::string outcome(store::Store& store, const std::string& digest) {
  const auto done = append(store, with_entry("statement", {RequireIntroduction{kMaker, digest}}));
  return done ? "on record" : done.error().reason;
}

TEST(Introductions, AStatementIsOnRecordUnderTheOneInForceOnly) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  EXPECT_EQ(outcome(*store, "one"), "KEY_NOT_VALID");
  ASSERT_TRUE(append(*store, with_entry("added", {PutPartner{introduced("one")}})));
  EXPECT_EQ(outcome(*store, "one"), "on record");
  ASSERT_TRUE(append(*store, with_entry("introduced", {RequireIntroduction{kMaker, "one"},
                                                       PutPartner{introduced("two")}})));
  EXPECT_EQ(outcome(*store, "one"), "KEY_NOT_VALID");
  EXPECT_EQ(outcome(*store, "two"), "on record");
  ASSERT_TRUE(append(*store, with_entry("removed", {RemovePartner{kMaker}})));
  EXPECT_EQ(outcome(*store, "two"), "KEY_NOT_VALID");
  EXPECT_EQ(store->log().size(), 5u) << "what was refused is not in the log";
}

TEST(Introductions, AreKeptForEverOnceEach) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    for (const char* text : {"one", "two", "one"}) {
      ASSERT_TRUE(append(*store, with_entry("introduced", {KeepIntroduction{text, text}})));
    }
    ASSERT_TRUE(append(*store, with_entry("removed", {RemovePartner{kMaker}})));
  }
  auto store = open_store(options_in(folder.path()));
  EXPECT_EQ(store->introductions().value(), (std::vector<std::string>{"one", "two"}));
}

TEST(Introductions, ASettingChangesWithItsEntryOrNotAtAll) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, with_entry("first", {PutSetting{"introduction", "one"}})));
  EXPECT_EQ(store->setting("introduction").value(), "one");
  EXPECT_FALSE(append(*store, with_entry("second", {PutSetting{"introduction", "two"},
                                                    RequireIntroduction{kMaker, "unknown"}})));
  EXPECT_EQ(store->setting("introduction").value(), "one");
  EXPECT_EQ(store->log().size(), 1u);
}

TEST(Introductions, AHeadIsKeptWithThePartThatBroke) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(
      *store, with_entry("opened", {exchange::OpenAccount{"a", kMaker, false, "r1", "r1", ""}})));
  ASSERT_TRUE(append(
      *store, with_entry("broken", {exchange::CloseAccount{"a", "broken", {}, "the head"}})));
  EXPECT_EQ(store->accounts().list(1).value().front().head, "the head");
}

}  // namespace
}  // namespace connector::testing
