#include "exchange/verify_statements.h"

#include <limits>

#include "evidence/checkpoint.h"
#include "exchange/use_statements.h"

namespace connector::exchange {
namespace {

// Offline there is no clock: a statement may be of any time at which its key was valid.
constexpr core::EpochNs kAnyTime = std::numeric_limits<core::EpochNs>::max() / 2;

core::Error wrong(const ExportedStatement& statement, const std::string& what) {
  return broken(statement.path, "statement", what);
}

}  // namespace

void StatementCheck::note(std::uint64_t index, const evidence::LogEntry& entry) {
  if (entry.kind != evidence::kDataDeleted && entry.kind != evidence::kStatementReceived) return;
  entries_[index] = {entry.role == "provider", entry.partner, entry.agreement_id, entry.subject,
                     false};
}

core::Status StatementCheck::check(const core::Connector& self,
                                   const ExportedStatement& statement) {
  const auto found = entries_.find(statement.entry);
  if (found == entries_.end() || found->second.partner != statement.partner ||
      found->second.provider != statement.provider ||
      found->second.digest != core::hex(core::sha256(statement.envelope.payload))) {
    return wrong(statement, nth("entry", statement.entry) + " does not name it");
  }
  if (std::exchange(found->second.taken, true)) {
    return wrong(statement, nth("entry", statement.entry) + " names another one as well");
  }
  const auto by = signer(statement);
  if (!by) return by.error();
  const auto said = facts(statement, *by);
  if (!said) return wrong(statement, said.error().message);
  const bool parties =
      said->consumer == (statement.provider ? statement.partner : self) &&
      (said->provider == (statement.provider ? self : statement.partner) || said->informs);
  if (!parties || said->agreement != found->second.agreement) {
    return wrong(statement, "it differs from " + nth("entry", statement.entry));
  }
  if (said->informs && said->provider != self) return core::ok();
  const AgreementName name{statement.provider ? "provider" : "consumer", statement.partner,
                           said->agreement};
  if (agreements_.known(name, statement.entry)) return core::ok();
  return wrong(statement, "no agreement " + said->agreement + " was in force");
}

core::Result<StatementCheck::Facts> StatementCheck::facts(const ExportedStatement& statement,
                                                          const Partner& by) {
  if (statement.envelope.payload_type == kDeletionProofType) {
    ++deletion_proofs_;
    auto proof = read_deletion_proof(statement.envelope, by, kAnyTime, verify_);
    if (!proof) return std::move(proof.error());
    return Facts{proof->consumer, proof->provider, proof->agreement, proof->checkpoint, false};
  }
  ++use_statements_;
  auto said = read_use_statement(statement.envelope, by, kAnyTime, verify_);
  if (!said) return std::move(said.error());
  return Facts{said->consumer, said->provider, said->agreement, said->checkpoint,
               !said->occasion.empty()};
}

// With the one key that counts where the entry stands.
core::Result<Partner> StatementCheck::signer(const ExportedStatement& statement) const {
  std::optional<Partner> by;
  if (statement.provider) {
    by = keys_.at(statement.partner, statement.entry);
  } else {
    const auto size = own_size(statement);
    if (!size) return size.error();
    by = keys_.own(statement.envelope.key_id, *size, statement.entry);
  }
  if (by && by->keys.back().id.str() == statement.envelope.key_id) return std::move(*by);
  return wrong(statement, "key " + statement.envelope.key_id + " was not in use where " +
                              nth("entry", statement.entry) + ", which names it, stands");
}

// The size in a checkpoint of ours, which must be one of this log from before the entry.
core::Result<std::uint64_t> StatementCheck::own_size(const ExportedStatement& statement) const {
  const auto proof = deletion_facts(statement.envelope);
  if (!proof) return wrong(statement, proof.error().message);
  const auto opened =
      evidence::open_checkpoint(proof->checkpoint, keys_.own_log_key().value_or(""), verify_);
  if (!opened) return wrong(statement, opened.error().message);
  if (opened->size > statement.entry) {
    return wrong(statement, "its checkpoint is newer than " + nth("entry", statement.entry));
  }
  const auto root = root_(opened->size);
  if (!root || *root != opened->root) {
    return wrong(statement, "its checkpoint is none of this log");
  }
  return opened->size;
}

core::Status StatementCheck::complete() const {
  for (const auto& [index, entry] : entries_) {
    if (entry.taken) continue;
    return broken("export.json", nth("entry", index), "names a statement that is missing");
  }
  return core::ok();
}

}  // namespace connector::exchange
