// docs/terms.md is the registry, written out by this test: UPDATE_DOCS=1 writes it anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "contract/registry.h"
#include "contract/term.h"

namespace connector::contract {
namespace {

using Place = Term::Place;

constexpr const char* kHead = R"(# Terms that can be agreed

The registry of enforceable terms, version %V: every operand, action and duty that an offer or agreement may hold. A
term that is not listed, with another operator, or with a value that does not fit is refused before anything is signed;
the refusal names its place and what could be said instead. `connector offer check` and `connector offer explain` hold
your offers against this table.

Offers are read, checked, published with the policy and explained. Negotiation is not part of this version: nothing is
served under an offer, and the column *enforced by* says whose part it is once an agreement holds the term.

- *enforced by*: the provider, the consumer's connector, both, or nobody's program (*contractual only*).
- *fact*: whose word the term is held against. *protocol*: what the enforcing connector sees itself (certificate, clock,
  counters, labels); *own admin*: what its admin states; *declared*: what the other side says of itself.
- *executed*: whether this version's connectors carry the term out: *yes*, *no*, or the side that does.
- *class*: number among the 25 usage-control classes of the IDS (IDS-G, UsageControl/Contract).

How they are judged, by the provider at each fetch and by the consumer at each use:

- Some permission must hold, and no prohibition may apply: prohibitions prevail, whatever the policy says about conflicts.
  `use` permits all that ODRL includes in it but `distribute`, which must be named.
- What is not known never permits, and a prohibition that needs it applies.
- A term of the other side is taken as fulfilled. Where the provider need not have held it (a branch of a choice, a term of
  one of several permissions) the consumer's connector judges it by what it knows itself.
- `elapsedTime` counts from the agreement; with `eq`, as the ends of the Catena-X profile are written, it means: until then.
  `count` counts the use that is asked for.

)";

struct Section {
  Place place;
  const char* title;
};
constexpr Section kSections[] = {
    {Place::kAction, "Actions of permissions and prohibitions"},
    {Place::kConstraint, "Operands of constraints"},
    {Place::kTarget, "Refinements of the target"},
    {Place::kAssignee, "The assignee and its refinements"},
    {Place::kDuty, "Duties"},
    {Place::kDutyParameter, "Parameters of duties"},
};

const char* name_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::kText:
      return "text";
    case ValueKind::kParticipant:
      return "participant";
    case ValueKind::kConnector:
      return "connector";
    case ValueKind::kInstant:
      return "date-time with zone";
    case ValueKind::kDuration:
      return "duration";
    case ValueKind::kCount:
      return "whole number";
    case ValueKind::kDecimal:
      return "decimal";
    case ValueKind::kOneOf:
      return "";
  }
  return "";
}

std::string operators_of(const Term& term) {
  constexpr int kOperators = 13;
  std::string text;
  for (int i = 0; i < kOperators; ++i) {
    const auto op = static_cast<Operator>(i);
    if (term.operators.contains(op)) text += (text.empty() ? "" : ", ") + std::string(name_of(op));
  }
  return text;
}

std::string values_of(const Term& term) {
  if (term.value != ValueKind::kOneOf) return name_of(term.value);
  std::string text;
  for (const std::string_view value : term.values) {
    text += (text.empty() ? "`" : ", `") + std::string(value) + "`";
  }
  return text;
}

bool has_operators(Place place) {
  return place != Place::kAction && place != Place::kDuty;
}

const char* executed(const Term& term) {
  if (term.enforcer == Enforcer::kContractual) return "";
  const bool provider = executes(Role::kProvider, term);
  const bool consumer = executes(Role::kConsumer, term);
  if (provider && consumer) return "yes";
  if (term.enforcer != Enforcer::kBoth || provider == consumer) return "no";
  return provider ? "provider" : "consumer";
}

void write_row(std::ostream& out, const Term& term) {
  const std::string of = term.of.empty() ? "" : "`" + std::string(term.of) + "` ";
  out << "| " << of << "`" << term.name << "` | " << term.plain << " | ";
  if (has_operators(term.place)) out << operators_of(term) << " | " << values_of(term) << " | ";
  out << words(term.enforcer) << " | " << term.executor << " | " << executed(term) << " | "
      << words(term.fact) << " | " << (term.ids_class == 0 ? "" : std::to_string(term.ids_class))
      << " |\n";
}

std::string documentation() {
  std::string head = kHead;
  head.replace(head.find("%V"), 2, kRegistryVersion);
  std::ostringstream out;
  out << head;
  for (const Section& section : kSections) {
    out << "## " << section.title << "\n\n";
    const bool operators = has_operators(section.place);
    out << "| term | means | " << (operators ? "operators | values | " : "")
        << "enforced by | with | executed | fact | class |\n";
    out << "|---|---|" << (operators ? "---|---|" : "") << "---|---|---|---|---|\n";
    for (const Term& term : registry()) {
      if (term.place == section.place) write_row(out, term);
    }
    out << "\n";
  }
  std::string text = out.str();
  text.pop_back();
  return text;
}

TEST(Terms, TheDocumentationIsTheRegistry) {
  const std::string file = std::string(SOURCE_DIR) + "/docs/terms.md";
  if (const char* update = std::getenv("UPDATE_DOCS"); update && *update == '1') {
    std::ofstream(file) << documentation();
  }
  std::ifstream in(file);
  const std::string found((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(found, documentation()) << "write it anew: UPDATE_DOCS=1 build/contract_test "
                                       "--gtest_filter='Terms*'";
}

}  // namespace
}  // namespace connector::contract
