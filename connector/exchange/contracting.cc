#include "exchange/contracting.h"

#include <algorithm>

#include "contract/policy_json.h"
#include "contract/registry.h"
#include "core/limits.h"
#include "exchange/contracting_turn.h"
#include "exchange/statements.h"

namespace connector::exchange {
namespace {

namespace limits = core::limits;
using contract::Message;
using contract::Role;
using contract::State;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr int kAttempts = 5;  // when two messages of one negotiation meet

core::Error partner_not_active(const core::Connector& id) {
  return {core::Code::kUnauthenticated,
          "PARTNER_NOT_ACTIVE",
          id.str() + " is not known or not active",
          "connector partner list",
          {}};
}

// May pass by itself: the message is sent again.
bool passing(const core::Error& error) {
  return error.code == core::Code::kUnavailable || error.code == core::Code::kExhausted ||
         error.code == core::Code::kInternal || error.code == core::Code::kUnauthenticated;
}

}  // namespace

Contracting::Contracting(ContractingPorts ports) : ports_(std::move(ports)) {}
Contracting::~Contracting() = default;

// ---- of partners ---------------------------------------------------------------------------

core::Result<Contracting::Heard> Contracting::open(const core::Connector& from,
                                                   const SignedEnvelope& envelope,
                                                   std::optional<AgreementParts> agreement) const {
  auto partner = ports_.partners.find(from);
  if (!partner || partner->state != PartnerState::kActive) return partner_not_active(from);
  auto payload = open_from(envelope, kNegotiationType, *partner, ports_.clock(), ports_.verify);
  if (!payload) return std::move(payload.error());
  auto message = read_negotiation(*payload);
  if (!message) return std::move(message.error());
  if (message->from != from || message->audience != ports_.self) {
    return core::invalid("AUDIENCE_MISMATCH", "the message is from " + message->from.str() +
                                                  " to " + message->audience.str() + ", but " +
                                                  from.str() + " sent it to " + ports_.self.str());
  }
  return Heard{std::move(*partner), std::move(*message), core::hex(core::sha256(*payload)),
               std::move(agreement)};
}

void Contracting::negotiate(const Caller& caller, SignedEnvelope message,
                            std::optional<AgreementParts> agreement,
                            std::function<void(core::Result<NegotiationAnswer>)> done) {
  ports_.run([this, from = caller.id, message = std::move(message),
              agreement = std::move(agreement), done = std::move(done)]() mutable {
    auto heard = open(from, message, std::move(agreement));
    if (!heard) return done(std::move(heard.error()));
    take(*heard, true, 1, [this, done = std::move(done)](core::Result<Negotiation> row) {
      if (!row) return done(std::move(row.error()));
      done(answer_of(*row));
    });
  });
}

// Two messages of one negotiation that meet are taken one after the other.
void Contracting::take(const Heard& heard, bool by_call, int attempt, Ended done) {
  auto turn = hear(heard, by_call);
  if (!turn) return done(std::move(turn.error()));
  if (turn->repeated) return done(with_key_in_use(std::move(turn->row)));
  commit(std::move(*turn), heard.partner,
         [this, heard, by_call, attempt, done = std::move(done)](core::Result<Negotiation> row) {
           const bool met = !row && (row.error().reason == "NEGOTIATION_CHANGED" ||
                                     row.error().reason == "NEGOTIATION_UNDER_WAY");
           if (!met || attempt >= kAttempts) return done(std::move(row));
           ports_.run(
               [this, heard, by_call, attempt, done] { take(heard, by_call, attempt + 1, done); });
         });
}

core::Result<NegotiationAnswer> Contracting::answer_of(const Negotiation& row) const {
  NegotiationAnswer answer;
  if (row.said.empty()) return answer;
  answer.message = sign_payload(kNegotiationType, row.said, ports_.signer);
  const bool with_agreement = row.state == State::kAgreed || row.state == State::kVerified;
  if (!with_agreement) return answer;
  auto kept = agreement(row.agreement);
  if (!kept) return std::move(kept.error());
  if (*kept) answer.agreement = {(*kept)->payload, (*kept)->provider, (*kept)->consumer};
  return answer;
}

// ---- durability ----------------------------------------------------------------------------

void Contracting::commit(Turn turn, const Partner& partner, Ended done) {
  auto row = std::make_shared<Negotiation>(std::move(turn.row));
  Commit commit{.entries = std::move(turn.entries),
                .effects = {RequireIntroduction{partner.id, partner.introduction_digest},
                            PutNegotiation{*row}},
                .on_behalf_of = partner.id};
  std::string touched;
  if (turn.agreement) {
    touched = turn.agreement->terms.id;
    commit.effects.push_back(PutAgreement{std::move(*turn.agreement)});
  }
  ports_.log.append(std::move(commit), [this, row, touched,
                                        done = std::move(done)](core::Result<LogSpan> span) {
    if (!span) return done(std::move(span.error()));
    if (!touched.empty()) forget(touched);
    if (row->waiting) {
      ports_.schedule.at(row->expires_s * kNsPerSecond, "person/" + row->id, [this, id = row->id] {
        ports_.call([this, id] {
          // Decided meanwhile: there is nothing to end.
          [[maybe_unused]] const auto ended = reject(id, "nobody decided in time; ask again", -1);
        });
      });
    }
    done(std::move(*row));
  });
}

core::Result<Negotiation> Contracting::commit_now(Turn turn, const Partner& partner) {
  auto promise = std::make_shared<std::promise<core::Result<Negotiation>>>();
  auto future = promise->get_future();
  commit(std::move(turn), partner,
         [promise](core::Result<Negotiation> row) { promise->set_value(std::move(row)); });
  return future.get();
}

void Contracting::forget(const std::string& id) {
  {
    std::lock_guard lock(mutex_);
    kept_.erase(id);
  }
  if (ports_.changed) ports_.changed();
}

core::Result<std::shared_ptr<const KeptAgreement>> Contracting::agreement(
    const std::string& id) const {
  {
    std::lock_guard lock(mutex_);
    if (const auto found = kept_.find(id); found != kept_.end()) return found->second;
  }
  auto read = ports_.contracts.agreement(id);
  if (!read) return std::move(read.error());
  if (!*read) return std::shared_ptr<const KeptAgreement>();
  auto kept = std::make_shared<const KeptAgreement>(std::move(**read));
  std::lock_guard lock(mutex_);
  // One that is signed by one side only changes soon.
  if (kept->state == AgreementState::kSigned) return kept;
  if (kept_.size() >= limits::kAgreementsInMemory) kept_.clear();
  kept_[id] = kept;
  return kept;
}

// ---- what we say ---------------------------------------------------------------------------

// An agreement that was signed with a key that was rotated out before anybody heard of it would be
// refused for ever: it is signed anew, and that is on record.
core::Result<Negotiation> Contracting::with_key_in_use(Negotiation row) {
  const bool ours = (row.state == State::kAgreed && row.role == Role::kProvider) ||
                    (row.state == State::kVerified && row.role == Role::kConsumer);
  if (!ours || row.said.empty()) return row;
  auto kept = ports_.contracts.agreement(row.agreement);
  if (!kept) return std::move(kept.error());
  if (!*kept) return row;
  const bool provider = row.role == Role::kProvider;
  AgreementSignature& signature = provider ? (*kept)->provider : (*kept)->consumer;
  if (signature.key_id == ports_.signer.key_id().str()) return row;
  const auto partner = ports_.partners.find(row.partner);
  if (!partner) return partner_not_active(row.partner);
  signature = sign_agreement((*kept)->payload, ports_.signer);
  Turn turn{std::move(row), std::move(**kept), {}, false};
  note(turn, provider ? Message::kAgreement : Message::kVerification, {}, true);
  ++turn.row.version;
  return commit_now(std::move(turn), *partner);
}

// Says what is to be said until it is the partner's turn to think, or nothing is left to say.
core::Result<Negotiation> Contracting::deliver(const std::string& id) {
  for (;;) {
    auto row = ports_.contracts.negotiation(id);
    if (!row) return std::move(row.error());
    if (!*row) return core::internal("negotiation " + id + " is not kept");
    if ((*row)->said.empty() || (*row)->delivered) return std::move(**row);
    const auto partner = ports_.partners.find((*row)->partner);
    if (!partner || partner->state != PartnerState::kActive) {
      return partner_not_active((*row)->partner);
    }
    auto current = with_key_in_use(std::move(**row));
    if (!current) return current;
    auto message = answer_of(*current);
    if (!message) return std::move(message.error());
    auto answer = ports_.client.negotiate(*partner, *message->message, message->agreement);
    if (!answer) return not_delivered(std::move(*current), answer.error());
    {
      std::lock_guard lock(mutex_);
      patience_.erase(id);
    }
    core::Result<Negotiation> next = std::move(*current);
    if (!answer->message) {
      Turn heard{std::move(*next), std::nullopt, {}, false};
      heard.row.delivered = true;
      ++heard.row.version;
      next = commit_now(std::move(heard), *partner);
    } else {
      auto heard = open(partner->id, *answer->message, std::move(answer->agreement));
      if (!heard) return std::move(heard.error());
      auto promise = std::make_shared<std::promise<core::Result<Negotiation>>>();
      take(*heard, false, 1,
           [promise](core::Result<Negotiation> taken) { promise->set_value(std::move(taken)); });
      next = promise->get_future().get();
    }
    // Somebody else went on with it: look again.
    if (!next && next.error().reason == "NEGOTIATION_CHANGED") continue;
    if (!next) return next;
  }
}

core::Result<Negotiation> Contracting::not_delivered(Negotiation row, const core::Error& error) {
  // What both have signed is not undone by a refusal to hear it once more.
  if (passing(error) || row.state == State::kVerified) {
    std::chrono::seconds wait{};
    {
      std::lock_guard lock(mutex_);
      auto& patience = patience_[row.id];
      patience = patience.count() == 0
                     ? limits::kRetryFirst
                     : std::min(2 * patience, std::chrono::seconds(limits::kRetryMost));
      wait = patience;
    }
    deliver_later(row.id, ports_.clock() + wait.count() * kNsPerSecond);
    return error;
  }
  const auto partner = ports_.partners.find(row.partner);
  if (!partner) return partner_not_active(row.partner);
  Turn turn{std::move(row), std::nullopt, {}, false};
  turn.row.state = State::kTerminated;
  turn.row.reason = error.reason + ": " + error.message;
  turn.row.said.clear();
  turn.row.delivered = true;
  turn.row.changed_s = ports_.clock() / kNsPerSecond;
  ++turn.row.version;
  note(turn, Message::kTermination, {}, false);
  auto kept = commit_now(std::move(turn), *partner);
  if (!kept) return kept;
  return error;
}

void Contracting::deliver_later(const std::string& id, core::EpochNs when) {
  ports_.schedule.at(when, "deliver/" + id, [this, id] {
    ports_.call([this, id] {
      // An error stands in the row, or is tried again later.
      [[maybe_unused]] const auto done = deliver(id);
    });
  });
}

core::Result<std::optional<Negotiation>> Contracting::in_force(const Asked& asked) const {
  auto kept = ports_.contracts.agreements_about(asked.partner, asked.offer.id);
  if (!kept) return std::move(kept.error());
  const core::Digest digest = core::sha256(asked.offer.policy);
  for (const KeptAgreement& one : *kept) {
    if (one.role != Role::kConsumer || one.state != AgreementState::kInForce) continue;
    if (one.terms.offer != asked.offer.id || one.terms.offer_digest != digest) continue;
    auto row = ports_.contracts.negotiation(one.negotiation);
    if (!row) return std::move(row.error());
    if (*row && (!asked.terms || (*row)->policy == *asked.terms)) return row;
  }
  return std::optional<Negotiation>();
}

core::Result<Negotiation> Contracting::ask(const Asked& asked) {
  const std::string key = asked.partner.str() + "\n" + asked.offer.id + "\n" +
                          (asked.terms ? contract::to_text(*asked.terms) : asked.offer.policy);
  std::promise<core::Result<Negotiation>> promise;
  std::shared_future<core::Result<Negotiation>> other;
  {
    std::lock_guard lock(mutex_);
    const auto [place, first] = asking_.try_emplace(key);
    if (first) {
      place->second = promise.get_future().share();
    } else {
      other = place->second;
    }
  }
  if (other.valid()) return other.get();
  auto result = ask_once(asked);
  promise.set_value(result);
  std::lock_guard lock(mutex_);
  asking_.erase(key);
  return result;
}

core::Result<Negotiation> Contracting::ask_once(const Asked& asked) {
  const auto partner = ports_.partners.find(asked.partner);
  if (!partner || partner->state != PartnerState::kActive) {
    return partner_not_active(asked.partner);
  }
  if (!asked.anew) {
    auto earlier = in_force(asked);
    if (!earlier) return std::move(earlier.error());
    if (*earlier) return std::move(**earlier);
  }
  const auto json = core::parse_untrusted(asked.offer.policy);
  auto offered = json ? contract::from_json(*json) : json.error();
  if (!offered) return std::move(offered.error());
  Turn turn;
  Negotiation& row = turn.row;
  row.id = uuid(ports_.random);
  row.partner = asked.partner;
  row.role = Role::kConsumer;
  row.offer = asked.offer.id;
  row.offer_digest = core::sha256(asked.offer.policy);
  row.datasets = asked.offer.patterns;
  row.offered = *offered;
  row.policy = asked.terms.value_or(std::move(*offered));
  row.changed = contract::changed_terms(row.offered, row.policy);
  row.any_terms = asked.any_terms;
  row.revision = ports_.offers()->revision();
  row.started_s = row.changed_s = ports_.clock() / kNsPerSecond;
  if (const auto cause = not_carried_out(row.policy, row.role)) {
    return core::denied("TERM_NOT_ENFORCEABLE", *cause, "docs/terms.md lists what can be agreed");
  }
  say(turn, Message::kRequest);
  row.version = 1;
  const std::string id = row.id;
  if (auto kept = commit_now(std::move(turn), *partner); !kept) return kept;
  return deliver(id);
}

// ---- of persons ----------------------------------------------------------------------------

core::Result<Contracting::Turn> Contracting::person_turn(const std::string& id) const {
  auto row = ports_.contracts.negotiation(id);
  if (!row) return std::move(row.error());
  if (!*row) {
    return core::Error{core::Code::kNotFound,
                       "NEGOTIATION_NOT_FOUND",
                       "no negotiation " + id,
                       "connector negotiation list",
                       {}};
  }
  Turn turn{std::move(**row), std::nullopt, {}, false};
  if (!turn.row.waiting) {
    return core::Error{core::Code::kConflict,
                       "NEGOTIATION_NOT_WAITING",
                       "negotiation " + id + " waits for nobody here: it is " +
                           std::string(contract::name_of(turn.row.state)),
                       "connector negotiation show " + id,
                       {}};
  }
  turn.row.waiting = false;
  turn.row.expires_s = 0;
  turn.row.reason.clear();
  turn.row.changed_s = ports_.clock() / kNsPerSecond;
  return turn;
}

core::Result<Negotiation> Contracting::approve(const std::string& id, std::int64_t uid) {
  auto turn = person_turn(id);
  if (!turn) return std::move(turn.error());
  const auto partner = ports_.partners.find(turn->row.partner);
  if (!partner) return partner_not_active(turn->row.partner);
  if (turn->row.role == Role::kProvider) {
    if (auto agreed = agree(*turn); !agreed) return std::move(agreed.error());
  } else {
    say(*turn, Message::kAccept);
  }
  note(*turn, Message::kAccept, "approved", true, uid);
  ++turn->row.version;
  ports_.schedule.cancel("person/" + id);
  if (auto kept = commit_now(std::move(*turn), *partner); !kept) return kept;
  return deliver(id);
}

core::Result<Negotiation> Contracting::reject(const std::string& id, const std::string& reason,
                                              std::int64_t uid) {
  auto turn = person_turn(id);
  if (!turn) return std::move(turn.error());
  const auto partner = ports_.partners.find(turn->row.partner);
  if (!partner) return partner_not_active(turn->row.partner);
  say(*turn, Message::kTermination, "TERMS_REFUSED", reason);
  note(*turn, Message::kTermination, "rejected", true, uid);
  ++turn->row.version;
  ports_.schedule.cancel("person/" + id);
  if (auto kept = commit_now(std::move(*turn), *partner); !kept) return kept;
  return deliver(id);
}

core::Status Contracting::resume() {
  auto open_rows = ports_.contracts.negotiations(false, limits::kPageSizeMax);
  if (!open_rows) return std::move(open_rows.error());
  for (const Negotiation& row : *open_rows) {
    if (!row.said.empty() && !row.delivered) deliver_later(row.id, ports_.clock());
    if (!row.waiting) continue;
    ports_.schedule.at(row.expires_s * kNsPerSecond, "person/" + row.id, [this, id = row.id] {
      ports_.call([this, id] {
        [[maybe_unused]] const auto ended = reject(id, "nobody decided in time; ask again", -1);
      });
    });
  }
  auto kept = ports_.contracts.agreements({}, limits::kPageSizeMax);
  if (!kept) return std::move(kept.error());
  for (const KeptAgreement& one : *kept) {
    if (!one.end_delivered) deliver_end(one.terms.id);
  }
  return core::ok();
}

}  // namespace connector::exchange
