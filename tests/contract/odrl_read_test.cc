// Spellings of the same, and what is refused, with its place.
#include "contract/odrl_read.h"

#include "contract/odrl_write.h"
#include "contract/policy_json.h"
#include "contract_support.h"
#include "core/limits.h"

namespace connector::contract::testing {
namespace {

std::string with_constraint(const std::string& constraint) {
  return R"({"permission": [{"action": "use", "constraint": )" + constraint + "}]}";
}

Constraint constraint_of(const std::string& text) {
  const Policy policy = policy_of(with_constraint(text));
  if (policy.permissions.size() != 1 || policy.permissions[0].constraints.size() != 1) {
    ADD_FAILURE() << text;
    return {};
  }
  return policy.permissions[0].constraints[0];
}

TEST(OdrlSpellings, OneNormalForm) {
  const std::string expected = to_text(policy_of(R"({"@context": "http://www.w3.org/ns/odrl.jsonld",
    "@type": "Set", "uid": "urn:p", "profile": "http://example.com/profile",
    "permission": [{"uid": "urn:r", "target": "http://example.com/x", "action": "read",
      "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": 10}]}]})"));
  for (const char* text :
       {// "@id", single values, the vocabulary's prefix.
        R"({"@type": "odrl:Set", "@id": "urn:p", "profile": ["http://example.com/profile"],
             "odrl:permission": {"@id": "urn:r", "@type": "Permission",
               "target": {"@id": "http://example.com/x"}, "action": ["odrl:read"],
               "odrl:constraint": {"leftOperand": "odrl:count", "operator": {"@id": "odrl:lteq"},
                 "rightOperand": {"@value": "10", "@type": "xsd:integer"}}}})",
        // No type at all is a set; a number in "@value"; a prefix of the document's own.
        R"({"@context": {"ex": "http://example.com/", "o": "http://www.w3.org/ns/odrl/2/"},
             "@id": "urn:p", "profile": {"@id": "ex:profile"}, "o:permission": [{"uid": "urn:r",
               "target": {"@type": "Asset", "uid": "ex:x"}, "action": {"rdf:value": "o:read"},
               "constraint": {"@list": [{"leftOperand": "o:count", "operator": "o:lteq",
                 "rightOperand": {"@value": 10}}]}}]})",
        // Expanded.
        R"([{"@id": "urn:p", "@type": ["http://www.w3.org/ns/odrl/2/Set"],
             "http://www.w3.org/ns/odrl/2/profile": [{"@id": "http://example.com/profile"}],
             "http://www.w3.org/ns/odrl/2/permission": [{"@id": "urn:r",
               "http://www.w3.org/ns/odrl/2/target": [{"@id": "http://example.com/x"}],
               "http://www.w3.org/ns/odrl/2/action": [{"@id": "http://www.w3.org/ns/odrl/2/read"}],
               "http://www.w3.org/ns/odrl/2/constraint": [{
                 "http://www.w3.org/ns/odrl/2/leftOperand": [
                   {"@id": "http://www.w3.org/ns/odrl/2/count"}],
                 "http://www.w3.org/ns/odrl/2/operator": [
                   {"@id": "http://www.w3.org/ns/odrl/2/lteq"}],
                 "http://www.w3.org/ns/odrl/2/rightOperand": [{"@type":
                   "http://www.w3.org/2001/XMLSchema#integer", "@value": "10"}]}]}]}])",
        // IDS.
        R"({"@type": "Policy", "@id": "urn:p", "profile": "http://example.com/profile",
             "ids:permission": [{"@id": "urn:r", "@type": "ids:Permission",
               "ids:target": {"@id": "http://example.com/x"}, "ids:action": [{"@id": "idsc:READ"}],
               "ids:constraint": [{"@type": "ids:Constraint",
                 "ids:leftOperand": {"@id": "idsc:COUNT"}, "ids:operator": {"@id": "idsc:LTEQ"},
                 "ids:rightOperand": {"@value": "10", "@type": "xsd:integer"}}]}]})",
        // The action beside the rules is every rule's that has none.
        R"({"uid": "urn:p", "profile": "http://example.com/profile", "action": "read",
             "permission": [{"uid": "urn:r", "target": "http://example.com/x",
               "constraint": [{"leftOperand": "count", "operator": "lteq",
                 "rightOperand": 10}]}]})"}) {
    EXPECT_EQ(to_text(policy_of(text)), expected) << text;
  }
}

TEST(OdrlSpellings, RightOperands) {
  const auto right = [](const std::string& text) {
    return constraint_of(R"({"leftOperand": "x", "operator": "isAnyOf", "rightOperand": )" + text +
                         "}");
  };
  EXPECT_EQ(right(R"("a")").right, (std::vector<Value>{{"", "a"}}));
  EXPECT_FALSE(right(R"("a")").list);
  EXPECT_EQ(right(R"(["a"])").right, right(R"("a")").right);
  EXPECT_TRUE(right(R"(["a"])").list);
  EXPECT_EQ(right(R"({"@value": "a", "@type": "xsd:string"})"), right(R"("a")"));
  EXPECT_EQ(right(R"([1, 2.50, 1e3, true, {"@id": "odrl:policyUsage"}, "b"])").right,
            (std::vector<Value>{{"xsd:integer", "1"},
                                {"xsd:decimal", "2.50"},
                                {"xsd:double", "1e3"},
                                {"xsd:boolean", "true"},
                                {"@id", "policyUsage"},
                                {"", "b"}}));
  EXPECT_EQ(right(R"({"@value": "t", "@type": "http://www.w3.org/2001/XMLSchema#datetimestamp"})")
                .right[0]
                .type,
            "xsd:dateTimeStamp");
  // Digits are kept as they are written, however many.
  EXPECT_EQ(right("12345678901234567890.10").right[0].text, "12345678901234567890.10");
}

TEST(OdrlSpellings, ReferenceOperandIsNotAValue) {
  const Constraint constraint = constraint_of(
      R"({"leftOperand": "spatial", "operator": "eq", "rightOperandReference": "http://x.example/"})");
  EXPECT_EQ(constraint.right, (std::vector<Value>{{"@reference", "http://x.example/"}}));
}

TEST(OdrlSpellings, RulesThatFollowFromRules) {
  const Policy policy = policy_of(R"({"@type": "Agreement", "uid": "urn:p", "conflict": "odrl:perm",
    "assigner": "urn:a", "assignee": ["urn:b", "urn:c"],
    "permission": [{"action": "use", "output": "urn:result", "duty": [{"action": "compensate",
      "compensatedParty": "urn:a", "consequence": [{"action": "delete"}]}]}],
    "prohibition": [{"action": "distribute", "remedy": {"action": "inform"}}],
    "obligation": [{"action": "delete", "consequence": {"action": "inform"}}]})");
  EXPECT_EQ(policy.conflict, "perm");
  EXPECT_EQ(policy.assignees.size(), 2u);
  const Rule& duty = policy.permissions.at(0).duties.at(0);
  EXPECT_EQ(policy.permissions[0].functions.at(0).name, "output");
  EXPECT_EQ(duty.functions.at(0).subjects.at(0).id, "urn:a");
  EXPECT_EQ(duty.consequences.at(0).kind, Rule::Kind::kConsequence);
  EXPECT_EQ(policy.prohibitions.at(0).remedies.at(0).kind, Rule::Kind::kRemedy);
  EXPECT_EQ(policy.obligations.at(0).consequences.at(0).actions.at(0).name, "inform");
}

TEST(OdrlSpellings, VocabularyOfTheDocumentIsForUnknownNamesOnly) {
  const Policy policy = policy_of(
      R"({"@context": [{"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}], "permission": [{
        "action": "use", "constraint": [
          {"leftOperand": "inForceDate", "operator": "gteq", "rightOperand": "a"},
          {"leftOperand": "purpose", "operator": "eq", "rightOperand": {"@id": "b"}}]}]})");
  const auto& constraints = policy.permissions.at(0).constraints;
  EXPECT_EQ(constraints.at(0).left, "edc:inForceDate");
  EXPECT_EQ(constraints.at(1).left, "purpose");
  EXPECT_EQ(constraints.at(1).right.at(0).text, "b");
}

struct Bad {
  std::string text;
  std::string message;  // begins so
};

TEST(OdrlRefusals, NameThePath) {
  const std::string atom = R"("leftOperand": "count", "operator": "eq", "rightOperand": 1)";
  for (const Bad& bad : std::vector<Bad>{
           {R"({"@type": "Set", "permissions": []})", "$.permissions: is not understood here"},
           {R"({"@type": "Ticket"})", "$.@type: the type \"Ticket\" is not known"},
           {R"({"@type": ["Set", "Offer"]})", "$.@type: a policy has one type"},
           {R"({"uid": "urn:p"})", "$: has no \"@type\" and no rule"},
           {"3", "$: a policy is expected here"},
           {R"({"@type": "Set", "inheritFrom": "urn:q"})", "$.inheritFrom: is not understood"},
           {R"({"permission": ["urn:r"]})", "$.permission[0]: a reference to a rule elsewhere"},
           {R"({"permission": [], "odrl:permission": []})",
            "$[\"odrl:permission\"]: stands twice, in two spellings"},
           {R"({"permission": [{"action": 7}]})",
            "$.permission[0].action: an object is expected here"},
           {R"({"permission": [{"action": ""}]})", "$.permission[0].action: a name is expected"},
           {R"({"permission": [{"action": {"refinement": []}}]})",
            "$.permission[0].action: an action without a name"},
           {R"({"permission": [{"remedy": []}]})", "$.permission[0].remedy: is not understood"},
           {R"({"prohibition": [{"duty": []}]})", "$.prohibition[0].duty: is not understood here"},
           {R"({"permission": [{"@type": "Prohibition"}]})",
            "$.permission[0].@type: \"Prohibition\" is no type of this rule"},
           {R"({"permission": [{"target": {"refinement": []}}]})",
            "$.permission[0].target: a party or an asset without uid and source"},
           {R"({"permission": [{"assignee": {"uid": "a", "role": "b"}}]})",
            "$.permission[0].assignee.role: is not understood here"},
           {R"({"obligation": [{"consequence": [{"consequence": []}]}]})",
            "$.obligation[0].consequence[0].consequence: is not understood here"},
           {R"({"permission": [{"function": "x"}]})", "$.permission[0].function: is not"},
           {R"({"permission": [], "conflict": "mine"})", "$.conflict: \"mine\" is no strategy"},
           {with_constraint(R"("urn:c")"),
            "$.permission[0].constraint: a reference to a constraint elsewhere"},
           {with_constraint("[{}]"), "$.permission[0].constraint[0]: has no leftOperand"},
           {with_constraint(R"({"leftOperand": "count", "rightOperand": 1})"),
            "$.permission[0].constraint: has no operator"},
           {with_constraint(R"({"leftOperand": "count", "operator": "eq"})"),
            "$.permission[0].constraint: has no rightOperand"},
           {with_constraint(R"({"leftOperand": "c", "operator": "equals", "rightOperand": 1})"),
            "$.permission[0].constraint.operator: the operator \"equals\" is not known"},
           {with_constraint(R"({"leftOperand": "c", "operator": "idsc:DURING",
             "rightOperand": 1})"),
            "$.permission[0].constraint.operator: the operator"},
           {with_constraint(R"({"leftOperand": "c", "operator": "eq", "rightOperand": []})"),
            "$.permission[0].constraint.rightOperand: an empty list"},
           {with_constraint(R"({"leftOperand": "c", "operator": "eq", "rightOperand": null})"),
            "$.permission[0].constraint.rightOperand: a value is expected"},
           {with_constraint(R"({"leftOperand": "c", "operator": "eq", "rightOperand": [[1]]})"),
            "$.permission[0].constraint.rightOperand[0]: a value is expected"},
           {with_constraint(R"({"leftOperand": "c", "operator": "eq",
             "rightOperand": {"@value": "x", "@language": "en"}})"),
            "$.permission[0].constraint.rightOperand.@language: is not understood"},
           {with_constraint(R"({"leftOperand": "c", "operator": "eq",
             "rightOperand": {"@value": "x", "@type": "xsd:colour"}})"),
            "$.permission[0].constraint.rightOperand.@type: the data type \"xsd:colour\""},
           {with_constraint(R"({"leftOperand": "c", "operator": "eq", "rightOperand": {"a": 1}})"),
            "$.permission[0].constraint.rightOperand: a string, a number"},
           {with_constraint("{" + atom + R"(, "rightOperandReference": "urn:x"})"),
            "$.permission[0].constraint.rightOperandReference: a constraint has one right"},
           {with_constraint("{" + atom + R"(, "status": 3})"),
            "$.permission[0].constraint.status: is not understood here"},
           {with_constraint("{" + atom + R"(, "and": [{)" + atom + "}]}"),
            "$.permission[0].constraint: both a constraint of its own"},
           {with_constraint(R"({"and": []})"), "$.permission[0].constraint.and: is empty"},
           {with_constraint(R"({"and": [{)" + atom + R"(}], "or": [{)" + atom + "}]}"),
            "$.permission[0].constraint.or: a constraint has one of"},
           {with_constraint(R"({"or": [{)" + atom + R"(}, {"and": [{"leftOperand": "a"}]}]})"),
            "$.permission[0].constraint.or[1].and[0]: has no operator"},
           {R"({"@type": "vcard:Individual", "vcard:fn": "A"})", "$: a fact about nobody"},
           {R"({"@type": "vcard:Individual", "@id": "a", "permission": []})",
            "$.permission: is not understood here"},
           {R"({"@type": "ContractOfferMessage", "offer": "urn:o"})",
            "$.offer: a policy is expected here"}}) {
    const core::Error error = refusal_of(bad.text);
    EXPECT_EQ(error.message.substr(0, bad.message.size()), bad.message) << bad.text;
    EXPECT_EQ(error.reason, "POLICY_UNREADABLE");
  }
}

TEST(OdrlRefusals, NameLineAndColumn) {
  const core::Error error =
      refusal_of("{\"@type\": \"Set\"}\n\n{\n  \"permission\": [\n    {\"x\": 1}]}");
  EXPECT_EQ(error.message, "$.permission[0].x: is not understood here (line 5, column 11)");
  EXPECT_EQ(error.metadata.at("path"), "$.permission[0].x");
  EXPECT_EQ(error.metadata.at("line"), "5");
  EXPECT_EQ(error.metadata.at("column"), "11");
}

TEST(OdrlContexts, AreBundledOrWrittenOut) {
  const auto context = [](const std::string& json) {
    return R"({"@context": )" + json + R"(, "@type": "Set"})";
  };
  for (const char* known :
       {R"("http://www.w3.org/ns/odrl.jsonld")",
        R"(["https://w3id.org/dspace/2025/1/context.jsonld"])",
        R"({"@version": 1.1, "@protected": true, "dc": "http://purl.org/dc/terms/"})",
        R"({"dc": "http://purl.org/dc/elements/1.1/", "mine": "urn:mine:"})",
        R"({"use": "odrl:use", "Membership": {"@id": "cx-policy:Membership"}})"}) {
    EXPECT_TRUE(read_text(context(known))) << known;
  }
  const core::Error unknown = refusal_of(context(R"(["https://evil.example/context.jsonld"])"));
  EXPECT_EQ(unknown.reason, "CONTEXT_UNKNOWN");
  EXPECT_NE(unknown.message.find("https://evil.example/context.jsonld"), std::string::npos);
  for (const char* bad :
       {R"({"odrl": "http://evil.example/"})", R"({"use": "odrl:read"})",
        R"({"permission": "odrl:prohibition"})", R"({"idsc": "http://www.w3.org/ns/odrl/2/"})",
        R"({"rightOperand": {"@id": "odrl:rightOperand", "@type": "@id"}})",
        R"({"@base": "http://x/"})", R"({"@vocab": "us"})", R"({"a": "b"})",
        R"({"a:b": "http://x.example/"})", "null", "7", R"([["http://www.w3.org/ns/odrl.jsonld"]])",
        R"({"@import": "http://x.example/"})"}) {
    EXPECT_EQ(refusal_of(context(bad)).reason, "CONTEXT_INVALID") << bad;
  }
  // A context stands at a policy, not inside it.
  EXPECT_EQ(refusal_of(R"({"permission": [{"@context": {}}]})").reason, "POLICY_UNREADABLE");
}

TEST(OdrlContexts, TwoNamespacesUnderOnePrefixStayTwo) {
  const auto left = [](const std::string& iri) {
    return policy_of(R"({"@context": {"cx-policy": ")" + iri +
                     R"("}, "permission": [{"action": "use", "constraint": {"leftOperand":
                     "cx-policy:Membership", "operator": "eq", "rightOperand": "active"}}]})")
        .permissions.at(0)
        .constraints.at(0)
        .left;
  };
  EXPECT_EQ(left("https://w3id.org/catenax/2025/9/policy/"), "cx-policy:Membership");
  EXPECT_EQ(left("https://w3id.org/catenax/policy/"), "cx-policy-2405:Membership");
}

std::string nested(std::size_t depth) {
  std::string text = R"({"leftOperand": "count", "operator": "eq", "rightOperand": 1})";
  for (std::size_t i = 1; i < depth; ++i) text = R"({"and": [)" + text + "]}";
  return with_constraint(text);
}

TEST(OdrlLimits, DepthTermsDocumentsSizeAndStrings) {
  namespace limits = core::limits;
  EXPECT_TRUE(read_text(nested(limits::kConstraintDepth)));
  EXPECT_EQ(refusal_of(nested(limits::kConstraintDepth + 1)).reason, "LIMIT_EXCEEDED");
  EXPECT_EQ(refusal_of(nested(200)).reason, "LIMIT_EXCEEDED");

  std::string values = R"({"leftOperand": "x", "operator": "isAnyOf", "rightOperand": [1)";
  for (std::size_t i = 0; i < limits::kPolicyTerms; ++i) values += ",1";
  EXPECT_EQ(refusal_of(with_constraint(values + "]}")).reason, "LIMIT_EXCEEDED");

  std::string documents;
  for (std::size_t i = 0; i < limits::kPolicyDocuments; ++i) documents += R"({"@type": "Set"} )";
  EXPECT_EQ(reading_of(documents).policies.size(), limits::kPolicyDocuments);
  EXPECT_EQ(refusal_of(documents + R"({"@type": "Set"})").reason, "LIMIT_EXCEEDED");

  EXPECT_EQ(refusal_of(std::string(limits::kPolicyBytes + 1, ' ')).reason, "LIMIT_EXCEEDED");
  const std::string longest(limits::kPolicyStringBytes, 'a');
  EXPECT_TRUE(read_text(R"({"@type": "Set", "uid": ")" + longest + "\"}"));
  EXPECT_EQ(refusal_of(R"({"@type": "Set", "uid": "a)" + longest + "\"}").reason, "LIMIT_EXCEEDED");

  std::string names = R"({"@context": {"a": "urn:a:")";
  for (std::size_t i = 0; i < limits::kContextNames; ++i) {
    names += ", \"a" + std::to_string(i) + "\": \"urn:a:\"";
  }
  EXPECT_EQ(refusal_of(names + R"(}, "@type": "Set"})").reason, "LIMIT_EXCEEDED");
}

TEST(OdrlLimits, NothingIsNoDocument) {
  EXPECT_EQ(refusal_of("").reason, "INVALID_JSON");
  EXPECT_EQ(refusal_of(" \n ").reason, "INVALID_JSON");
  EXPECT_EQ(refusal_of(R"({"@type": "Set"} x)").reason, "INVALID_JSON");
}

}  // namespace
}  // namespace connector::contract::testing
