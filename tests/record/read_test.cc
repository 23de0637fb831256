// What a document is, and what becomes of its records.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/digest.h"
#include "record/document.h"

namespace connector::record {
namespace {

std::string example(const std::string& name) {
  std::ostringstream out;
  out << std::ifstream(std::string(SOURCE_DIR) + "/deploy/example/" + name, std::ios::binary)
             .rdbuf();
  EXPECT_FALSE(out.str().empty()) << name;
  return out.str();
}

TEST(Read, TellsFormatsByTheirContent) {
  const struct {
    const char* name;
    const char* format;
    const char* version;
    const char* kind;
  } kExamples[] = {{"brink/order-4500017.xml", "UBL", "2.1", "Order"},
                   {"brink/despatch-90031.xml", "UBL", "2.1", "DespatchAdvice"},
                   {"brink/events-brackets.json", "EPCIS", "2.0", "EPCISDocument"},
                   {"brink/inspection-brackets.qif", "QIF", "3.0.0", "Results"}};
  for (const auto& one : kExamples) {
    for (const char* start : {"", "\xEF\xBB\xBF", "\n"}) {
      const bool declaration = example(one.name).rfind("<?xml", 0) == 0;
      if (declaration && *start == '\n') continue;  // nothing may stand before it
      const Document document = read(start + example(one.name));
      EXPECT_EQ(document.outcome, Outcome::kRead) << one.name << ": " << document.cause;
      EXPECT_EQ(document.format.name, one.format);
      EXPECT_EQ(document.format.version, one.version);
      EXPECT_EQ(document.format.kind, one.kind);
      EXPECT_FALSE(document.records.empty());
      EXPECT_FALSE(document.counts.empty());
    }
  }
}

// The reader remembers nothing between calls.
TEST(Read, GivesTheSameRecordsAgain) {
  const std::string bytes = example("brink/events-brackets.json");
  const Document once = read(bytes);
  read("<a");
  const Document again = read(bytes);
  ASSERT_EQ(once.records.size(), again.records.size());
  for (std::size_t i = 0; i < once.records.size(); ++i) {
    EXPECT_EQ(once.records[i].SerializeAsString(), again.records[i].SerializeAsString());
  }
}

TEST(Read, KeepsTheExampleInspection) {
  const Document document = read(example("brink/inspection-brackets.qif"), {});
  ASSERT_EQ(document.outcome, Outcome::kRead) << document.cause;
  ASSERT_EQ(document.records.size(), 4u);
  const pb::Characteristic& bore = document.records[0].characteristic();
  EXPECT_EQ(bore.tolerance().lower().text(), "12");
  EXPECT_EQ(bore.tolerance().upper().text(), "12.021");
  EXPECT_FALSE(bore.tolerance().given_as_limit());
  EXPECT_EQ(bore.unit(), "mm");
  const pb::Measurement& face = document.records[3].measurement();
  EXPECT_EQ(face.value().text(), "0.061");
  EXPECT_EQ(face.status(), pb::INSPECTION_STATUS_FAIL);
  EXPECT_FALSE(face.has_recomputed_status());
  EXPECT_EQ(face.characteristic_name(), "mounting face");
}

TEST(Finish, GivesTheSameBytesAndACheckableContentId) {
  Document document = read(example("brink/order-4500017.xml"), {});
  ASSERT_FALSE(document.records.empty());
  const std::string source(32, 's');
  pb::Record again = document.records[0];
  const std::string bytes = finish(document.records[0], source);
  EXPECT_EQ(bytes, finish(again, source));
  pb::Record parsed;
  ASSERT_TRUE(parsed.ParseFromString(bytes));
  const std::string id = parsed.header().content_id();
  parsed.mutable_header()->clear_content_id();
  EXPECT_EQ(id, std::string(core::view(core::sha256(parsed.SerializeAsString()))));
  EXPECT_EQ(parsed.header().source_sha256(), source);
  EXPECT_EQ(parsed.header().version(), 1u);
}

TEST(Finish, EveryFieldCountsInTheContentId) {
  Document document = read(example("brink/order-4500017.xml"), {});
  ASSERT_FALSE(document.records.empty());
  const auto id = [&](const auto& change) {
    pb::Record record = document.records[0];
    change(record);
    finish(record, std::string(32, 's'));
    return record.header().content_id();
  };
  const std::string same = id([](pb::Record&) {});
  EXPECT_EQ(same.size(), 32u);
  EXPECT_EQ(same, id([](pb::Record& record) { record.mutable_header()->set_content_id("old"); }));
  EXPECT_NE(same, id([](pb::Record& record) { record.mutable_header()->set_version(2); }));
  EXPECT_NE(same, id([](pb::Record& record) { record.mutable_order_line()->set_line_no("9"); }));
  EXPECT_NE(same, id([](pb::Record& record) { record.mutable_header()->add_flags("self-edge"); }));
}

TEST(Finish, AVersionThatIsSetStays) {
  pb::Record record;
  record.mutable_header()->set_version(3);
  finish(record, std::string(32, 's'));
  EXPECT_EQ(record.header().version(), 3u);
}

TEST(KindName, EveryKindHasItsName) {
  EXPECT_EQ(kind_name(pb::KIND_ORDER_LINE), "order_line");
  EXPECT_EQ(kind_name(pb::KIND_EVENT), "event");
  EXPECT_EQ(kind_name(pb::KIND_MEASUREMENT), "measurement");
  EXPECT_EQ(kind_name(pb::KIND_CHARACTERISTIC), "characteristic");
  EXPECT_EQ(kind_name(pb::KIND_STUDY), "study");
  EXPECT_EQ(kind_name(pb::KIND_ITEM), "item");
  EXPECT_EQ(kind_name(pb::KIND_EDGE), "edge");
  EXPECT_EQ(kind_name(pb::KIND_TOMBSTONE), "tombstone");
  // The names are those of the fields of a record, which policies write.
  for (int i = 1; i < pb::Kind_ARRAYSIZE; ++i) {
    const std::string name(kind_name(static_cast<pb::Kind>(i)));
    EXPECT_NE(pb::Record::descriptor()->FindFieldByName(name), nullptr) << name;
  }
}

TEST(Place, IsPathThenLineAndColumn) {
  EXPECT_EQ((Place{"Order/ID", 14, 7}).str(), "Order/ID (line 14, column 7)");
  EXPECT_EQ((Place{"Order/ID", 0, 0}).str(), "Order/ID");
  EXPECT_EQ((Place{"", 1, 1}).str(), "line 1, column 1");
  EXPECT_EQ(Place{}.str(), "");
}

}  // namespace
}  // namespace connector::record
