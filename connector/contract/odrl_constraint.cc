// Constraints and refinements, of ODRL and of the IDS information model.
#include <map>

#include "contract/odrl_reader.h"
#include "contract/term.h"
#include "core/limits.h"

namespace connector::contract {
namespace {

using core::Json;

const std::map<std::string_view, Constraint::Kind> kLogical = {
    {"and", Constraint::Kind::kAnd},
    {"or", Constraint::Kind::kOr},
    {"xone", Constraint::Kind::kXone},
    {"andSequence", Constraint::Kind::kAndSequence}};

// The data type of a bare JSON number, as JSON-LD and XML Schema have it.
std::string number_type(const std::string& text) {
  if (text.find_first_of("eE") != std::string::npos) return "xsd:double";
  return text.find('.') != std::string::npos ? "xsd:decimal" : "xsd:integer";
}

// Expanded JSON-LD, known by its members' whole names, has a list around every single value.
bool is_list(const Node& node, std::size_t values) {
  if (node.json->is_array()) return values > 1 || node.key.find("://") == std::string_view::npos;
  return node.json->find("@list") != nullptr || node.json->find("@set") != nullptr;
}

bool is_constraint_type(std::string_view type) {
  return type == "Constraint" || type == "LogicalConstraint" || type == "ids:Constraint";
}

}  // namespace

std::vector<Constraint> Reader::constraints(const Node& node, std::size_t depth) {
  std::vector<Constraint> constraints;
  each(node, [&](const Node& one) { constraints.push_back(constraint(one, depth)); });
  return constraints;
}

Constraint Reader::constraint(const Node& node, std::size_t depth) {
  Constraint constraint;
  if (depth >= core::limits::kConstraintDepth) {
    fail(node, "constraints nested too deep", "LIMIT_EXCEEDED");
    return constraint;
  }
  if (node.json->is_string()) {
    fail(node, "a reference to a constraint elsewhere: write it out here");
    return constraint;
  }
  bool has_operator = false;
  members(node, [&](const std::string& name, const Node& member) {
    has_operator |= name == "operator";
    return constraint_member(constraint, name, member, depth);
  });
  check(constraint, node, has_operator);
  return constraint;
}

bool Reader::constraint_member(Constraint& constraint, const std::string& name, const Node& node,
                               std::size_t depth) {
  if (name == "@id") {
    constraint.id = id(node);
  } else if (name == "@type") {
    for (const std::string& type : types(node)) {
      if (!is_constraint_type(type)) fail(node, "\"" + type + "\" is no type of a constraint");
    }
  } else if (name == "leftOperand") {
    constraint.left = operand_name(term(node));
  } else if (name == "operator") {
    const std::string written = term(node);
    const auto op = operator_of(written);
    if (!op) fail(node, "the operator \"" + written + "\" is not known");
    constraint.op = op.value_or(Operator::kEq);
  } else if (name == "rightOperand" || name == "rightOperandReference") {
    right_operand(constraint, node, name == "rightOperandReference");
  } else if (name == "unit") {
    constraint.unit = names_.reference(text(node));
  } else if (name == "dataType") {
    const std::string written = names_.reference(text(node));
    const auto type = data_type_name(written);
    if (!type) fail(node, "the data type \"" + written + "\" is not known");
    constraint.data_type = type.value_or("");
  } else if (name == "frequency") {
    constraint.frequency = frequency_name(names_.reference(text(node)));
  } else if (name == "contract") {
    constraint.contract = names_.reference(text(node));
  } else if (is_information_point(name) || is_description(name)) {
    constraint.notes.push_back(note(name, node));
  } else {
    return logical(constraint, name, node, depth);
  }
  return true;
}

bool Reader::logical(Constraint& constraint, const std::string& name, const Node& node,
                     std::size_t depth) {
  const auto kind = kLogical.find(name);
  if (kind == kLogical.end()) return false;
  if (constraint.kind != Constraint::Kind::kAtomic) {
    fail(node, "a constraint has one of and, or, xone and andSequence");
    return true;
  }
  constraint.kind = kind->second;
  constraint.operands = constraints(node, depth + 1);
  if (constraint.operands.empty()) fail(node, "is empty");
  return true;
}

// What must be there, and what must not stand together.
void Reader::check(const Constraint& constraint, const Node& node, bool has_operator) {
  const bool atomic = constraint.kind == Constraint::Kind::kAtomic;
  const bool has_atomic = !constraint.left.empty() || has_operator || !constraint.right.empty();
  const bool has_more = !constraint.unit.empty() || !constraint.data_type.empty() ||
                        !constraint.frequency.empty() || !constraint.contract.empty();
  if (!atomic && (has_atomic || has_more)) {
    fail(node, "both a constraint of its own and one that joins others");
  } else if (atomic && constraint.left.empty()) {
    fail(node, "has no leftOperand");
  } else if (atomic && !has_operator) {
    fail(node, "has no operator");
  } else if (atomic && constraint.right.empty()) {
    fail(node, "has no rightOperand");
  }
}

void Reader::right_operand(Constraint& constraint, const Node& node, bool reference) {
  if (!constraint.right.empty()) return fail(node, "a constraint has one right operand");
  constraint.list =
      !node.json->is_string() && (node.json->is_array() || node.json->find("@list") != nullptr ||
                                  node.json->find("@set") != nullptr);
  each(node, [&](const Node& one) { constraint.right.push_back(value(one, reference)); });
  constraint.list = is_list(node, constraint.right.size());
  if (constraint.right.empty()) fail(node, "an empty list");
}

Value Reader::value(const Node& node, bool reference) {
  const Json& json = *node.json;
  if (reference) return {"@reference", names_.reference(text(node))};
  switch (json.kind()) {
    case Json::Kind::kString:
      return {"", json.text()};
    case Json::Kind::kNumber:
      return {number_type(json.text()), json.text()};
    case Json::Kind::kBool:
      return {"xsd:boolean", json.as_bool() ? "true" : "false"};
    case Json::Kind::kObject:
      break;
    case Json::Kind::kArray:
    case Json::Kind::kNull:
      fail(node, "a value is expected here");
      return {};
  }
  if (const Json* literal_text = json.find("@value")) return literal(node, *literal_text);
  if (json.members().size() == 1 && (json.find("@id") != nullptr || json.find("uid") != nullptr)) {
    return {"@id", names_.reference(text(node))};
  }
  fail(node, "a string, a number, a boolean, \"@value\" or \"@id\" is expected here");
  return {};
}

// {"@value": "10", "@type": "xsd:integer"}
Value Reader::literal(const Node& object, const Json& written) {
  Value value = {"", written.text()};
  if (written.is_number()) value.type = number_type(written.text());
  if (written.is_bool()) value = {"xsd:boolean", written.as_bool() ? "true" : "false"};
  if (written.is_null() || written.is_array() || written.is_object()) {
    fail(object.member("@value", written), "a string, a number or a boolean is expected here");
  }
  for (const auto& [key, json] : object.json->members()) {
    if (key == "@value") continue;
    const Node member = object.member(key, json);
    if (key != "@type" && key != "type") {
      fail(member, "is not understood beside \"@value\"");
      continue;
    }
    const std::string name = term(member);
    const auto type = data_type_name(name);
    if (!type) fail(member, "the data type \"" + name + "\" is not known");
    value.type = type.value_or("");
  }
  return value;
}

}  // namespace connector::contract
