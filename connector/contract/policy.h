// The normal form of a policy: what every offer, agreement, set and request is read into, whichever
// spelling of ODRL it came in, and the only form that is judged, compared, signed or written.
// docs/formats.md defines its JSON text. Values only.
//
// Names: terms of the ODRL vocabulary (http://www.w3.org/ns/odrl/2/) stand bare: "use", "dateTime".
// Others stand as "prefix:name" with a prefix of the fixed table in contract/term.h ("idsc:ROLE",
// "cx-policy:UsagePurpose"), or as a whole IRI where the table has none. A bare name that ODRL does
// not define stays bare: it is read, and refused by the registry of enforceable terms.
#pragma once

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

// One right operand. type: "" for a string (xsd:string is the same); "@id" for a reference, whose
// text is a name as above; "@reference" for ODRL's rightOperandReference, which nobody resolves;
// else a data type of XML Schema ("xsd:dateTime"), from the document or, for a bare JSON number or
// boolean, from its kind. text: as the document writes it.
struct Value {
  std::string type;
  std::string text;
  friend bool operator==(const Value&, const Value&) = default;
};

// What a document says beside its terms and what has no effect: titles, descriptions, creators, the
// other side's information points ("ids:pipEndpoint", which are never called). Kept so that nothing
// is dropped; names from a fixed table only, anything else is an error.
struct Note {
  std::string name;  // "dct:creator"
  std::string json;  // its value, compact
  friend bool operator==(const Note&, const Note&) = default;
};

// Atomic: left, op, right and what qualifies them. Logical: operands. Never both.
struct Constraint {
  enum class Kind { kAtomic, kAnd, kOr, kXone, kAndSequence };
  Kind kind = Kind::kAtomic;
  std::string id;  // of the document; may be empty
  std::string left;
  Operator op = Operator::kEq;
  std::vector<Value> right;  // at least one
  bool list = false;         // the document gave a list, were it of one value
  std::string unit;          // ODRL "unit": "http://dbpedia.org/resource/Euro"; may be empty
  std::string data_type;     // ODRL "dataType"; may be empty
  std::string frequency;     // IDS: how often it is due, "freq:annual"; may be empty
  std::string contract;      // IDS: kind of contract, "http://dbpedia.org/page/Rent"; may be empty
  std::vector<Constraint> operands;
  std::vector<Note> notes;
  friend bool operator==(const Constraint&, const Constraint&) = default;
};

// All refinements hold together.
struct Action {
  std::string name;
  std::vector<Constraint> refinements;
  std::vector<Note> notes;
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

// Parties in another function than assigner and assignee ("informedParty", "consentingParty"), or
// assets in another relation than target ("output").
struct Function {
  std::string name;
  std::vector<Subject> subjects;
  friend bool operator==(const Function&, const Function&) = default;
};

struct Rule {
  enum class Kind { kPermission, kProhibition, kObligation, kDuty, kConsequence, kRemedy };
  Kind kind = Kind::kPermission;
  std::string id;                  // of the document; may be empty
  std::vector<Action> actions;     // any of them; none: any action
  std::vector<Subject> assigners;  // none: those of the policy, if it has some
  std::vector<Subject> assignees;  // any of them; none: those of the policy; none there: anybody
  std::vector<Subject> targets;    // any of them; none: those of the policy; none there: anything
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
  std::string id;  // may be empty
  std::vector<std::string> profiles;
  std::vector<Subject> assigners;
  std::vector<Subject> assignees;
  std::vector<Subject> targets;
  std::string conflict;   // "perm", "prohibit", "invalid" or ""; ODRL's default is "invalid"
  std::string timestamp;  // Dataspace Protocol: when an agreement was made; as written
  std::vector<Rule> permissions;
  std::vector<Rule> prohibitions;
  std::vector<Rule> obligations;
  std::vector<Note> notes;
  friend bool operator==(const Policy&, const Policy&) = default;
};

// A document beside a policy that says something about a party or an asset: "vcard:hasRole" of a
// person, "partOf" of a data set. Material for whoever keeps the state of the world, no policy.
struct Fact {
  std::string id;
  std::vector<std::string> types;
  std::vector<Note> members;
  friend bool operator==(const Fact&, const Fact&) = default;
};

}  // namespace connector::contract
