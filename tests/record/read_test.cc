// What comes in is anything: the reader says what it is, or why not, and goes on living.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "core/digest.h"
#include "record/document.h"

namespace connector::record {
namespace {

Document refused(const std::string& bytes) {
  Document document = read(bytes, {});
  EXPECT_EQ(document.outcome, Outcome::kRefused) << document.cause;
  EXPECT_FALSE(document.cause.empty());
  EXPECT_TRUE(document.records.empty());
  return document;
}

std::string example(const std::string& name) {
  std::ostringstream out;
  out << std::ifstream(std::string(SOURCE_DIR) + "/deploy/example/" + name, std::ios::binary)
             .rdbuf();
  EXPECT_FALSE(out.str().empty()) << name;
  return out.str();
}

TEST(Read, RefusesWhatIsNoTextOfItsKind) {
  refused("");
  refused("  \n ");
  refused("hello");
  refused(std::string("<\0O\0r\0", 6));
  refused("\xFF\xFE<\0");
  refused(std::string("{\"a\":\0}", 7));
  refused("<Order>\xC3\x28</Order>");
  refused("{\"a\":\"\xC3\x28\"}");
}

TEST(Read, RefusesNestingNumbersAndKeysThatOthersTakeDifferently) {
  refused(std::string(1'000'000, '['));
  refused(std::string(500'000, '[') + std::string(500'000, ']'));
  EXPECT_NE(refused("{\"a\":1,\"a\":2}").cause.find("a"), std::string::npos);
  refused("{\"a\":1e999}");
  refused("{\"a\":\"" + std::string(10u << 20, 'x') + "\"}");
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "<a>";
  refused(deep);
  refused("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>");
}

TEST(Read, NamesThePlaceOfATruncation) {
  const std::string order = example("brink/order-4500017.xml");
  const Document document = refused(order.substr(0, order.size() / 2));
  EXPECT_GT(document.place.line, 1u);
  const std::string events = example("brink/events-brackets.json");
  EXPECT_GT(refused(events.substr(0, events.size() / 2)).place.line, 1u);
}

TEST(Read, DeclinesWhatItDoesNotKnow) {
  const Document json = read("{\"hello\": 1}", {});
  EXPECT_EQ(json.outcome, Outcome::kDeclined);
  EXPECT_NE(json.cause.find("hello"), std::string::npos);
  const Document xml = read("<hello/>", {});
  EXPECT_EQ(xml.outcome, Outcome::kDeclined);
  EXPECT_NE(xml.cause.find("hello"), std::string::npos);
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

// Every outcome is one of the three, has its reason, and nothing crashes.
TEST(Read, SurvivesMutatedDocuments) {
  std::mt19937 random(3);
  for (const char* name : {"brink/order-4500017.xml", "brink/despatch-90031.xml",
                           "brink/events-brackets.json", "brink/inspection-brackets.qif"}) {
    const std::string original = example(name);
    for (int i = 0; i < 500; ++i) {
      std::string bytes = original;
      for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes) {
        const std::size_t at = random() % bytes.size();
        switch (random() % 3) {
          case 0:
            bytes[at] = static_cast<char>(random());
            break;
          case 1:
            bytes.erase(at, random() % 20);
            break;
          default:
            bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 40));
        }
      }
      const Document document = read(bytes, {.lenient = i % 2 == 0});
      if (document.outcome == Outcome::kRead) continue;
      EXPECT_FALSE(document.cause.empty()) << name << " " << i;
    }
  }
}

}  // namespace
}  // namespace connector::record
