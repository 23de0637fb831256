// What an enemy may send as JSON: each is refused with cause and place, in linear time.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <iostream>

#include "core/json.h"

namespace connector::core {
namespace {

Error refused(std::string_view text, const JsonLimits& limits = {}) {
  auto json = parse_untrusted(text, limits);
  EXPECT_FALSE(json) << text.substr(0, 100);
  return json ? Error{} : json.error();
}

bool says(const Error& error, std::string_view words) {
  return error.message.find(words) != std::string::npos;
}

std::string repeated(std::string_view part, std::size_t count) {
  std::string out;
  out.reserve(part.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += part;
  return out;
}

TEST(HostileJsonTest, WhatIsNoJson) {
  for (const char* text :
       {"",          " ",         "{",          "[",     "[1",       "[1,",    "[1,]",  "{\"a\"",
        "{\"a\":",   "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{'a':1}",  "\"x",    "\"\\",  "\"\\x\"",
        "\"\\u12\"", "tru",       "nul",        "NaN",   "Infinity", "-",      "+1",    "01",
        "1.",        ".5",        "1e",         "0x1",   "// c\n1",  "/* */1", "[1 2]", "{\"a\" 1}",
        "\"\t\"",    "\"\n\"",    "]",          "}"}) {
    EXPECT_EQ(refused(text).reason, "INVALID_JSON") << text;
  }
}

TEST(HostileJsonTest, TextAfterTheEnd) {
  EXPECT_TRUE(says(refused("{} {}"), "text after the end"));
  EXPECT_TRUE(says(refused("1 2"), "column 3"));
  EXPECT_TRUE(parse_untrusted("{} \r\n\t "));
}

TEST(HostileJsonTest, ARefusalNamesLineAndColumn) {
  const Error error = refused("{\n  \"a\": 1,\n  \"b\": x\n}");
  EXPECT_TRUE(says(error, "line 3")) << error.message;
  EXPECT_EQ(error.metadata.at("line"), "3");
  EXPECT_EQ(error.metadata.at("column"), "8");
}

TEST(HostileJsonTest, TruncatedAtEveryByte) {
  const std::string whole = R"({"a":[1.5e3,true,null,"\u00e9x"],"b":{"c":"d"}})";
  ASSERT_TRUE(parse_untrusted(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_untrusted(whole.substr(0, length))) << length;
  }
}

TEST(HostileJsonTest, DepthIsRefusedBeforeRecursion) {
  const Error error = refused(std::string(1'000'000, '['));
  EXPECT_EQ(error.reason, "LIMIT_EXCEEDED");
  EXPECT_TRUE(says(error, "nested deeper than 64 levels")) << error.message;
  EXPECT_TRUE(says(error, "line 1, column 65")) << error.message;
  EXPECT_EQ(refused(repeated("{\"a\":", 1'000'000)).reason, "LIMIT_EXCEEDED");
  EXPECT_TRUE(parse_untrusted(repeated("[", 64) + repeated("]", 64)));
  EXPECT_FALSE(parse_untrusted(repeated("[", 65) + repeated("]", 65)));
}

TEST(HostileJsonTest, LongStrings) {
  const std::string text = "[\n\"" + std::string(10u << 20, 'x') + "\"]";
  const Error error = refused(text);
  EXPECT_EQ(error.reason, "LIMIT_EXCEEDED");
  EXPECT_TRUE(says(error, "line 2, column 1")) << error.message;
  EXPECT_EQ(refused("{\"" + std::string(10u << 20, 'k') + "\":1}").reason, "LIMIT_EXCEEDED");
  EXPECT_EQ(refused("\"" + repeated("\\n", 10u << 20) + "\"").reason, "LIMIT_EXCEEDED");
  EXPECT_EQ(refused(std::string(10u << 20, '1')).reason.empty(), false);
  EXPECT_TRUE(parse_untrusted("\"" + std::string(4u << 20, 'x') + "\""));
}

TEST(HostileJsonTest, DocumentsOverTheLimitAreNotRead) {
  JsonLimits limits;
  limits.bytes = 10;
  EXPECT_EQ(refused("[1,2,3,4,5]", limits).reason, "LIMIT_EXCEEDED");
  EXPECT_TRUE(parse_untrusted("[1,2,3,45]", limits));
}

TEST(HostileJsonTest, TheNumberOfValuesIsLimited) {
  JsonLimits limits;
  limits.values = 4;
  EXPECT_TRUE(parse_untrusted("[1,[],{}]", limits));
  EXPECT_TRUE(says(refused("[1,[],{},\n4]", limits), "line 2, column 1"));
  EXPECT_EQ(refused("[" + repeated("0,", 9'000'000) + "0]").reason, "LIMIT_EXCEEDED");
}

TEST(HostileJsonTest, DuplicateKeys) {
  const Error error = refused("{\"a\": 1,\n \"b\": 2,\n \"\\u0061\": 3}");
  EXPECT_TRUE(says(error, "\"a\" stands twice (line 3, column 2)")) << error.message;
  EXPECT_TRUE(says(refused(R"([{"x":{"k":1,"k":1}}])"), "\"k\" stands twice"));
  EXPECT_TRUE(says(refused(R"({"":1,"":1})"), "stands twice"));
  EXPECT_TRUE(parse_untrusted(R"([{"k":1},{"k":{"k":1}}])"));
}

TEST(HostileJsonTest, TheFirstOfManyDuplicatesIsNamed) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":0,\n";
  text += "\"k70\":0,\n\"k3\":0}";
  EXPECT_TRUE(says(refused(text), "\"k70\" stands twice (line 101, column 1)"));
}

TEST(HostileJsonTest, NumbersBeyondADouble) {
  for (const char* text :
       {"1e999", "-1e999", "1e309", "[1,1e999]", "1e99999999999999999999", "-1.0e2147483648"}) {
    EXPECT_TRUE(says(refused(text), "beyond the range")) << text;
  }
}

TEST(HostileJsonTest, Encodings) {
  using namespace std::string_literals;
  EXPECT_TRUE(says(refused("\xff\xfe{\0}\0"s), "UTF-16"));
  EXPECT_TRUE(says(refused("\xfe\xff\0{\0}"s), "UTF-16"));
  EXPECT_TRUE(says(refused("{\0}\0"s), "UTF-16"));
  EXPECT_TRUE(says(refused("\0{\0}"s), "UTF-16"));
  EXPECT_FALSE(parse_untrusted("\"a\0b\""s));
  for (const char* bad :
       {"\xc3(", "\xed\xa0\x80", "\xc0\x80", "\xff", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_EQ(refused("[\"" + std::string(bad) + "\"]").reason, "INVALID_JSON");
    EXPECT_EQ(refused("{\"" + std::string(bad) + "\":1}").reason, "INVALID_JSON");
  }
  EXPECT_EQ(refused(R"("\ud83d")").reason, "INVALID_JSON");
  EXPECT_TRUE(says(refused(R"("\ud83d\u0041")"), "surrogate"));
  EXPECT_TRUE(says(refused(R"("\udd29")"), "surrogate"));
  EXPECT_TRUE(parse_untrusted("\xef\xbb\xbf{}"));
}

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Eight times the text may take eight times as long, not sixty-four; the rest is a busy machine.
void expect_linear(const std::function<std::string(std::size_t)>& make, std::size_t small) {
  const std::string a = make(small);
  const std::string b = make(small * 8);
  const auto parse = [](const std::string& text) { (void)parse_untrusted(text).has_value(); };
  parse(a);
  const double first = seconds([&] { parse(a); }) + 0.002;
  EXPECT_LT(seconds([&] { parse(b); }), 32 * first);
}

TEST(HostileJsonTest, TimeGrowsWithTheInput) {
  expect_linear(  // an object of very many members, keys with long common prefixes
      [](std::size_t n) {
        std::string text = "{";
        for (std::size_t i = 0; i < n; ++i) {
          text += "\"a common prefix of all the keys " + std::to_string(i) + "\":0,";
        }
        return text + "\"z\":0}";
      },
      50'000);
  expect_linear([](std::size_t n) { return "[" + repeated("\n", n) + repeated("1,\n", n) + "1]"; },
                50'000);
  expect_linear([](std::size_t n) { return "[" + repeated("{\"a\":[]},", n) + "x]"; }, 20'000);
  expect_linear([](std::size_t n) { return "\"" + repeated("\\u00e9", n) + "\""; }, 50'000);
  expect_linear([](std::size_t n) { return repeated("9", n); }, 100'000);
}

TEST(HostileJsonTest, AHundredThousandMembers) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  const auto json = parse_untrusted(text + "\"z\":0}");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->members().size(), 100'001u);
  EXPECT_TRUE(says(refused(text + "\"k0\":0}"), "\"k0\" stands twice"));
}

// What a parser alone dies of, or believes: each refused within 5 ms (asserted generously, stated).
TEST(HostileJsonTest, EachBombIsRefusedAtOnce) {
  const std::pair<const char*, std::string> bombs[] = {
      {"depth of a million", std::string(1'000'000, '[')},
      {"text of 10 MiB", "\"" + std::string(10u << 20, 'x') + "\""},
      {"invalid UTF-8", "[\"\xc3\x28\"]"},
      {"a key twice", R"({"a":1,"a":2})"},
      {"1e999", "[1e999]"}};
  for (const auto& [what, text] : bombs) {
    const auto start = std::chrono::steady_clock::now();
    const auto parsed = parse_untrusted(text);
    const auto took = std::chrono::steady_clock::now() - start;
    ASSERT_FALSE(parsed) << what;
    EXPECT_EQ(parsed.error().code, Code::kInvalid) << what;
    EXPECT_LT(took, std::chrono::milliseconds(500)) << what;
    std::cout << "  " << what << ": refused after " << took / std::chrono::microseconds(1)
              << " us\n";
  }
}

}  // namespace
}  // namespace connector::core
