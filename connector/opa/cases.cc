#include "opa/cases.h"

#include <algorithm>
#include <set>

#include "core/text.h"
#include "decision/field_program.h"
#include "opa/places.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

using core::Json;
using decision::Decision;

// Every case at once. A value is bound before "with" takes its place: within it "input" and the
// tables are already those of the case.
constexpr const char* kAll = R"rego([r |
  some c in input.cases
  i := c.input
  t := object.union(data.tables.partners, c.partners)
  r := {
    "result": [x | x := data.connector.decision.result with input as i
      with data.tables.partners as t],
    "rows": [m | some row in c.rows
      j := object.union(i, {"row": row})
      m := count([1 | data.connector.rows.include with input as j
        with data.tables.partners as t]) > 0],
    "groups": [g | gs := data.connector.access.groups with input as i
      with data.tables.partners as t
      some g in gs],
    "labels": {label: n | some label, rules in data.tables.labels
      fitting := [k | some k, rule in rules
        data.connector.fields.fits(rule) with input as i with data.tables.partners as t]
      n := fitting[0]}
  }])rego";

Json asked_of(const Case& one) {
  Json rows = Json::array();
  for (const auto* list : {&one.leave, &one.stay}) {
    for (const Json& row : *list) rows.push(row);
  }
  Json partners = Json::object();
  if (!one.groups.empty()) {
    Json groups = Json::array();
    for (const std::string& group : one.groups) groups.push(Json::string(group));
    partners.set(one.question.caller.participant.str(),
                 Json::object().set("groups", std::move(groups)));
  }
  return Json::object()
      .set("input", to_json(one.question))
      .set("partners", std::move(partners))
      .set("rows", std::move(rows));
}

const std::vector<Json>& items(const Json& json, const char* key) {
  static const std::vector<Json> none;
  const Json* list = json.find(key);
  return list ? list->items() : none;
}

// Holds the answers against what was expected, and notes what was reached.
class Judge {
 public:
  Judge(const Prepared& policy, const core::Revision& revision)
      : tables_(policy.tables), places_(policy.snapshot), revision_(revision) {}

  void judge(const Case& one, const Json& answer) {
    reached(one, answer);
    if (items(answer, "result").size() != 1) return failed(one, "no decision came of it");
    const std::string body =
        core::to_text(Json::object().set("result", items(answer, "result")[0]));
    const auto decided = read_decision({200, body}, revision_, one.question.now_s);
    if (!decided) return failed(one, decided.error().message);
    if (decided->allow != one.allow) {
      return failed(one, std::string(decided->allow ? "allow" : "deny") + ", not " +
                             (one.allow ? "allow" : "deny") + reasons_of(*decided));
    }
    one.allow ? terms(one, *decided, answer) : denial(one, *decided);
  }

  core::Result<Json> finish(std::size_t count, const Json& coverage) {
    if (!failures_.empty()) {
      return core::invalid("POLICY_CASE_FAILED", failures_,
                           "mend the policy or the case; what was published is still in force");
    }
    Json tables = Json::array();
    std::size_t all = 0;
    for (const auto& [file, entry] : entries()) {
      ++all;
      if (reached_.count({file, entry}) > 0) continue;
      tables.push(Json::object()
                      .set("place", Json::string(places_.of(file, entry)))
                      .set("entry", Json::string(entry)));
    }
    const auto missed = static_cast<std::int64_t>(tables.items().size());
    return Json::object()
        .set("cases", Json::integer(static_cast<std::int64_t>(count)))
        .set("entries", Json::integer(static_cast<std::int64_t>(all)))
        .set("entries_reached", Json::integer(static_cast<std::int64_t>(all) - missed))
        .set("tables", std::move(tables))
        .set("company", company(coverage));
  }

 private:
  using Entry = std::pair<std::string, std::string>;  // file, path

  void failed(const Case& one, const std::string& what) {
    failures_ += (failures_.empty() ? "" : "\n") + one.file + ":" + std::to_string(one.line) +
                 ": '" + one.name + "': " + what;
  }

  static std::string reasons_of(const Decision& decided) {
    std::string text;
    for (const auto& reason : decided.reasons) {
      text += (text.empty() ? ": " : "; ") + reason.code + ", " + reason.text;
    }
    return text;
  }

  void denial(const Case& one, const Decision& decided) {
    if (!one.partner_hears.empty() && one.partner_hears != decided.partner_code) {
      failed(one, "the partner hears " + decided.partner_code + ", not " + one.partner_hears);
    }
    for (const std::string& code : one.reasons) {
      const bool given = std::any_of(decided.reasons.begin(), decided.reasons.end(),
                                     [&](const auto& reason) { return reason.code == code; });
      if (!given) failed(one, "the reason is not " + code + reasons_of(decided));
    }
  }

  void terms(const Case& one, const Decision& decided, const Json& answer) {
    const auto& rows = items(answer, "rows");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool leaves = i < one.leave.size();
      if (rows[i].as_bool() == leaves) continue;
      const Json& row = leaves ? one.leave[i] : one.stay[i - one.leave.size()];
      failed(one,
             std::string("this row ") + (leaves ? "stays: " : "leaves: ") + core::to_text(row));
    }
    if (one.shows.empty() && one.hides.empty()) return;
    const auto program = decision::FieldProgram::compile(
        decided.visible, decided.fields, [](std::string_view) { return core::Digest{}; });
    if (!program) return failed(one, program.error().message);
    for (const std::string& path : one.shows) {
      if (program->hides(path)) failed(one, path + " is withheld or changed");
    }
    for (const std::string& path : one.hides) {
      if (!program->hides(path)) failed(one, path + " is shown");
    }
  }

  void reached(const Case& one, const Json& answer) {
    const std::string& dataset = one.question.dataset.str();
    const std::string& purpose = one.question.purpose.str();
    if (one.groups.empty()) {
      reached_.insert({"partners.yaml", "partners/" + one.question.caller.participant.str()});
    }
    reached_.insert({"datasets.yaml", "datasets/" + dataset});
    for (const Json& group : items(answer, "groups")) {
      reached_.insert(
          {"purposes.yaml", "purposes/" + dataset + "/" + purpose + "/" + group.text()});
    }
    const Json* labels = answer.find("labels");
    if (!one.allow || one.question.point != "fetch" || !labels) return;
    for (const auto& [label, number] : labels->members()) {
      reached_.insert({"labels.yaml", "labels/" + label + "/" + number.text()});
    }
  }

  // What a case can reach: each partner, dataset, purpose with each of its groups, rule of a label.
  std::vector<Entry> entries() const {
    std::vector<Entry> all;
    for (const auto& [id, row] : tables_.find("partners")->members()) {
      all.emplace_back("partners.yaml", "partners/" + id);
    }
    for (const auto& [id, row] : tables_.find("datasets")->members()) {
      all.emplace_back("datasets.yaml", "datasets/" + id);
    }
    for (const auto& [id, purposes] : tables_.find("purposes")->members()) {
      for (const auto& [purpose, groups] : purposes.members()) {
        for (const Json& group : groups.items()) {
          all.emplace_back("purposes.yaml", "purposes/" + id + "/" + purpose + "/" + group.text());
        }
      }
    }
    for (const auto& [label, rules] : tables_.find("labels")->members()) {
      for (std::size_t i = 0; i < rules.items().size(); ++i) {
        all.emplace_back("labels.yaml", "labels/" + label + "/" + std::to_string(i));
      }
    }
    return all;
  }

  // Lines of the company's modules that were never looked at, or whose rule never held.
  static Json company(const Json& coverage) {
    Json list = Json::array();
    const Json* files = coverage.find("files");
    for (const auto& [path, report] : files ? files->members() : std::vector<Json::Member>()) {
      if (path.find("/company/") == std::string::npos) continue;
      const std::string file = path.substr(path.rfind('/') + 1);
      std::set<std::int64_t> lines;
      for (const Json& range : items(report, "not_covered")) {
        const Json* start = range.find("start");
        const Json* row = start ? start->find("row") : nullptr;
        if (row) lines.insert(row->as_int64().value_or(0));
      }
      for (const std::int64_t line : lines) {
        list.push(Json::string(file + ":" + std::to_string(line)));
      }
    }
    return list;
  }

  const Json& tables_;
  const Places places_;
  const core::Revision revision_;
  std::string failures_;
  std::set<Entry> reached_;
};

}  // namespace

core::Result<Json> run_cases(const std::vector<Case>& cases, const Prepared& policy,
                             const std::filesystem::path& opa, const std::filesystem::path& work) {
  const BundleFiles files = bundle_files(policy.snapshot, policy.tables);
  const core::Revision revision = revision_of(files);
  const std::filesystem::path bundle = work / "cases";
  if (auto written = write_bundle(files, revision, bundle); !written) {
    return std::move(written.error());
  }
  Json asked = Json::array();
  for (const Case& one : cases) asked.push(asked_of(one));
  auto answered = evaluate({.opa = opa,
                            .bundle = bundle,
                            .work = work,
                            .text = kAll,
                            .input = Json::object().set("cases", std::move(asked)),
                            .coverage = true,
                            .strict = true});
  if (!answered) return std::move(answered.error());
  Judge judge(policy, revision);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    judge.judge(cases[i], answered->value.items().at(i));
  }
  return judge.finish(cases.size(), answered->coverage);
}

}  // namespace connector::opa
