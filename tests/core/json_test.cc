#include "core/json.h"

#include <gtest/gtest.h>

namespace connector::core {
namespace {

Json parsed(std::string_view text) {
  auto json = parse_untrusted(text);
  EXPECT_TRUE(json) << text << (json ? "" : json.error().message);
  return json ? *std::move(json) : Json();
}

TEST(JsonTest, ReadsEveryKind) {
  const Json json = parsed(R"({"n":null,"b":true,"i":-12,"s":"x","a":[1,[],{}],"o":{"k":false}})");
  ASSERT_TRUE(json.is_object());
  EXPECT_TRUE(json.find("n")->is_null());
  EXPECT_TRUE(json.find("b")->as_bool());
  EXPECT_EQ(json.find("i")->text(), "-12");
  EXPECT_EQ(json.text_at("s"), "x");
  EXPECT_EQ(json.find("a")->items().size(), 3u);
  EXPECT_FALSE(json.find("o")->find("k")->as_bool());
  EXPECT_EQ(json.find("absent"), nullptr);
  EXPECT_EQ(json.text_at("i"), "");
  EXPECT_EQ(json.text_at("absent"), "");
}

TEST(JsonTest, ANumberIsItsText) {
  for (const char* text : {"0", "-0", "0.10", "1e3", "1E+3", "-1.50e-2", "9007199254740993",
                           "123456789012345678901234567890.123456789012345678901234567890",
                           "1.7976931348623157e308", "1e-400"}) {
    EXPECT_EQ(parsed(text).text(), text);
    EXPECT_EQ(parsed("[" + std::string(text) + " ,2]").items()[0].text(), text);
    EXPECT_EQ(to_text(parsed(text)), text);
  }
}

TEST(JsonTest, IntegersFromNumbersAndFromStringsOfDigits) {
  EXPECT_EQ(parsed("-12").as_int64(), -12);
  EXPECT_EQ(parsed("\"9223372036854775807\"").as_int64(), INT64_MAX);
  EXPECT_EQ(parsed("\"18446744073709551615\"").as_uint64(), UINT64_MAX);
  for (const char* text : {"9223372036854775808", "1.0", "1e3", "\"\"", "\" 1\"", "\"1 \"", "true",
                           "null", "[]", "\"+1\""}) {
    EXPECT_EQ(parsed(text).as_int64(), std::nullopt) << text;
  }
  EXPECT_EQ(parsed("-1").as_uint64(), std::nullopt);
}

TEST(JsonTest, StringsAreUnescaped) {
  EXPECT_EQ(parsed(R"("a\"\\\/\b\f\n\r\t\u00e9\ud83d\udd29")").text(),
            "a\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x94\xa9");
  EXPECT_EQ(parsed(R"("\u0000")").text(), std::string(1, '\0'));
}

TEST(JsonTest, MembersKeepTheirOrder) {
  EXPECT_EQ(to_text(parsed(R"( { "z" : 1 , "a" : [ 2 , 3 ] , "m" : { } } )")),
            R"({"z":1,"a":[2,3],"m":{}})");
}

TEST(JsonTest, EveryValueKnowsItsPlace) {
  const Json json = parsed("{\n  \"a\": 1,\n  \"b\": [true,\r\n    \"x\\n\\\"y\", null, {}]\n}");
  EXPECT_EQ(json.line(), 1u);
  EXPECT_EQ(json.find("a")->line(), 2u);
  EXPECT_EQ(json.find("a")->column(), 8u);
  const Json& list = *json.find("b");
  EXPECT_EQ(list.column(), 8u);
  EXPECT_EQ(list.items()[1].line(), 4u);
  EXPECT_EQ(list.items()[1].column(), 5u);
  EXPECT_EQ(list.items()[2].column(), 15u);
  EXPECT_EQ(list.items()[3].column(), 21u);
}

TEST(JsonTest, SequenceIsOneValueAfterAnother) {
  const auto values = parse_untrusted_sequence("\xef\xbb\xbf{\"a\":1}\n [2]\n\n  3 ", 3);
  ASSERT_TRUE(values) << values.error().message;
  ASSERT_EQ(values->size(), 3u);
  EXPECT_EQ((*values)[1].line(), 2u);
  EXPECT_EQ((*values)[1].items()[0].column(), 3u);
  EXPECT_EQ((*values)[2].line(), 4u);
  EXPECT_EQ((*values)[2].text(), "3");
}

TEST(JsonTest, SequenceIsRefusedAtThePlaceInTheWholeText) {
  const auto message = [](std::string_view text, std::size_t most, const JsonLimits& limits = {}) {
    const auto values = parse_untrusted_sequence(text, most, limits);
    return values ? std::string("read") : values.error().message;
  };
  EXPECT_EQ(message("{}\n[1,\n ]", 9), "not JSON: syntax error (line 3, column 2)");
  EXPECT_EQ(message("{}\n{\"a\":1,\n\"a\":2}", 9), "the key \"a\" stands twice (line 3, column 1)");
  EXPECT_EQ(message("{} {} {}", 2), "more than 2 documents (line 1, column 7)");
  EXPECT_EQ(message("", 9), "the text ends too early (line 1, column 1)");
  // The limit of values is that of all together.
  JsonLimits limits;
  limits.values = 3;
  EXPECT_EQ(message("[1] 2", 9, limits), "read");
  EXPECT_NE(message("[1] 2 3", 9, limits), "read");
}

TEST(JsonTest, WritesOneTextPerValue) {
  const Json json = Json::object()
                        .set("text", Json::string("a\"\\\n\x01\x1f\x7f/\xc3\xa9"))
                        .set("number", Json::integer(INT64_MIN))
                        .set("list", Json::array().push(Json()).push(Json::boolean(true)))
                        .set("empty", Json::array());
  EXPECT_EQ(to_text(json),
            "{\"text\":\"a\\\"\\\\\\n\\u0001\\u001f\x7f/\xc3\xa9\",\"number\":-9223372036854775808,"
            "\"list\":[null,true],\"empty\":[]}");
  EXPECT_EQ(to_text(parsed(to_text(json))), to_text(json));
}

TEST(JsonTest, WritesForPeople) {
  EXPECT_EQ(
      to_pretty_text(parsed(R"({"a":[1,{"b":2}],"c":{},"d":[]})")),
      "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}\n");
}

}  // namespace
}  // namespace connector::core
