#include "opa/stated.h"

#include <algorithm>

#include "contract/registry.h"
#include "core/decimal.h"
#include "core/instant.h"
#include "core/text.h"
#include "opa/tables.h"

namespace connector::opa {
namespace {

using core::Json;
using Words = std::vector<std::string>;

const Words kKinds{"events", "states", "consents", "payments"};
const Words kPaymentKeys{"agreement", "partner",  "offer",    "amount", "unit",
                         "frequency", "contract", "interval", "until"};

constexpr std::size_t kConsents = 1'000'000;
constexpr std::size_t kNameBytes = 256;

Words intervals() {
  const auto* term =
      contract::find_term(contract::Term::Place::kDutyParameter, "timeInterval", "compensate");
  return {term->values.begin(), term->values.end()};
}

// A date is its end in UTC.
std::string end_of(Table& table, const YAML::Node& node, std::string text) {
  auto read = core::parse_instant(text);
  if (read && read->date_only) {
    text += "T23:59:59.999999999Z";
    read = core::parse_instant(text);
  }
  if (!read) {
    table.mistake(node, "until: " + read.error().message);
  } else if (!read->offset_min) {
    table.mistake(node, "'" + text + "' has no zone: add Z or +01:00");
  }
  return text;
}

Json payment(Table& table, const YAML::Node& map) {
  Json json = Json::object();
  table.each_of(map, "a payment", kPaymentKeys,
                [&](const std::string& name, const YAML::Node&, const YAML::Node& value) {
                  std::string text = table.text(value, name.c_str());
                  if (name == "until") text = end_of(table, value, std::move(text));
                  if (name == "amount" && !core::Decimal::parse(text)) {
                    table.mistake(value, "'" + text + "' is no amount such as 500.00");
                  }
                  const Words known = name == "interval" ? intervals() : Words{text};
                  if (std::find(known.begin(), known.end(), text) == known.end()) {
                    table.unknown(value, "interval", text, known);
                  }
                  json.set(name, Json::string(text));
                });
  const auto has = [&](const char* key) { return !json.text_at(key).empty(); };
  const bool by_offer = has("partner") && has("offer");
  if (has("agreement") == by_offer || has("partner") != has("offer")) {
    table.mistake(map, "say what is paid: agreement, or partner and offer");
  }
  if (!has("amount")) table.mistake(map, "the key 'amount' is missing");
  return json;
}

Json payments(Table& table, const YAML::Node& list) {
  Json json = Json::array();
  if (!list.IsSequence()) {
    table.mistake(list, "payments are a list: - {agreement: ..., amount: ...}");
    return json;
  }
  for (const YAML::Node& one : list) json.push(payment(table, one));
  return json;
}

// ---- the tables as they were published ----

Words texts(const Json* list) {
  Words values;
  if (list == nullptr) return values;
  for (const Json& one : list->items()) values.push_back(one.text());
  return values;
}

const std::vector<Json::Member>& members(const Json& tables, const char* table) {
  static const std::vector<Json::Member> none;
  const Json* found = tables.find(table);
  return found == nullptr ? none : found->members();
}

void add_payment(const Json& row, exchange::Payments& payments) {
  exchange::StatedPayment made;
  if (auto amount = core::Decimal::parse(row.text_at("amount"))) {
    made.payment.amount = std::move(*amount);
  }
  made.payment.unit = row.text_at("unit");
  made.payment.frequency = row.text_at("frequency");
  made.payment.contract = row.text_at("contract");
  made.payment.interval = row.text_at("interval");
  if (const auto until = core::parse_instant(row.text_at("until"))) made.until = until->epoch_ns;
  const std::string agreement = row.text_at("agreement");
  const auto by_offer = [&] {
    return exchange::paid_for(core::ParticipantId(row.text_at("partner")), row.text_at("offer"));
  };
  payments[agreement.empty() ? by_offer() : agreement].push_back(std::move(made));
}

}  // namespace

Json stated_fact(Table& table, const std::string& kind, const YAML::Node& at,
                 const YAML::Node& value) {
  if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
    table.unknown(at, "kind of fact", kind, kKinds);
  }
  if (kind == "payments") return payments(table, value);
  Json json = Json::array();
  for (const std::string& name : table.texts(value, "name", {})) {
    if (name.find('\n') != name.npos) table.mistake(value, "a name is one line");
    json.push(Json::string(name));
  }
  return json;
}

void check_consents(std::string_view text, Mistakes& mistakes) {
  std::size_t number = 0;
  std::size_t persons = 0;
  for (const std::string_view line : core::split(text, '\n')) {
    ++number;
    const std::string where = std::string(kConsentsFile) + ":" + std::to_string(number) + ": ";
    if (line.size() > kNameBytes || line.find('\r') != line.npos) {
      mistakes.push_back(where + "a line is the name of one person, up to 256 bytes");
      return;
    }
    persons += line.empty() ? 0 : 1;
    if (persons <= kConsents) continue;
    mistakes.push_back(where + "more than a million persons");
    return;
  }
}

exchange::StatedFacts stated_facts(const Json& tables, std::string consents) {
  exchange::StatedFacts stated;
  for (const auto& [id, row] : members(tables, "partners")) {
    stated.partners[core::ParticipantId(id)] = {
        texts(row.find("groups")), texts(row.find("sites")), texts(row.find("places")),
        texts(row.find("memberships")), row.text_at("security_level")};
  }
  for (const auto& [path, label] : members(tables, "fields")) {
    stated.label_paths[label.text()].push_back(path);
  }
  const Json* facts = tables.find("facts");
  if (facts != nullptr) {
    for (const std::string& person : texts(facts->find("consents"))) consents += "\n" + person;
  }
  stated.consenting = std::make_shared<const decision::Subjects>(std::move(consents));
  if (facts == nullptr) return stated;
  stated.events = texts(facts->find("events"));
  stated.states = texts(facts->find("states"));
  const Json* paid = facts->find("payments");
  if (paid == nullptr) return stated;
  for (const Json& row : paid->items()) add_payment(row, stated.payments);
  return stated;
}

}  // namespace connector::opa
