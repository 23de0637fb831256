#include "exchange/use_session.h"

#include <algorithm>
#include <array>

#include "contract/offer.h"
#include "core/limits.h"
#include "evidence/log_entry.h"
#include "exchange/commit.h"
#include "exchange/statements.h"
#include "exchange/uuid.h"
#include "exchange/vault_intake.h"

namespace connector::exchange {
namespace {

using Occasion = contract::Duties::Occasion;

constexpr core::EpochNs kNsPerSecond = 1'000'000'000;
constexpr std::size_t kPageRecords = 256;

// What is done here. To pass data on is no local use: it goes through the connector.
constexpr std::array kLocalActions{"use", "read", "display", "print", "execute", "derive"};

core::Error deleted(const std::string& agreement) {
  return core::denied(
      "DATA_DELETED",
      "what was received under agreement " + agreement + " was deleted, as it demands",
      "conclude a new agreement and fetch again");
}

}  // namespace

UseSession::UseSession(const UsePorts& ports, const UseRequest& request, KeptAgreement agreement)
    : ports_(ports),
      request_(request),
      agreement_(std::move(agreement)),
      duties_(contract::duties_of(agreement_.terms.policy,
                                  agreement_.terms.concluded_s * kNsPerSecond)),
      id_(uuid(ports.random)),
      dataset_(request.dataset) {}

core::Status UseSession::grant(std::mutex& turn) {
  if (auto chosen = choose_dataset(); !chosen) return chosen;
  if (auto fine = check(); !fine) return fine;
  if (counted()) {
    if (auto whole = ports_.standing(agreement_.terms); !whole) return whole;
  }
  std::unique_lock lock(turn, std::defer_lock);
  if (counted()) lock.lock();
  const auto facts = ports_.vault.facts(request_.agreement);
  if (!facts) return facts.error();
  if (!*facts) {
    return core::Error{core::Code::kNotFound,
                       "NOTHING_RECEIVED",
                       "nothing was received under agreement " + request_.agreement,
                       "fetch first: connector fetch --agreement " + request_.agreement,
                       {}};
  }
  if ((*facts)->emptied != 0) return deleted(request_.agreement);
  if (auto permitted = permit((*facts)->uses); !permitted) return permitted;
  return debit((*facts)->uses);
}

core::Status UseSession::choose_dataset() {
  const auto& covered = agreement_.terms.datasets;
  if (dataset_.empty() && covered.size() == 1 && !covered[0].ends_with('*')) {
    dataset_ = covered[0];
  }
  const bool known = std::any_of(covered.begin(), covered.end(), [&](const std::string& pattern) {
    return !dataset_.empty() && contract::covers(pattern, dataset_);
  });
  if (known) return core::ok();
  std::string list;
  for (const auto& one : covered) list += (list.empty() ? "" : ", ") + one;
  return core::invalid("DATASET_NOT_COVERED",
                       dataset_.empty() ? "the agreement covers several datasets: name one"
                                        : "the agreement does not cover dataset '" + dataset_ + "'",
                       "it covers: " + list);
}

core::Status UseSession::check() const {
  if (agreement_.state != AgreementState::kInForce) {
    return core::denied("AGREEMENT_NOT_IN_FORCE",
                        "agreement " + request_.agreement + " is not in force",
                        "connector agreement show " + request_.agreement);
  }
  // The machine may have slept over the deadline: what is to be gone is not given any more.
  const core::EpochNs now = ports_.now();
  if (std::any_of(duties_.deletes.begin(), duties_.deletes.end(),
                  [&](const auto& one) { return one.at && *one.at <= now; })) {
    return deleted(request_.agreement);
  }
  if (std::find(kLocalActions.begin(), kLocalActions.end(), request_.action) !=
      kLocalActions.end()) {
    return core::ok();
  }
  return core::invalid("ACTION_UNKNOWN", "'" + request_.action + "' is no local use",
                       "use, read, display, print, execute or derive");
}

core::Result<UseVerdict> UseSession::decide(std::uint64_t uses, const std::string& action) const {
  contract::Facts facts;
  facts.enforcer = contract::Role::kConsumer;
  facts.action = action;
  facts.now = ports_.now();
  facts.concluded = agreement_.terms.concluded_s * kNsPerSecond;
  facts.consumer = ports_.self;
  facts.dataset = dataset_;
  facts.count = uses;
  facts.purpose = request_.purpose.str();
  facts.application = request_.application;
  facts.roles = request_.roles;
  // Sealed since it came; anonymised on its way in, where that is a duty.
  facts.artifact_states = {"idsc:encrypted"};
  if (duties_.anonymize) facts.artifact_states.push_back("idsc:anonymized");
  ports_.complete(facts);
  return ports_.point.decide(agreement_.terms, facts);
}

core::Status UseSession::permit(std::uint64_t uses) {
  std::vector<std::string> actions{request_.action};
  if (request_.to_file && request_.action != "print") actions.emplace_back("print");
  for (const std::string& action : actions) {
    auto verdict = decide(uses, action);
    if (!verdict) return std::move(verdict.error());
    const auto earlier = verdict_.changes_at;
    verdict_ = std::move(*verdict);
    if (earlier && (!verdict_.changes_at || *earlier < *verdict_.changes_at)) {
      verdict_.changes_at = earlier;
    }
    if (verdict_.allowed) continue;
    core::Error refused =
        core::denied("USE_DENIED", verdict_.why, "connector agreement show " + request_.agreement);
    refused.metadata = {{"term", verdict_.term}, {"decisionId", verdict_.decision_id}};
    return refused;
  }
  return core::ok();
}

core::Result<std::vector<core::Connector>> UseSession::recipients(
    const contract::Duties::Inform& inform) const {
  if (inform.recipients.empty()) return std::vector<core::Connector>{agreement_.partner};
  std::vector<core::Connector> list;
  for (const std::string& name : inform.recipients) {
    if (name == agreement_.partner.participant.str() || name == agreement_.partner.str()) {
      list.push_back(agreement_.partner);
      continue;
    }
    const auto all = ports_.partners.list();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Partner& one) {
      return one.id.str() == name || one.id.participant.str() == name;
    });
    if (found == all.end()) {
      return core::denied(
          "DUTY_IMPOSSIBLE",
          "the agreement demands that " + name + " be informed, who is none of our partners",
          "add the partner: connector partner add");
    }
    list.push_back(found->id);
  }
  return list;
}

core::Status UseSession::add_informs(Occasion occasion, std::vector<Effect>& effects) const {
  for (const auto& inform : duties_.informs) {
    if (inform.occasion != occasion) continue;
    auto to = recipients(inform);
    if (!to) return std::move(to.error());
    const auto checkpoint = ports_.checkpoint();
    if (!checkpoint) return checkpoint.error();
    UseStatement statement;
    statement.consumer = ports_.self;
    statement.provider = agreement_.partner;
    statement.agreement = request_.agreement;
    statement.uses = number_;
    statement.last_use = number_ == 0 ? 0 : ports_.now();
    statement.occasion = occasion == Occasion::kUse ? "use" : "refusal";
    statement.purpose = request_.purpose.str();
    statement.application = request_.application;
    statement.checkpoint = *checkpoint;
    statement.at = ports_.now();
    const std::string envelope = to_json_text(sign_use_statement(statement, ports_.signer));
    for (const core::Connector& one : *to) {
      effects.push_back(
          VaultEffect{PutOutgoing{{"inform/" + id_ + "/" + one.str(), one, request_.agreement,
                                   envelope, 0, ports_.now(), 0}}});
    }
  }
  return core::ok();
}

// Beside the debit: what becomes due by this use.
std::vector<Effect> UseSession::effects_of_use(std::uint64_t uses) const {
  const core::EpochNs now = ports_.now();
  std::vector<Effect> effects{VaultEffect{
      DebitUse{request_.agreement, counted() ? std::optional(uses) : std::nullopt, now}}};
  // The provider's copy of the counter: what a restored store is held against.
  if (counted()) {
    effects.push_back(VaultEffect{PutOutgoing{
        {"use/" + request_.agreement, agreement_.partner, request_.agreement, {}, 0, now, 0}}});
  }
  for (const auto& one : duties_.deletes) {
    if (!one.after_use) continue;
    const core::EpochNs due = one.delay ? core::add(now, *one.delay) : now;
    effects.push_back(VaultEffect{PutDuty{request_.agreement, "delete", due}});
  }
  return effects;
}

core::Status UseSession::debit(std::uint64_t uses) {
  number_ = uses + 1;
  auto effects = effects_of_use(uses);
  auto committed = add_informs(Occasion::kUse, effects);
  if (committed) {
    committed =
        commit_now(ports_.log, {.entries = {entry_use(entry(evidence::kUseAllowed), ports_.random)},
                                .effects = std::move(effects),
                                .on_behalf_of = {}});
  }
  if (!committed) number_ = 0;
  return committed;
}

core::Error UseSession::refuse(core::Error error) {
  UseEntry refused = entry(evidence::kUseDenied);
  refused.outcome = "refused";
  refused.reason = error.reason;
  std::vector<Effect> effects;
  [[maybe_unused]] const auto told = add_informs(Occasion::kRefusal, effects);
  auto logged = commit_now(ports_.log, {.entries = {entry_use(refused, ports_.random)},
                                        .effects = std::move(effects),
                                        .on_behalf_of = {}});
  if (!logged) error.message += "; and the log could not be written: " + logged.error().message;
  ports_.ended(request_.agreement);
  return error;
}

core::Status UseSession::still_permitted() const {
  if (verdict_.changes_at && ports_.now() >= *verdict_.changes_at) {
    return core::denied("USE_CUT", "the time of this use is over");
  }
  const auto kept = ports_.agreement(request_.agreement);
  if (!kept) return kept.error();
  if (*kept && (*kept)->state == AgreementState::kInForce) return core::ok();
  return core::denied("USE_CUT", "agreement " + request_.agreement + " has ended");
}

core::Result<UseSummary> UseSession::give(const std::function<bool(const UsedRecord&)>& give) {
  UseSummary summary;
  summary.id = id_;
  summary.number = counted() ? number_ : 0;
  if (duties_.count_limit) {
    summary.remaining = *duties_.count_limit - std::min(*duties_.count_limit, number_);
  }
  const auto done = stream(give, summary);
  UseEntry ended = entry(evidence::kUseEnded);
  ended.outcome = done ? "complete" : "broken";
  if (!done) ended.reason = done.error().reason;
  ended.records = summary.records;
  ended.bytes = summary.bytes;
  const auto logged =
      commit_now(ports_.log,
                 {.entries = {entry_use(ended, ports_.random)}, .effects = {}, .on_behalf_of = {}});
  ports_.ended(request_.agreement);
  if (!done) return done.error();
  if (!logged) return logged.error();
  return summary;
}

core::Status UseSession::stream(const std::function<bool(const UsedRecord&)>& give,
                                UseSummary& summary) {
  const auto key = ports_.keys.find(request_.agreement);
  if (!key) return key.error();
  auto filter = tags_of(request_.selection, **key);
  if (!filter) return std::move(filter.error());
  filter->dataset = dataset_;
  std::uint64_t after = 0;
  while (!request_.selection.nothing) {
    if (auto permitted = still_permitted(); !permitted) return permitted;
    const auto page = ports_.vault.page(request_.agreement, *filter, after, kPageRecords);
    if (!page) return page.error();
    const auto more = give_page(**key, *page, give, summary);
    if (!more) return more.error();
    if (!*more || page->size() < kPageRecords) return core::ok();
    after = page->back().id;
  }
  return core::ok();
}

core::Result<bool> UseSession::give_page(const VaultKey& key, const std::vector<StoredObject>& page,
                                         const std::function<bool(const UsedRecord&)>& give,
                                         UseSummary& summary) const {
  for (const StoredObject& object : page) {
    const auto plain = key.open(object.object, object.dataset.str(), object.sealed);
    if (!plain) return plain.error();
    if (!in_time(request_.selection, *plain)) continue;
    ++summary.records;
    summary.bytes += plain->size();
    if (!give({*plain, object.dataset, object.account})) return false;
  }
  return true;
}

UseEntry UseSession::entry(const char* kind) const {
  UseEntry entry;
  entry.kind = kind;
  entry.self = ports_.self;
  entry.partner = agreement_.partner;
  entry.id = id_;
  entry.agreement = request_.agreement;
  entry.dataset = dataset_;
  entry.purpose = request_.purpose.str();
  entry.application = request_.application;
  entry.action = request_.action;
  entry.number = counted() ? number_ : 0;
  entry.revision = verdict_.revision.str();
  entry.decision_id = verdict_.decision_id;
  entry.uid = request_.uid;
  entry.at = ports_.now();
  return entry;
}

}  // namespace connector::exchange
