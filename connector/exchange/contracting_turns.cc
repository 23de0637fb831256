#include <algorithm>

#include "contract/policy_json.h"
#include "contract/registry.h"
#include "core/limits.h"
#include "exchange/contract_entries.h"
#include "exchange/contracting_turn.h"
#include "exchange/statements.h"

namespace connector::exchange {
namespace {

namespace limits = core::limits;
using contract::Message;
using contract::Role;
using contract::State;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

core::Error not_found() {
  return {core::Code::kNotFound,
          "NEGOTIATION_NOT_FOUND",
          "no negotiation of yours has this id here",
          "ask for the offer anew",
          {}};
}

core::Error offer_not_found(const std::string& id) {
  return {core::Code::kNotFound,
          "OFFER_NOT_FOUND",
          "offer '" + id + "' does not exist or is not made to you",
          "connector catalog lists the offers made to you",
          {}};
}

core::Error mismatch(const std::string& what) {
  return {core::Code::kConflict,
          "NEGOTIATION_MISMATCH",
          what,
          "nothing was signed; look at the negotiation on both sides",
          {}};
}

// Terms may be asked for otherwise; who and what the policy is about may not.
bool same_frame(contract::Policy asked, const contract::Policy& offered) {
  asked.permissions = offered.permissions;
  asked.prohibitions = offered.prohibitions;
  asked.obligations = offered.obligations;
  return asked == offered;
}

Role other(Role role) {
  return role == Role::kConsumer ? Role::kProvider : Role::kConsumer;
}

}  // namespace

std::optional<std::string> not_carried_out(const contract::Policy& policy, Role role) {
  const auto assessment = contract::assess(policy);
  auto refusals = assessment.refusals;
  if (refusals.empty()) refusals = contract::not_executed(assessment, role);
  if (refusals.empty()) return std::nullopt;
  const contract::Refusal& first = refusals.front();
  return first.path + ": " + first.what + (first.instead.empty() ? "" : "; " + first.instead);
}

core::Result<Negotiation> Contracting::row_for(const Heard& heard) const {
  const NegotiationMessage& message = heard.message;
  // A provider hears with its own id once it has said one; before that by the consumer's.
  for (const std::string* id : {&message.provider_pid, &message.consumer_pid}) {
    if (id->empty()) continue;
    auto ours = ports_.contracts.negotiation(*id);
    if (!ours) return std::move(ours.error());
    if (*ours && (*ours)->partner == heard.partner.id) return std::move(**ours);
  }
  auto theirs = ports_.contracts.negotiation_of(heard.partner.id, message.consumer_pid);
  if (!theirs) return std::move(theirs.error());
  if (*theirs) return std::move(**theirs);
  if (message.kind != Message::kRequest || !message.provider_pid.empty()) return not_found();
  Negotiation row;
  row.id = uuid(ports_.random);
  row.their_id = message.consumer_pid;
  row.partner = heard.partner.id;
  row.role = Role::kProvider;
  row.started_s = ports_.clock() / kNsPerSecond;
  return row;
}

core::Result<Contracting::Turn> Contracting::hear(const Heard& heard, bool by_call) const {
  auto row = row_for(heard);
  if (!row) return std::move(row.error());
  Turn turn{std::move(*row), std::nullopt, {}, false};
  if (turn.row.heard == heard.digest) {
    turn.repeated = true;
    return turn;
  }
  const bool fresh = turn.row.version == 0;
  const auto from = fresh ? std::nullopt : std::optional(turn.row.state);
  const auto state = contract::next(from, heard.message.kind, other(turn.row.role));
  if (!state) return state.error();
  turn.row.state = *state;
  turn.row.heard = heard.digest;
  turn.row.said.clear();
  turn.row.delivered = true;
  turn.row.waiting = false;
  turn.row.expires_s = 0;
  turn.row.their_revision = heard.message.revision;
  if (turn.row.role == Role::kConsumer) turn.row.their_id = heard.message.provider_pid;
  auto done = core::ok();
  switch (heard.message.kind) {
    case Message::kRequest:
      done = hear_request(heard, turn);
      break;
    case Message::kOffer:
      done = hear_offer(heard, turn);
      break;
    case Message::kAccept:
      done = agree(turn);
      break;
    case Message::kAgreement:
      done = hear_agreement(heard, turn);
      break;
    case Message::kVerification:
      done = hear_verification(heard, turn);
      break;
    case Message::kFinalization:
      break;
    case Message::kTermination:
      done = hear_termination(heard, turn);
      break;
  }
  if (!done) return std::move(done.error());
  note(turn, heard.message.kind, heard.digest, false);
  std::rotate(turn.entries.begin(), turn.entries.end() - 1,
              turn.entries.end());  // heard, then said
  // What is said in answer to a call stands in the answer; the caller asks again if it is lost.
  if (by_call) turn.row.delivered = true;
  turn.row.changed_s = ports_.clock() / kNsPerSecond;
  ++turn.row.version;
  return turn;
}

core::Status Contracting::hear_request(const Heard& heard, Turn& turn) const {
  const auto table = ports_.offers();
  const contract::Offer* offer = table->find(turn.row.partner, heard.message.offer);
  if (offer == nullptr) return offer_not_found(heard.message.offer);
  if (turn.row.version > 0 && turn.row.offer != offer->id) return offer_not_found(offer->id);
  const core::Digest digest = contract::digest_of(offer->policy);
  if (digest != heard.message.offer_digest) {
    return core::Error{core::Code::kConflict,
                       "OFFER_CHANGED",
                       "offer '" + offer->id + "' is not what it was when it was looked up",
                       "look at the catalogue again, then ask for what it says now",
                       {}};
  }
  turn.row.offer = offer->id;
  turn.row.offer_digest = digest;
  turn.row.datasets = offer->datasets;
  turn.row.offered = offer->policy;
  turn.row.policy = *heard.message.policy;
  if (!same_frame(turn.row.policy, offer->policy)) {
    return mismatch("the request is about something else than the offer");
  }
  return weigh(turn, offer->policy);
}

core::Status Contracting::hear_offer(const Heard& heard, Turn& turn) const {
  const contract::Policy asked = turn.row.policy;
  if (!same_frame(*heard.message.policy, turn.row.offered)) {
    return mismatch("the counter-offer is about something else than the offer");
  }
  turn.row.policy = *heard.message.policy;
  if (turn.row.any_terms && !not_carried_out(turn.row.policy, turn.row.role)) {
    turn.row.changed = contract::changed_terms(asked, turn.row.policy);
    say(turn, Message::kAccept);
    return core::ok();
  }
  return weigh(turn, asked);
}

// What the policy makes of the terms on the table.
core::Status Contracting::weigh(Turn& turn, const contract::Policy& before) const {
  Negotiation& row = turn.row;
  row.changed = contract::changed_terms(before, row.policy);
  if (const auto cause = not_carried_out(row.policy, row.role)) {
    say(turn, Message::kTermination, "TERM_NOT_ENFORCEABLE", *cause);
    return core::ok();
  }
  if (++row.rounds > limits::kNegotiationRounds) {
    say(turn, Message::kTermination, "NEGOTIATION_TOO_LONG", "there were too many counter-offers");
    return core::ok();
  }
  const bool provider = row.role == Role::kProvider;
  const NegotiationQuestion question{
      ports_.self,  row.partner,
      row.role,     row.offer,
      row.datasets, provider ? ports_.offers()->groups_of(row.partner) : std::vector<std::string>(),
      row.changed,  contract::assess(row.policy).contractual(),
      before,       row.policy};
  auto weighed = ports_.point.weigh(question);
  if (!weighed) return std::move(weighed.error());
  row.revision = weighed->revision;
  switch (weighed->verdict) {
    case NegotiationVerdict::kAgree:
      if (provider) return agree(turn);
      say(turn, Message::kAccept);
      return core::ok();
    case NegotiationVerdict::kCounter:
      row.policy = before;
      say(turn, provider ? Message::kOffer : Message::kRequest);
      return core::ok();
    case NegotiationVerdict::kAsk:
      wait_for_person(turn, weighed->why);
      return core::ok();
    case NegotiationVerdict::kRefuse:
      break;
  }
  say(turn, Message::kTermination, "TERMS_REFUSED",
      "the policy of " + ports_.self.str() + " does not accept these terms");
  row.reason = "TERMS_REFUSED: " + weighed->why;
  return core::ok();
}

void Contracting::wait_for_person(Turn& turn, const std::string& why) const {
  turn.row.waiting = true;
  turn.row.reason = why;
  turn.row.expires_s = ports_.clock() / kNsPerSecond + ports_.person_time.count();
}

// The agreement is always built from what this side, the provider, has on the table itself.
core::Status Contracting::agree(Turn& turn) const {
  Negotiation& row = turn.row;
  row.agreement = uuid(ports_.random);
  KeptAgreement kept;
  kept.partner = row.partner;
  kept.role = Role::kProvider;
  kept.negotiation = row.id;
  kept.terms.id = row.agreement;
  kept.terms.provider = ports_.self;
  kept.terms.consumer = row.partner;
  kept.terms.offer = row.offer;
  kept.terms.offer_digest = row.offer_digest;
  kept.terms.datasets = row.datasets;
  kept.terms.policy = contract::agreed(row.policy, row.agreement, ports_.self, row.partner);
  kept.terms.registry = contract::kRegistryVersion;
  kept.terms.provider_revision = row.revision;
  kept.terms.consumer_revision = row.their_revision;
  kept.terms.concluded_s = ports_.clock() / kNsPerSecond;
  kept.payload = contract::to_text(kept.terms);
  // What would not be read by the other side is not signed.
  if (auto read = contract::read_agreement(kept.payload); !read) return std::move(read.error());
  kept.provider = sign_agreement(kept.payload, ports_.signer);
  turn.agreement = std::move(kept);
  say(turn, Message::kAgreement);
  return core::ok();
}

core::Status Contracting::hear_agreement(const Heard& heard, Turn& turn) const {
  Negotiation& row = turn.row;
  if (!heard.agreement) return mismatch("the agreement itself is missing");
  auto terms = contract::read_agreement(heard.agreement->payload);
  if (!terms) return std::move(terms.error());
  const std::int64_t latest = ports_.clock() / kNsPerSecond + limits::kClockSkew.count();
  const bool fits =
      terms->id == heard.message.agreement && terms->provider == row.partner &&
      terms->consumer == ports_.self && terms->offer == row.offer &&
      terms->offer_digest == row.offer_digest && terms->datasets == row.datasets &&
      terms->concluded_s <= latest &&
      terms->concluded_s >= row.started_s - limits::kClockSkew.count() &&
      terms->policy == contract::agreed(row.policy, terms->id, row.partner, ports_.self);
  if (!fits) return mismatch("the agreement is not what was asked for or accepted");
  // Evidence of one agreement is never overwritten by another of the same name.
  auto known = ports_.contracts.agreement(terms->id);
  if (!known) return std::move(known.error());
  if (*known) return mismatch("there is another agreement of the same id");
  if (auto signed_by = check_signature(heard.agreement->payload, heard.agreement->provider,
                                       heard.partner, ports_.clock(), ports_.verify);
      !signed_by) {
    return signed_by;
  }
  KeptAgreement kept;
  kept.partner = row.partner;
  kept.role = Role::kConsumer;
  kept.state = AgreementState::kInForce;
  kept.payload = heard.agreement->payload;
  kept.provider = heard.agreement->provider;
  kept.consumer = sign_agreement(kept.payload, ports_.signer);
  kept.negotiation = row.id;
  kept.terms = std::move(*terms);
  row.agreement = kept.terms.id;
  turn.agreement = std::move(kept);
  say(turn, Message::kVerification);
  return core::ok();
}

core::Status Contracting::hear_verification(const Heard& heard, Turn& turn) const {
  auto kept = ports_.contracts.agreement(turn.row.agreement);
  if (!kept) return std::move(kept.error());
  if (!*kept || !heard.agreement || heard.agreement->payload != (*kept)->payload) {
    return mismatch("the verification is about another agreement");
  }
  if (auto signed_by = check_signature((*kept)->payload, heard.agreement->consumer, heard.partner,
                                       ports_.clock(), ports_.verify);
      !signed_by) {
    return signed_by;
  }
  turn.agreement = std::move(**kept);
  turn.agreement->consumer = heard.agreement->consumer;
  turn.agreement->state = AgreementState::kInForce;
  say(turn, Message::kFinalization);
  return core::ok();
}

core::Status Contracting::hear_termination(const Heard& heard, Turn& turn) const {
  turn.row.reason = heard.message.reason + ": " + heard.message.text;
  if (turn.row.agreement.empty()) return core::ok();
  auto kept = ports_.contracts.agreement(turn.row.agreement);
  if (!kept) return std::move(kept.error());
  if (!*kept) return core::ok();
  turn.agreement = std::move(**kept);
  turn.agreement->state = AgreementState::kEnded;
  turn.agreement->ended_s = ports_.clock() / kNsPerSecond;
  turn.agreement->ended_by = turn.row.partner.str();
  turn.agreement->reason = turn.row.reason;
  return core::ok();
}

// Our next message. Kept with the row, and sent from there.
void Contracting::say(Turn& turn, Message kind, const std::string& reason,
                      const std::string& text) const {
  Negotiation& row = turn.row;
  const auto from = row.version == 0 && row.said.empty() && row.heard.empty()
                        ? std::optional<State>()
                        : std::optional(row.state);
  // Ours always fit: a step that the table does not hold is a broken promise of this room.
  if (const auto state = contract::next(from, kind, row.role)) row.state = *state;
  const bool provider = row.role == Role::kProvider;
  NegotiationMessage message;
  message.kind = kind;
  message.consumer_pid = provider ? row.their_id : row.id;
  message.provider_pid = provider ? row.id : row.their_id;
  message.from = ports_.self;
  message.audience = row.partner;
  message.issued_s = ports_.clock() / kNsPerSecond;
  message.offer = row.offer;
  message.offer_digest = row.offer_digest;
  if (kind == Message::kRequest || kind == Message::kOffer) {
    message.policy = row.policy;
    message.changed = row.changed;
  }
  message.agreement = row.agreement;
  if (turn.agreement) {
    message.agreement_digest = core::hex(core::sha256(turn.agreement->payload));
  }
  message.revision = row.revision;
  message.reason = reason;
  message.text = text;
  if (kind == Message::kTermination) row.reason = reason + ": " + text;
  row.said = to_payload(message);
  row.delivered = false;
  note(turn, kind, core::hex(core::sha256(row.said)), true);
}

void Contracting::note(Turn& turn, Message kind, const std::string& payload_digest, bool ours,
                       std::int64_t uid) const {
  static constexpr const char* kKinds[] = {
      "contract.request",    "contract.offer",     "contract.accepted", kContractAgreement,
      kContractVerification, "contract.finalized", kContractTermination};
  // With a signature: the agreement that is signed, so that the entry is evidence of it.
  const bool signs = kind == Message::kAgreement || kind == Message::kVerification;
  Change change;
  change.kind = kKinds[static_cast<std::size_t>(kind)];
  change.self = ports_.self;
  change.partner = turn.row.partner;
  change.subject =
      signs && turn.agreement ? core::hex(core::sha256(turn.agreement->payload)) : payload_digest;
  change.detail = std::string(ours ? "said" : "heard") + " " + turn.row.id + " offer " +
                  turn.row.offer + (turn.row.reason.empty() ? "" : " " + turn.row.reason);
  change.uid = uid;
  change.at = ports_.clock();
  change.agreement_id = turn.row.agreement;
  change.role = contract::name_of(turn.row.role);
  turn.entries.push_back(entry_change(change, ports_.random));
}

}  // namespace connector::exchange
