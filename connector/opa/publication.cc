// How a policy comes in force: checked, compared, by one person or by two.
#include <algorithm>

#include "opa/bench.h"
#include "opa/bundle.h"
#include "opa/policy_state.h"
#include "opa/tables.h"

namespace connector::opa {
namespace {

namespace fs = std::filesystem;
using core::Json;

Json list(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push(Json::string(text));
  return array;
}

Json number(std::uint64_t value) {
  return Json::integer(static_cast<std::int64_t>(value));
}

Json to_json(const Checked& checked) {
  return Json::object()
      .set("revision", Json::string(checked.revision.str()))
      .set("modules", number(checked.modules))
      .set("combinations", number(checked.combinations))
      .set("warnings", list(checked.warnings));
}

Json with_tests(Json json, const Tested& tested) {
  return json.set("passed", number(tested.passed))
      .set("cases", number(tested.cases))
      .set("coverage", tested.coverage);
}

core::Result<Proposal> waiting(const History& history, const std::string& revision) {
  const auto& proposal = history.proposal();
  const bool meant =
      proposal && revision.size() >= 8 && proposal->revision.str().rfind(revision, 0) == 0;
  if (meant) return *proposal;
  return core::Error{core::Code::kNotFound,
                     "POLICY_PROPOSAL_NOT_FOUND",
                     "no proposal begins with '" + revision + "'",
                     "see the one that waits: connector policy status",
                     {}};
}

core::Status check_impact(const Impact& impact, std::uint64_t below) {
  const std::uint64_t changed = impact.changed + impact.live_changed;
  if (changed == 0 || changed < below) return core::ok();
  core::Error error = core::denied(
      "POLICY_IMPACT",
      std::to_string(changed) + " decisions would come out otherwise; fewer than " +
          std::to_string(below) + " may. Nothing was published",
      "look at them: connector policy diff; publish without --if-impact-below when they are meant");
  error.metadata["impact"] = core::to_text(to_json(impact));
  return error;
}

}  // namespace

// At once, or as a proposal where it takes two. Says what came of it in json.
core::Status PolicyEngine::State::put(Activation activation, const Publication& wish, Json& json) {
  if (wish.approvals < 2 || !past().current()) return activate(std::move(activation));
  if (wish.by.uid < 0) {
    return core::denied("POLICY_SAME_PERSON", "it takes two persons, and nobody is known to ask",
                        "use the admin socket: connector policy publish");
  }
  History next = past();
  Proposal proposal{activation.revision, core::to_rfc3339(options.clock()), activation.action,
                    wish.by, next.current()};
  json.set("proposal", opa::to_json(proposal));
  if (auto kept = next.propose(options.dir, std::move(proposal)); !kept) return kept;
  std::lock_guard lock(mutex);
  history = std::move(next);
  return core::ok();
}

std::vector<std::string> PolicyEngine::State::unknown_partners() const {
  std::vector<std::string> warnings;
  if (!options.partners) return warnings;
  const auto snapshot = take_snapshot(options.folder);
  const auto tables = snapshot ? read_tables(*snapshot, {}) : core::Result<Json>(Json::object());
  const Json* listed = tables ? tables->find("partners") : nullptr;
  const auto known = options.partners->list();
  for (const auto& [id, partner] : listed ? listed->members() : std::vector<Json::Member>()) {
    const bool met = std::any_of(known.begin(), known.end(), [&](const auto& candidate) {
      return candidate.id.participant.str() == id;
    });
    if (!met) warnings.push_back("partners.yaml lists '" + id + "', which is no partner yet");
  }
  return warnings;
}

// What the folder would make of the journal's decisions, held against what is in force.
core::Result<std::optional<Impact>> PolicyEngine::State::impact_of(const CheckOptions& check,
                                                                   const BundleFiles& files,
                                                                   const Publication& wish) const {
  const auto before = past().current();
  if (!before || (!wish.dry_run && !wish.impact_below)) return std::optional<Impact>();
  auto base = Bench::of_revision(check, options.dir, *before);
  if (!base) return std::move(base.error());
  auto candidate = Bench::of_files(check, files);
  if (!candidate) return std::move(candidate.error());
  auto made = impact(options.dir / "decisions", **base, **candidate, wish.impact);
  if (!made) return std::move(made.error());
  return std::optional<Impact>(std::move(*made));
}

core::Result<Json> PolicyEngine::State::publish(const Publication& wish) {
  std::lock_guard one_at_a_time(changing);
  auto check = check_options(options);
  if (!check) return std::move(check.error());
  Tested tested;
  auto checked = check_policy(*check, &tested);
  if (!checked) return std::move(checked.error());
  for (std::string& warning : unknown_partners()) checked->warnings.push_back(std::move(warning));
  auto effect = impact_of(*check, checked->files, wish);
  if (!effect) return std::move(effect.error());
  const auto before = past().current();
  const bool changed = !before || *before != checked->revision;
  Json json = with_tests(to_json(*checked), tested);
  json.set("changed", Json::boolean(changed && !wish.dry_run))
      .set("previous", Json::string(before ? before->str() : ""));
  if (*effect) json.set("impact", opa::to_json(**effect));
  if (wish.dry_run) return json.set("differs", Json::boolean(changed));
  if (*effect && wish.impact_below) {
    if (auto small = check_impact(**effect, *wish.impact_below); !small) {
      return std::move(small.error());
    }
  }
  if (!changed) return json;
  const fs::path bundle = History::bundle(options.dir, checked->revision);
  if (auto kept = write_bundle(checked->files, checked->revision, bundle); !kept) {
    return std::move(kept.error());
  }
  Activation activation{checked->revision, {}, "published", wish.by, std::nullopt};
  if (auto done = put(std::move(activation), wish, json); !done) return std::move(done.error());
  return json;
}

core::Result<Json> PolicyEngine::publish(const Publication& wish) {
  return state_->publish(wish);
}

core::Result<Json> PolicyEngine::rollback(const std::string& revision, const Publication& wish) {
  std::lock_guard one_at_a_time(state_->changing);
  const History history = state_->past();
  auto target = history.find(revision);
  if (!target) return std::move(target.error());
  const auto before = history.current();
  const bool changed = *target != *before;
  Json json = Json::object()
                  .set("revision", Json::string(target->str()))
                  .set("changed", Json::boolean(changed))
                  .set("previous", Json::string(before->str()));
  if (!changed) return json;
  Activation activation{*target, {}, "rolled-back", wish.by, std::nullopt};
  if (auto done = state_->put(std::move(activation), wish, json); !done) {
    return std::move(done.error());
  }
  return json;
}

core::Result<Json> PolicyEngine::approve(const std::string& revision, const Publisher& by) {
  std::lock_guard one_at_a_time(state_->changing);
  const History history = state_->past();
  auto proposal = waiting(history, revision);
  if (!proposal) return std::move(proposal.error());
  if (by.uid < 0 || by.uid == proposal->by.uid) {
    return core::denied("POLICY_SAME_PERSON", "who proposed a revision cannot approve it",
                        "let another person approve it, under an account of their own");
  }
  const auto before = history.current();
  Activation activation{proposal->revision, {}, proposal->action, proposal->by, by};
  if (auto done = state_->activate(std::move(activation)); !done) return std::move(done.error());
  return Json::object()
      .set("revision", Json::string(proposal->revision.str()))
      .set("changed", Json::boolean(true))
      .set("previous", Json::string(before ? before->str() : ""))
      .set("proposed_by", proposal->by.to_json())
      .set("approved_by", by.to_json());
}

core::Result<Json> PolicyEngine::reject(const std::string& revision) {
  std::lock_guard one_at_a_time(state_->changing);
  History history = state_->past();
  auto proposal = waiting(history, revision);
  if (!proposal) return std::move(proposal.error());
  if (auto kept = history.propose(state_->options.dir, std::nullopt); !kept) {
    return std::move(kept.error());
  }
  std::lock_guard lock(state_->mutex);
  state_->history = std::move(history);
  return Json::object()
      .set("revision", Json::string(proposal->revision.str()))
      .set("proposed_by", proposal->by.to_json());
}

core::Result<Json> PolicyEngine::check(const Options& options) {
  auto prepared = check_options(options);
  if (!prepared) return std::move(prepared.error());
  auto checked = check_policy(*prepared, nullptr);
  if (!checked) return std::move(checked.error());
  return to_json(*checked);
}

core::Result<Json> PolicyEngine::test(const Options& options) {
  auto prepared = check_options(options);
  if (!prepared) return std::move(prepared.error());
  Tested tested;
  auto checked = check_policy(*prepared, &tested);
  if (!checked) return std::move(checked.error());
  return with_tests(to_json(*checked), tested);
}

}  // namespace connector::opa
