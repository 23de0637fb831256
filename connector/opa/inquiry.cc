#include "opa/inquiry.h"

#include <algorithm>

#include "decision/field_program.h"
#include "decision/row_plan.h"
#include "decision/row_view.h"
#include "opa/grounds.h"
#include "opa/remedies.h"
#include "opa/row_report.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

using core::Json;
using decision::Decision;
using decision::FieldOp;

const char* word(FieldOp op) {
  switch (op) {
    case FieldOp::kDrop:
      return "withheld";
    case FieldOp::kReplace:
      return "replaced";
    case FieldOp::kHash:
      return "hashed";
    case FieldOp::kTruncate:
      return "truncated";
    case FieldOp::kRound:
      return "rounded";
  }
  return "?";
}

core::Error not_enforceable(const core::Error& cause) {
  return core::unavailable("POLICY_UNAVAILABLE", "cannot be enforced: " + cause.message);
}

// What the answer is about, put together step by step.
class Report {
 public:
  Report(Bench& bench, const Inquiry& inquiry) : bench_(bench), inquiry_(inquiry) {}

  core::Result<Json> write() {
    auto made = bench_.ask(inquiry_.question);
    if (!made) return std::move(made.error());
    decision_ = std::move(made->decision);
    input_ = to_json(inquiry_.question);
    if (!inquiry_.record.empty()) {
      auto row = decision::row_json(inquiry_.record);
      if (!row) return std::move(row.error());
      input_.set("row", std::move(*row));
    }
    auto grounds = Grounds::of(bench_, input_);
    if (!grounds) return std::move(grounds.error());
    bool leaves = decision_.allow;
    verdict(*grounds);
    if (decision_.allow) {
      if (auto told = terms(*grounds, leaves); !told) return std::move(told.error());
    }
    if (leaves) return std::move(json_);
    auto changes = remedies(bench_, input_, decision_.allow);
    if (!changes) return std::move(changes.error());
    return json_.set("would_change", std::move(*changes));
  }

 private:
  void verdict(const Grounds& grounds) {
    json_ = Json::object()
                .set("allow", Json::boolean(decision_.allow))
                .set("revision", Json::string(bench_.revision().str()))
                .set("working_copy", Json::boolean(bench_.working_copy()));
    if (decision_.allow) {
      json_.set("decided_by", grounds.decided_by());
    } else {
      json_.set("partner_hears", Json::string(decision_.partner_code))
          .set("reasons", grounds.reasons(decision_));
    }
  }

  core::Status terms(const Grounds& grounds, bool& leaves) {
    limits();
    rows();
    auto program = decision::FieldProgram::compile(decision_.visible, decision_.fields,
                                                   [](std::string_view) { return core::Digest{}; });
    if (!program) return not_enforceable(program.error());
    if (!inquiry_.record.empty()) {
      if (auto told = record(grounds, *program, leaves); !told) return told;
    }
    fields(grounds, *program);
    return core::ok();
  }

  void limits() {
    Json limits = Json::object();
    if (decision_.max_records) {
      limits.set("records", Json::number(std::to_string(*decision_.max_records)));
    }
    if (decision_.max_bytes) {
      limits.set("bytes", Json::number(std::to_string(*decision_.max_bytes)));
    }
    if (!limits.members().empty()) json_.set("limits", std::move(limits));
  }

  void rows() {
    const std::string dataset = inquiry_.question.dataset.str();
    const Json* entry = bench_.tables().find("datasets")->find(dataset);
    const Json* rules = entry ? entry->find("rows") : nullptr;
    json_.set("rows", Json::object()
                          .set("rules", rules ? *rules : Json::array())
                          .set("place", Json::string(bench_.places().of(
                                            "datasets.yaml", "datasets/" + dataset + "/rows")))
                          .set("condition", Json::string(describe(decision_.rows))));
  }

  core::Status record(const Grounds& grounds, const decision::FieldProgram& program, bool& leaves) {
    const auto plan = decision::RowPlan::compile(decision_.rows);
    if (!plan) return not_enforceable(plan.error());
    const bool admitted = plan->admits(inquiry_.record);
    std::string room;
    const bool shown = program.apply(inquiry_.record, room).has_value();
    leaves = admitted && shown;
    Json json = Json::object()
                    .set("leaves", Json::boolean(leaves))
                    .set("row_admitted", Json::boolean(admitted))
                    .set("fields_left", Json::boolean(shown))
                    .set("conditions", judge_conditions(decision_.rows, inquiry_.record));
    if (by_company()) json.set("company", grounds.rules("rows"));
    json_.set("record", std::move(json));
    return core::ok();
  }

  // Does the dataset leave its rows to the rule of the company?
  bool by_company() const {
    const Json* entry = bench_.tables().find("datasets")->find(inquiry_.question.dataset.str());
    const Json* rules = entry ? entry->find("rows") : nullptr;
    return rules && std::any_of(rules->items().begin(), rules->items().end(),
                                [](const Json& rule) { return rule.text() == "company"; });
  }

  // The highest paths that are withheld or changed; of a record those alone that it has.
  void fields(const Grounds& grounds, const decision::FieldProgram& program) {
    Json list = Json::array();
    for (const decision::FieldRule& rule : program.masked(kinds())) {
      if (!inquiry_.record.empty() && !has_value(inquiry_.record, rule.path)) continue;
      list.push(field(grounds, rule));
    }
    json_.set("fields", std::move(list));
  }

  std::vector<std::string> kinds() const {
    const Json* row = input_.find("row");
    return row ? std::vector<std::string>{row->text_at("kind")} : inquiry_.question.kinds;
  }

  Json field(const Grounds& grounds, const decision::FieldRule& rule) const {
    Json places = Json::array();
    std::string label;
    std::string why;
    const std::string entry = entry_of(rule.path);
    if (entry.empty()) {
      why = "fields.yaml gives it no label";
    } else {
      label = bench_.tables().find("fields")->text_at(entry);
      places.push(Json::string(bench_.places().of("fields.yaml", "fields/" + entry)));
      why = by_label(grounds, label, rule, places);
    }
    return Json::object()
        .set("path", Json::string(rule.path))
        .set("operation", Json::string(word(rule.op)))
        .set("label", Json::string(label))
        .set("why", Json::string(why))
        .set("places", std::move(places));
  }

  std::string by_label(const Grounds& grounds, const std::string& label,
                       const decision::FieldRule& rule, Json& places) const {
    const auto decided = grounds.label_rule(label);
    if (!decided) {
      places.push(Json::string(bench_.places().of("labels.yaml", "labels/" + label)));
      return "no rule of the label fits this partner, purpose and dataset";
    }
    places.push(Json::string(*decided));
    if (by_table(rule, label)) return "a rule of the label";
    const auto company = grounds.held("obligations");
    for (const std::string& place : company) places.push(Json::string(place));
    return company.empty() ? "it is made of values that are withheld or changed"
                           : "an obligation of the company, or made of what is withheld or changed";
  }

  // Is what happens to the field what its label asks for?
  bool by_table(const decision::FieldRule& rule, const std::string& label) const {
    const auto asked = std::find_if(decision_.fields.begin(), decision_.fields.end(),
                                    [&](const auto& one) { return one.path == rule.path; });
    if (asked != decision_.fields.end()) return asked->op == rule.op;
    const bool visible = std::any_of(
        decision_.visible.begin(), decision_.visible.end(), [&](const std::string& path) {
          return bench_.tables().find("fields")->text_at(path) == label;
        });
    return !visible && rule.op == FieldOp::kDrop;
  }

  // The entry of fields.yaml that covers a path: its own or that of a message around it.
  std::string entry_of(std::string path) const {
    const Json* fields = bench_.tables().find("fields");
    while (!path.empty() && !fields->find(path)) {
      const auto dot = path.rfind('.');
      path = dot == std::string::npos ? std::string() : path.substr(0, dot);
    }
    return path;
  }

  Bench& bench_;
  const Inquiry& inquiry_;
  Decision decision_;
  Json input_;
  Json json_;
};

}  // namespace

core::Result<Json> inquire(Bench& bench, const Inquiry& inquiry) {
  return Report(bench, inquiry).write();
}

}  // namespace connector::opa
