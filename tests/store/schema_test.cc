#include "store/schema.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_support.h"

namespace connector::testing {
namespace {

using store::Database;
using store::Migration;
using store::Statement;

Database raw(const std::filesystem::path& file) {
  auto database = Database::open(file.string(), Database::Mode::kWrite, nullptr);
  if (!database) throw std::runtime_error(database.error().message);
  return std::move(*database);
}

std::int64_t number(const Database& database, const std::string& sql) {
  Statement statement(database, sql);
  if (!statement.step()) throw std::runtime_error(sql);
  return statement.number(0);
}

std::string refusal(const std::filesystem::path& file) {
  store::StoreOptions options = options_in(file.parent_path());
  options.file = file;
  auto opened = store::Store::open(options);
  return opened ? "" : opened.error().reason;
}

// A store as a version before the first might have been.
void make_version_0(const std::filesystem::path& file) {
  Database database = raw(file);
  ASSERT_TRUE(
      database.run("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('old');"
                   "PRAGMA user_version=0"));
}

const std::vector<Migration> kTwoSteps{{0, "ALTER TABLE notes ADD COLUMN language TEXT"},
                                       {1, "UPDATE notes SET language = 'en'"}};

TEST(Schema, ANewerStoreIsRefusedAndLeftAsItIs) {
  TempDir folder;
  { auto store = open_store(options_in(folder.path())); }
  ASSERT_TRUE(raw(folder / "store.db").run("PRAGMA user_version=9"));
  auto opened = store::Store::open(options_in(folder.path()));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, "STORE_TOO_NEW");
  EXPECT_NE(opened.error().message.find("version 9"), std::string::npos);
  EXPECT_FALSE(opened.error().next.empty());
  EXPECT_EQ(number(raw(folder / "store.db"), "PRAGMA user_version"), 9);
}

TEST(Schema, AnotherProgramsDatabaseIsRefused) {
  TempDir folder;
  ASSERT_TRUE(raw(folder / "theirs.db").run("CREATE TABLE t (x); PRAGMA user_version=1"));
  EXPECT_EQ(refusal(folder / "theirs.db"), "STORE_FOREIGN");
  EXPECT_NE(refusal(folder.write("text.db", std::string(4096, 'x'))), "");
}

TEST(Schema, MigratesStepByStepAfterACopy) {
  TempDir folder;
  make_version_0(folder / "old.db");
  Database database = raw(folder / "old.db");
  ASSERT_TRUE(store::migrate(database, folder / "old.db", kTwoSteps, 2));
  EXPECT_EQ(number(database, "PRAGMA user_version"), 2);
  EXPECT_EQ(number(database, "SELECT count(*) FROM notes WHERE language = 'en'"), 1);
  const Database copy = raw(folder / "old.db.version-0");
  EXPECT_EQ(number(copy, "PRAGMA user_version"), 0);
  EXPECT_EQ(number(copy, "SELECT count(*) FROM notes WHERE text = 'old'"), 1);
  EXPECT_EQ(number(copy, "SELECT count(*) FROM pragma_table_info('notes')"), 1);
}

TEST(Schema, AStoreOfTheFirstVersionIsServedAsItWas) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    ASSERT_TRUE(import(*store, {.original = "a"}, {order_line("A", 1), order_line("A", 2)}));
  }
  ASSERT_TRUE(raw(folder / "store.db")
                  .run("ALTER TABLE records DROP COLUMN schema;"
                       "ALTER TABLE records DROP COLUMN digest;"
                       "DROP TABLE negotiations; DROP TABLE agreements; DROP TABLE vaults;"
                       "DROP TABLE vault_objects; DROP TABLE vault_items; DROP TABLE vault_clock;"
                       "DROP TABLE duties; DROP TABLE outgoing; DROP TABLE statements;"
                       "PRAGMA user_version=1"));
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(import(*store, {.original = "b"}, {order_line("B", 1)}));
  const Read read = read_all(*store);
  EXPECT_EQ(read.keys(),
            (std::vector<std::string>{"order/A/1 v1", "order/A/2 v1", "order/B/1 v1"}));
  EXPECT_EQ(read.wholly_known, (std::vector<bool>{false, false, true}));
  EXPECT_EQ(read.digests, (std::vector<std::string>{
                              "", "", std::string(core::view(core::sha256(read.bytes[2])))}));
  EXPECT_EQ(number(raw(folder / "store.db.version-1"), "PRAGMA user_version"), 1);
}

TEST(Schema, AStepThatFailsChangesNothingAndCanBeTriedAgain) {
  TempDir folder;
  make_version_0(folder / "old.db");
  Database database = raw(folder / "old.db");
  const std::vector<Migration> bad{{0, "INSERT INTO notes VALUES ('half'); SELECT nothing"}};
  EXPECT_FALSE(store::migrate(database, folder / "old.db", bad, 1));
  EXPECT_EQ(number(database, "PRAGMA user_version"), 0);
  EXPECT_EQ(number(database, "SELECT count(*) FROM notes"), 1);
  EXPECT_TRUE(store::migrate(database, folder / "old.db", kTwoSteps, 2));
  EXPECT_TRUE(std::filesystem::exists(folder / "old.db.version-0.1")) << "the first copy is kept";
}

TEST(Schema, AVersionThatNoStepLeadsFromIsRefusedWithoutACopy) {
  TempDir folder;
  make_version_0(folder / "old.db");
  Database database = raw(folder / "old.db");
  const auto refused = store::migrate(database, folder / "old.db", {kTwoSteps[1]}, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "STORE_TOO_OLD");
  EXPECT_FALSE(std::filesystem::exists(folder / "old.db.version-0"));
}

TEST(Schema, TheFileIsItsOwnersAloneAndInWalMode) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  struct stat info {};
  ASSERT_EQ(::stat((folder / "store.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat((folder / "store.db-wal").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(Schema, ASecondProcessIsTurnedAway) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(refusal(folder / "store.db") == "STORE_IN_USE" ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(Schema, ADamagedStoreIsNoticedByTheCheckAndAfterAKill) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(append(*store, entry(std::string(2000, 'x'))));
    EXPECT_TRUE(store->check(false));
    EXPECT_TRUE(store->check(true));
  }
  EXPECT_EQ(std::filesystem::file_size(folder / "store.db-wal"), 0u) << "a clean stop leaves none";
  std::string bytes = read_file(folder / "store.db");
  for (std::size_t page = 40; page * 4096 < bytes.size(); ++page) bytes[page * 4096] = '\x77';
  folder.write("store.db", bytes);
  auto opened = store::Store::open(options_in(folder.path()));
  if (opened) {
    EXPECT_EQ((*opened)->check(false).error().reason, "STORE_DAMAGED");
  }
}

}  // namespace
}  // namespace connector::testing
