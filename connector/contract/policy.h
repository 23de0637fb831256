// The normal form of a policy: what every offer, agreement, set and request is read into, whichever
// spelling of ODRL it came in, and the only form that is judged, compared, signed or written.
// docs/formats.md defines its JSON text. Values only.
//
// Names: terms of the ODRL vocabulary (http://www.w3.org/ns/odrl/2/) stand bare: "use", "dateTime".
// Others stand as "prefix:name" with a prefix of the fixed table in contract/term.h ("idsc:ROLE",
// "cx-policy:UsagePurpose"), or as a whole IRI where the table has none. A bare name that ODRL does
// not define stays bare: it is read, and refused by the registry of enforceable terms.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace connector::contract {

// ODRL 2.2 Vocabulary, section 3.14 "Constraint Operators", and the thirteenth that the Dataspace
// Protocol 2025-1 adds (schema "Operator": "term-lteq").
enum class Operator {
  kEq,
  kNeq,
  kLt,
  kLteq,
  kGt,
  kGteq,
  kIsA,
  kHasPart,
  kIsPartOf,
  kIsAllOf,
  kIsAnyOf,
  kIsNoneOf,
  kTermLteq,
};

// One right operand. type: "" for a string without one; "@id" for a reference; else the name of a
// data type ("xsd:dateTime", "xsd:decimal", "xsd:boolean"), from the document or, for a bare
// JSON number or boolean, from its kind. text: as the document writes it.
struct Value {
  std::string type;
  std::string text;
  friend bool operator==(const Value&, const Value&) = default;
};

// What a document says beside its terms and what has no effect: titles, descriptions, creators, the
// other side's information points ("ids:pipEndpoint", which are never called). Kept so that nothing
// is dropped; names from a fixed table only, anything else is an error.
struct Note {
  std::string name;  // "dc:creator"
  std::string json;  // its value, compact
  friend bool operator==(const Note&, const Note&) = default;
};

// Atomic: left, op, right. Logical: operands. Never both.
struct Constraint {
  enum class Kind { kAtomic, kAnd, kOr, kXone, kAndSequence };
  Kind kind = Kind::kAtomic;
  std::string id;  // of the document; may be empty
  std::string left;
  Operator op = Operator::kEq;
  std::vector<Value> right;
  bool list = false;  // the document gave a list, were it of one value
  std::string unit;   // ODRL "unit"; may be empty
  std::string data_type;
  std::vector<Constraint> operands;
  std::vector<Note> notes;
  friend bool operator==(const Constraint&, const Constraint&) = default;
};

// All refinements hold together.
struct Action {
  std::string name;
  std::vector<Constraint> refinements;
  friend bool operator==(const Action&, const Action&) = default;
};

// A party or an asset; a collection is what its source lists, narrowed by its refinements.
struct Subject {
  std::string id;      // "uid" or "@id"; may be empty for a collection that has a source
  std::string source;  // of a collection: the IRI of the whole
  bool collection = false;
  std::vector<std::string> types;  // other than Party, Asset and their collections
  std::vector<Constraint> refinements;
  std::vector<Note> notes;
  friend bool operator==(const Subject&, const Subject&) = default;
};

// A party in another function than assigner and assignee: "informedParty", "consentingParty" ...
struct Function {
  std::string name;
  std::vector<Subject> parties;
  friend bool operator==(const Function&, const Function&) = default;
};

struct Rule {
  enum class Kind { kPermission, kProhibition, kObligation, kDuty, kConsequence, kRemedy };
  Kind kind = Kind::kPermission;
  std::string id;                   // of the document; may be empty
  std::vector<Action> actions;      // none: any action
  std::optional<Subject> assigner;  // none: that of the policy, if it has one
  std::optional<Subject> assignee;  // none: that of the policy; none there either: anybody
  std::vector<Subject> targets;     // none: those of the policy; none there either: any
  std::vector<Function> functions;
  std::vector<Constraint> constraints;  // all hold together
  std::vector<Rule> duties;             // of a permission
  std::vector<Rule> consequences;       // of a duty or an obligation: what is owed when it fails
  std::vector<Rule> remedies;           // of a prohibition
  std::string next_policy;              // "hasPolicy" beside the action nextPolicy
  std::vector<Note> notes;
  friend bool operator==(const Rule&, const Rule&) = default;
};

struct Policy {
  enum class Type { kSet, kOffer, kAgreement, kRequest };
  Type type = Type::kSet;
  std::string id;
  std::vector<std::string> profiles;
  std::optional<Subject> assigner;
  std::optional<Subject> assignee;
  std::vector<Subject> targets;
  std::string conflict;   // "perm", "prohibit", "invalid" or ""; ODRL's default is "invalid"
  std::string timestamp;  // Dataspace Protocol: when an agreement was made; as written
  std::vector<Rule> permissions;
  std::vector<Rule> prohibitions;
  std::vector<Rule> obligations;
  std::vector<Note> notes;
  friend bool operator==(const Policy&, const Policy&) = default;
};

}  // namespace connector::contract
