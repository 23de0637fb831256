#include "opa/remedies.h"

#include <algorithm>

namespace connector::opa {
namespace {

using core::Json;

// Each list holds what would suffice alone; "pairs" what would together. A company rule is lifted
// only to learn that it is what refuses.
constexpr const char* kAlternatives = R"rego({
  "purposes": [p | some p, _ in data.tables.purposes[input.resource.dataset]
    p != input.request.purpose
    data.connector.decision.permitted with input.request.purpose as p],
  "groups": [g | some g in ({x | some _, d in data.tables.datasets; some x in d.groups} |
      {x | some _, d in data.tables.purposes; some _, l in d; some x in l})
    partners := object.union(data.tables.partners, {input.subject.participant: {"groups":
      array.concat(object.get(data.tables.partners, [input.subject.participant, "groups"], []),
        [g])}})
    data.connector.decision.permitted with data.tables.partners as partners],
  "pairs": [{"group": g, "purpose": p} |
    some p, _ in data.tables.purposes[input.resource.dataset]
    some g in {x | some _, l in data.tables.purposes[input.resource.dataset]; some x in l}
    partners := object.union(data.tables.partners, {input.subject.participant: {"groups":
      array.concat(object.get(data.tables.partners, [input.subject.participant, "groups"], []),
        [g])}})
    data.connector.decision.permitted with input.request.purpose as p
      with data.tables.partners as partners],
  "site": [true | sites := data.tables.partners[input.subject.participant].sites
    partners := object.union(data.tables.partners, {input.subject.participant: {"sites":
      array.concat(sites, [input.subject.site])}})
    data.connector.decision.permitted with data.tables.partners as partners],
  "without_deny": [true | not data.connector.decision.permitted
    data.connector.decision.permitted with data.company.deny as set()],
  "identifiers": [id | not data.connector.rows.include
    some list in [object.get(input, ["row", "buyer_ids"], ""),
      object.get(input, ["row", "seller_ids"], "")]
    some part in split(trim(list, "|"), "|")
    part != ""
    id := replace(part, "%7C", "|")
    ids := array.concat(input.subject.party_ids, [id])
    data.connector.rows.include with input.subject.party_ids as ids]
})rego";

const std::vector<Json>& items(const Json& json, const char* key) {
  static const std::vector<Json> none;
  const Json* list = json.find(key);
  return list ? list->items() : none;
}

class List {
 public:
  List(const Bench& bench, const Json& input)
      : places_(bench.places()),
        participant_(text(input, "subject", "participant")),
        site_(text(input, "subject", "site")),
        dataset_(text(input, "resource", "dataset")),
        purpose_(text(input, "request", "purpose")) {}

  void about_question(const Json& found) {
    for (const Json& purpose : items(found, "purposes")) {
      add("purpose " + purpose.text() + " would be allowed",
          places_.of("purposes.yaml", "purposes/" + dataset_ + "/" + purpose.text()));
    }
    for (const Json& group : items(found, "groups")) {
      add("add group " + group.text() + " to " + participant_, partner_place());
    }
    if (!items(found, "site").empty()) {
      add("add site " + site_ + " to the sites of " + participant_,
          places_.of("partners.yaml", "partners/" + participant_ + "/sites"));
    }
    const bool alone = !items(found, "purposes").empty() || !items(found, "groups").empty();
    if (!alone) {
      for (const Json& pair : items(found, "pairs")) {
        add("add group " + pair.text_at("group") + " to " + participant_ +
                ", and ask for purpose " + pair.text_at("purpose"),
            partner_place());
      }
    }
    if (!items(found, "without_deny").empty()) {
      add("a deny rule of the company is all that refuses: see the reasons", "company.rego");
    }
    if (!places_.has("datasets.yaml", "datasets/" + dataset_)) {
      add("list dataset " + dataset_ + " with its groups and rows",
          places_.of("datasets.yaml", "datasets"));
    }
  }

  void about_row(const Json& found) {
    std::vector<std::string> had;
    for (const Json& id : items(found, "identifiers")) {
      if (std::find(had.begin(), had.end(), id.text()) != had.end()) continue;
      had.push_back(id.text());
      add("confirm that " + id.text() + " is an identifier of " + participant_,
          places_.of("datasets.yaml", "datasets/" + dataset_ + "/rows"),
          "connector partner confirm " + participant_ + " " + id.text());
    }
  }

  Json take() { return std::move(list_); }

 private:
  static std::string text(const Json& input, const char* outer, const char* key) {
    const Json* object = input.find(outer);
    return object ? object->text_at(key) : std::string();
  }
  std::string partner_place() const {
    return places_.of("partners.yaml", "partners/" + participant_ + "/groups");
  }
  void add(std::string text, std::string place, std::string command = {}) {
    Json one = Json::object()
                   .set("text", Json::string(std::move(text)))
                   .set("place", Json::string(std::move(place)));
    if (!command.empty()) one.set("command", Json::string(std::move(command)));
    list_.push(std::move(one));
  }

  const Places& places_;
  const std::string participant_, site_, dataset_, purpose_;
  Json list_ = Json::array();
};

}  // namespace

core::Result<Json> remedies(const Bench& bench, const Json& input, bool allowed) {
  auto found = bench.query(kAlternatives, input);
  if (!found) return std::move(found.error());
  List list(bench, input);
  if (!allowed) list.about_question(found->value);
  list.about_row(found->value);
  return list.take();
}

}  // namespace connector::opa
