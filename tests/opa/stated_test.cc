// facts.yaml: what the admin states, and terms of agreements are held against.
#include "opa/stated.h"

#include "opa/company.h"
#include "opa/tables.h"

namespace connector::testing {
namespace {

core::Result<core::Json> tables_with(const std::string& facts) {
  return opa::read_tables({{"datasets.yaml", "groups: {customer: buys}\ndatasets: {}\n"},
                           {"partners.yaml", "partners: {}\n"},
                           {"purposes.yaml", "purposes: {}\n"},
                           {"labels.yaml", "labels: {}\n"},
                           {"fields.yaml", "fields: {}\n"},
                           {"facts.yaml", "facts:\n" + facts}},
                          {});
}

std::string mistakes_in(const std::string& facts) {
  const auto tables = tables_with(facts);
  return tables ? "" : tables.error().message;
}

TEST(Stated, FactsBecomeWhatTermsAreHeldAgainst) {
  const auto tables = tables_with(
      "  events: [fair]\n  states: [normal, night]\n  consents: [urn:person:sara]\n"
      "  payments:\n"
      "    - {agreement: a1, amount: 500.00, unit: 'urn:euro', interval: P1M}\n"
      "    - {partner: 'did:web:x.example', offer: rent, amount: 7, until: 2026-06-30}\n"
      "    - {partner: 'did:web:x.example', offer: rent, amount: 8,\n"
      "       until: '2026-06-30T12:00:00+02:00'}\n");
  ASSERT_TRUE(tables) << tables.error().message;
  const exchange::StatedFacts stated = opa::stated_facts(*tables, "Sara\n\nJohn\n");
  EXPECT_EQ(stated.events, std::vector<std::string>{"fair"});
  EXPECT_EQ(stated.states, (std::vector<std::string>{"normal", "night"}));
  EXPECT_EQ(stated.consenting->size(), 3u);
  for (const char* person : {"urn:person:sara", "Sara", "John"}) {
    EXPECT_TRUE(stated.consenting->contains(person)) << person;
  }
  EXPECT_FALSE(stated.consenting->contains(""));
  const auto& once = stated.payments.at("a1");
  ASSERT_EQ(once.size(), 1u);
  EXPECT_TRUE(once[0].payment.amount == *core::Decimal::parse("500"));
  EXPECT_EQ(once[0].payment.unit, "urn:euro");
  EXPECT_EQ(once[0].payment.interval, "P1M");
  EXPECT_FALSE(once[0].until);
  const auto& rent =
      stated.payments.at(exchange::paid_for(core::ParticipantId("did:web:x.example"), "rent"));
  ASSERT_EQ(rent.size(), 2u);
  EXPECT_EQ(core::to_rfc3339(*rent[0].until), "2026-06-30T23:59:59.999999999Z");
  EXPECT_EQ(core::to_rfc3339(*rent[1].until), "2026-06-30T10:00:00Z");
}

TEST(Stated, EachMistakeNamesItsLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"  event: [fair]\n", "facts.yaml:2: unknown kind of fact 'event'; did you mean 'events'?"},
      {"  consents: [\"a\\nb\"]\n", "facts.yaml:2: a name is one line"},
      {"  payments: {agreement: a1}\n", "facts.yaml:2: payments are a list"},
      {"  payments:\n    - {agreement: a1}\n", "facts.yaml:3: the key 'amount' is missing"},
      {"  payments:\n    - {amount: 5}\n", "facts.yaml:3: say what is paid"},
      {"  payments:\n    - {amount: 5, offer: rent}\n", "facts.yaml:3: say what is paid"},
      {"  payments:\n    - {amount: 5, agreement: a, partner: p, offer: o}\n",
       "facts.yaml:3: say what is paid"},
      {"  payments:\n    - {amount: five, agreement: a}\n", "facts.yaml:3: 'five' is no amount"},
      {"  payments:\n    - {amount: 5, agreement: a, until: June}\n", "facts.yaml:3: until: "},
      {"  payments:\n    - {amount: 5, agreement: a, until: '2026-06-30T12:00:00'}\n",
       "facts.yaml:3: '2026-06-30T12:00:00' has no zone"},
      {"  payments:\n    - {amount: 5, agreement: a, interval: P2M}\n",
       "facts.yaml:3: unknown interval 'P2M'"},
      {"  payments:\n    - {amount: 5, agreement: a, amonut: 5}\n",
       "facts.yaml:3: unknown key 'amonut'; did you mean 'amount'?"},
  };
  for (const auto& [facts, message] : cases) {
    EXPECT_NE(mistakes_in(facts).find(message), std::string::npos)
        << facts << mistakes_in(facts) << "\n"
        << message;
  }
}

TEST(Stated, AMillionPersonsConsentAndNoMore) {
  const auto mistakes_of = [](const std::string& text) {
    opa::Mistakes mistakes;
    opa::check_consents(text, mistakes);
    return mistakes.empty() ? std::string() : mistakes.front();
  };
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "p" + std::to_string(i) + "\n";
  EXPECT_EQ(mistakes_of(text), "");
  EXPECT_EQ(mistakes_of(text + "one\n"), "consents.txt:1000001: more than a million persons");
  EXPECT_EQ(mistakes_of("a\nb\r\n").substr(0, 17), "consents.txt:2: a");
  EXPECT_EQ(mistakes_of(std::string(257, 'a')).substr(0, 17), "consents.txt:1: a");
}

}  // namespace
}  // namespace connector::testing
