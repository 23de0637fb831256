// Which entries of the tables and which rules of the company decided.
#include "opa/grounds.h"

#include <algorithm>

namespace connector::opa {
namespace {

using core::Json;

constexpr const char* kFacts = R"rego({
  "groups": [g | some g in data.connector.access.groups],
  "labels": {label: i | some label, rules in data.tables.labels
    fitting := [n | some n, rule in rules; data.connector.fields.fits(rule)]
    i := fitting[0]}
})rego";

constexpr const char* kCompany = R"rego({
  "deny": [x | x := data.company.deny],
  "allow": [x | x := data.company.allow],
  "obligations": [x | x := data.company.obligations],
  "rows": [x | input.row; x := data.company.rows]
})rego";

std::string joined(const Json& list) {
  std::string text;
  for (const Json& one : list.items()) text += (text.empty() ? "" : ", ") + one.text();
  return text;
}

}  // namespace

core::Result<Grounds> Grounds::of(const Bench& bench, const Json& input) {
  auto facts = bench.query(kFacts, input);
  if (!facts) return std::move(facts.error());
  auto company = bench.query(kCompany, input, true);
  if (!company) return std::move(company.error());
  Grounds grounds(bench.places());
  grounds.input_ = input;
  grounds.facts_ = std::move(facts->value);
  grounds.visits_ = std::move(company->visits);
  return grounds;
}

std::string Grounds::text(std::initializer_list<std::string_view> path) const {
  const Json* at = &input_;
  for (const auto key : path) at = at ? at->find(key) : nullptr;
  return at ? at->text() : std::string();
}

Json Grounds::reasons(const decision::Decision& decision) const {
  Json list = Json::array();
  for (const decision::Reason& reason : decision.reasons) {
    list.push(Json::object()
                  .set("code", Json::string(reason.code))
                  .set("text", Json::string(reason.text))
                  .set("hint", Json::string(reason.hint))
                  .set("place", Json::string(place_of(reason))));
  }
  return list;
}

std::string Grounds::place_of(const decision::Reason& reason) const {
  const std::string dataset = text({"resource", "dataset"});
  const std::string purpose = text({"request", "purpose"});
  if (reason.code == "PARTNER_NOT_LISTED") {
    return places_.of("partners.yaml", "partners/" + text({"subject", "participant"}));
  }
  if (reason.code == "GROUP_NOT_ALLOWED") {
    return places_.of("datasets.yaml", "datasets/" + dataset + "/groups");
  }
  if (reason.code == "PURPOSE_NOT_ALLOWED") {
    return places_.of("purposes.yaml", "purposes/" + dataset + "/" + purpose);
  }
  if (reason.code == "DATASET_NOT_LISTED") return places_.of("datasets.yaml", "datasets");
  if (reason.code == "DATASET_INTERNAL") return "connector.yaml";
  if (reason.code == "NO_ROWS") {
    return places_.of("datasets.yaml", "datasets/" + dataset + "/rows");
  }
  if (reason.code == "COMPANY_DENY") return denial(reason.text);
  return "guard rails of the program";
}

// Of several denials the one that says this; several may say the same.
std::string Grounds::denial(const std::string& text) const {
  std::string all;
  std::string said;
  for (const Visit& visit : visits_) {
    if (visit.rule != "deny" || !visit.held) continue;
    const std::string place = visit.file + ":" + std::to_string(visit.line);
    if (all.find(place) != std::string::npos) continue;
    all += (all.empty() ? "" : ", ") + place;
    if (visit.value.text() == text) said += (said.empty() ? "" : ", ") + place;
  }
  return said.empty() ? all : said;
}

std::vector<std::string> Grounds::held(const std::string& rule) const {
  std::vector<std::string> places;
  for (const Visit& visit : visits_) {
    std::string place = visit.file + ":" + std::to_string(visit.line);
    const bool new_one = std::find(places.begin(), places.end(), place) == places.end();
    if (visit.rule == rule && visit.held && new_one) places.push_back(std::move(place));
  }
  return places;
}

Json Grounds::rules(const std::string& name) const {
  Json list = Json::array();
  for (const Visit& visit : visits_) {
    if (visit.rule != name) continue;
    Json one = Json::object()
                   .set("place", Json::string(visit.file + ":" + std::to_string(visit.line)))
                   .set("holds", Json::boolean(visit.held));
    if (!visit.held && visit.failed_line > 0) {
      one.set("fails_at", Json::string(visit.file + ":" + std::to_string(visit.failed_line)));
    }
    list.push(std::move(one));
  }
  return list;
}

// What an allowed question stands on.
Json Grounds::decided_by() const {
  const std::string participant = text({"subject", "participant"});
  const std::string dataset = text({"resource", "dataset"});
  const std::string purpose = text({"request", "purpose"});
  Json list = Json::array();
  const auto add = [&](std::string rule, std::string place) {
    list.push(Json::object()
                  .set("rule", Json::string(std::move(rule)))
                  .set("place", Json::string(std::move(place))));
  };
  const Json* groups = facts_.find("groups");
  if (groups && !groups->items().empty()) {
    add(participant + " belongs to " + joined(*groups),
        places_.of("partners.yaml", "partners/" + participant));
  }
  add("dataset " + dataset, places_.of("datasets.yaml", "datasets/" + dataset + "/groups"));
  if (places_.has("purposes.yaml", "purposes/" + dataset + "/" + purpose)) {
    add("purpose " + purpose, places_.of("purposes.yaml", "purposes/" + dataset + "/" + purpose));
  }
  for (const std::string& place : held("allow")) add("allow of the company", place);
  return list;
}

std::optional<std::string> Grounds::label_rule(const std::string& label) const {
  const Json* labels = facts_.find("labels");
  const Json* number = labels ? labels->find(label) : nullptr;
  if (!number) return std::nullopt;
  return places_.of("labels.yaml", "labels/" + label + "/" + number->text());
}

}  // namespace connector::opa
