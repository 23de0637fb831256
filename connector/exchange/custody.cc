#include "exchange/custody.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "contract/duties.h"
#include "evidence/log_entry.h"
#include "exchange/commit.h"
#include "exchange/statements.h"

namespace connector::exchange {
namespace {

constexpr core::EpochNs kNsPerSecond = 1'000'000'000;
constexpr core::EpochNs kAgain = 5 * kNsPerSecond;  // after a deletion that did not succeed
constexpr int kPurgeAttempts = 50;                  // readers are gone within moments

// The term that demanded it.
std::string duty_of(const contract::Agreement& agreement, core::EpochNs due) {
  const auto duties = contract::duties_of(agreement.policy, agreement.concluded_s * kNsPerSecond);
  for (const auto& one : duties.deletes) {
    if (one.at && *one.at == due) return one.path;
  }
  for (const auto& one : duties.deletes) {
    if (one.after_use) return one.path;
  }
  return duties.deletes.empty() ? std::string() : duties.deletes.front().path;
}

}  // namespace

core::Status Custody::make_up() {
  const auto vaults = ports_.vault.list();
  if (!vaults) return vaults.error();
  for (const VaultFacts& one : *vaults) {
    if (one.emptied != 0 || ports_.keys.find(one.agreement)) continue;
    // Its key is destroyed: a copy of the store brought the ciphertext back, or the machine stopped
    // in between.
    if (auto erased = erase(one.agreement, 0, -1); !erased) return erased;
  }
  if (auto erased = erase_due(); !erased) return erased;
  look_again();
  return core::ok();
}

// One pass after the other: what the one before has deleted is not found again.
core::Status Custody::erase_due() {
  const std::lock_guard one_pass(erasing_);
  const auto duties = ports_.work.duties();
  if (!duties) return duties.error();
  auto first_failure = core::ok();
  for (const PutDuty& one : *duties) {
    if (one.due > ports_.now()) break;
    auto erased = erase_alone(one.agreement, one.due, -1);
    if (!erased && first_failure) first_failure = std::move(erased);
  }
  return first_failure;
}

void Custody::look_again() {
  const auto duties = ports_.work.duties();
  if (!duties || duties->empty()) return;
  // By our clock it may be due although the machine's was set back.
  const core::EpochNs due = duties->front().due;
  ports_.schedule.at(due <= ports_.now() ? 0 : due, "custody", [this] {
    ports_.run([this] {
      const auto done = erase_due();
      if (done) return look_again();
      ports_.on_failure("received data could not be deleted in time: " + done.error().message);
      ports_.schedule.at(ports_.now() + kAgain, "custody", [this] { look_again(); });
    });
  });
}

core::Status Custody::erase(const std::string& agreement, core::EpochNs due, std::int64_t uid) {
  const std::lock_guard one(erasing_);
  return erase_alone(agreement, due, uid);
}

core::Status Custody::erase_alone(const std::string& agreement, core::EpochNs due,
                                  std::int64_t uid) {
  const auto kept = ports_.agreement(agreement);
  if (!kept) return kept.error();
  const auto facts = ports_.vault.facts(agreement);
  if (!facts) return facts.error();
  // Without its key it is nothing, whatever happens from here on.
  if (auto destroyed = ports_.keys.destroy(agreement); !destroyed) return destroyed;
  VaultFacts before = *facts ? **facts : VaultFacts{};
  before.agreement = agreement;
  if (*facts && before.emptied == 0) {
    before.emptied = ports_.now();
    auto emptied =
        commit_now(ports_.log, {.entries = {},
                                .effects = {VaultEffect{EmptyVault{agreement, before.emptied}}},
                                .on_behalf_of = {}});
    if (!emptied) return emptied;
  }
  if (auto purged = purge(); !purged) return purged;
  if (*kept) return prove(**kept, before, due, uid);
  // Of an agreement that is not on record: nobody waits for a proof.
  return commit_now(
      ports_.log,
      {.entries = {}, .effects = {VaultEffect{EndDuty{agreement, "delete"}}}, .on_behalf_of = {}});
}

core::Status Custody::purge() const {
  auto purged = ports_.vault.purge();
  for (int i = 0; i < kPurgeAttempts && !purged && purged.error().reason == "STORE_BUSY"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    purged = ports_.vault.purge();
  }
  return purged;
}

core::Status Custody::prove(const KeptAgreement& kept, const VaultFacts& facts, core::EpochNs due,
                            std::int64_t uid) {
  auto checkpoint = ports_.checkpoint();
  if (!checkpoint) return std::move(checkpoint.error());
  DeletionProof proof;
  proof.consumer = ports_.self;
  proof.provider = kept.partner;
  proof.agreement = facts.agreement;
  proof.due = due;
  proof.duty = due == 0 ? std::string() : duty_of(kept.terms, due);
  proof.at = ports_.now();
  proof.deleted = facts.emptied == 0 ? proof.at : facts.emptied;
  proof.records = facts.objects;
  proof.uses = facts.uses;
  proof.checkpoint = std::move(*checkpoint);
  const SignedEnvelope envelope = sign_deletion_proof(proof, ports_.signer);
  const std::string json = to_json_text(envelope);
  const std::string digest = core::hex(core::sha256(envelope.payload));
  const StatementEntry entry{evidence::kDataDeleted,
                             false,
                             ports_.self,
                             kept.partner,
                             facts.agreement,
                             digest,
                             proof.duty,
                             {},
                             uid,
                             proof.at};
  auto proven = commit_now(
      ports_.log,
      {.entries = {entry_statement(entry, ports_.random)},
       .effects = {VaultEffect{EndDuty{facts.agreement, "delete"}},
                   VaultEffect{KeepStatement{ports_.self, facts.agreement, kDeletionProof, digest,
                                             facts.uses, proof.at, json}},
                   VaultEffect{PutOutgoing{
                       {"proof/" + facts.agreement, kept.partner, facts.agreement, json, 0, 0, 0}}},
                   VaultEffect{PutOutgoing{
                       {"use/" + facts.agreement, kept.partner, facts.agreement, {}, 0, 0, 0}}}},
       .on_behalf_of = {}});
  if (proven) ports_.outgoing();
  return proven;
}

}  // namespace connector::exchange
