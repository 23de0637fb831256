// Copies of a store: whole under load, verified, and every change found out.
#include <atomic>
#include <fstream>
#include <thread>

#include "core/limits.h"
#include "store/copies.h"
#include "store/sqlite.h"
#include "store_support.h"

namespace connector::testing {
namespace {

namespace fs = std::filesystem;
using store::Database;

void run(const fs::path& file, const char* sql) {
  auto database = Database::open(file.string(), Database::Mode::kWrite, nullptr);
  ASSERT_TRUE(database);
  const auto done = database->run(sql);
  ASSERT_TRUE(done) << done.error().message;
}

std::uint64_t rows(const fs::path& file, const std::string& table) {
  auto database = Database::open(file.string(), Database::Mode::kRead, nullptr);
  if (!database) throw std::runtime_error(database.error().message);
  store::Statement statement(*database, "SELECT count(*) FROM " + table);
  return statement.step() ? statement.count(0) : 0;
}

void fill(store::Store& store, int entries) {
  for (int i = 0; i < entries; ++i) {
    ASSERT_TRUE(append(store, entry("entry " + std::to_string(i))));
  }
}

TEST(Backup, TheCopyIsTheStoreAsItWasAtOneMoment) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  fill(*store, 70);
  ASSERT_TRUE(import(*store, {"<order/>"}, {order_line("1", 1), order_line("1", 2)}));
  ASSERT_TRUE(store->set_setting("name", "value"));
  ASSERT_TRUE(store->copy_to(folder / "copy.db", {}));
  EXPECT_FALSE(fs::exists(folder / "copy.db-wal"));
  fill(*store, 5);
  const auto found = store::inspect_copy(folder / "copy.db");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->problems.empty()) << found->problems.front();
  EXPECT_EQ(found->entries, 70u);
  EXPECT_EQ(found->root, core::hex(store->log().root(70).value()));
  EXPECT_EQ(found->schema, core::limits::kSchemaVersion);
  EXPECT_EQ(rows(folder / "copy.db", "records"), 2u);
  EXPECT_EQ(rows(folder / "copy.db", "originals"), 1u);
}

TEST(Backup, WritingGoesOnMeanwhileAndTheLogOfEveryCopyVerifies) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> written = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      const std::string text(20'000, static_cast<char>('a' + i));
      while (!stop) {
        if (append(*store, entry(text + std::to_string(written)))) ++written;
      }
    });
  }
  while (written < 500) std::this_thread::yield();
  for (int copy = 0; copy < 5; ++copy) {
    const std::uint64_t before = store->log().size();
    const fs::path file = folder / ("copy" + std::to_string(copy));
    int steps = 0;
    const auto copied = store->copy_to(file, [&](std::uint64_t, std::uint64_t) {
      const std::uint64_t now = written;
      while (written < now + 20) std::this_thread::yield();
      return ++steps > 0;
    });
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_GT(steps, 0) << "too small to be written to meanwhile";
    const std::uint64_t after = store->log().size();
    const auto found = store::inspect_copy(file);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(found->problems.empty()) << found->problems.front();
    EXPECT_GE(found->entries, before);
    EXPECT_LE(found->entries, after);
    EXPECT_EQ(found->root, core::hex(store->log().root(found->entries).value()));
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(store->log().size(), written);
}

TEST(Backup, ACopyOpensAsAStoreAndGoesOn) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    fill(*store, 10);
    fs::create_directory(folder / "restored");
    ASSERT_TRUE(store->copy_to(folder / "restored/store.db", {}));
  }
  auto restored = open_store(options_in(folder / "restored"));
  EXPECT_EQ(restored->log().size(), 10u);
  fill(*restored, 1);
  EXPECT_EQ(recomputed_root(restored->log()), restored->log().root(11).value());
  EXPECT_TRUE(restored->inspect()->problems.empty());
}

TEST(Backup, AFileThatExistsIsNotOverwritten) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  folder.write("copy.db", "precious");
  EXPECT_FALSE(store->copy_to(folder / "copy.db", {}));
  EXPECT_EQ(read_file(folder / "copy.db"), "precious");
}

TEST(Backup, ACallerWhoLeavesEndsTheCopy) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  const std::string large(60'000, 'x');
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(append(*store, entry(large)));
  const auto copied =
      store->copy_to(folder / "copy.db", [](std::uint64_t, std::uint64_t) { return false; });
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().reason, "CANCELLED");
}

TEST(Backup, WhatTheLogCannotHaveIsFound) {
  const std::pair<const char*, const char*> changes[] = {
      {"UPDATE entries SET bytes = 'entry X' WHERE number = 3", "entry 3 of the log"},
      {"DELETE FROM entries WHERE number = 3", "the log has no entry 3"},
      {"DELETE FROM entries WHERE number = 9", "nodes of no entry"},
      {"UPDATE nodes SET hash = zeroblob(32) WHERE level = 2 AND number = 1", "(node 2/1)"},
      {"DELETE FROM nodes WHERE level = 0 AND number = 7", "(node 0/7)"}};
  for (const auto& [sql, problem] : changes) {
    TempDir folder;
    {
      auto store = open_store(options_in(folder.path()));
      fill(*store, 10);
      ASSERT_TRUE(store->copy_to(folder / "copy.db", {}));
    }
    run(folder / "copy.db", sql);
    const auto found = store::inspect_copy(folder / "copy.db");
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_FALSE(found->problems.empty()) << sql;
    EXPECT_NE(found->problems.front().find(problem), std::string::npos) << found->problems.front();
  }
}

TEST(Backup, ANewerOrForeignCopyIsRefused) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    ASSERT_TRUE(store->copy_to(folder / "newer.db", {}));
    ASSERT_TRUE(store->copy_to(folder / "foreign.db", {}));
  }
  run(folder / "newer.db", "PRAGMA user_version=99");
  run(folder / "foreign.db", "PRAGMA application_id=7");
  EXPECT_EQ(store::inspect_copy(folder / "newer.db").error().reason, "STORE_TOO_NEW");
  EXPECT_EQ(store::inspect_copy(folder / "foreign.db").error().reason, "STORE_FOREIGN");
}

TEST(Forgetting, OldOriginalsGoAndTheirRecordsStay) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  const std::string old_text = "<order>old</order>";
  ASSERT_TRUE(import(*store, {old_text, "a"}, {order_line("1", 1)}));
  run(folder / "store.db", "UPDATE originals SET imported = 1000");
  ASSERT_TRUE(import(*store, {"<order>new</order>", "b"}, {order_line("2", 1)}));
  EXPECT_EQ(store->forget(3000, std::nullopt)->originals, 0u);
  const auto forgotten = store->forget(3000, 2000);
  ASSERT_TRUE(forgotten);
  EXPECT_EQ(forgotten->originals, 1u);
  EXPECT_EQ(store->archive().original(core::sha256(old_text)).error().reason, "ORIGINAL_NOT_FOUND");
  EXPECT_TRUE(store->archive().original(core::sha256("<order>new</order>")));
  EXPECT_EQ(read_all(*store).keys().size(), 2u);
}

TEST(Forgetting, RequestIdsGoAfterTheirTimeAlone) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  const auto remember = [&](const char* id, std::int64_t until) {
    return reason_of(
        append(*store, effect(exchange::RememberRequest{kOther, id, "digest", until, "account"})));
  };
  ASSERT_EQ(remember("over", 4'000'000'000), "");
  ASSERT_EQ(remember("kept", 4'000'000'100), "");
  EXPECT_EQ(store->forget(4'000'000'050, std::nullopt)->request_ids, 1u);
  EXPECT_EQ(remember("over", 5'000'000'000), "");
  EXPECT_EQ(remember("kept", 5'000'000'000), "REPLAYED");
}

}  // namespace
}  // namespace connector::testing
