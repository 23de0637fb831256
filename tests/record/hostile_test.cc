// What comes in is anything: every reader says what is wrong and where, in bounded memory, and
// nothing brings it down.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <vector>

#include "core/limits.h"
#include "record/document.h"
#include "support/temp_dir.h"

namespace connector::record {
namespace {

namespace fs = std::filesystem;
using connector::testing::read_file;

Document refused(const std::string& bytes) {
  Document document = read(bytes);
  EXPECT_EQ(document.outcome, Outcome::kRefused) << document.cause;
  EXPECT_FALSE(document.cause.empty());
  EXPECT_LT(document.cause.size(), 1000u);
  EXPECT_TRUE(document.records.empty());
  EXPECT_GT(document.place.line, 0u) << document.cause;
  return document;
}

void expect_refused(const std::string& bytes, const std::string& cause) {
  const Document document = refused(bytes);
  EXPECT_NE(document.cause.find(cause), std::string::npos) << document.cause;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  while (times-- > 0) all += text;
  return all;
}

// One document of each reader, to be damaged.
struct Sample {
  std::string name;
  std::string bytes;
};

std::vector<Sample> samples() {
  std::vector<Sample> all;
  for (const char* folder : {"tests/record/data", "deploy/example"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SOURCE_DIR) / folder)) {
      const std::string type = entry.path().extension();
      if (type != ".xml" && type != ".json" && type != ".qif") continue;
      all.push_back({entry.path().filename(), read_file(entry.path())});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Sample& a, const Sample& b) { return a.name < b.name; });
  return all;
}

TEST(Hostile, NothingAndNoText) {
  expect_refused("", "is empty");
  expect_refused(" \n\t ", "is empty");
  expect_refused("\xEF\xBB\xBF", "is empty");
  expect_refused("hello", "neither XML nor JSON");
  expect_refused(std::string(1 << 20, '\0'), "is no text");
  expect_refused(std::string("PK\x03\x04\x14\0\0\0", 8), "neither XML nor JSON");
}

TEST(Hostile, OtherEncodings) {
  for (const Sample& sample : samples()) {
    std::string big;
    std::string little;
    for (const char c : sample.bytes) {
      big += std::string{'\0', c};
      little += std::string{c, '\0'};
    }
    expect_refused("\xFE\xFF" + big, "it is UTF-16");
    expect_refused("\xFF\xFE" + little, "it is UTF-16");
    expect_refused(big, "it looks like UTF-16");
    expect_refused(little, "it looks like UTF-16");
    expect_refused(std::string("\xFF\xFE\0\0", 4) + little, "it is UTF-32");
  }
}

// In the middle of each sample: bytes that are no UTF-8, or no character.
TEST(Hostile, InvalidBytesInEveryFormat) {
  for (const Sample& sample : samples()) {
    for (const std::string& bad :
         {std::string("\xC3\x28"), std::string("\xED\xA0\x80"), std::string("\xFF"),
          std::string("\xC0\x80"), std::string(1, '\0')}) {
      std::string bytes = sample.bytes;
      bytes.insert(bytes.size() / 2, bad);
      const Document document = refused(bytes);
      EXPECT_GT(document.place.line, 1u) << sample.name << ": " << document.cause;
    }
  }
}

TEST(Hostile, NestingNumbersAndKeys) {
  expect_refused(repeated("[", 1'000'000), "nest");
  expect_refused(repeated("[", 500'000) + repeated("]", 500'000), "nest");
  expect_refused(repeated("{\"a\":", 1'000'000), "nest");
  expect_refused(repeated("<a>", 1'000'000), "nest");
  expect_refused(repeated("<a>", 500'000) + repeated("</a>", 500'000), "nest");
  expect_refused(R"({"type":"EPCISDocument","type":"x"})", "\"type\" stands twice");
  expect_refused(R"({"a":1e999})", "range of a double");
  expect_refused(R"({"a":-1e999})", "range of a double");
  expect_refused("<a b='1' b='2'/>", "b");
  expect_refused("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "subset");
  expect_refused("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a>&b;</a>", "entity");
}

TEST(Hostile, LongTextsAndLargeDocuments) {
  const std::string text(10u << 20, 'x');
  expect_refused("{\"a\":\"" + text + "\"}", "long");
  expect_refused("{\"" + text + "\":1}", "long");
  expect_refused("<a>" + text + "</a>", "4194304");
  expect_refused("<a b='" + text + "'/>", "4194304");
  std::string large = "{\"a\":[";
  large += repeated("1,", core::limits::kDocumentBytes / 2) + "1]}";
  ASSERT_GT(large.size(), core::limits::kDocumentBytes);
  expect_refused(large, "the limit is 67108864");
}

TEST(Hostile, TruncatedAnywhereIsRefusedThere) {
  for (const Sample& sample : samples()) {
    const std::size_t end = sample.bytes.find_last_of(">}");
    for (std::size_t size = 1; size < end; size += 1 + sample.bytes.size() / 300) {
      const Document document = read(sample.bytes.substr(0, size));
      EXPECT_EQ(document.outcome, Outcome::kRefused) << sample.name << " at " << size;
      EXPECT_GT(document.place.line, 0u) << document.cause;
      EXPECT_FALSE(document.cause.empty());
    }
  }
}

// Runs in a process with little memory, and says whether it ended well.
bool survives(std::size_t memory, const std::function<bool()>& run) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{memory, memory};
    ::setrlimit(RLIMIT_AS, &limit);
    ::alarm(100);
    ::_exit(run() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool ends_with_cause(const std::string& bytes) {
  const Document document = read(bytes);
  return document.outcome == Outcome::kRead || !document.cause.empty();
}

constexpr std::size_t kMemory = std::size_t{2560} << 20;

std::string filled(const std::string& start, const std::string& part, const std::string& end) {
  const std::size_t room = core::limits::kDocumentBytes - start.size() - end.size();
  return start + repeated(part, room / part.size()) + end;
}

// As large as a document may be, and made of as many small things as it can hold.
TEST(Hostile, LargestDocumentsTakeBoundedMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers reserve more memory than the limit";
#endif
  const std::string qif = "<QIFDocument versionQIF='3.0'><QPId>1</QPId>";
  const std::string sets = qif + "<Results><MeasurementResults><CharacteristicMeasurements>";
  const std::string kFilled[] = {
      filled("[", "1,", "1]"),
      filled("[", "[],", "1]"),
      filled("{\"@context\":[", "\"\",", "1]}"),
      filled("<a>", "<b/>", "</a>"),
      filled("<a ", "b=''", "/>"),
      filled(sets, "<A id='1'><CharacteristicItemId>1</CharacteristicItemId></A>", ""),
      filled(qif + "<Characteristics><CharacteristicItems>", "<AItem id='1'/>",
             "</CharacteristicItems></Characteristics></QIFDocument>")};
  for (const std::string& bytes : kFilled) {
    EXPECT_TRUE(survives(kMemory, [&] { return ends_with_cause(bytes); })) << bytes.substr(0, 80);
  }
}

// Many records that share something large, or look into the same wide element.
TEST(Hostile, WhatRecordsShareIsBounded) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers reserve more memory than the limit";
#endif
  const auto document = [](const std::string& order, const std::string& nominal) {
    std::string items;
    std::string values;
    for (int i = 10; i < 100'000; ++i) {
      const std::string id = std::to_string(i);
      items +=
          "<AItem id='" + id + "'><CharacteristicNominalId>2</CharacteristicNominalId></AItem>";
      values += "<A id='m" + id + "'><CharacteristicItemId>10</CharacteristicItemId></A>";
    }
    return "<QIFDocument versionQIF='3.0'><QPId>1</QPId><PreInspectionTraceability>"
           "<PurchaseOrderNumber>" +
           order +
           "</PurchaseOrderNumber></PreInspectionTraceability>"
           "<Characteristics><CharacteristicNominals><ANominal id='2'>" +
           nominal + "</ANominal></CharacteristicNominals><CharacteristicItems>" + items +
           "</CharacteristicItems></Characteristics><Results><MeasurementResults id='3'>"
           "<CharacteristicMeasurements>" +
           values +
           "</CharacteristicMeasurements>"
           "</MeasurementResults></Results></QIFDocument>";
  };
  EXPECT_EQ(read(document("1", "<TargetValue>1</TargetValue>")).records.size(), 2 * 99'990u);
  EXPECT_TRUE(survives(kMemory, [&] {
    const Document one = read(document(std::string(200'000, 'x'), ""));
    return one.cause.find("more records than a document may") != std::string::npos;
  }));
  expect_refused(document("1", repeated("<b/>", 100'000)), "more than 200 elements below it");
  expect_refused(document(std::string(300'000, 'x'), ""), "larger than 262144 bytes");
}

double cpu_seconds(const std::function<void()>& run) {
  const std::clock_t start = std::clock();
  run();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

// Eight times the input takes eight times as long, with room for noise; squared it would be 64.
TEST(Hostile, TimeGrowsNoFasterThanTheInput) {
  const std::string qif = "<QIFDocument versionQIF='3.0'><QPId>1</QPId>";
  const std::string order =
      "<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'><UBLVersionID>2.1"
      "</UBLVersionID><ID>1</ID>";
  const struct {
    std::string start, part, end;
  } kShapes[] = {
      {"[", "1,", "1]"},
      {"[", "{\"a\":\"\\u0041\"},", "1]"},
      {"{\"type\":\"EPCISDocument\",\"@context\":[", "\"\",", "1]}"},
      {"<a>", "<b c='1'/>", "</a>"},
      {"<a>", "&lt;", "</a>"},
      {"<a>", "<!-- - -->x", "</a>"},
      {order, "<OrderLine><LineItem><ID>1</ID></LineItem></OrderLine>", "</Order>"},
      {"<EPCISDocument xmlns='urn:epcglobal:epcis:xsd:2' "
       "schemaVersion='2.0'><EPCISBody><EventList>",
       "<ObjectEvent/>", "</EventList></EPCISBody></EPCISDocument>"},
      {qif + "<Characteristics><CharacteristicItems>", "<AItem id='1'/>",
       "</CharacteristicItems></Characteristics></QIFDocument>"},
  };
  for (const auto& shape : kShapes) {
    const auto seconds = [&](std::size_t bytes) {
      const std::string text =
          shape.start + repeated(shape.part, bytes / shape.part.size()) + shape.end;
      return cpu_seconds([&] { EXPECT_TRUE(ends_with_cause(text)); });
    };
    const double small = std::min(seconds(1u << 20), seconds(1u << 20));
    const double large = seconds(8u << 20);
    EXPECT_LT(large, 24 * small + 0.05) << shape.start << shape.part;
  }
}

// Every outcome has its reason and place, and records come of documents that are read only.
void expect_outcome(const Document& document, const std::string& what) {
  if (document.outcome == Outcome::kRead) return;
  ASSERT_FALSE(document.cause.empty()) << what;
  ASSERT_TRUE(document.records.empty()) << what;
  if (document.outcome == Outcome::kDeclined) return;
  ASSERT_TRUE(document.place.line > 0 || !document.place.path.empty())
      << what << ": " << document.cause;
}

int rounds(int usual) {
  return std::getenv("CONNECTOR_FULL") != nullptr ? 10 * usual : usual;
}

using Mutation = std::function<void(std::string&, std::mt19937&)>;

// How many of the mutated documents are read all the same.
int mutate(int times, const Mutation& change) {
  std::mt19937 random(20260302);
  int read_anyway = 0;
  for (const Sample& sample : samples()) {
    for (int i = 0; i < times; ++i) {
      std::string bytes = sample.bytes;
      for (auto changes = 1 + random() % 4; changes > 0 && !bytes.empty(); --changes) {
        change(bytes, random);
      }
      const Document document = read(bytes, {.lenient = i % 2 == 0});
      read_anyway += document.outcome == Outcome::kRead ? 1 : 0;
      expect_outcome(document, sample.name + " " + std::to_string(i));
    }
  }
  return read_anyway;
}

TEST(Hostile, MutatedBytesHaveAnOutcome) {
  ASSERT_GE(samples().size(), 10u);
  mutate(rounds(300), [](std::string& bytes, std::mt19937& random) {
    const std::size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes.erase(at, random() % 40);
        break;
      case 2:
        bytes[at] = "<>&'\"{}[],:0-.e/"[random() % 16];
        break;
      default:
        bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 200));
    }
  });
}

// Words and numbers of the document, put in each other's places or made strange: the syntax mostly
// holds, so that readers see what parsers let through.
TEST(Hostile, MutatedWordsHaveAnOutcome) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  const auto word_at = [&](const std::string& bytes, std::size_t at) {
    std::size_t begin = at;
    while (begin > 0 && is_word(bytes[begin - 1])) --begin;
    while (at < bytes.size() && is_word(bytes[at])) ++at;
    return std::pair{begin, at - begin};
  };
  const std::vector<std::string> strange = {
      "",     "0",          "-1",       "1e400", "1e-400", std::string(500, '9'),   "NaN", "9999",
      "true", "2026-02-30", "\xC3\xA9", "null",  "Z",      std::string(5'000, 'x'), "%2F", "."};
  const int read_anyway = mutate(rounds(300), [&](std::string& bytes, std::mt19937& random) {
    const auto [at, size] = word_at(bytes, random() % bytes.size());
    const auto [from, length] = word_at(bytes, random() % bytes.size());
    const std::string other = bytes.substr(from, length);
    bytes.replace(at, size, random() % 2 == 0 ? other : strange[random() % strange.size()]);
  });
  EXPECT_GT(read_anyway, 100) << "these mutations should reach the readers";
}

}  // namespace
}  // namespace connector::record
