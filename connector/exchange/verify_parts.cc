#include "exchange/verify_parts.h"

#include <algorithm>
#include <limits>

namespace connector::exchange {
namespace {

using evidence::LogEntry;

// Offline there is no clock: a statement may be of any time at which its key was valid.
constexpr core::EpochNs kAnyTime = std::numeric_limits<core::EpochNs>::max() / 2;

std::string digest_of(const SignedEnvelope& envelope) {
  return core::hex(core::sha256(envelope.payload));
}

}  // namespace

void PartCheck::note(std::uint64_t index, const LogEntry& entry) {
  static const std::map<std::string, Kind> kKinds = {
      {evidence::kFetchOpened, Kind::kOpened},
      {evidence::kFetchClosed, Kind::kClosed},
      {evidence::kFetchRefused, Kind::kRefused},
      {evidence::kFetchAcknowledged, Kind::kAcknowledged}};
  const auto kind = kKinds.find(entry.kind);
  if (kind == kKinds.end()) return;
  Noted noted;
  noted.kind = kind->second;
  noted.provider = entry.role == "provider";
  noted.partner = entry.partner;
  noted.request_id = entry.request_id;
  noted.first_request = entry.first_request;
  noted.agreement = entry.agreement_id;
  noted.dataset = entry.dataset;
  noted.request_digest = entry.request_digest;
  noted.chain_head = entry.chain_head;
  noted.receipt_digest = entry.receipt_digest;
  if (noted.kind == Kind::kClosed) noted.head_digest = entry.subject;
  noted.batches = entry.batches;
  noted.records = entry.records;
  noted.bytes = entry.bytes;
  entries_.emplace(index, std::move(noted));
}

core::Status PartCheck::check(const core::Connector& self, const ExportedPart& part) {
  if (auto taken = take_entries(part); !taken) return taken;
  if (auto done = check_receipt(self, part); !done) return done;
  if (auto done = check_acknowledgement(self, part); !done) return done;
  return check_head(part);
}

// The entries that a part names speak of it, and of no other.
core::Status PartCheck::take_entries(const ExportedPart& part) {
  bool of_this_request = false;
  for (const std::uint64_t index : part.entries) {
    const auto found = entries_.find(index);
    const bool known = found != entries_.end();
    // Acknowledged is a fetch as a whole: its entry names the first request alone.
    const bool whole = known && found->second.kind == Kind::kAcknowledged;
    if (!known || found->second.provider != part.provider ||
        found->second.partner != part.partner ||
        found->second.first_request != part.first_request ||
        (!whole && found->second.request_id != part.request_id)) {
      return broken(part.path, "entries", nth("entry", index) + " is of another request");
    }
    if (std::exchange(found->second.taken, true)) {
      return broken(part.path, "entries", nth("entry", index) + " belongs to another part as well");
    }
    of_this_request = of_this_request || !whole;
  }
  if (of_this_request) return core::ok();
  return broken(part.path, "entries", "none of them names its request");
}

PartCheck::Named PartCheck::naming(const ExportedPart& part, Kind kind,
                                   const std::string& digest) const {
  for (const std::uint64_t index : part.entries) {
    const Noted& entry = entries_.at(index);
    const std::string& named = kind == Kind::kClosed && entry.receipt_digest.empty()
                                   ? entry.head_digest
                                   : entry.receipt_digest;
    if (entry.kind == kind && named == digest) return {index, &entry};
  }
  return {};
}

core::Result<Partner> PartCheck::signer(const ExportedPart& part, const char* place, bool ours,
                                        const SignedEnvelope& envelope, std::uint64_t index,
                                        std::uint64_t size) const {
  auto who = ours ? keys_.own(envelope.key_id, size, index) : keys_.at(part.partner, index);
  if (who && who->keys.back().id.str() == envelope.key_id) return std::move(*who);
  return broken(part.path, place,
                "key " + envelope.key_id + " was not in use where " + nth("entry", index) +
                    ", which names it, stands");
}

core::Result<std::uint64_t> PartCheck::own_size(const ExportedPart& part, const char* place,
                                                const std::string& note,
                                                std::uint64_t index) const {
  const auto opened = evidence::open_checkpoint(note, keys_.own_log_key().value_or(""), verify_);
  if (!opened) return broken(part.path, place, opened.error().message);
  if (opened->size > index) {
    return broken(part.path, place, "its checkpoint is newer than " + nth("entry", index));
  }
  const auto root = root_(opened->size);
  if (!root || *root != opened->root) {
    return broken(part.path, place, "its checkpoint is none of this log");
  }
  return opened->size;
}

core::Status PartCheck::check_receipt(const core::Connector& self, const ExportedPart& part) {
  if (!part.receipt) return core::ok();
  const std::string digest = digest_of(*part.receipt);
  const Named named = naming(part, Kind::kClosed, digest);
  if (named.entry == nullptr) return broken(part.path, "receipt", "no entry of its part names it");
  std::uint64_t size = named.index;
  if (part.provider) {
    const auto said = receipt_facts(*part.receipt);
    if (!said) return broken(part.path, "receipt", said.error().message);
    auto own = own_size(part, "receipt", said->checkpoint, named.index);
    if (!own) return std::move(own.error());
    size = *own;
    given_[digest] = size;
  }
  auto giver = signer(part, "receipt", part.provider, *part.receipt, named.index, size);
  if (!giver) return std::move(giver.error());
  const auto facts = read_receipt(*part.receipt, *giver, kAnyTime, verify_);
  if (!facts) return broken(part.path, "receipt", facts.error().message);
  if (facts->consumer != (part.provider ? part.partner : self)) {
    return broken(part.path, "receipt", "it names another consumer");
  }
  const Noted& entry = *named.entry;
  if (entry.chain_head != core::hex(facts->chain_head) || entry.records != facts->records ||
      entry.batches != facts->batches || entry.bytes != facts->bytes ||
      entry.agreement != facts->agreement_id || entry.dataset != facts->dataset.str() ||
      entry.first_request != facts->first_request ||
      entry.request_digest != core::hex(facts->request_digest)) {
    return broken(part.path, "receipt", "it differs from " + nth("entry", named.index));
  }
  receipts_.insert(digest);
  return core::ok();
}

core::Status PartCheck::check_acknowledgement(const core::Connector& self,
                                              const ExportedPart& part) {
  constexpr const char* kPlace = "acknowledgement";
  if (!part.acknowledgement) return core::ok();
  const auto stated = acknowledged_facts(*part.acknowledgement);
  if (!stated) return broken(part.path, kPlace, stated.error().message);
  const std::string digest = core::hex(stated->receipt_digest);
  const Named named = naming(part, Kind::kAcknowledged, digest);
  if (named.entry == nullptr) return broken(part.path, kPlace, "no entry of its part names it");
  std::uint64_t size = named.index;
  if (!part.provider && !stated->checkpoint.empty()) {
    auto own = own_size(part, kPlace, stated->checkpoint, named.index);
    if (!own) return std::move(own.error());
    size = *own;
  }
  auto taker = signer(part, kPlace, !part.provider, *part.acknowledgement, named.index, size);
  if (!taker) return std::move(taker.error());
  const auto said = read_acknowledgement(*part.acknowledgement, *taker, kAnyTime, verify_);
  if (!said) return broken(part.path, kPlace, said.error().message);
  if (said->provider != (part.provider ? self : part.partner)) {
    return broken(part.path, kPlace, "it names another provider");
  }
  if (said->first_request != part.first_request) {
    return broken(part.path, kPlace, "it is of another fetch");
  }
  acknowledgements_.insert(digest);
  if (part.provider) taken_[digest] = part.partner.str();
  return core::ok();
}

// What the other side had sent before the stream broke.
core::Status PartCheck::check_head(const ExportedPart& part) {
  if (!part.head) return core::ok();
  const Named named = naming(part, Kind::kClosed, digest_of(*part.head));
  if (part.provider || named.entry == nullptr || !named.entry->receipt_digest.empty()) {
    return broken(part.path, "head", "no entry of its part names it");
  }
  auto giver = signer(part, "head", false, *part.head, named.index, named.index);
  if (!giver) return std::move(giver.error());
  const auto head = read_head(*part.head, *giver, verify_);
  if (!head) return broken(part.path, "head", head.error().message);
  if (head->first_request != part.first_request || head->index != named.entry->batches ||
      core::hex(head->chain_head) != named.entry->chain_head) {
    return broken(part.path, "head", "it differs from " + nth("entry", named.index));
  }
  entries_.at(named.index).head_digest.clear();  // had
  ++heads_;
  return core::ok();
}

core::Status PartCheck::complete() const {
  for (const auto& [index, entry] : entries_) {
    const char* missing = nullptr;
    const bool said = entry.kind == Kind::kAcknowledged;
    if (!entry.taken && entry.kind != Kind::kRefused) missing = "the part that it belongs to";
    if (!entry.head_digest.empty()) missing = "the batch head that it names";
    if (!entry.receipt_digest.empty() &&
        !(said ? acknowledgements_ : receipts_).count(entry.receipt_digest)) {
      missing = said ? "the acknowledgement that it speaks of" : "the receipt that it names";
    }
    if (missing != nullptr) {
      return broken("fetch", nth("entry", index), std::string(missing) + " is missing");
    }
  }
  return core::ok();
}

std::map<std::string, std::uint64_t> PartCheck::countersigned() const {
  std::map<std::string, std::uint64_t> most;
  for (const auto& [digest, partner] : taken_) {
    const auto given = given_.find(digest);
    if (given == given_.end()) continue;
    std::uint64_t& size = most[partner];
    size = std::max(size, given->second);
  }
  return most;
}

}  // namespace connector::exchange
