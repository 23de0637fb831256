#include "evidence/log_entry.h"

#include <gtest/gtest.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"

namespace connector::evidence {
namespace {

const std::string kNonce(64, 'a');

LogEntry example() {
  LogEntry entry;
  entry.kind = kFetchClosed;
  entry.at = 1'750'000'000'123'456'789;
  entry.self = {core::ParticipantId("did:web:brink.example"), core::SiteName("almelo")};
  entry.partner = {core::ParticipantId("did:web:veldkamp.example"), core::SiteName("hengelo")};
  entry.role = "provider";
  entry.request_id = "00000000-0000-4000-8000-000000000001";
  entry.records = 18'446'744'073'709'551'615u;
  entry.outcome = "complete";
  entry.detail = "quote \" backslash \\ newline \n and \xC3\xBC";
  entry.nonce = kNonce;
  return entry;
}

TEST(LogEntry, ComesBackAsItWent) {
  const std::string bytes = to_bytes(example());
  const auto read = read_log_entry(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_bytes(*read), bytes);
  EXPECT_EQ(read->kind, kFetchClosed);
  EXPECT_EQ(read->at, example().at);
  EXPECT_EQ(read->self, example().self);
  EXPECT_EQ(read->partner, example().partner);
  EXPECT_EQ(read->records, example().records);
  EXPECT_EQ(read->detail, example().detail);
  EXPECT_EQ(read->uid, -1);
}

TEST(LogEntry, HasOneTextPerValue) {
  const std::string bytes = to_bytes(example());
  EXPECT_FALSE(read_log_entry(bytes + " "));
  EXPECT_FALSE(read_log_entry(" " + bytes));
  std::string spaced = bytes;
  spaced.insert(1, " ");
  EXPECT_FALSE(read_log_entry(spaced));
  std::string more = bytes;
  more.insert(more.size() - 1, ",\"x\":\"\"");
  EXPECT_FALSE(read_log_entry(more));
  std::string zero = bytes;
  zero.replace(zero.find("\"batches\":\"0\""), 13, "\"batches\":\"00\"");
  EXPECT_FALSE(read_log_entry(zero));
  std::string number = bytes;
  number.replace(number.find("\"batches\":\"0\""), 13, "\"batches\":0");
  EXPECT_FALSE(read_log_entry(number));
}

TEST(LogEntry, RefusesOtherVersionsKindsAndNonces) {
  LogEntry entry = example();
  EXPECT_FALSE(read_log_entry(""));
  EXPECT_FALSE(read_log_entry("{}"));
  std::string version = to_bytes(entry);
  version.replace(version.find("\"v\":\"1\""), 7, "\"v\":\"2\"");
  EXPECT_FALSE(read_log_entry(version));
  for (const char* kind : {"", "fetch", "Fetch.opened", ".opened", "fetch.", "fetch opened"}) {
    entry.kind = kind;
    EXPECT_FALSE(read_log_entry(to_bytes(entry))) << kind;
  }
  entry = example();
  for (const std::string& nonce : {std::string(), std::string(63, 'a'), std::string(64, 'A')}) {
    entry.nonce = nonce;
    EXPECT_FALSE(read_log_entry(to_bytes(entry))) << nonce;
  }
}

TEST(LogEntry, NeverExceedsItsLimitAndStaysReadable) {
  LogEntry entry = example();
  const std::string controls(100'000, '\x01');  // six bytes each in JSON
  for (std::string LogEntry::*member :
       {&LogEntry::request_id, &LogEntry::dataset, &LogEntry::purpose, &LogEntry::detail,
        &LogEntry::subject, &LogEntry::reason, &LogEntry::checkpoint, &LogEntry::revision}) {
    entry.*member = controls;
  }
  const std::string bytes = to_bytes(entry);
  EXPECT_LE(bytes.size(), core::limits::kLogEntryBytes);
  EXPECT_TRUE(read_log_entry(bytes));
}

TEST(LogEntry, CutsAtCharactersAndRefusesToKeepWhatIsNotUtf8) {
  LogEntry entry = example();
  for (std::size_t i = 0; i < 3000; ++i) entry.detail += "\xE2\x82\xAC";
  const auto read = read_log_entry(to_bytes(entry));
  ASSERT_TRUE(read);
  EXPECT_TRUE(core::valid_utf8(read->detail));
  EXPECT_LT(read->detail.size(), entry.detail.size());
  entry.detail = "\xFF\xFE";
  ASSERT_TRUE(read_log_entry(to_bytes(entry)));
  EXPECT_EQ(read_log_entry(to_bytes(entry))->detail, "(not UTF-8)");
}

}  // namespace
}  // namespace connector::evidence
