#include "opa/desk.h"

#include "opa/changes.h"
#include "opa/grounds.h"
#include "opa/history.h"
#include "opa/journal.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using core::Json;

core::Result<std::unique_ptr<Bench>> bench_in_force(const PolicyEngine::Options& options,
                                                    const CheckOptions& check) {
  auto history = History::read(options.dir);
  if (!history) return std::move(history.error());
  const auto current = history->current();
  return current ? Bench::of_revision(check, options.dir, *current) : Bench::of_working_copy(check);
}

// A revision by its name, or by what stands for none: the one in force.
core::Result<std::unique_ptr<Bench>> bench_of(const PolicyEngine::Options& options,
                                              const CheckOptions& check, const std::string& name) {
  if (name.empty()) return bench_in_force(options, check);
  auto history = History::read(options.dir);
  if (!history) return std::move(history.error());
  auto revision = history->find(name);
  if (!revision) return std::move(revision.error());
  return Bench::of_revision(check, options.dir, *revision);
}

// The question of a journal's line, without its envelope.
core::Result<Json> question_of(const Json& line) {
  auto envelope = core::parse_untrusted(line.text_at("input"));
  const Json* input = envelope ? envelope->find("input") : nullptr;
  const Json* now = input ? input->find("now") : nullptr;
  if (!now || !now->as_int64()) return core::internal("the journal's line is damaged");
  return *input;
}

Json outcome(bool allow, Json reasons, const std::string& rows) {
  Json json = Json::object().set("allow", Json::boolean(allow)).set("reasons", std::move(reasons));
  const auto filter = core::parse_untrusted(rows);
  const Json* result = filter ? filter->find("result") : nullptr;
  const Json* query = result ? result->find("query") : nullptr;
  return query ? json.set("rows", *query) : json;
}

Json recorded(const Json& line) {
  const auto answer = core::parse_untrusted(line.text_at("result"));
  const Json* result = answer ? answer->find("result") : nullptr;
  const Json* reasons = result ? result->find("reasons") : nullptr;
  const Json* allow = line.find("allow");
  return outcome(allow && allow->as_bool(), reasons ? *reasons : Json::array(),
                 line.text_at("rows"));
}

}  // namespace

core::Result<Json> can_i(const PolicyEngine::Options& options, const Inquiry& inquiry,
                         bool working_copy) {
  auto check = check_options(options);
  if (!check) return std::move(check.error());
  auto bench = working_copy ? Bench::of_working_copy(*check) : bench_in_force(options, *check);
  if (!bench) return std::move(bench.error());
  return inquire(**bench, inquiry);
}

core::Result<Json> explain(const PolicyEngine::Options& options, const std::string& decision_id) {
  auto line = find_decision(options.dir / "decisions", decision_id);
  if (!line) return std::move(line.error());
  auto input = question_of(*line);
  if (!input) return std::move(input.error());
  auto check = check_options(options);
  if (!check) return std::move(check.error());
  auto bench = Bench::of_revision(*check, options.dir, core::Revision(line->text_at("revision")));
  if (!bench) return std::move(bench.error());
  auto made = (*bench)->ask(line->text_at("input"), input->text_at("point") == "fetch",
                            *input->find("now")->as_int64());
  if (!made) return std::move(made.error());
  auto grounds = Grounds::of(**bench, *input);
  if (!grounds) return std::move(grounds.error());
  const bool same = made->result == line->text_at("result") && made->rows == line->text_at("rows");
  const bool intact = journal_line_intact(*line);
  Json json = Json::object()
                  .set("id", Json::string(decision_id))
                  .set("at", Json::string(line->text_at("at")))
                  .set("revision", Json::string(line->text_at("revision")))
                  .set("same", Json::boolean(same))
                  .set("intact", Json::boolean(intact))
                  .set("healthy", Json::boolean(same && intact))
                  .set("then", recorded(*line))
                  .set("replay",
                       outcome(made->decision.allow, grounds->reasons(made->decision), made->rows));
  if (made->decision.allow) json.set("decided_by", grounds->decided_by());
  return json.set("input", std::move(*input));
}

core::Result<Json> diff(const PolicyEngine::Options& options, const Comparison& comparison) {
  auto check = check_options(options);
  if (!check) return std::move(check.error());
  auto from = bench_of(options, *check, comparison.from);
  if (!from) return std::move(from.error());
  auto to = comparison.to.empty() ? Bench::of_working_copy(*check)
                                  : bench_of(options, *check, comparison.to);
  if (!to) return std::move(to.error());
  auto effect = impact(options.dir / "decisions", **from, **to, comparison.impact);
  if (!effect) return std::move(effect.error());
  return Json::object()
      .set("from", Json::string((*from)->revision().str()))
      .set("to", Json::string((*to)->revision().str()))
      .set("working_copy", Json::boolean((*to)->working_copy()))
      .set("files", file_changes((*from)->files(), (*to)->files()))
      .set("entries", entry_changes(**from, **to))
      .set("impact", to_json(*effect));
}

}  // namespace connector::opa
