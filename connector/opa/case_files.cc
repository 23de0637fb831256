// Reads the files of cases.
#include <algorithm>

#include "core/instant.h"
#include "decision/row_view.h"
#include "opa/cases.h"
#include "opa/yaml.h"

namespace connector::opa {
namespace {

using core::Json;
using Words = std::vector<std::string>;

constexpr const char* kFolder = "cases/";
// Who a case is about that names groups alone.
constexpr const char* kStandIn = "did:web:case.invalid";

class Reader {
 public:
  explicit Reader(const CheckOptions& options) : options_(options) {}

  void read(const std::string& file, const std::string& content) {
    Table table(file, mistakes_);
    const YAML::Node top = table.parse(content, {"cases"});
    if (!top.IsDefined() || !top.IsMap()) return;
    const YAML::Node list = top["cases"];
    if (!list.IsDefined() || !list.IsSequence()) {
      return table.mistake(top, "the key 'cases' with a list is missing");
    }
    for (const YAML::Node& item : list) one(table, file, item);
  }

  core::Result<std::vector<Case>> finish() {
    if (mistakes_.empty()) return std::move(cases_);
    std::string message;
    for (const std::string& one : mistakes_) message += (message.empty() ? "" : "\n") + one;
    return core::invalid("POLICY_INVALID", message, "correct the files, then try again");
  }

 private:
  void one(Table& table, const std::string& file, const YAML::Node& map) {
    Case made;
    made.file = file;
    made.line = map.Mark().line + 1;
    made.question = question();
    std::string expect;
    table.each_of(map, "a case", case_keys(),
                  [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
                    if (key == "expect") expect = table.text(value, "outcome");
                    member(table, made, key, at, value);
                  });
    if (made.name.empty()) table.mistake(map, "the key 'name' is missing");
    if (expect != "allow" && expect != "deny") {
      table.mistake(map, "'expect' must be allow or deny");
    }
    made.allow = expect == "allow";
    check(table, made, map);
    cases_.push_back(std::move(made));
  }

  decision::Question question() const {
    decision::Question asked;
    asked.point = "fetch";
    asked.self = options_.self;
    asked.request_id = "case";
    asked.now_s = options_.now_s;
    asked.caller.site = core::SiteName("main");
    return asked;
  }

  void member(Table& table, Case& made, const std::string& key, const YAML::Node& at,
              const YAML::Node& value) {
    decision::Question& asked = made.question;
    if (key == "name") made.name = table.text(value, "name");
    if (key == "groups") made.groups = table.texts(value, "group", {});
    if (key == "partner") {
      asked.caller.participant = core::ParticipantId(table.text(value, "participant"));
    }
    if (key == "site") asked.caller.site = core::SiteName(table.text(value, "site"));
    if (key == "identifiers") asked.party_ids = table.texts(value, "identifier", {});
    if (key == "point") point(table, at, value, asked);
    if (key == "dataset") dataset(table, value, asked);
    if (key == "purpose") asked.purpose = core::Purpose(table.text(value, "purpose"));
    if (key == "at") instant(table, at, value, asked);
    if (key == "reasons") made.reasons = table.texts(value, "reason", {});
    if (key == "partner_hears") made.partner_hears = table.text(value, "reason");
    if (key == "shows") made.shows = table.texts(value, "field", field_paths());
    if (key == "hides") made.hides = table.texts(value, "field", field_paths());
    if (key == "leave") rows(table, value, made.leave);
    if (key == "stay") rows(table, value, made.stay);
  }

  static void point(Table& table, const YAML::Node& at, const YAML::Node& value,
                    decision::Question& asked) {
    asked.point = table.text(value, "point");
    if (asked.point != "fetch" && asked.point != "list") {
      table.mistake(at, "'point' must be fetch or list");
    }
  }

  void dataset(Table& table, const YAML::Node& value, decision::Question& asked) const {
    asked.dataset = core::DatasetId(table.text(value, "dataset"));
    for (const auto& dataset : options_.datasets) {
      if (dataset.id != asked.dataset) continue;
      asked.dataset_labels = dataset.labels;
      asked.kinds = dataset.kinds;
    }
  }

  static void instant(Table& table, const YAML::Node& at, const YAML::Node& value,
                      decision::Question& asked) {
    const auto read = core::parse_instant(table.text(value, "time"));
    if (!read) return table.mistake(at, "'at' must be a time such as 2026-01-31T12:00:00Z");
    asked.now_s = read->epoch_ns / 1'000'000'000;
  }

  void rows(Table& table, const YAML::Node& list, std::vector<Json>& out) {
    if (!list.IsSequence()) return table.mistake(list, "a list of rows is expected");
    for (const YAML::Node& map : list) {
      Json row = Json::object();
      table.each(map, "a row",
                 [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
                   row.set(key, row_value(table, key, at, value));
                 });
      out.push_back(std::move(row));
    }
  }

  static Json row_value(Table& table, const std::string& key, const YAML::Node& at,
                        const YAML::Node& value) {
    const std::string text = table.text(value, "value");
    const auto type = decision::row_type(key);
    if (!type) {
      Words names;
      for (const auto& field : decision::row_fields()) names.emplace_back(field.name);
      table.unknown(at, "name of a row", key, names);
      return {};
    }
    if (*type == decision::RowType::kBool) return Json::boolean(text == "true");
    const bool number =
        *type == decision::RowType::kDecimal || *type == decision::RowType::kInteger;
    if (!number) return Json::string(text);
    const auto parsed = core::parse_untrusted(text);
    if (parsed && parsed->is_number()) return *parsed;
    table.mistake(value, "'" + key + "' must be a number");
    return {};
  }

  static void check(Table& table, Case& made, const YAML::Node& map) {
    decision::Question& asked = made.question;
    const bool named = !asked.caller.participant.empty();
    if (named == !made.groups.empty()) {
      table.mistake(map, "say who asks: either 'partner' or 'groups'");
    }
    if (!named) asked.caller.participant = core::ParticipantId(kStandIn);
    if (asked.dataset.empty()) table.mistake(map, "the key 'dataset' is missing");
    const bool terms =
        !made.shows.empty() || !made.hides.empty() || !made.leave.empty() || !made.stay.empty();
    if (terms && (!made.allow || asked.point != "fetch")) {
      table.mistake(map, "rows and fields are looked at only where a fetch is allowed");
    }
    if (made.allow && (!made.reasons.empty() || !made.partner_hears.empty())) {
      table.mistake(map, "reasons are given only where the case expects deny");
    }
  }

  const CheckOptions& options_;
  Mistakes mistakes_;
  std::vector<Case> cases_;
};

}  // namespace

const Words& case_keys() {
  static const Words keys{"name",    "partner", "groups", "site",   "identifiers",   "point",
                          "dataset", "purpose", "at",     "expect", "partner_hears", "reasons",
                          "shows",   "hides",   "leave",  "stay"};
  return keys;
}

core::Result<std::vector<Case>> read_cases(const Snapshot& files, const CheckOptions& options) {
  Reader reader(options);
  for (const auto& [name, content] : files) {
    if (name.starts_with(kFolder)) reader.read(name, content);
  }
  return reader.finish();
}

}  // namespace connector::opa
