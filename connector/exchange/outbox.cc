#include "exchange/outbox.h"

#include <algorithm>

#include "core/limits.h"
#include "exchange/commit.h"
#include "exchange/statements.h"
#include "exchange/use_statements.h"

namespace connector::exchange {
namespace limits = core::limits;

namespace {

core::EpochNs pause_after(std::uint64_t attempts) {
  const auto most = std::chrono::nanoseconds(limits::kRetryMost).count();
  const auto first = std::chrono::nanoseconds(limits::kRetryFirst).count();
  return attempts >= 20 ? most : std::min<core::EpochNs>(most, first << attempts);
}

}  // namespace

void Outbox::wake() {
  ports_.call([this] {
    [[maybe_unused]] const auto tried = run();
    sleep_until_next();
  });
}

core::Status Outbox::run() {
  const std::lock_guard one(running_);
  const auto outgoing = ports_.work.outgoing();
  if (!outgoing) return outgoing.error();
  auto first_failure = core::ok();
  for (const Outgoing& each : *outgoing) {
    if (each.next > ports_.now()) break;
    auto tried = send(each);
    if (!tried && first_failure) first_failure = std::move(tried);
  }
  return first_failure;
}

void Outbox::sleep_until_next() {
  const auto outgoing = ports_.work.outgoing();
  if (!outgoing || outgoing->empty()) return;
  ports_.schedule.at(outgoing->front().next, "outbox", [this] { wake(); });
}

core::Status Outbox::send(const Outgoing& outgoing) {
  auto envelope = envelope_of(outgoing);
  if (!envelope) return std::move(envelope.error());
  const auto partner = ports_.partners.find(outgoing.to);
  if (!partner || partner->state != PartnerState::kActive) return not_sent(outgoing);
  const auto heard = ports_.client.report(*partner, *envelope);
  if (!heard) {
    [[maybe_unused]] const auto noted = not_sent(outgoing);
    return heard.error();
  }
  return sent(outgoing);
}

// One that is sent as it was signed, or what is true of the uses now.
core::Result<SignedEnvelope> Outbox::envelope_of(const Outgoing& outgoing) const {
  if (!outgoing.envelope.empty()) return envelope_from_json(outgoing.envelope);
  const auto facts = ports_.vault.facts(outgoing.agreement);
  if (!facts) return facts.error();
  auto checkpoint = ports_.checkpoint();
  if (!checkpoint) return std::move(checkpoint.error());
  UseStatement statement;
  statement.consumer = ports_.self;
  statement.provider = outgoing.to;
  statement.agreement = outgoing.agreement;
  if (*facts) {
    statement.uses = (*facts)->uses;
    statement.last_use = (*facts)->last_use;
  }
  statement.checkpoint = std::move(*checkpoint);
  statement.at = ports_.now();
  return sign_use_statement(statement, ports_.signer);
}

core::Status Outbox::sent(const Outgoing& outgoing) {
  return commit_now(ports_.log,
                    {.entries = {},
                     .effects = {VaultEffect{DropOutgoing{outgoing.name, outgoing.version}}},
                     .on_behalf_of = {}});
}

core::Status Outbox::not_sent(Outgoing outgoing) {
  outgoing.next = ports_.now() + pause_after(outgoing.attempts++);
  return commit_now(ports_.log, {.entries = {},
                                 .effects = {VaultEffect{RetryOutgoing{std::move(outgoing)}}},
                                 .on_behalf_of = {}});
}

}  // namespace connector::exchange
