#include "exchange/verify_agreements.h"

#include "contract/agreement.h"
#include "evidence/dsse.h"
#include "exchange/contract_entries.h"
#include "exchange/negotiation_message.h"

namespace connector::exchange {
namespace {

using evidence::LogEntry;

AgreementName name_of(const LogEntry& entry) {
  return {entry.role, entry.partner, entry.agreement_id};
}

core::Error wrong(const ExportedAgreement& agreement, const std::string& what) {
  return broken(agreement.path, "agreement", what);
}

}  // namespace

void AgreementCheck::note(std::uint64_t index, const LogEntry& entry) {
  if (entry.agreement_id.empty()) return;
  if (entry.kind == kContractAgreement) agreed_[index] = {name_of(entry), entry.subject, false};
  if (entry.kind == kContractVerification) {
    verified_[index] = {name_of(entry), entry.subject, false};
  }
  if (entry.kind == kContractEnded || entry.kind == kContractTermination) {
    ended_.try_emplace(name_of(entry), index);
  }
  if (entry.kind == evidence::kDataDeleted) deleted_.try_emplace(name_of(entry), index);
  note_fetch(index, entry);
  note_use(index, entry);
}

// A provider opens a fetch once it has found the agreement in force. A consumer may ask in vain:
// under an agreement is what came whole.
void AgreementCheck::note_fetch(std::uint64_t index, const LogEntry& entry) {
  const Request request{entry.role, entry.partner, entry.request_id};
  if (entry.kind == evidence::kFetchOpened) {
    begun_[request] = index;
    if (entry.role == "provider") done_.push_back({index, index, name_of(entry), true});
  }
  if (entry.kind == evidence::kFetchClosed && entry.outcome == "complete") {
    const auto begun = begun_.find(request);
    done_.push_back({index, begun == begun_.end() ? index : begun->second, name_of(entry), true});
  }
}

void AgreementCheck::note_use(std::uint64_t index, const LogEntry& entry) {
  const Request request{entry.role, entry.partner, entry.request_id};
  if (entry.kind == evidence::kUseAllowed) {
    begun_[request] = index;
    done_.push_back({index, index, name_of(entry), false});
  }
  if (entry.kind == evidence::kUseEnded && entry.records > 0) {
    const auto begun = begun_.find(request);
    used_.push_back({index, begun == begun_.end() ? index : begun->second, name_of(entry), false});
  }
}

core::Status AgreementCheck::check(const core::Connector& self,
                                   const ExportedAgreement& agreement) {
  const auto agreed = agreed_.find(agreement.agreed);
  const auto verified = verified_.find(agreement.verified);
  const std::string digest = core::hex(core::sha256(agreement.payload));
  if (agreed == agreed_.end() || agreed->second.digest != digest) {
    return wrong(agreement, nth("entry", agreement.agreed) + " does not name it");
  }
  if (verified == verified_.end() || verified->second.digest != digest) {
    return wrong(agreement, nth("entry", agreement.verified) + " does not name it");
  }
  const AgreementName& name = verified->second.name;
  const bool same = agreed->second.name == name && agreement.agreed < agreement.verified &&
                    name.role == (agreement.provider ? "provider" : "consumer") &&
                    name.partner == agreement.partner;
  if (!same) return wrong(agreement, "its entries are of another agreement");
  if (std::exchange(verified->second.taken, true)) {
    return wrong(agreement, nth("entry", agreement.verified) + " names another one as well");
  }
  if (auto fits = check_parties(self, agreement, name.id); !fits) return fits;
  for (const bool provider : {true, false}) {
    if (auto by = check_signature(agreement, provider); !by) return by;
  }
  if (in_force_.try_emplace(name, agreement.verified).second) return core::ok();
  return wrong(agreement, "there is another one of its id");
}

core::Status AgreementCheck::check_parties(const core::Connector& self,
                                           const ExportedAgreement& agreement,
                                           const std::string& id) const {
  const auto terms = contract::read_agreement(agreement.payload);
  if (!terms) return wrong(agreement, terms.error().message);
  const bool fits = terms->id == id &&
                    terms->provider == (agreement.provider ? self : agreement.partner) &&
                    terms->consumer == (agreement.provider ? agreement.partner : self);
  return fits ? core::ok() : core::Status(wrong(agreement, "its entries name other parties"));
}

// With the one key that counts where the signature is on record.
core::Status AgreementCheck::check_signature(const ExportedAgreement& agreement,
                                             bool provider) const {
  const AgreementSignature& made = provider ? agreement.by_provider : agreement.by_consumer;
  const std::uint64_t index = provider ? agreement.agreed : agreement.verified;
  const bool ours = provider == agreement.provider;
  const auto by = ours ? keys_.own(made.key_id, keys_.own_since(index), index)
                       : keys_.at(agreement.partner, index);
  if (!by || by->keys.back().id.str() != made.key_id) {
    return wrong(agreement, "key " + made.key_id + " was not in use where " + nth("entry", index) +
                                ", which names it, stands");
  }
  const std::string message = evidence::pae(kAgreementType, agreement.payload);
  if (verify_(by->keys.back().public_key, message, made.signature)) return core::ok();
  return wrong(agreement, std::string("the signature of its ") +
                              (provider ? "provider" : "consumer") + " does not fit");
}

bool AgreementCheck::known(const AgreementName& name, std::uint64_t index) const {
  const auto found = in_force_.find(name);
  return found != in_force_.end() && found->second < index;
}

core::Status AgreementCheck::complete() const {
  for (const auto& [index, named] : verified_) {
    // One that was signed anew stands with the last of its entries.
    if (named.taken || in_force_.count(named.name) > 0) continue;
    return broken("export.json", nth("entry", index), "names an agreement that is missing");
  }
  for (const Done& one : done_) {
    if (known(one.name, one.began)) continue;
    return broken("export.json", nth("entry", one.index),
                  "names agreement " + one.name.id + ", which was not in force");
  }
  return unproven_uses();
}

// Once deletion is proven there is nothing left to use.
core::Status AgreementCheck::unproven_uses() const {
  for (const Done& one : used_) {
    const auto deleted = deleted_.find(one.name);
    if (deleted == deleted_.end() || one.began < deleted->second) continue;
    return broken("export.json", nth("entry", one.index),
                  "is a use of what " + nth("entry", deleted->second) + " says is deleted");
  }
  return core::ok();
}

std::vector<std::string> AgreementCheck::after_end() const {
  std::vector<std::string> found;
  for (const Done& one : done_) {
    const auto ended = ended_.find(one.name);
    // Of a provider the opening says it already.
    const bool said = one.name.role == "provider" && one.began != one.index;
    if (!one.fetch || said || ended == ended_.end()) continue;
    if (ended->second < one.began) found.push_back(nth("entry", one.began));
  }
  return found;
}

}  // namespace connector::exchange
