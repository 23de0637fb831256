// One company's half of an exchange: its keys, its log, what it has signed.
#pragma once

#include <string>
#include <vector>

#include "evidence/checkpoint.h"
#include "evidence/introduction.h"
#include "exchange/agreements.h"
#include "exchange/statements.h"
#include "support/ed25519.h"
#include "support/memory_log.h"
#include "support/memory_ports.h"

namespace connector::testing {

using namespace exchange;  // NOLINT: a test speaks of nothing else

inline core::Connector brink() {  // provides
  return {core::ParticipantId("did:web:brink.example"), core::SiteName("almelo")};
}
inline core::Connector veldkamp() {  // consumes
  return {core::ParticipantId("did:web:veldkamp.example"), core::SiteName("hengelo")};
}

class KnownSigner final : public Signer {
 public:
  explicit KnownSigner(KnownKey key) : key_(std::move(key)) {}
  void use(KnownKey key) { key_ = std::move(key); }  // while nobody signs
  core::KeyId key_id() const override { return core::KeyId(key_.key_id()); }
  std::string sign(std::string_view message) const override { return key_.sign(message); }
  PartnerKey introduced(std::int64_t from, std::int64_t to) const {
    return {key_id(), key_.public_key(), from, to};
  }

 private:
  KnownKey key_;
};

// One company's half: its keys, its log, its partners.
struct Side {
  Side(core::Connector id, std::size_t key, std::size_t for_log)
      : self(std::move(id)), signer(KnownKey::rfc8032(key)), log_key(KnownKey::rfc8032(for_log)) {
    issue(signer.introduced(key_from_s, 4'000'000'000));
  }

  std::string log_key_text() const {
    return evidence::verifier_key(self.str(), log_key.public_key());
  }
  core::Result<std::string> checkpoint() const {
    const std::uint64_t size = log.size();
    const auto root = log.root(size);
    if (!root) return root.error();
    return evidence::sign_checkpoint({self.str(), size, *root}, log_key.public_key(),
                                     [this](std::string_view text) { return log_key.sign(text); });
  }
  Partner as_partner() const {
    Partner partner;
    partner.id = self;
    partner.keys = earlier_keys;
    partner.keys.push_back(signer.introduced(key_from_s, 4'000'000'000));
    partner.log_key = log_key_text();
    partner.introduction_digest = evidence::digest_of(introductions.back());
    partner.introduction = evidence::to_json_text(introductions.back());
    return partner;
  }

  // The key in use ends at that second, another one starts in the next.
  void rotate(std::int64_t at_s) {
    earlier_keys.push_back(signer.introduced(key_from_s, at_s));
    key_from_s = at_s + 1;
    const KnownKey next(core::hex(core::sha256(self.str() + std::to_string(at_s))));
    issue(KnownSigner(next).introduced(key_from_s, 4'000'000'000));
    signer.use(next);
  }
  // The next introduction, with this key in use behind the earlier ones; signed by the one before.
  void issue(const PartnerKey& in_use) {
    evidence::Introduction next;
    next.id = self;
    next.addresses = {"192.0.2.7:7443"};
    for (const PartnerKey& key : earlier_keys) {
      next.keys.push_back({key.public_key, key.valid_from_s, key.valid_to_s});
    }
    next.keys.push_back({in_use.public_key, in_use.valid_from_s, in_use.valid_to_s});
    next.log_key = log_key_text();
    next.sequence = introductions.size() + 1;
    if (!introductions.empty()) next.previous = evidence::digest_of(introductions.back());
    evidence::Envelope envelope{
        evidence::kIntroductionType, evidence::to_payload(next), signer.key_id().str(), {}};
    envelope.signature = signer.sign(evidence::pae(envelope.payload_type, envelope.payload));
    introductions.push_back(std::move(envelope));
  }
  // Into this log: that of, which may be itself, introduced itself by its newest introduction.
  void log_introduction(const char* kind, const Side& of) {
    Change change;
    change.kind = kind;
    change.self = self;
    if (&of != this) change.partner = of.self;
    change.subject = evidence::digest_of(of.introductions.back());
    log.put_entry(entry_change(change, [&](std::size_t size) {
      return std::string(core::view(core::sha256(kind + change.subject))).substr(0, size);
    }));
  }

  const core::Connector self;
  KnownSigner signer;
  std::vector<PartnerKey> earlier_keys;
  std::vector<evidence::Envelope> introductions;
  std::int64_t key_from_s = 0;
  const KnownKey log_key;
  MemoryLog log;
  MemoryPartners partners;
  std::vector<KeptAgreement> agreements;
  std::vector<std::string> statements;  // envelopes
};

}  // namespace connector::testing
