#include "contract/odrl_write.h"

#include <algorithm>
#include <array>

#include "contract/policy_words.h"
#include "contract/term.h"

namespace connector::contract {
namespace {

using core::Json;

constexpr std::string_view kContext = "https://w3id.org/dspace/2025/1/context.jsonld";

// Members that the protocol's context defines (its odrl-profile.jsonld).
constexpr std::array<std::string_view, 18> kBareMembers = {
    "profile",      "hasPolicy",   "target",     "assignee", "assigner",   "action",
    "permission",   "prohibition", "obligation", "duty",     "constraint", "operator",
    "rightOperand", "leftOperand", "or",         "xone",     "and",        "andSequence"};

Json text(std::string_view value) {
  return Json::string(std::string(value));
}

// The key of a member for a name of the normal form.
std::string key(std::string_view name) {
  const bool bare = std::find(kBareMembers.begin(), kBareMembers.end(), name) != kBareMembers.end();
  if (bare || name.starts_with("dct:")) return std::string(name);
  if (is_odrl_term(name)) return "odrl:" + std::string(name);
  return expand(name).value_or(std::string(name));
}

// A term as a value: ODRL's and unknown names bare, the others whole.
Json term(std::string_view name) {
  return text(is_odrl_term(name) ? std::string(name) : expand(name).value_or(std::string(name)));
}

std::string reference(std::string_view name) {
  if (is_odrl_term(name)) return "odrl:" + std::string(name);
  return expand(name).value_or(std::string(name));
}

// A member that is there already stays: only what is not in the normal form has two.
void add(Json& json, const std::string& member, Json value) {
  if (json.find(member) == nullptr) json.set(member, std::move(value));
}

Json id(std::string_view iri) {
  return Json::object().set("@id", text(iri));
}

void add_notes(Json& json, const std::vector<Note>& notes) {
  for (const Note& note : notes) {
    const auto value = core::parse_untrusted(note.json);
    add(json, key(note.name), value ? *value : text(note.json));
  }
}

void add_text(Json& json, std::string_view member, const std::string& value) {
  if (!value.empty()) json.set(std::string(member), text(value));
}

// One value alone, several as a list, none not at all.
template <typename T, typename Convert>
void add_some(Json& json, std::string_view member, const std::vector<T>& values,
              const Convert& convert) {
  if (values.empty()) return;
  if (values.size() == 1) {
    return add(json, key(member), convert(values.front()));
  }
  Json list = Json::array();
  for (const T& value : values) list.push(convert(value));
  add(json, key(member), std::move(list));
}

template <typename T, typename Convert>
void add_list(Json& json, std::string_view member, const std::vector<T>& values,
              const Convert& convert) {
  if (values.empty()) return;
  Json list = Json::array();
  for (const T& value : values) list.push(convert(value));
  add(json, key(member), std::move(list));
}

Json value_json(const Value& value) {
  if (value.type.empty()) return text(value.text);
  if (value.type.starts_with("@")) return id(reference(value.text));
  return Json::object().set("@value", text(value.text)).set("@type", text(value.type));
}

void add_right(Json& json, const Constraint& constraint) {
  const bool resolved = constraint.right.empty() || constraint.right.front().type != "@reference";
  const std::string_view member = resolved ? "rightOperand" : "rightOperandReference";
  if (constraint.list || constraint.right.size() > 1) {
    add_list(json, member, constraint.right, value_json);
  } else {
    add_some(json, member, constraint.right, value_json);
  }
}

Json constraint_json(const Constraint& constraint) {
  Json json = Json::object();
  add_text(json, "@id", constraint.id);
  if (constraint.kind == Constraint::Kind::kAtomic) {
    json.set("leftOperand", term(constraint.left));
    json.set("operator", text(name_of(constraint.op)));
    add_right(json, constraint);
  } else {
    add_list(json, word_of(constraint.kind), constraint.operands, constraint_json);
  }
  if (!constraint.unit.empty()) json.set("odrl:unit", id(reference(constraint.unit)));
  add_text(json, "odrl:dataType", constraint.data_type);
  if (!constraint.frequency.empty()) {
    json.set("dct:frequency", id(reference(constraint.frequency)));
  }
  if (!constraint.contract.empty()) {
    json.set(key("ids:contract"), id(reference(constraint.contract)));
  }
  add_notes(json, constraint.notes);
  return json;
}

Json action_json(const Action& action) {
  if (action.refinements.empty() && action.notes.empty()) return term(action.name);
  Json json = Json::object();
  const std::string name = reference(action.name);
  json.set(key("rdf:value"), id(name));
  add_list(json, "refinement", action.refinements, constraint_json);
  add_notes(json, action.notes);
  return json;
}

Json subject_json(const Subject& subject, std::string_view plain, std::string_view whole) {
  const bool only_id = !subject.collection && subject.types.empty() && subject.notes.empty();
  if (only_id) return text(subject.id);
  Json types = Json::array({text(subject.collection ? whole : plain)});
  for (const std::string& type : subject.types) types.push(term(type));
  Json json = Json::object().set("@type", std::move(types));
  add_text(json, "@id", subject.id);
  add_text(json, "odrl:source", subject.source);
  add_list(json, "refinement", subject.refinements, constraint_json);
  add_notes(json, subject.notes);
  return json;
}

Json party_json(const Subject& subject) {
  return subject_json(subject, "odrl:Party", "odrl:PartyCollection");
}

Json asset_json(const Subject& subject) {
  return subject_json(subject, "Asset", "odrl:AssetCollection");
}

Json rule_json(const Rule& rule) {
  Json json = Json::object();
  add_text(json, "@id", rule.id);
  add_some(json, "assigner", rule.assigners, party_json);
  add_some(json, "assignee", rule.assignees, party_json);
  add_some(json, "target", rule.targets, asset_json);
  add_some(json, "action", rule.actions, action_json);
  for (const Function& function : rule.functions) {
    add_some(json, function.name, function.subjects,
             function.name == "output" ? asset_json : party_json);
  }
  add_list(json, "constraint", rule.constraints, constraint_json);
  add_list(json, "duty", rule.duties, rule_json);
  add_list(json, "consequence", rule.consequences, rule_json);
  add_list(json, "remedy", rule.remedies, rule_json);
  add_text(json, "hasPolicy", rule.next_policy);
  add_notes(json, rule.notes);
  return json;
}

std::string_view type_of(Policy::Type type) {
  constexpr std::array<std::string_view, 4> kTypes = {"Set", "Offer", "Agreement", "odrl:Request"};
  return kTypes[static_cast<std::size_t>(type)];
}

void fill(Json& json, const Policy& policy) {
  json.set("@type", text(type_of(policy.type)));
  add_text(json, "@id", policy.id);
  add_some(json, "profile", policy.profiles, [](const std::string& iri) { return text(iri); });
  add_some(json, "target", policy.targets, asset_json);
  add_text(json, "timestamp", policy.timestamp);
  add_some(json, "assigner", policy.assigners, party_json);
  add_some(json, "assignee", policy.assignees, party_json);
  if (!policy.conflict.empty()) json.set("odrl:conflict", id("odrl:" + policy.conflict));
  add_list(json, "permission", policy.permissions, rule_json);
  add_list(json, "prohibition", policy.prohibitions, rule_json);
  add_list(json, "obligation", policy.obligations, rule_json);
  add_notes(json, policy.notes);
}

}  // namespace

Json to_odrl(const Policy& policy) {
  Json json = Json::object();
  fill(json, policy);
  return json;
}

Json to_odrl_document(const Policy& policy) {
  Json json = Json::object().set("@context", Json::array({text(kContext)}));
  fill(json, policy);
  return json;
}

}  // namespace connector::contract
