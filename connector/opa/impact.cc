#include "opa/impact.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "opa/journal.h"
#include "opa/row_report.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

using core::Json;
using decision::Decision;
using decision::FieldOp;

constexpr std::size_t kAskers = 4;  // as many as a served revision has connections

// One question that was asked so many times.
struct Asked {
  std::string input;  // as sent to OPA
  Json question;      // what stands under "input"
  std::int64_t now_s = 0;
  std::size_t count = 0;
  std::string name;      // of a live question
  std::string newest;    // id of the newest decision
  std::string revision;  // that answered it
  std::string result;
  std::string rows;
};

// What counts of a decision, in words that can be compared.
struct View {
  std::string verdict;  // "allow", "deny" or "unavailable"
  std::string rows;
  std::map<std::string, std::string> fields;  // path -> treatment; what is not here is withheld
  std::string limits;
  std::string reasons;  // told, but no change by themselves
};

bool same(const View& a, const View& b) {
  return a.verdict == b.verdict && a.rows == b.rows && a.fields == b.fields && a.limits == b.limits;
}

std::string treatment(const decision::FieldRule& rule) {
  static const std::pair<FieldOp, const char*> names[] = {{FieldOp::kDrop, "withheld"},
                                                          {FieldOp::kReplace, "replaced"},
                                                          {FieldOp::kHash, "hashed"},
                                                          {FieldOp::kTruncate, "truncated"},
                                                          {FieldOp::kRound, "rounded"}};
  for (const auto& [op, name] : names) {
    if (rule.op == op) return name + (rule.argument.empty() ? "" : " (" + rule.argument + ")");
  }
  return "?";
}

View view_of(const core::Result<Decision>& decided) {
  View view;
  if (!decided) return {"unavailable", {}, {}, {}, decided.error().message};
  view.verdict = decided->allow ? "allow" : "deny";
  std::set<std::string> codes;
  for (const auto& reason : decided->reasons) codes.insert(reason.code + ": " + reason.text);
  for (const auto& code : codes) view.reasons += (view.reasons.empty() ? "" : "; ") + code;
  if (!decided->allow) return view;
  view.rows = describe(decided->rows);
  for (const std::string& path : decided->visible) view.fields[path] = "shown";
  for (const auto& rule : decided->fields) view.fields[rule.path] = treatment(rule);
  if (decided->max_records) view.limits = std::to_string(*decided->max_records) + " records";
  if (decided->max_bytes) {
    view.limits +=
        (view.limits.empty() ? "" : ", ") + std::to_string(*decided->max_bytes) + " bytes";
  }
  return view;
}

// The journal's line, read as it was read then.
core::Result<Decision> recorded(const Asked& asked) {
  auto decided = read_decision({200, asked.result}, core::Revision(asked.revision), asked.now_s);
  if (!decided || !decided->allow || asked.question.text_at("point") != "fetch") return decided;
  auto filter = read_rows({200, asked.rows});
  if (!filter) return std::move(filter.error());
  if (*filter) {
    decided->rows = std::move(**filter);
  } else {
    decided->allow = false;
  }
  return decided;
}

core::Result<Decision> ask(Bench& bench, const Asked& asked) {
  auto made = bench.ask(asked.input, asked.question.text_at("point") == "fetch", asked.now_s);
  if (!made) return std::move(made.error());
  return std::move(made->decision);
}

// The question without its id and its time.
std::string key_of(const Json& question) {
  Json key = Json::object();
  for (const auto& [name, value] : question.members()) {
    if (name == "now") continue;
    if (name != "request") {
      key.set(name, value);
      continue;
    }
    for (const auto& [inner, below] : value.members()) {
      if (inner != "id") key.set("request." + inner, below);
    }
  }
  return core::to_text(key);
}

std::optional<Asked> read_line(const Json& line) {
  Asked asked;
  asked.input = line.text_at("input");
  auto envelope = core::parse_untrusted(asked.input);
  const Json* question = envelope ? envelope->find("input") : nullptr;
  const Json* now = question ? question->find("now") : nullptr;
  if (!now || !now->as_int64()) return std::nullopt;
  const std::string& point = question->text_at("point");
  if (point != "fetch" && point != "list") return std::nullopt;
  asked.question = *question;
  asked.now_s = *now->as_int64();
  asked.count = 1;
  asked.newest = line.text_at("id");
  asked.revision = line.text_at("revision");
  asked.result = line.text_at("result");
  asked.rows = line.text_at("rows");
  return asked;
}

std::vector<Asked> distinct(const std::vector<Json>& lines, Impact& impact) {
  std::vector<Asked> all;
  std::map<std::string, std::size_t> places;
  for (const Json& line : lines) {
    auto asked = read_line(line);
    if (!asked) {
      ++impact.skipped;
      continue;
    }
    ++impact.decisions;
    const auto [at, fresh] = places.try_emplace(key_of(asked->question), all.size());
    if (fresh) {
      all.push_back(std::move(*asked));
    } else {
      ++all[at->second].count;
    }
  }
  impact.distinct = all.size();
  return all;
}

Asked live_question(const LiveQuestion& live) {
  Asked asked;
  asked.question = to_json(live.question);
  asked.input = core::to_text(Json::object().set("input", asked.question));
  asked.now_s = live.question.now_s;
  asked.name = live.name;
  return asked;
}

Json before_after(const std::string& before, const std::string& after) {
  return Json::object().set("before", Json::string(before)).set("after", Json::string(after));
}

Json field_changes(const View& before, const View& after) {
  std::set<std::string> paths;
  for (const auto* view : {&before, &after}) {
    for (const auto& [path, how] : view->fields) paths.insert(path);
  }
  const auto in = [](const View& view, const std::string& path) {
    const auto found = view.fields.find(path);
    return found == view.fields.end() ? std::string("withheld") : found->second;
  };
  Json list = Json::array();
  for (const std::string& path : paths) {
    if (in(before, path) == in(after, path)) continue;
    Json one = before_after(in(before, path), in(after, path));
    list.push(one.set("path", Json::string(path)));
  }
  return list;
}

std::string text_in(const Json& question, const char* outer, const char* key) {
  const Json* object = question.find(outer);
  return object ? object->text_at(key) : std::string();
}

Json change_of(const Asked& asked, const View& before, const View& after) {
  Json json = Json::object();
  if (!asked.name.empty()) json.set("name", Json::string(asked.name));
  json.set("partner", Json::string(text_in(asked.question, "subject", "participant")))
      .set("site", Json::string(text_in(asked.question, "subject", "site")))
      .set("dataset", Json::string(text_in(asked.question, "resource", "dataset")))
      .set("purpose", Json::string(text_in(asked.question, "request", "purpose")))
      .set("point", Json::string(asked.question.text_at("point")))
      .set("decisions", Json::integer(static_cast<std::int64_t>(asked.count)));
  if (!asked.newest.empty()) json.set("decision", Json::string(asked.newest));
  json.set("verdict", before_after(before.verdict, after.verdict));
  if (before.verdict == after.verdict) {
    if (before.rows != after.rows) json.set("rows", before_after(before.rows, after.rows));
    Json fields = field_changes(before, after);
    if (!fields.items().empty()) json.set("fields", std::move(fields));
    if (before.limits != after.limits)
      json.set("limits", before_after(before.limits, after.limits));
  }
  if (before.reasons != after.reasons) {
    json.set("reasons", before_after(before.reasons, after.reasons));
  }
  return json;
}

// Asks for all of them, several at once.
class Comparing {
 public:
  Comparing(Bench& base, Bench& candidate, const ImpactOptions& options, Impact& impact)
      : base_(base), candidate_(candidate), options_(options), impact_(impact) {}

  void run(const std::vector<Asked>& all) {
    std::vector<std::optional<Json>> changes(all.size());
    std::vector<std::thread> askers;
    for (std::size_t i = 0; i < std::min(kAskers, all.size()); ++i) {
      askers.emplace_back([&] { work(all, changes); });
    }
    for (std::thread& asker : askers) asker.join();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!changes[i]) continue;
      (all[i].name.empty() ? impact_.changed : impact_.live_changed) +=
          std::max<std::size_t>(all[i].count, all[i].name.empty() ? 0 : 1);
      impact_.changes.push_back(std::move(*changes[i]));
    }
  }
  bool stopped() const { return stopped_; }

 private:
  void work(const std::vector<Asked>& all, std::vector<std::optional<Json>>& changes) {
    for (std::size_t i = next_++; i < all.size() && !stopped_; i = next_++) {
      const Asked& asked = all[i];
      const bool known = asked.revision == base_.revision().str();
      const View before = view_of(known ? recorded(asked) : ask(base_, asked));
      const View after = view_of(ask(candidate_, asked));
      if (!same(before, after)) changes[i] = change_of(asked, before, after);
      std::lock_guard lock(mutex_);
      if (options_.progress && !options_.progress(++done_, all.size())) stopped_ = true;
    }
  }

  Bench& base_;
  Bench& candidate_;
  const ImpactOptions& options_;
  Impact& impact_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::size_t done_ = 0;  // guarded by mutex_
};

}  // namespace

core::Result<Impact> impact(const std::filesystem::path& journal, Bench& base, Bench& candidate,
                            const ImpactOptions& options) {
  Impact impact;
  std::vector<Asked> all = distinct(last_decisions(journal, options.most), impact);
  for (const LiveQuestion& live : options.live) all.push_back(live_question(live));
  impact.live = options.live.size();
  Comparing comparing(base, candidate, options, impact);
  comparing.run(all);
  if (comparing.stopped()) return core::unavailable("CANCELLED", "the caller is gone");
  return impact;
}

Json to_json(const Impact& impact) {
  const auto number = [](std::size_t count) {
    return Json::integer(static_cast<std::int64_t>(count));
  };
  Json changes = Json::array();
  for (const Json& change : impact.changes) changes.push(change);
  return Json::object()
      .set("decisions", number(impact.decisions))
      .set("distinct", number(impact.distinct))
      .set("skipped", number(impact.skipped))
      .set("changed", number(impact.changed))
      .set("live", number(impact.live))
      .set("live_changed", number(impact.live_changed))
      .set("changes", std::move(changes));
}

}  // namespace connector::opa
