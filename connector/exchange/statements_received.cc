#include "exchange/statements_received.h"

#include <algorithm>
#include <set>

#include "contract/duties.h"
#include "core/limits.h"
#include "evidence/log_entry.h"
#include "exchange/payload.h"
#include "exchange/statements.h"
#include "exchange/use_statements.h"

namespace connector::exchange {
namespace {

constexpr core::EpochNs kNsPerSecond = 1'000'000'000;

core::Error another(const std::string& what) {
  return {core::Code::kConflict, "EVIDENCE_MISMATCH", "the statement names " + what, {}, {}};
}

}  // namespace

core::Result<KeepStatement> StatementsReceived::read(const SignedEnvelope& envelope,
                                                     const Partner& consumer,
                                                     std::string& checkpoint) const {
  KeepStatement kept;
  kept.consumer = consumer.id;
  kept.digest = core::hex(core::sha256(envelope.payload));
  kept.at = ports_.clock();
  kept.envelope = to_json_text(envelope);
  core::Connector provider;
  if (envelope.payload_type == kDeletionProofType) {
    auto proof = read_deletion_proof(envelope, consumer, ports_.clock(), ports_.verify);
    if (!proof) return std::move(proof.error());
    kept.kind = kDeletionProof;
    kept.agreement = proof->agreement;
    kept.uses = proof->uses;
    provider = proof->provider;
    checkpoint = proof->checkpoint;
  } else {
    auto statement = read_use_statement(envelope, consumer, ports_.clock(), ports_.verify);
    if (!statement) return std::move(statement.error());
    kept.kind = kUseStatement;
    kept.agreement = statement->agreement;
    kept.uses = statement->uses;
    provider = statement->provider;
    checkpoint = statement->checkpoint;
    // Whoever is to be informed of a use need not be a party of the agreement.
    if (!statement->occasion.empty() && provider != ports_.self) return kept;
  }
  if (provider != ports_.self) return another("another provider");
  const auto agreement = ports_.agreement(kept.agreement);
  if (!agreement) return agreement.error();
  if (!*agreement || (*agreement)->partner != consumer.id ||
      (*agreement)->role != contract::Role::kProvider) {
    return another("no agreement with its signer");
  }
  return kept;
}

void StatementsReceived::report(const Caller& caller, SignedEnvelope statement,
                                std::function<void(core::Result<std::string>)> done) {
  const auto partner = ports_.partners.find(caller.id);
  if (!partner) {
    return done(core::Error{
        core::Code::kUnauthenticated, "PARTNER_NOT_ACTIVE", "this partner is not known", {}, {}});
  }
  std::string checkpoint;
  auto kept = read(statement, *partner, checkpoint);
  if (!kept) return done(std::move(kept.error()));
  const auto before = ports_.work.statements(kept->agreement);
  if (!before) return done(before.error());
  if (std::any_of(before->begin(), before->end(),
                  [&](const KeepStatement& one) { return one.digest == kept->digest; })) {
    return done(ports_.checkpoint());
  }
  const StatementEntry entry{evidence::kStatementReceived,
                             true,
                             ports_.self,
                             caller.id,
                             kept->agreement,
                             kept->digest,
                             kept->kind,
                             checkpoint,
                             -1,
                             kept->at};
  Commit commit{.entries = {entry_statement(entry, ports_.random)},
                .effects = {RequireIntroduction{caller.id, partner->introduction_digest},
                            VaultEffect{std::move(*kept)}},
                .on_behalf_of = caller.id};
  ports_.log.append(std::move(commit), [this, done = std::move(done)](core::Result<LogSpan> span) {
    if (!span) return done(std::move(span.error()));
    done(ports_.checkpoint());
  });
}

core::Result<std::optional<SignedEnvelope>> StatementsReceived::last_statement(
    const Caller& caller, const std::string& agreement) const {
  const auto all = ports_.work.statements(agreement);
  if (!all) return all.error();
  // The one that counts most: statements may have come out of order.
  const KeepStatement* newest = nullptr;
  for (const KeepStatement& one : *all) {
    const bool counts = one.consumer == caller.id && one.kind == kUseStatement;
    if (counts && (newest == nullptr || one.uses > newest->uses)) newest = &one;
  }
  if (newest == nullptr) return std::optional<SignedEnvelope>();
  auto envelope = envelope_from_json(newest->envelope);
  if (!envelope) return std::move(envelope.error());
  return std::optional(std::move(*envelope));
}

core::Result<std::vector<OverdueProof>> StatementsReceived::overdue() const {
  const auto agreements = ports_.contracts.agreements({}, core::limits::kAgreementsInMemory);
  if (!agreements) return agreements.error();
  const auto statements = ports_.work.statements({});
  if (!statements) return statements.error();
  std::set<std::string> proven;
  for (const KeepStatement& one : *statements) {
    if (one.kind == kDeletionProof) proven.insert(one.agreement);
  }
  const core::EpochNs late = ports_.clock() - core::limits::kProofGrace.count() * kNsPerSecond;
  std::vector<OverdueProof> list;
  for (const KeptAgreement& one : *agreements) {
    if (one.role != contract::Role::kProvider || proven.count(one.terms.id) != 0) continue;
    const auto duties = contract::duties_of(one.terms.policy, one.terms.concluded_s * kNsPerSecond);
    for (const auto& each : duties.deletes) {
      if (!each.at || *each.at > late) continue;
      list.push_back({one.terms.id, one.partner, *each.at});
      break;
    }
  }
  return list;
}

}  // namespace connector::exchange
