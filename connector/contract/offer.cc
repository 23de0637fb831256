#include "contract/offer.h"

#include <algorithm>

#include "contract/registry.h"
#include "core/duration.h"
#include "core/instant.h"
#include "core/text.h"

namespace connector::contract {
namespace {

using core::Json;

Constraint constraint(std::string left, Operator op, std::vector<Value> right) {
  Constraint made;
  made.left = std::move(left);
  made.op = op;
  made.list = op == Operator::kIsAnyOf || op == Operator::kIsNoneOf;
  made.right = std::move(right);
  return made;
}

// Reads one short form; collects every mistake.
class Reader {
 public:
  Reader(const std::string& id, const Json& form) : form_(form) {
    offer_.id = id;
    offer_.policy.type = Policy::Type::kOffer;
    offer_.policy.id = id;
  }

  core::Result<Offer> read() {
    if (!form_.is_object()) return failure("the offer is no table of keys");
    about();
    rule_.actions.emplace_back().name = "use";
    conditions();
    target();
    duties();
    refuse_unknown();
    offer_.policy.permissions.push_back(std::move(rule_));
    for (const Refusal& refusal : assess(offer_.policy).refusals) {
      if (mistakes_.empty()) mistake(refusal.path, refusal.what + "; " + refusal.instead);
    }
    if (!mistakes_.empty()) return failure(mistakes_);
    return std::move(offer_);
  }

 private:
  void about() {
    offer_.title = text("title");
    offer_.datasets = texts("datasets");
    if (offer_.datasets.empty()) mistake("datasets", "name at least one dataset");
    for (const std::string& name : texts("participants")) {
      if (name.rfind("did:web:", 0) != 0)
        mistake("participants", "'" + name + "' is no did:web:...");
      offer_.participants.emplace_back(name);
    }
    offer_.groups = texts("groups");
    if (offer_.participants.empty() && offer_.groups.empty()) {
      mistake("groups", "say to whom it is offered: groups or participants");
    }
  }

  void conditions() {
    any_of("purposes", "purpose");
    any_of("connectors", "idsc:CONNECTOR");
    any_of("applications", "idsc:APPLICATION");
    any_of("roles", "idsc:ROLE");
    any_of("places", "spatial");
    any_of("states", "idsc:state");
    instant("from", Operator::kGteq);
    instant("until", Operator::kLteq);
    if (const std::string uses = text("uses"); !uses.empty()) {
      add(constraint("count", Operator::kLteq, {{"xsd:integer", uses}}));
    }
    const std::string time = text("for");
    if (time.empty()) return;
    if (!core::parse_duration(time)) mistake("for", "'" + time + "' is no duration such as P3M");
    add(constraint("elapsedTime", Operator::kLteq, {{"xsd:duration", time}}));
  }

  // A date alone means its end, or its beginning, in UTC.
  void instant(const char* key, Operator op) {
    std::string at = text(key);
    if (at.empty()) return;
    const auto read = core::parse_instant(at);
    if (!read) return mistake(key, read.error().message);
    if (read->date_only)
      at += op == Operator::kLteq ? "T23:59:59Z" : "T00:00:00Z";
    else if (!read->offset_min)
      return mistake(key, "'" + at + "' has no zone: add Z or +01:00");
    add(constraint("dateTime", op, {{"xsd:dateTime", at}}));
  }

  void any_of(const char* key, const char* operand) {
    std::vector<Value> values;
    for (const std::string& one : texts(key)) values.push_back({{}, one});
    if (!values.empty()) add(constraint(operand, Operator::kIsAnyOf, std::move(values)));
  }

  void target() {
    std::vector<Value> labels;
    for (const std::string& label : texts("without")) labels.push_back({{}, label});
    for (const std::string& dataset : offer_.datasets) {
      Subject& target = rule_.targets.emplace_back();
      if (labels.empty() && dataset.find('*') == std::string::npos) {
        target.id = dataset;
        continue;
      }
      target.collection = true;
      target.source = dataset;
      if (labels.empty()) continue;
      target.refinements.push_back(constraint("skos:concept", Operator::kIsNoneOf, labels));
    }
  }

  void duties() {
    if (const Json* replace = find("replace")) replacements(*replace);
    deletion();
    if (const std::string log = text("log"); !log.empty()) {
      if (log != "each-use") mistake("log", "'" + log + "' is not each-use");
      duty("idsc:log", {constraint("idsc:LOG_LEVEL", Operator::kEq, {{{}, "idsc:ON_ALLOW"}})});
    }
    if (const std::string party = text("inform"); !party.empty()) {
      duty("inform",
           {constraint("idsc:NOTIFICATION_LEVEL", Operator::kEq, {{{}, "idsc:ON_ALLOW"}})});
      Function informed{"informedParty", {}};
      informed.subjects.emplace_back().id = party;
      rule_.duties.back().functions.push_back(std::move(informed));
    }
    if (const Json* anonymize = find("anonymize"); anonymize != nullptr && anonymize->as_bool()) {
      duty("anonymize", {});
    }
  }

  void replacements(const Json& map) {
    if (!map.is_object()) return mistake("replace", "give a table: field: text");
    for (const auto& [path, with] : map.members()) {
      if (!with.is_string()) {
        mistake("replace." + path, "give the text that takes its place");
        continue;
      }
      duty("idsc:REPLACE", {constraint("idsc:REPLACE_WITH", Operator::kEq, {{{}, with.text()}}),
                            constraint("idsc:JSON_PATH", Operator::kEq, {{{}, "$." + path}})});
    }
  }

  // "after-use", a duration counted from the agreement, or a time.
  void deletion() {
    const std::string when = text("delete");
    if (when.empty()) return;
    if (when == "after-use") return duty("delete", {});
    if (core::parse_duration(when)) {
      return duty("delete", {constraint("elapsedTime", Operator::kLteq, {{"xsd:duration", when}})});
    }
    const auto read = core::parse_instant(when);
    if (!read || (!read->date_only && !read->offset_min)) {
      return mistake("delete", "'" + when + "' is not after-use, a duration (P3M), or a time");
    }
    const std::string at = read->date_only ? when + "T23:59:59Z" : when;
    duty("delete", {constraint("dateTime", Operator::kLteq, {{"xsd:dateTime", at}})});
  }

  void duty(const char* action, std::vector<Constraint> refinements) {
    Rule& made = rule_.duties.emplace_back();
    made.kind = Rule::Kind::kDuty;
    Action& named = made.actions.emplace_back();
    named.name = action;
    named.refinements = std::move(refinements);
  }

  void add(Constraint made) { rule_.constraints.push_back(std::move(made)); }

  // ---- the form ----

  const Json* find(const char* key) const { return form_.find(key); }

  std::string text(const char* key) {
    const Json* value = find(key);
    if (value == nullptr || value->is_null()) return {};
    if (value->is_string() || value->is_number()) return value->text();
    mistake(key, "give one text");
    return {};
  }

  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> found;
    const Json* value = find(key);
    if (value == nullptr || value->is_null()) return found;
    if (value->is_string()) return {value->text()};
    if (!value->is_array()) mistake(key, "give a list of texts");
    for (const Json& item : value->items()) {
      if (!item.is_string() || item.text().empty()) {
        mistake(key, "give a list of texts");
      } else {
        found.push_back(item.text());
      }
    }
    return found;
  }

  void refuse_unknown() {
    const std::vector<std::string>& keys = offer_keys();
    for (const auto& [key, value] : form_.members()) {
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      const std::string near = core::nearest(key, keys);
      mistake(key, "unknown key" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
  }

  void mistake(const std::string& key, const std::string& what) {
    mistakes_ += (mistakes_.empty() ? "" : "\n") + key + ": " + what;
  }

  static core::Error failure(const std::string& mistakes) {
    return core::invalid("OFFER_INVALID", mistakes, "policy/README.md lists the keys of an offer");
  }

  const Json& form_;
  Offer offer_;
  Rule rule_;
  std::string mistakes_;
};

}  // namespace

const std::vector<std::string>& offer_keys() {
  static const std::vector<std::string> keys = {
      "version", "title",   "datasets", "participants", "groups",       "purposes", "from",
      "until",   "for",     "uses",     "connectors",   "applications", "roles",    "places",
      "states",  "without", "replace",  "delete",       "log",          "inform",   "anonymize"};
  return keys;
}

core::Result<Offer> read_offer(const std::string& id, const Json& short_form) {
  return Reader(id, short_form).read();
}

bool covers(std::string_view pattern, std::string_view dataset) {
  if (pattern.empty() || pattern.back() != '*') return pattern == dataset;
  pattern.remove_suffix(1);
  return dataset.substr(0, pattern.size()) == pattern;
}

}  // namespace connector::contract
