// The JSON text of the normal form: round trips, what is refused, and the example of the docs.
#include "contract/policy_json.h"

#include "contract/odrl_write.h"
#include "contract_support.h"
#include "random_policy.h"

namespace connector::contract::testing {
namespace {

TEST(PolicyJson, RandomPoliciesComeBackFromTextAndFromOdrl) {
  std::size_t rules = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Policy policy = RandomPolicy(seed).policy();
    rules += policy.permissions.size() + policy.prohibitions.size() + policy.obligations.size();
    const std::string text = to_text(policy);
    const auto from_text = from_json(json_of(text));
    ASSERT_TRUE(from_text) << seed << " " << from_text.error().message;
    ASSERT_EQ(*from_text, policy) << seed;
    EXPECT_EQ(to_text(*from_text), text);
    const std::string odrl = core::to_text(to_odrl_document(policy));
    ASSERT_EQ(policy_of(odrl), policy) << seed << " " << odrl;
    // Embedded, without a context of its own, it is the same.
    ASSERT_EQ(policy_of(core::to_text(to_odrl(policy))), policy) << seed;
  }
  EXPECT_GT(rules, 1000u);
}

// The block after "<!-- policy example: name -->" in docs/formats.md.
std::string example(const std::string& name) {
  const std::string page =
      connector::testing::read_file(std::filesystem::path(SOURCE_DIR) / "docs/formats.md");
  const auto mark = page.find("<!-- policy example: " + name + " -->\n```json\n");
  if (mark == std::string::npos) return "";
  const auto begin = page.find("```json\n", mark) + 8;
  return page.substr(begin, page.find("```", begin) - begin);
}

TEST(PolicyJson, ExampleOfTheDocumentation) {
  const core::Json normal = json_of(example("normal form"));
  const Policy policy = policy_of(example("as received"));
  EXPECT_TRUE(same_json(to_json(policy), normal)) << core::to_pretty_text(to_json(policy));
  EXPECT_EQ(core::to_text(normal), to_text(policy));  // members in order
  const auto back = from_json(normal);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, policy);
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(PolicyJson, OnlyTheNormalFormIsRead) {
  const std::string text = to_text(policy_of(R"({"@type": "Offer", "uid": "urn:p", "permission": [
    {"action": "use", "constraint": [
      {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2023-12-31T06:00Z"},
      {"leftOperand": "count", "operator": "lteq", "rightOperand": 3}]}]})"));
  struct Change {
    const char* from;
    const char* to;
    const char* message;
  };
  for (const Change& change : std::initializer_list<Change>{
           {"\"type\":\"offer\"", "\"type\":\"ticket\"", "$.type: \"ticket\" is not known"},
           {"\"type\":\"offer\",", "", "$: \"type\" is expected as member 1"},
           {"\"type\":\"offer\",\"id\":\"urn:p\"", "\"id\":\"urn:p\",\"type\":\"offer\"",
            "$: \"type\" is expected as member 1"},
           {"\"contract\":\"\",\"notes\":[]", "\"contract\":\"\",\"notes\":[],\"more\":\"\"",
            "$.permissions[0].constraints[0]: more members than are documented"},
           {"\"id\":\"urn:p\"", "\"id\":7", "$.id: is no string"},
           {"\"profiles\":[]", "\"profiles\":\"\"", "$.profiles: is no list"},
           {"\"list\":\"false\"", "\"list\":\"no\"", "$.permissions[0].constraints[0].list: is"},
           {"\"kind\":\"permission\"", "\"kind\":\"duty\"",
            "$.permissions[0].kind: is not what stands in this list"},
           {"\"operator\":\"lteq\"", "\"operator\":\"<=\"",
            "$.permissions[0].constraints[0].operator: \"<=\" is not known"},
           {"2023-12-31T06:00:00Z", "2023-12-31T07:00:00Z",
            "$.permissions[0].constraints[0].right[0]: the instant is not that of the text"},
           // Spellings that reading would have changed.
           {"\"name\":\"use\"", "\"name\":\"odrl:use\"",
            "$.permissions[0].actions[0].name: is not"},
           {"\"name\":\"use\"", "\"name\":\"idsc:USE\"",
            "$.permissions[0].actions[0].name: is not"},
           {"\"operator\":\"lteq\"", "\"operator\":\"idsc:LTEQ\"",
            "$.permissions[0].constraints[0].operator: \"idsc:LTEQ\" is not known"},
           {"\"left\":\"count\"", "\"left\":\"http://www.w3.org/ns/odrl/2/count\"",
            "$.permissions[0].constraints[1].left: is not in the normal form"},
           {"\"type\":\"xsd:integer\"", "\"type\":\"xsd:string\"",
            "$.permissions[0].constraints[1].right[0].type: is not in the normal form"},
           {"\"conflict\":\"\"", "\"conflict\":\"mine\"", "$: is no policy: "},
           {"\"left\":\"count\"", "\"left\":\"\"", "$: is no policy: "}}) {
    const auto read = from_json(json_of(with(text, change.from, change.to)));
    ASSERT_FALSE(read) << change.from << " -> " << change.to;
    EXPECT_EQ(read.error().message.substr(0, std::string(change.message).size()), change.message);
    EXPECT_EQ(read.error().reason, "POLICY_NOT_NORMAL");
  }
}

TEST(PolicyJson, WhatOdrlCannotSayIsNoNormalForm) {
  Policy policy;
  policy.notes = {{"dct:title", "\"a\""}, {"dct:title", "\"b\""}};
  EXPECT_FALSE(from_json(to_json(policy)));
  policy.notes = {};
  Constraint mixed;
  mixed.left = "spatial";
  mixed.right = {{"@reference", "urn:a"}, {"", "b"}};
  mixed.list = true;
  policy.permissions.resize(1);
  policy.permissions[0].constraints = {mixed};
  EXPECT_FALSE(from_json(to_json(policy)));
  policy.permissions[0].constraints[0].right.pop_back();
  EXPECT_TRUE(from_json(to_json(policy)));
  policy.notes = {{"dct:title", "not JSON"}};
  EXPECT_FALSE(from_json(to_json(policy)));
  policy.notes = {{"permission", "[]"}};
  EXPECT_FALSE(from_json(to_json(policy)));
  policy.notes = {{"@context", "\"https://evil.example/\""}};
  EXPECT_FALSE(from_json(to_json(policy)));
}

TEST(PolicyJson, InstantsAreTimesWithAZone) {
  const auto instant = [](const char* type, const char* text) { return instant_of({type, text}); };
  EXPECT_EQ(instant("", "2023-12-31T06:00Z"), "2023-12-31T06:00:00Z");
  EXPECT_EQ(instant("xsd:dateTime", "2024-02-12T11:20:10.999Z"), "2024-02-12T11:20:10.999Z");
  EXPECT_EQ(instant("xsd:dateTimeStamp", "2024-02-12T11:20+01:00"), "2024-02-12T10:20:00Z");
  EXPECT_EQ(instant("", "2024-02-12T11:20-05:30"), "2024-02-12T16:50:00Z");
  for (const char* text : {"2024-02-12T11:20:10", "2024-02-12", "2024-02-12T", "T", "", "use",
                           "2024-02-31T00:00:00Z", "2024-02-12T25:00Z"}) {
    EXPECT_EQ(instant("", text), "") << text;
  }
  EXPECT_EQ(instant("@id", "2023-12-31T06:00Z"), "");
  EXPECT_EQ(instant("xsd:anyURI", "2023-12-31T06:00Z"), "");
}

// Every place of a document where a text may stand, one after the other.
std::string hostile_document(const std::string& text) {
  const std::string s = core::to_text(core::Json::string(text));
  const std::string constraint =
      R"({"uid": )" + s + R"(, "leftOperand": )" + s + R"(, "operator": "eq", "rightOperand": [)" +
      s + R"(, {"@value": )" + s + R"(, "@type": "xsd:dateTime"}, {"@id": )" + s +
      R"(}], "unit": )" + s + R"(, "frequency": )" + s + R"(, "ids:contract": )" + s +
      R"(, "ids:pipEndpoint": )" + s + "}";
  const std::string subject = R"({"uid": )" + s + R"(, "source": )" + s + R"(, "@type": [)" + s +
                              R"(], "refinement": [)" + constraint + R"(], "vcard:fn": )" + s + "}";
  const std::string members = R"("uid": )" + s + R"(, "action": {"rdf:value": )" + s +
                              R"(, "refinement": )" + constraint + R"(}, "target": )" + subject +
                              R"(, "assigner": )" + subject + R"(, "assignee": )" + s +
                              R"(, "informedParty": )" + subject + R"(, "constraint": {"xone": [)" +
                              constraint + R"(]}, "hasPolicy": )" + s + R"(, "dct:title": )" + s;
  return R"({"@type": "Agreement", "uid": )" + s + R"(, "profile": )" + s + R"(, "timestamp": )" +
         s + R"(, "dct:description": )" + s + R"(, "target": )" + s + R"(, "permission": [{)" +
         members + R"(, "duty": {)" + members + R"(}}]})";
}

std::size_t occurrences(const core::Json& json, const std::string& text) {
  std::size_t count = json.is_string() && json.text() == text ? 1 : 0;
  for (const core::Json& item : json.items()) count += occurrences(item, text);
  for (const auto& [key, member] : json.members()) {
    const bool note = key == "json";
    count += note ? occurrences(json_of(member.text()), text) : occurrences(member, text);
  }
  return count;
}

TEST(HostileText, SurvivesAsDataInEveryPlace) {
  for (const std::string& text : hostile_texts()) {
    const core::Json document = json_of(hostile_document(text));
    const auto policy = read_policy(document);
    ASSERT_TRUE(policy) << text << " " << policy.error().message;
    const std::size_t times = occurrences(document, text);
    EXPECT_EQ(times, 5u + 2 * 62);  // of the policy; of the rule and its duty
    // Through the text that the policy engine gets, and through the text that partners get.
    const core::Json normal = json_of(to_text(*policy));
    EXPECT_EQ(occurrences(normal, text), times) << text;
    EXPECT_EQ(*from_json(normal), *policy) << text;
    EXPECT_EQ(policy_of(core::to_text(to_odrl_document(*policy))), *policy) << text;
    // One rule with one duty, and nothing that the text would have added.
    EXPECT_EQ(policy->permissions.size(), 1u);
    EXPECT_EQ(policy->permissions[0].duties.size(), 1u);
    EXPECT_TRUE(policy->prohibitions.empty());
  }
}

}  // namespace
}  // namespace connector::contract::testing
