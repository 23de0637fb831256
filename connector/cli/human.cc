// Answers as text for people. Every text shows at most what --json shows.
#include <functional>
#include <map>
#include <sstream>

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

std::string value_text(const Json& value) {
  if (value.is_string() || value.is_number()) return value.text();
  if (value.is_bool()) return value.as_bool() ? "yes" : "no";
  if (value.is_null()) return "-";
  return core::to_text(value);
}

std::string at(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value ? value_text(*value) : "";
}

// "key: value" lines; nested values indented as JSON.
std::string plain(const Json& answer) {
  Rows rows;
  for (const auto& [key, value] : answer.members()) rows.push_back({key + ":", value_text(value)});
  return table(rows);
}

std::string list_table(const Json& answer, const char* key,
                       const std::vector<const char*>& columns) {
  Rows rows(1);
  for (const char* column : columns) rows[0].push_back(column);
  for (const Json& item : items(answer, key)) {
    auto& row = rows.emplace_back();
    for (const char* column : columns) row.push_back(at(item, column));
  }
  return rows.size() == 1 ? "none\n" : table(rows);
}

std::string words_of(const Json& list) {
  std::string text;
  for (const Json& one : list.items()) text += (text.empty() ? "" : ", ") + one.text();
  return text;
}

std::string offer_text(const Json& answer) {
  Rows to = {{"offer:", at(answer, "offer")}};
  if (!at(answer, "title").empty()) to.push_back({"title:", at(answer, "title")});
  for (const char* key : {"datasets", "participants", "groups"}) {
    const Json* list = answer.find(key);
    if (list && !list->items().empty()) to.push_back({std::string(key) + ":", words_of(*list)});
  }
  Rows terms = {{"term", "who enforces it", "by", "place"}};
  for (const Json& term : items(answer, "terms")) {
    const std::string declared = at(term, "fact") == "declared" ? ", declared" : "";
    terms.push_back(
        {at(term, "plain"), at(term, "label") + declared, at(term, "executor"), at(term, "path")});
  }
  return table(to) + "\n" + table(terms);
}

Rows terms_rows(const Json& json) {
  Rows rows = {{"term", "who enforces it", "place"}};
  for (const Json& term : items(json, "terms")) {
    rows.push_back({at(term, "plain"), at(term, "label"), at(term, "path")});
  }
  return rows;
}

std::string catalog_text(const Json& answer) {
  std::string out;
  for (const Json& offer : items(answer, "offers")) {
    out += at(offer, "offer") + "  " + at(offer, "title") + "\n";
    const Json* datasets = offer.find("datasets");
    if (datasets) out += "datasets: " + words_of(*datasets) + "\n";
    out += table(terms_rows(offer)) + "\n";
  }
  if (out.empty()) return "no offers to us\n";
  const Json& first = items(answer, "offers").front();
  return out + "-> connector negotiate " + at(answer, "partner") + " " + at(first, "offer") + "\n";
}

std::string negotiation_text(const Json& answer) {
  Rows rows;
  for (const char* key : {"negotiation", "partner", "role", "state", "offer", "agreement", "reason",
                          "changed_at", "expires"}) {
    if (!at(answer, key).empty()) rows.push_back({std::string(key) + ":", at(answer, key)});
  }
  const Json* changed = answer.find("changed");
  if (changed && !changed->items().empty()) rows.push_back({"changed terms:", words_of(*changed)});
  std::string out = table(rows);
  if (!items(answer, "terms").empty()) out += "\n" + table(terms_rows(answer));
  const std::string id = at(answer, "negotiation");
  if (at(answer, "waiting") == "yes") {
    return out + "-> connector negotiation approve " + id + "\n-> connector negotiation reject " +
           id + " --reason ...\n";
  }
  if (at(answer, "state") == "FINALIZED" && at(answer, "role") == "consumer") {
    return out + "-> connector fetch " + at(answer, "partner") + " DATASET --purpose P\n";
  }
  if (at(answer, "state") != "TERMINATED") {
    out += "waits for the partner; see: connector negotiation show " + id + "\n";
  }
  return out;
}

std::string agreement_text(const Json& answer) {
  Rows rows;
  for (const char* key : {"agreement", "partner", "role", "state", "offer", "concluded", "ended",
                          "ended_by", "reason"}) {
    if (!at(answer, key).empty()) rows.push_back({std::string(key) + ":", at(answer, key)});
  }
  const Json* datasets = answer.find("datasets");
  if (datasets) rows.push_back({"datasets:", words_of(*datasets)});
  for (const Json& one : items(answer, "statements")) {
    rows.push_back({at(one, "what") + ":", "of " + at(one, "from") + " at " + at(one, "at") + ", " +
                                               at(one, "uses") + " uses"});
  }
  return table(rows) + "\n" + table(terms_rows(answer));
}

std::string checks(const Json& answer) {
  std::string out;
  for (const Json& check : items(answer, "checks")) {
    out += "[ " + at(check, "result") + " ] " + at(check, "name");
    if (!at(check, "detail").empty()) out += ": " + at(check, "detail");
    out += "\n";
    if (at(check, "result") != "success" && !at(check, "next").empty()) {
      out += "            -> " + at(check, "next") + "\n";
    }
  }
  return out;
}

std::string import_text(const Json& answer) {
  std::string out;
  for (const Json& file : items(answer, "results")) {
    const std::string outcome = at(file, "outcome");
    out += outcome + std::string(outcome.size() < 9 ? 9 - outcome.size() : 0, ' ') + " " +
           at(file, "path");
    if (outcome == "imported" || outcome == "known") {
      out += "  " + at(file, "format") + " " + at(file, "version") + ", " + at(file, "records") +
             " records";
    }
    if (!at(file, "cause").empty()) out += "\n          " + at(file, "cause");
    if (!at(file, "place").empty()) out += "\n          at " + at(file, "place");
    out += "\n";
  }
  return out + at(answer, "files") + " files: " + at(answer, "imported") + " imported, " +
         at(answer, "known") + " known, " + at(answer, "declined") + " declined, " +
         at(answer, "refused") + " refused\n";
}

std::string order_text(const Json& answer) {
  std::string out;
  std::string buyer;
  for (const Json& line : items(answer, "lines")) {
    if (out.empty() || at(line, "buyer") != buyer) {
      buyer = at(line, "buyer");
      out += "order " + at(answer, "order") + ", " + buyer + "\n";
    }
    out += "line " + (at(line, "line").empty() ? "(document)" : at(line, "line"));
    if (!at(line, "item").empty()) out += "  " + at(line, "item");
    if (!at(line, "status").empty()) out += "  [" + at(line, "status") + "]";
    out += "\n";
    Rows rows;
    for (const Json& quantity : items(line, "quantities")) {
      rows.push_back({"  " + at(quantity, "state"), at(quantity, "value"), at(quantity, "unit"),
                      "stated by " + at(quantity, "stated_by"), at(quantity, "reason")});
    }
    out += table(rows);
  }
  return out;
}

std::string fetch_text(const Json& answer) {
  std::string out = "received " + at(answer, "records") + " records in " + at(answer, "batches") +
                    " batches, verified\n";
  if (!items(answer, "masked").empty()) {
    out += "withheld or changed by the partner's policy:\n";
    for (const Json& rule : items(answer, "masked")) {
      out += "  " + at(rule, "path") + " (" + at(rule, "operation") + ")\n";
    }
  }
  out += "receipt " + at(answer, "receipt_digest") + ", policy " + at(answer, "revision") + "\n";
  out += at(answer, "acknowledged") == "yes" ? "acknowledged\n" : "not acknowledged\n";
  if (!at(answer, "warning").empty()) out += "warning: " + at(answer, "warning") + "\n";
  return out + "next: connector records list --received\n";
}

std::string init_text(const Json& answer) {
  std::string out = "made:\n";
  for (const Json& file : items(answer, "made")) out += "  " + value_text(file) + "\n";
  out += "next:\n";
  for (const Json& command : items(answer, "next")) out += "  " + value_text(command) + "\n";
  return out;
}

std::string config_text(const Json& answer) {
  Rows rows = {{"key", "value", "from"}};
  if (const Json* values = answer.find("values")) {
    for (const auto& [key, value] : values->members()) {
      rows.push_back({key, at(value, "value"), at(value, "origin")});
    }
  }
  return table(rows) + "\n" +
         list_table(answer, "datasets", {"id", "title", "kinds", "labels", "drop"});
}

}  // namespace

std::string to_human(const std::string& operation, const Json& answer) {
  const std::map<std::string, std::function<std::string(const Json&)>> forms = {
      {"init", init_text},
      {"import", import_text},
      {"fetch", fetch_text},
      {"orders.show", order_text},
      {"config.show", config_text},
      {"db.check",
       [](const Json& a) {
         std::string out;
         for (const Json& problem : items(a, "problems"))
           out += "damaged: " + problem.text() + "\n";
         return out + (at(a, "healthy") == "yes" ? "sound: " : "") + at(a, "entries") +
                " log entries, root " + at(a, "root") + ", schema " + at(a, "schema") + "\n";
       }},
      {"db.restore",
       [](const Json& a) {
         std::string out = "restored what was backed up at " + at(a, "made") + ": " +
                           at(a, "entries") + " log entries\n";
         for (const Json& file : items(a, "kept")) out += "kept: " + file.text() + "\n";
         return out + "next: connector serve\n";
       }},
      {"doctor", checks},
      {"validate", checks},
      {"introduce",
       [](const Json& a) {
         return at(a, "out").empty()
                    ? at(a, "introduction") + "\n"
                    : "wrote " + at(a, "out") + "\nfingerprint " + at(a, "fingerprint") +
                          "\nnext: send the file to the partner, and tell the "
                          "fingerprint by another way (telephone)\n";
       }},
      {"partner.list",
       [](const Json& a) {
         return list_table(a, "partners", {"partner", "state", "name", "addresses", "keys"});
       }},
      {"partner.datasets",
       [](const Json& a) {
         return list_table(a, "datasets", {"id", "title", "kinds"});
       }},
      {"cert.show",
       [](const Json& a) {
         return list_table(a, "certificates", {"name", "uris", "not_after", "days_left", "issuer"});
       }},
      {"policy.evaluate",
       [](const Json& a) {
         return list_table(a, "rules", {"activation", "kind", "rule", "reason"});
       }},
      {"catalog", catalog_text},
      {"negotiate", negotiation_text},
      {"negotiation.show", negotiation_text},
      {"negotiation.approve", negotiation_text},
      {"negotiation.reject", negotiation_text},
      {"negotiation.list",
       [](const Json& a) {
         return list_table(a, "negotiations",
                           {"negotiation", "partner", "role", "state", "offer", "waiting"});
       }},
      {"agreement.list",
       [](const Json& a) {
         return list_table(a, "agreements",
                           {"agreement", "partner", "role", "state", "offer", "concluded"});
       }},
      {"agreement.show", agreement_text},
      {"agreement.end", agreement_text},
      {"offer.list",
       [](const Json& a) {
         return list_table(a, "offers", {"offer", "title", "datasets", "participants", "groups"});
       }},
      {"offer.check",
       [](const Json& a) {
         return list_table(a, "offers", {"offer", "title", "datasets", "participants", "groups"});
       }},
      {"offer.show", offer_text},
      {"offer.explain", offer_text},
      {"use",
       [](const Json& a) {
         const std::string left = at(a, "remaining");
         return at(a, "records") + " records" +
                (left.empty() ? "" : "; use " + at(a, "number") + ", " + left + " remain") + "\n";
       }},
      {"vault.status",
       [](const Json& a) {
         std::string out = list_table(
             a, "agreements",
             {"agreement", "provider", "records", "uses", "remaining", "delete_by", "deleted"});
         if (!items(a, "outgoing").empty()) {
           out += "\n" + list_table(a, "outgoing", {"what", "to", "attempts", "next"});
         }
         return out;
       }},
      {"vault.confirm-restore",
       [](const Json& a) {
         return at(a, "held") + " agreements: no use remains until the provider can be asked\n";
       }},
      {"vault.delete", [](const Json& a) { return "deleted: " + at(a, "agreement") + "\n"; }},
      {"dataset.list",
       [](const Json& a) {
         return list_table(a, "datasets", {"id", "title", "kinds", "records", "drop"});
       }},
      {"records.list",
       [](const Json& a) {
         return list_table(a, "records", {"dataset", "sequence", "kind", "key", "stated_by"});
       }},
      {"audit.list",
       [](const Json& a) {
         return list_table(a, "entries",
                           {"index", "time", "kind", "partner", "subject", "outcome"});
       }},
      {"records.show", [](const Json& a) { return core::to_pretty_text(a) + "\n"; }},
      {"audit.show", [](const Json& a) { return core::to_pretty_text(a) + "\n"; }},
  };
  if (std::string text = policy_text(operation, answer); !text.empty()) return text;
  const auto found = forms.find(operation);
  return found == forms.end() ? plain(answer) : found->second(answer);
}

}  // namespace connector::cli
