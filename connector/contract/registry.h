// The registry of enforceable terms: every operand, action and duty that an agreement may hold, who
// enforces it, with what, and on whose word. What is not in it is refused before signing, by both
// sides. docs/terms.md is generated from it.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contract/negotiation.h"
#include "contract/policy.h"

namespace connector::contract {

// Named in each agreement, so that both sides know by which table it was read.
inline constexpr std::string_view kRegistryVersion = "1";

enum class Enforcer { kProvider, kConsumer, kBoth, kContractual };
std::string_view words(Enforcer enforcer);  // "provider enforces" ...

// Where the fact comes from that the term is held against.
enum class FactSource {
  kProtocol,  // seen by the one who enforces: certificate, clock, counters, labels
  kAdmin,     // what the admin of the one who enforces states in its tables
  kDeclared,  // said by the other side, or by a machine that its owner controls
  kNone,      // nothing is looked up: a duty that is carried out
};
std::string_view words(FactSource source);

// What a right operand may be.
enum class ValueKind {
  kText,         // any text of at least one character
  kParticipant,  // did:web:veldkamp.example
  kConnector,    // did:web:veldkamp.example/hengelo
  kInstant,      // a date-time with a zone
  kDuration,     // xsd:duration
  kCount,        // a whole number of 0 or more
  kDecimal,
  kOneOf,  // one of Term::values
};

// The set of operators that a term allows.
class Operators {
 public:
  constexpr Operators(std::initializer_list<Operator> list) {
    for (const Operator op : list) bits_ |= 1u << static_cast<unsigned>(op);
  }
  constexpr bool contains(Operator op) const {
    return (bits_ >> static_cast<unsigned>(op) & 1u) != 0;
  }

 private:
  unsigned bits_ = 0;
};

// Which connectors of this version carry a term out. Where that is less than its Enforcer says,
// not_executed names it, so that it can be refused before signing.
struct Executed {
  bool provider = false;
  bool consumer = false;
};

struct Term {
  enum class Place {
    kConstraint,     // left operand of a constraint of a permission or prohibition
    kTarget,         // left operand of a refinement of the target
    kAssignee,       // left operand of a refinement of the assignee
    kAction,         // what a permission or prohibition is about
    kDuty,           // action of a duty or an obligation
    kDutyParameter,  // left operand of a refinement or constraint of a duty
  };
  Place place;
  std::string_view name;                     // as in the normal form
  std::string_view of;                       // kDutyParameter: the duty's action; else empty
  Operators operators;                       // of an operand
  ValueKind value;                           // of an operand
  std::span<const std::string_view> values;  // kOneOf
  Enforcer enforcer;
  std::string_view executor;  // what in the connector does it
  FactSource fact;
  std::string_view plain;  // in plain words: "the purpose", "delete the data"
  int ids_class;           // of the 25 IDS usage-control classes; 0: none
  Executed executed;
};

// Does a connector in this role enforce what is labelled so?
constexpr bool enforces(Role role, Enforcer enforcer) {
  return enforcer == Enforcer::kBoth ||
         enforcer == (role == Role::kProvider ? Enforcer::kProvider : Enforcer::kConsumer);
}
// Does this version carry out all that the role enforces of the term?
constexpr bool executes(Role role, const Term& term) {
  return !enforces(role, term.enforcer) ||
         (role == Role::kProvider ? term.executed.provider : term.executed.consumer);
}

// In the order of the documentation.
std::span<const Term> registry();

// The term at this place, or null.
const Term* find_term(Term::Place place, std::string_view name, std::string_view of = {});

// Why a constraint is not one that the term allows: operator, qualifiers, values. Empty: it is.
std::string misfit(const Term& term, const Constraint& constraint);
// "the purpose is one of complaint-handling, planning".
std::string plain_words(const Term& term, const Constraint& constraint);

// One term of a policy that the registry knows.
struct Finding {
  std::string path;  // "permission[0].constraint[1]"
  const Term* term = nullptr;
  std::string plain;  // the whole term in plain words
};

// One that cannot be agreed, and what could be said instead.
struct Refusal {
  std::string path;
  std::string what;     // names the term and the cause
  std::string instead;  // may be empty
};

struct Assessment {
  std::vector<Finding> findings;
  std::vector<Refusal> refusals;
  bool enforceable() const { return refusals.empty(); }
  bool contractual() const;  // holds a term that no connector enforces
};

// Holds every rule, constraint, refinement, action and duty against the registry.
Assessment assess(const Policy& policy);

// What a connector in this role would have to carry out, and cannot in this version.
std::vector<Refusal> not_executed(const Assessment& assessment, Role role);

// The whole policy in plain words, a line for each rule and term, each term with its label.
std::vector<std::string> explain(const Policy& policy);

}  // namespace connector::contract
