// docs/terms.md is the registry, written out by this test: UPDATE_DOCS=1 writes it anew.
#include <gtest/gtest.h>

#include <algorithm>
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

Both sides hold a negotiation against it, too: a term that one of them does not carry out is not agreed.

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

constexpr const char* kOfClasses = R"(## The 25 usage-control classes of the IDS

Each is tested between two running connectors (tests/e2e/ids_classes_test.py): the use allowed, then refused by the term, or
the duty done. Two of the 25 are not enforced:

- *17, next policy*: received data are passed on by no operation of this version, so there is nothing that a next policy
  could be attached to. `distribute` and `nextPolicy` are refused before anything is signed.
- *25, multi-party computation*: computing without showing the data is the work of an application that both trust; the
  connector can only agree that it is done. A company may refuse such terms (`contracts.yaml`: `contractual: {terms: forbid}`).

)";

struct IdsClass {
  const char* name;
  const char* test;
};
constexpr IdsClass kClasses[] = {
    {"assignee", "test_01_assignee"},
    {"connector", "test_02_connector"},
    {"application", "test_03_application"},
    {"role of the user", "test_04_role"},
    {"place of use", "test_05_place"},
    {"purpose", "test_06_purpose"},
    {"event", "test_07_event"},
    {"security level", "test_08_security_level"},
    {"time window", "test_09_time_window"},
    {"duration", "test_10_duration"},
    {"number of uses", "test_11_count"},
    {"delete", "test_12_delete"},
    {"modify in transit", "test_13_replace"},
    {"modify at rest", "test_14_anonymise"},
    {"log", "test_15_log"},
    {"inform a party", "test_16_inform"},
    {"next policy", "test_17_next_policy"},
    {"state of the data", "test_18_artifact_state"},
    {"payment", "test_19_payment"},
    {"recurring payment", "test_20_recurring_payment"},
    {"state of the environment", "test_21_state"},
    {"place of the partner", "test_22_place_of_the_partner"},
    {"consent", "test_23_consent"},
    {"classification of the data", "test_24_classification"},
    {"multi-party computation", "test_25_multi_party_computation"},
};

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

// The terms that speak for the class, and who enforces them.
void write_class(std::ostream& out, int number) {
  std::string terms;
  std::string enforcers;
  for (const Term& term : registry()) {
    if (term.ids_class != number) continue;
    const std::string of = term.of.empty() ? "" : "`" + std::string(term.of) + "` ";
    terms += (terms.empty() ? "" : ", ") + of + "`" + std::string(term.name) + "`";
    const bool done = executes(Role::kProvider, term) && executes(Role::kConsumer, term);
    const std::string who(done ? words(term.enforcer) : "not carried out");
    if (enforcers.find(who) == std::string::npos) {
      enforcers += (enforcers.empty() ? "" : ", ") + who;
    }
  }
  const IdsClass& one = kClasses[number - 1];
  out << "| " << number << " | " << one.name << " | " << terms << " | " << enforcers << " | `"
      << one.test << "` |\n";
}

std::string documentation() {
  std::string head = kHead;
  head.replace(head.find("%V"), 2, kRegistryVersion);
  std::ostringstream out;
  out << head << kOfClasses;
  out << "| class | means | terms | enforced by | test |\n|---|---|---|---|---|\n";
  for (int number = 1; number <= static_cast<int>(std::size(kClasses)); ++number) {
    write_class(out, number);
  }
  out << "\n";
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

std::string content_of(const std::string& path) {
  std::ifstream in(std::string(SOURCE_DIR) + path);
  return {(std::istreambuf_iterator<char>(in)), {}};
}

TEST(Terms, TheDocumentationIsTheRegistry) {
  const std::string file = std::string(SOURCE_DIR) + "/docs/terms.md";
  if (const char* update = std::getenv("UPDATE_DOCS"); update && *update == '1') {
    std::ofstream(file) << documentation();
  }
  EXPECT_EQ(content_of("/docs/terms.md"), documentation())
      << "write it anew: UPDATE_DOCS=1 build/contract_test "
         "--gtest_filter='Terms*'";
}

TEST(Terms, EachOfThe25ClassesIsTestedBetweenTwoConnectors) {
  ASSERT_EQ(std::size(kClasses), 25u);
  const std::string tests = content_of("/tests/e2e/ids_classes_test.py");
  int enforced = 0;
  for (int number = 1; number <= 25; ++number) {
    const std::string test = kClasses[number - 1].test;
    EXPECT_NE(tests.find("    def " + test + "(self):"), std::string::npos) << test;
    const auto of_class = [&](const Term& term) { return term.ids_class == number; };
    const auto terms = registry();
    EXPECT_TRUE(std::any_of(terms.begin(), terms.end(), of_class)) << number;
    enforced += std::all_of(terms.begin(), terms.end(), [&](const Term& term) {
      return !of_class(term) ||
             (term.enforcer != Enforcer::kContractual && executes(Role::kProvider, term) &&
              executes(Role::kConsumer, term));
    });
  }
  EXPECT_EQ(enforced, 23);
}

}  // namespace
}  // namespace connector::contract
