// cases.json: what the public suite does not cover. The expected values come from the ODRL
// standard; each case says from where.
#include "evaluator.h"

namespace connector::testing {
namespace {

using core::Json;

TEST(Cases, EveryRuleIsAsActiveAsTheStandardSays) {
  const Json cases = parse(read_file(std::string(SOURCE_DIR) + "/tests/odrl/cases.json"));
  ASSERT_GE(cases.items().size(), 60u);
  for (const Json& one : cases.items()) {
    SCOPED_TRACE(one.text_at("title") + " (" + one.text_at("why") + ")");
    const auto answer =
        Evaluator::get().evaluate(*one.find("policy"), *one.find("request"), *one.find("world"));
    ASSERT_TRUE(answer) << answer.error().message;
    const Json& expected = *one.find("expected");
    ASSERT_EQ(answer->find("rules")->items().size(), expected.members().size());
    for (const Json& rule : answer->find("rules")->items()) {
      EXPECT_EQ(rule.text_at("activation"), expected.text_at(rule.text_at("rule")))
          << rule.text_at("rule") << ": " << rule.text_at("reason");
      EXPECT_NE(rule.text_at("reason"), "");
    }
  }
}

// ---- what is refused before anything is asked -------------------------------------------------

const char* kPolicy = R"({"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set",
  "uid": "urn:p", "permission": [{"action": "use"}]})";
const char* kRequest = R"({"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Request",
  "uid": "urn:r", "permission": [{"action": "use", "assignee": "urn:a", "target": "urn:x"}]})";

core::Error refused(const std::string& policy, const std::string& request,
                    const std::string& world) {
  const auto answer = Evaluator::get().evaluate(parse(policy), parse(request), parse(world));
  EXPECT_FALSE(answer) << core::to_text(*answer);
  return answer ? core::Error{} : answer.error();
}

TEST(Refusals, ARequestIsNoPolicy) {
  EXPECT_EQ(refused(kRequest, kRequest, "{}").reason, "POLICY_UNREADABLE");
}

TEST(Refusals, ARequestAsksForOneThingAndStatesFacts) {
  const std::string begin =
      R"({"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Request", "uid": "urn:r", )";
  const std::pair<const char*, const char*> requests[] = {
      {R"("permission": [{"action": "use"}, {"action": "read"}]})", "$"},
      {R"("prohibition": [{"action": "use"}]})", "$"},
      {R"("permission": [{"action": ["use", "read"]}]})", "$.permission[0].action"},
      {R"("permission": [{"action": "use", "target": ["urn:x", "urn:y"]}]})",
       "$.permission[0].target"},
      {R"("permission": [{"action": "use", "assignee": ["urn:x", "urn:y"]}]})",
       "$.permission[0].assignee"},
      {R"("permission": [{"action": "use", "duty": [{"action": "inform"}]}]})",
       "$.permission[0].duty"},
      {R"("permission": [{"action": "use", "constraint": [{"leftOperand": "count",
          "operator": "lt", "rightOperand": 3}]}]})",
       "$.permission[0].constraint[0]"},
  };
  for (const auto& [rest, path] : requests) {
    const core::Error error = refused(kPolicy, begin + rest, "{}");
    EXPECT_EQ(error.reason, "POLICY_UNREADABLE");
    EXPECT_EQ(error.message.rfind(std::string(path) + ": ", 0), 0u) << error.message;
  }
}

TEST(Refusals, AWorldIsReadInFullOrNotAtAll) {
  const std::pair<const char*, const char*> worlds[] = {
      {R"([])", "$: "},
      {R"({"clock": "2024-01-01T00:00:00Z"})", "$.clock: "},
      {R"({"currentTime": "noon"})", "$.currentTime: "},
      {R"({"currentTime": 5})", "$.currentTime: "},
      {R"({"members": {}})", "$.members: "},
      {R"({"members": [{"partOf": ["urn:x"]}]})", "$.members[0]: "},
      {R"({"members": [{"uid": "urn:x", "partOf": [1]}]})", "$.members[0].partOf[0]: "},
      {R"({"members": [{"uid": "urn:x", "name": "x"}]})", "$.members[0].name: "},
      {R"({"facts": {"count": null}})", "$.facts.count: "},
      {R"({"facts": {"count": [1, [2, 3]]}})", "$.facts.count[1]"},
      {R"({"facts": {"count": {"@value": "1", "@type": "xsd:colour"}}})", "$.facts.count.@type: "},
      {R"({"reports": [{"rules": [{"deonticState": "Violated"}]}]})", "$.reports[0].rules[0]: "},
      {R"({"reports": [{"rules": [{"rule": "urn:d", "deonticState": "Broken"}]}]})",
       "$.reports[0].rules[0].deonticState: "},
      {R"({"reports": [{"created": "once"}]})", "$.reports[0].created: "},
  };
  for (const auto& [world, place] : worlds) {
    const core::Error error = refused(kPolicy, kRequest, world);
    EXPECT_EQ(error.message.rfind(place, 0), 0u) << error.message;
    EXPECT_NE(error.message.find("(line 1, column "), std::string::npos) << error.message;
  }
}

// ---- the OPA behind it answers this question and no other ---------------------------------------

TEST(Evaluator, NothingElseCanBeAskedOfItsOpa) {
  opa::Client client(Evaluator::get().socket());
  const auto status = [&](const char* method, const char* path) {
    const auto answer = client.ask({method, path, "application/json", "{}"},
                                   std::chrono::steady_clock::now() + std::chrono::seconds(5));
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(status("POST", "/v1/data/connector/odrl/result"), 200);
  EXPECT_EQ(status("POST", "/v1/data/connector/odrl"), 401);
  EXPECT_EQ(status("POST", "/v1/data"), 401);
  EXPECT_EQ(status("POST", "/v1/query"), 401);
  EXPECT_EQ(status("PUT", "/v1/policies/mine"), 401);
}

}  // namespace
}  // namespace connector::testing
