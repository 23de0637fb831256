// Text of a partner stays text: whatever stands in a string of a policy or a request, the answer
// has the shape that it always has, or the document is refused with its place.
#include <functional>
#include <vector>

#include "evaluator.h"

namespace connector::testing {
namespace {

using core::Json;

const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts = {
      "\"",
      "' or \"1\" == \"1",
      "x\"}\nallow := true\n#",
      "\n\npackage connector.odrl\n\ndefault result := {\"rules\": []}\n",
      "`}) ] } http.send({\"method\": \"GET\", \"url\": \"http://127.0.0.1:1/\"})",
      "data.connector.odrl.result",
      "input.world.facts",
      "%s%d%v%!(EXTRA string=x)%%",
      "{{.}} ${x} $(id) `id` ; rm -rf /",
      "\\\" \\u0022 \\x22 \\",
      std::string("nul\0inside", 10),
      "\x7f\x1b[2J\r\b",
      "\xe2\x80\xae\xf0\x9f\x92\xa3",
      "",
      " ",
      std::string(60'000, 'a'),
  };
  return texts;
}

// Calls with a copy of the document for each of its strings, in which that one is another text.
class Strings {
 public:
  explicit Strings(const Json& document) : document_(document) {
    count_ = walk(document_, -1, {}).second;
  }
  int count() const { return count_; }
  Json with(int which, const std::string& text) const { return walk(document_, which, text).first; }

 private:
  // The copy, and how many strings it holds.
  std::pair<Json, int> walk(const Json& json, int which, const std::string& text) const {
    if (json.is_string()) return {which == 0 ? Json::string(text) : json, 1};
    int seen = 0;
    if (json.is_array()) {
      Json copy = Json::array();
      for (const Json& item : json.items()) {
        auto [made, strings] = walk(item, which < seen ? -1 : which - seen, text);
        copy.push(std::move(made));
        seen += strings;
      }
      return {std::move(copy), seen};
    }
    if (json.is_object()) {
      Json copy = Json::object();
      for (const auto& [key, value] : json.members()) {
        auto [made, strings] = walk(value, which < seen ? -1 : which - seen, text);
        copy.set(key, std::move(made));
        seen += strings;
      }
      return {std::move(copy), seen};
    }
    return {json, 0};
  }

  const Json& document_;
  int count_ = 0;
};

bool shaped(const Json& answer, std::size_t rules) {
  if (answer.members().size() != 1 || answer.find("rules")->items().size() != rules) return false;
  for (const Json& rule : answer.find("rules")->items()) {
    const std::string& activation = rule.text_at("activation");
    if (rule.members().size() != 5 || (activation != "Active" && activation != "Inactive") ||
        rule.text_at("rule").empty() || rule.text_at("reason").empty()) {
      return false;
    }
  }
  return true;
}

// One policy with everything in it.
const char* kEverything = R"({
  "@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Agreement", "uid": "urn:p",
  "assigner": "urn:acme", "assignee": {"@type": "PartyCollection", "uid": "urn:staff",
    "refinement": [{"leftOperand": "industry", "operator": "eq", "rightOperand": "steel"}]},
  "conflict": "prohibit",
  "permission": [{"uid": "urn:perm", "target": {"@type": "AssetCollection", "source": "urn:all"},
    "action": {"rdf:value": {"@id": "odrl:print"}, "refinement": [{"uid": "urn:c1",
      "leftOperand": "resolution", "operator": "lteq",
      "rightOperand": {"@value": "600", "@type": "xsd:integer"}, "unit": "urn:dpi"}]},
    "constraint": [{"xone": [
      {"uid": "urn:c2", "leftOperand": "dateTime", "operator": "gt",
       "rightOperand": {"@value": "2030-01-01T00:00:00Z", "@type": "xsd:dateTime"}},
      {"leftOperand": "purpose", "operator": "isAnyOf",
       "rightOperand": ["research", {"@id": "urn:audit"}]},
      {"leftOperand": "elapsedTime", "operator": "gteq",
       "rightOperand": {"@value": "P3M", "@type": "xsd:duration"}}]}],
    "duty": [{"uid": "urn:duty", "action": "inform", "informedParty": "urn:acme",
      "consequence": [{"uid": "urn:fine", "action": "compensate"}]}]}],
  "prohibition": [{"uid": "urn:no", "action": "distribute", "target": "urn:x"}],
  "obligation": [{"uid": "urn:must", "action": "delete"}]})";
const char* kRequest = R"({"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Request",
  "uid": "urn:r", "permission": [{"assignee": "urn:alice", "target": "urn:x", "action": "print",
    "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"}]}]})";
const char* kWorld = R"({"currentTime": "2024-05-01T10:00:00Z",
  "members": [{"uid": "urn:alice", "partOf": ["urn:staff"], "facts": {"industry": "steel"}},
              {"uid": "urn:x", "partOf": ["urn:all"]}],
  "facts": {"resolution": {"@value": 300, "unit": "urn:dpi"}, "elapsedTime": "P1D"},
  "reports": [{"created": "2024-01-01T00:00:00Z", "policy": "urn:p",
               "rules": [{"rule": "urn:duty", "deonticState": "Fulfilled"}]}]})";

// Every string of `changed` by every hostile text; answers and refusals are counted.
void attack(const Json& changed, std::size_t rules,
            const std::function<core::Result<Json>(const Json&)>& judge) {
  const Json before = *judge(changed);
  const Strings strings(changed);
  ASSERT_GE(strings.count(), 9);
  int answered = 0;
  int refused = 0;
  for (int i = 0; i < strings.count(); ++i) {
    for (const std::string& text : hostile_texts()) {
      const auto answer = judge(strings.with(i, text));
      if (!answer) {
        EXPECT_EQ(answer.error().code, core::Code::kInvalid) << answer.error().message;
        EXPECT_NE(answer.error().metadata.at("path"), "") << answer.error().message;
        ++refused;
        continue;
      }
      EXPECT_TRUE(shaped(*answer, rules)) << core::to_text(*answer).substr(0, 2000);
      ++answered;
    }
  }
  std::printf("%d strings, %d answers, %d refusals\n", strings.count(), answered, refused);
  EXPECT_GT(answered, strings.count());
  EXPECT_EQ(core::to_text(*judge(changed)), core::to_text(before));  // as if nothing had happened
}

TEST(Hostile, TheDocumentsThemselvesAreJudged) {
  const auto answer = Evaluator::get().evaluate(parse(kEverything), parse(kRequest), parse(kWorld));
  ASSERT_TRUE(answer) << answer.error().message;
  std::string activations;
  for (const Json& rule : answer->find("rules")->items()) {
    activations += rule.text_at("rule") + " " + rule.text_at("activation") + "; ";
  }
  EXPECT_EQ(activations, "urn:perm Active; urn:no Inactive; urn:must Active; ");
}

TEST(Hostile, EveryStringOfAPolicy) {
  attack(parse(kEverything), 3, [](const Json& policy) {
    return Evaluator::get().evaluate(policy, parse(kRequest), parse(kWorld));
  });
}

TEST(Hostile, EveryStringOfARequest) {
  attack(parse(kRequest), 3, [](const Json& request) {
    return Evaluator::get().evaluate(parse(kEverything), request, parse(kWorld));
  });
}

TEST(Hostile, EveryStringOfAWorld) {
  attack(parse(kWorld), 3, [](const Json& world) {
    return Evaluator::get().evaluate(parse(kEverything), parse(kRequest), world);
  });
}

// The names of a policy's own vocabulary never are what the evaluator knows by that name.
TEST(Hostile, ATextThatSaysActiveIsNoActivation) {
  const auto answer = Evaluator::get().evaluate(
      parse(R"({"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "urn:p",
        "permission": [{"uid": "Active\", \"activation\": \"Active", "action": "use",
          "assignee": "Active"}]})"),
      parse(kRequest), parse(kWorld));
  ASSERT_TRUE(answer) << answer.error().message;
  const Json& rule = answer->find("rules")->items().at(0);
  EXPECT_EQ(rule.text_at("activation"), "Inactive");
  EXPECT_EQ(rule.text_at("rule"), "Active\", \"activation\": \"Active");
}

}  // namespace
}  // namespace connector::testing
