// The policy's answers as text for people. Every text shows at most what --json shows.
#include <functional>
#include <map>

#include "cli/commands.h"
#include "cli/terminal.h"

namespace connector::cli {
namespace {

using core::Json;
using Rows = std::vector<std::vector<std::string>>;

const std::vector<Json>& items(const Json& json, const char* key) {
  static const std::vector<Json> none;
  const Json* list = json.find(key);
  return list ? list->items() : none;
}

const Json& member(const Json& json, const char* key) {
  static const Json none;
  const Json* found = json.find(key);
  return found ? *found : none;
}

std::string text_of(const Json& value) {
  if (value.is_string() || value.is_number()) return value.text();
  if (value.is_bool()) return value.as_bool() ? "yes" : "no";
  return value.is_null() ? "-" : core::to_text(value);
}

std::string at(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value ? text_of(*value) : "";
}

std::string joined(const Json& list) {
  std::string text;
  for (const Json& one : list.items()) text += (text.empty() ? "" : ", ") + text_of(one);
  return text;
}

std::string person(const Json& by) {
  if (at(by, "uid") == "-1") return at(by, "name").empty() ? "the connector" : at(by, "name");
  return at(by, "name") + " (uid " + at(by, "uid") + ")";
}

// "  text   file:line", a line each.
std::string placed(const std::vector<Json>& list, const char* text) {
  Rows rows;
  for (const Json& one : list) rows.push_back({"  " + at(one, text), at(one, "place")});
  return table(rows);
}

std::string reasons_text(const Json& answer) {
  Rows rows;
  for (const Json& reason : items(answer, "reasons")) {
    rows.push_back({"  " + at(reason, "code"), at(reason, "text"), at(reason, "place")});
  }
  return table(rows);
}

std::string record_text(const Json& record) {
  std::string out =
      std::string("the record ") + (at(record, "leaves") == "yes" ? "leaves" : "stays here") + "\n";
  Rows rows;
  for (const Json& one : items(record, "conditions")) {
    rows.push_back({at(one, "holds") == "yes" ? "  holds" : "  fails", at(one, "condition"),
                    "it is " + at(one, "value")});
  }
  for (const Json& rule : items(record, "company")) {
    rows.push_back({at(rule, "holds") == "yes" ? "  holds" : "  fails", "rule rows",
                    at(rule, at(rule, "fails_at").empty() ? "place" : "fails_at")});
  }
  return out + table(rows);
}

std::string fields_text(const Json& answer) {
  Rows rows;
  for (const Json& field : items(answer, "fields")) {
    const std::string label = at(field, "label");
    rows.push_back({"  " + at(field, "operation"), at(field, "path"),
                    label.empty() ? at(field, "why") : "label " + label + ": " + at(field, "why"),
                    joined(member(field, "places"))});
  }
  return rows.empty() ? "every field is shown\n" : "fields:\n" + table(rows);
}

std::string agreements_text(const Json& answer) {
  Rows rows;
  for (const Json& one : items(answer, "agreements")) {
    const Json* allows = one.find("allows");
    rows.push_back({"  agreement " + at(one, "id"),
                    !allows             ? "in force"
                    : allows->as_bool() ? "permits it"
                                        : at(one, "text"),
                    at(one, "term")});
    for (const Json& field : items(one, "fields")) {
      rows.push_back({"    hides", at(field, "path"), at(field, "operation")});
    }
  }
  return table(rows);
}

std::string can_i_text(const Json& answer) {
  std::string out = (at(answer, "verdict") == "allow" ? "ALLOW  " : "DENY  ") +
                    at(answer, "partner") + " fetches " + at(answer, "dataset") + " for " +
                    at(answer, "purpose") + "\n";
  for (const Json& one : items(answer, "obstacles")) {
    out += "  " + at(one, "text") + "  (" + at(one, "next") + ")\n";
  }
  if (at(answer, "allow") == "yes") {
    out += "granted by:\n" + placed(items(answer, "decided_by"), "rule");
    out += "rows: " + at(member(answer, "rows"), "condition") + "  " +
           at(member(answer, "rows"), "place") + "\n";
    if (const Json* record = answer.find("record")) out += record_text(*record);
    out += agreements_text(answer);
    out += fields_text(answer);
  } else {
    out += "because:\n" + reasons_text(answer);
  }
  const auto& changes = items(answer, "would_change");
  if (!changes.empty()) out += "what would change it:\n" + placed(changes, "text");
  return out +
         (at(answer, "working_copy") == "yes" ? "by the edited files, revision "
                                              : "by the revision in force, ") +
         at(answer, "revision") + "\n";
}

std::string verdict_of(const Json& outcome) {
  std::string text = at(outcome, "allow") == "yes" ? "allow" : "deny";
  for (const Json& reason : items(outcome, "reasons")) {
    text += "; " + at(reason, "text");
    if (!at(reason, "place").empty()) text += " (" + at(reason, "place") + ")";
  }
  return text;
}

std::string explain_text(const Json& answer) {
  std::string out;
  if (at(answer, "same") != "yes") {
    out += "THE REPLAY DIFFERS: this revision does not decide today as the journal says it did\n";
  }
  if (at(answer, "intact") != "yes") {
    out += "THE JOURNAL WAS CHANGED: this line does not hold what its digest says\n";
  }
  out += table({{"decision:", at(answer, "id")},
                {"made at:", at(answer, "at")},
                {"by revision:", at(answer, "revision")},
                {"then:", verdict_of(member(answer, "then"))},
                {"replayed:", verdict_of(member(answer, "replay"))},
                {"the same:", at(answer, "same")}});
  if (!items(answer, "decided_by").empty()) {
    out += "granted by:\n" + placed(items(answer, "decided_by"), "rule");
  }
  return out + "asked:\n" + core::to_pretty_text(member(answer, "input")) + "\n";
}

std::string before_after(const Json& both) {
  return at(both, "before") + " -> " + at(both, "after");
}

std::string impact_text(const Json& impact) {
  std::string out = "of the last " + at(impact, "decisions") + " decisions (" +
                    at(impact, "distinct") + " distinct) " + at(impact, "changed") +
                    " would come out otherwise";
  if (at(impact, "live") != "0") {
    out += "; of " + at(impact, "live") + " live agreements " + at(impact, "live_changed");
  }
  out += "\n";
  for (const Json& change : items(impact, "changes")) {
    out +=
        at(change, "partner") + "/" + at(change, "site") + "  " + at(change, "dataset") + "  " +
        (at(change, "purpose").empty() ? at(change, "point") : at(change, "purpose")) + "  (" +
        (at(change, "name").empty() ? at(change, "decisions") + " decisions" : at(change, "name")) +
        "): " + before_after(member(change, "verdict")) + "\n";
    if (const Json* rows = change.find("rows")) out += "  rows: " + before_after(*rows) + "\n";
    for (const Json& field : items(change, "fields")) {
      out += "  " + at(field, "path") + ": " + before_after(field) + "\n";
    }
    if (const Json* limits = change.find("limits"))
      out += "  limits: " + before_after(*limits) + "\n";
    if (const Json* why = change.find("reasons")) {
      out += "  because: " + (at(*why, "after").empty() ? at(*why, "before") : at(*why, "after")) +
             "\n";
    }
  }
  return out;
}

std::string diff_text(const Json& answer) {
  std::string out = at(answer, "from") + " -> " +
                    (at(answer, "working_copy") == "yes" ? "the edited files" : at(answer, "to")) +
                    "\n";
  if (items(answer, "files").empty()) out += "no file differs\n";
  for (const Json& file : items(answer, "files")) {
    out += at(file, "file") + " " + at(file, "change") + "\n";
    for (const Json& line : items(file, "lines")) {
      out += "  " + at(line, "sign") + at(line, "line") + "  " + at(line, "text") + "\n";
    }
  }
  for (const Json& entry : items(answer, "entries")) {
    out += at(entry, "place") + "  " + at(entry, "entry") + ": " + before_after(entry) + "\n";
  }
  return out + impact_text(member(answer, "impact"));
}

std::string coverage_text(const Json& answer) {
  const Json* coverage = answer.find("coverage");
  if (!coverage || coverage->is_null()) return {};
  std::string out = at(*coverage, "cases") + " cases, as expected; they reach " +
                    at(*coverage, "entries_reached") + " of " + at(*coverage, "entries") +
                    " entries of the tables\n";
  for (const Json& entry : items(*coverage, "tables")) {
    out += "  no case reaches " + at(entry, "place") + "  " + at(entry, "entry") + "\n";
  }
  if (!items(*coverage, "company").empty()) {
    out += "  no case reaches " + joined(member(*coverage, "company")) + "\n";
  }
  return out;
}

std::string checked_text(const Json& answer) {
  std::string out = "revision " + at(answer, "revision") + ": " + at(answer, "modules") +
                    " modules, " + at(answer, "combinations") + " questions asked";
  if (answer.find("passed")) out += ", " + at(answer, "passed") + " tests passed";
  out += "\n" + coverage_text(answer);
  for (const Json& warning : items(answer, "warnings"))
    out += "warning: " + text_of(warning) + "\n";
  return out;
}

std::string proposal_text(const Json& proposal) {
  const std::string revision = at(proposal, "revision");
  return "proposed by " + person(member(proposal, "by")) + " at " + at(proposal, "at") +
         "; another person approves it: connector policy approve " + revision.substr(0, 12) + "\n";
}

std::string publish_text(const Json& answer) {
  std::string out = checked_text(answer);
  if (const Json* impact = answer.find("impact")) out += impact_text(*impact);
  if (const Json* differs = answer.find("differs")) {
    return out + (differs->as_bool() ? "nothing was published\n"
                                     : "nothing was published; it is in force already\n");
  }
  if (const Json* proposal = answer.find("proposal")) return out + proposal_text(*proposal);
  return out + (at(answer, "changed") == "yes" ? "in force\n" : "it was in force already\n");
}

std::string history_text(const Json& answer) {
  const auto& all = items(answer, "history");
  Rows rows = {{"at", "revision", "what", "by", "approved by"}};
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    const Json* second = one->find("approved_by");
    rows.push_back({at(*one, "at"), at(*one, "revision"), at(*one, "action"),
                    person(member(*one, "by")), second ? person(*second) : "-"});
  }
  std::string out = all.empty() ? "nothing was published yet\n" : table(rows);
  if (const Json* proposal = answer.find("proposal")) {
    out += "waits: " + at(*proposal, "revision") + ", " + proposal_text(*proposal);
  }
  return out;
}

std::string status_text(const Json& answer) {
  Rows rows = {{"revision:", at(answer, "revision")},
               {"in force since:", at(answer, "activated")},
               {"put there by:", person(member(answer, "by"))}};
  for (const auto& [key, name] : {std::pair{"previous", "before:"},
                                  {"available", "OPA answers:"},
                                  {"restarts", "restarts:"},
                                  {"edited", "edited since:"},
                                  {"guard_rails_current", "guard rails current:"}}) {
    if (answer.find(key)) rows.push_back({name, at(answer, key)});
  }
  std::string out = table(rows);
  if (const Json* proposal = answer.find("proposal")) {
    out += "waits: " + at(*proposal, "revision") + ", " + proposal_text(*proposal);
  }
  return out;
}

}  // namespace

std::string policy_text(const std::string& operation, const Json& answer) {
  static const std::map<std::string, std::function<std::string(const Json&)>> forms = {
      {"policy.can-i", can_i_text},     {"policy.explain", explain_text},
      {"policy.diff", diff_text},       {"policy.impact", impact_text},
      {"policy.check", checked_text},   {"policy.test", checked_text},
      {"policy.publish", publish_text}, {"policy.history", history_text},
      {"policy.status", status_text}};
  const auto found = forms.find(operation);
  return found == forms.end() ? std::string() : found->second(answer);
}

}  // namespace connector::cli
