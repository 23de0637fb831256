#include "site/trust.h"

#include <algorithm>
#include <future>
#include <memory>

#include "core/limits.h"
#include "crypto/certificates.h"
#include "crypto/signing_key.h"
#include "evidence/checkpoint.h"
#include "evidence/log_entry.h"
#include "store/store.h"

namespace connector::site {
namespace {

constexpr const char* kSetting = "introduction";
constexpr std::int64_t kKeyLifetimeS = 2LL * 365 * 24 * 3600;

std::string setting_of(std::uint64_t sequence) {
  return std::string(kSetting) + "/" + std::to_string(sequence);
}

core::KeyId id_of(const std::string& public_key) {
  return core::KeyId(core::hex(core::sha256(public_key)).substr(0, 16));
}

std::vector<std::string> addresses_of(const Config& config) {
  return config.addresses.empty() ? std::vector<std::string>{config.listen} : config.addresses;
}

void change_anchor(exchange::Partner& partner, const std::string& anchor_pem, std::int64_t now_s,
                   Accepted how) {
  if (how == Accepted::kByFingerprint) {
    partner.earlier_anchor_pem.clear();
    partner.earlier_anchor_until_s = 0;
  } else if (partner.anchor_pem != anchor_pem) {
    partner.earlier_anchor_pem = partner.anchor_pem;
    partner.earlier_anchor_until_s = now_s + core::limits::kAnchorOverlap.count();
  }
  partner.anchor_pem = anchor_pem;
}

}  // namespace

exchange::SignedEnvelope signed_envelope(const evidence::Envelope& envelope) {
  return {envelope.payload_type, envelope.payload, envelope.key_id, envelope.signature};
}

evidence::Envelope envelope_of(const exchange::SignedEnvelope& envelope) {
  return {envelope.payload_type, envelope.payload, envelope.key_id, envelope.signature};
}

exchange::Partner partner_of(const evidence::Introduction& introduction,
                             const evidence::Envelope& envelope,
                             const std::optional<exchange::Partner>& before, core::EpochNs now,
                             Accepted how) {
  exchange::Partner partner = before.value_or(exchange::Partner{});
  partner.id = introduction.id;
  partner.name = introduction.name;
  partner.addresses = introduction.addresses;
  change_anchor(partner, introduction.anchor_pem, now / 1'000'000'000, how);
  if (partner.log_key != introduction.log_key) partner.last_checkpoint.clear();
  partner.log_key = introduction.log_key;
  partner.introduction_sequence = introduction.sequence;
  partner.introduction_digest = evidence::digest_of(envelope);
  partner.introduction = evidence::to_json_text(envelope);
  const std::int64_t now_s = now / 1'000'000'000;
  for (exchange::PartnerKey& key : partner.keys) key.valid_to_s = std::min(key.valid_to_s, now_s);
  for (const evidence::IntroducedKey& fresh : introduction.keys) {
    const core::KeyId id = id_of(fresh.public_key);
    std::erase_if(partner.keys, [&](const exchange::PartnerKey& key) { return key.id == id; });
    partner.keys.push_back({id, fresh.public_key, fresh.valid_from_s, fresh.valid_to_s});
  }
  return partner;
}

evidence::Introduction OwnIntroduction::described_by(const Config& config,
                                                     std::string anchor_pem) const {
  evidence::Introduction described;
  described.id = config.id;
  described.name = config.name;
  described.addresses = addresses_of(config);
  described.anchor_pem = std::move(anchor_pem);
  described.log_key = evidence::verifier_key(config.id.str(), keys_.log_public_key());
  return described;
}

bool OwnIntroduction::same(const evidence::Introduction& one, const Config& config,
                           const std::string& anchor_pem) {
  return one.id == config.id && one.name == config.name && one.addresses == addresses_of(config) &&
         one.anchor_pem == anchor_pem;
}

core::Status OwnIntroduction::load(const Config& config) {
  std::lock_guard lock(mutex_);
  auto anchor = keys_.anchor_pem();
  if (!anchor) return std::move(anchor.error());
  if (auto usable = crypto::describe_certificate(*anchor); !usable) return usable.error();
  auto stored = store_.setting(kSetting);
  if (!stored) return std::move(stored.error());
  if (!*stored) {
    evidence::Introduction first = described_by(config, std::move(*anchor));
    const std::int64_t now_s = clock_() / 1'000'000'000;
    first.keys = {{keys_.public_key(), now_s, now_s + kKeyLifetimeS}};
    return issue(std::move(first));
  }
  auto envelope = evidence::envelope_from_json(**stored);
  if (!envelope) return std::move(envelope.error());
  auto introduction = evidence::read_introduction(*envelope, crypto::verify_ed25519);
  if (!introduction) return std::move(introduction.error());
  envelope_ = std::move(*envelope);
  introduction_ = std::move(*introduction);
  if (introduction_.id != config.id) {
    return core::invalid(
        "CONFIG_INVALID",
        "this folder belongs to " + introduction_.id.str() + ", not to " + config.id.str(),
        "participant and site cannot be changed; make another connector");
  }
  if (auto settled = keys_.settle(id_of(introduction_.keys.back().public_key)); !settled) {
    return settled;
  }
  if (same(introduction_, config, *anchor)) return core::ok();
  evidence::Introduction next = described_by(config, std::move(*anchor));
  next.keys = introduction_.keys;
  next.sequence = introduction_.sequence + 1;
  next.previous = evidence::digest_of(envelope_);
  return issue(std::move(next));
}

core::Status OwnIntroduction::issue(evidence::Introduction next) {
  evidence::Envelope envelope = sign(next);
  if (auto done = commit(evidence::kSelfIntroduced, next, envelope, -1); !done) return done;
  envelope_ = std::move(envelope);
  introduction_ = std::move(next);
  return core::ok();
}

evidence::Envelope OwnIntroduction::sign(evidence::Introduction& next) const {
  next.issued_s = clock_() / 1'000'000'000;
  evidence::Envelope envelope{
      evidence::kIntroductionType, evidence::to_payload(next), keys_.key_id().str(), {}};
  envelope.signature = keys_.sign(evidence::pae(envelope.payload_type, envelope.payload));
  return envelope;
}

core::Status OwnIntroduction::commit(const char* kind, const evidence::Introduction& next,
                                     const evidence::Envelope& envelope, std::int64_t uid) {
  const std::string text = evidence::to_json_text(envelope);
  const std::string digest = evidence::digest_of(envelope);
  const exchange::Change change{.kind = kind,
                                .self = next.id,
                                .partner = {},
                                .subject = digest,
                                .detail = id_of(next.keys.back().public_key).str(),
                                .uid = uid,
                                .at = clock_()};
  exchange::Commit both{.entries = {exchange::entry_change(change, random_)},
                        .effects = {exchange::KeepIntroduction{digest, text},
                                    exchange::PutSetting{setting_of(next.sequence), text},
                                    exchange::PutSetting{kSetting, text}},
                        .on_behalf_of = {}};
  auto promise = std::make_shared<std::promise<core::Status>>();
  auto done = promise->get_future();
  store_.log().append(std::move(both), [promise](core::Result<exchange::LogSpan> span) {
    promise->set_value(span ? core::ok() : core::Status(std::move(span.error())));
  });
  return done.get();
}

evidence::Envelope OwnIntroduction::envelope() const {
  std::lock_guard lock(mutex_);
  return envelope_;
}

core::Result<std::vector<std::pair<std::uint64_t, evidence::Envelope>>> OwnIntroduction::since(
    std::uint64_t sequence) const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::uint64_t, evidence::Envelope>> chain;
  for (; sequence <= introduction_.sequence; ++sequence) {
    auto stored = store_.setting(setting_of(sequence));
    if (!stored) return std::move(stored.error());
    if (!*stored)
      return core::internal("our introduction " + std::to_string(sequence) + " is gone");
    auto envelope = evidence::envelope_from_json(**stored);
    if (!envelope) return std::move(envelope.error());
    chain.emplace_back(sequence, std::move(*envelope));
  }
  return chain;
}

std::string OwnIntroduction::log_key() const {
  std::lock_guard lock(mutex_);
  return introduction_.log_key;
}

std::vector<exchange::PartnerKey> OwnIntroduction::keys() const {
  std::lock_guard lock(mutex_);
  std::vector<exchange::PartnerKey> keys;
  for (const evidence::IntroducedKey& key : introduction_.keys) {
    keys.push_back({id_of(key.public_key), key.public_key, key.valid_from_s, key.valid_to_s});
  }
  return keys;
}

core::Status OwnIntroduction::rotate(std::int64_t uid) {
  std::lock_guard lock(mutex_);
  auto fresh = keys_.stage();
  if (!fresh) return std::move(fresh.error());
  const std::int64_t now_s = clock_() / 1'000'000'000;
  evidence::Introduction next = introduction_;
  // A minute for what was signed just now and is still on its way.
  next.keys.back().valid_to_s = std::min(next.keys.back().valid_to_s, now_s + 60);
  next.keys.push_back({fresh->public_key(), now_s, now_s + kKeyLifetimeS});
  next.sequence = introduction_.sequence + 1;
  next.previous = evidence::digest_of(envelope_);
  evidence::Envelope envelope = sign(next);
  return keys_.promote([&]() -> core::Status {
    if (auto done = commit(evidence::kKeyRotated, next, envelope, uid); !done) return done;
    envelope_ = std::move(envelope);
    introduction_ = std::move(next);
    return core::ok();
  });
}

}  // namespace connector::site
