// A provider and a consumer in one process: real but for the wire, the disk and the policy engine.
#pragma once

#include <atomic>
#include <memory>

#include "evidence/checkpoint.h"
#include "evidence/introduction.h"
#include "evidence/log_entry.h"
#include "exchange/audit.h"
#include "exchange/consumer.h"
#include "exchange/negotiation_message.h"
#include "exchange/proofs.h"
#include "exchange/provider.h"
#include "exchange/stream.h"
#include "scripted_policy.h"
#include "support/ed25519.h"
#include "support/memory_log.h"
#include "support/memory_ports.h"
#include "valuechain/record/v1/record.pb.h"

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

inline core::Result<std::pair<std::uint64_t, core::Digest>> open_note(const std::string& note,
                                                                      const std::string& key) {
  auto opened = evidence::open_checkpoint(note, key, verify_signature);
  if (!opened) return opened.error();
  return std::pair(opened->size, opened->root);
}

// The wire: gives the provider what the consumer sends. Tests bend what passes.
class Wire final : public PartnerClient {
 public:
  Wire(Serving& serving, core::Connector caller) : serving_(serving), caller_{caller, {}} {}

  core::Result<Description> describe(const Partner&) override { return serving_.describe(caller_); }
  core::Result<DatasetPage> list_datasets(const Partner&, const std::string& purpose,
                                          const std::string& token) override {
    return serving_.list_datasets(caller_, purpose, 0, token);
  }
  core::Result<SignedEnvelope> fetch(
      const Partner&, const SignedEnvelope& request,
      const std::function<core::Status(const ReceivedBatch&)>& on_batch) override;
  core::Result<std::string> acknowledge(const Partner&, const SignedEnvelope& said) override;
  core::Result<Proof> get_proof(const Partner&, const std::string& request_id,
                                std::uint64_t from_size) override {
    return serving_.get_proof(caller_, request_id, from_size);
  }
  core::Result<SignedEnvelope> introduce(const Partner&, const SignedEnvelope&) override {
    return core::internal("not asked here");
  }

  SignedEnvelope last_request;
  std::uint64_t break_after = 0;  // batches that pass before the stream breaks; 0: never
  bool lose_receipt = false;
  bool lose_acknowledgement = false;
  std::function<void(ReceivedBatch&)> bend_batch;
  std::function<void(SignedEnvelope&)> bend_receipt;
  std::function<void(std::uint64_t)> after_batch;

 private:
  Serving& serving_;
  const Caller caller_;
};

// "fetched", "batch", "receipt" or the reason of the error.
std::string reason_of(const core::Result<Fetched>& fetched);
std::string reason_of(const core::Result<StreamPart>& part);
DatasetInfo dataset(const std::string& id, std::vector<std::string> kinds);
// Waits for one answer of a stream.
core::Result<StreamPart> next_part(FetchStream& stream);

struct TwoConnectors {
  TwoConnectors();
  core::Result<Fetched> fetch(const std::string& resume = {}, const std::string& since = {},
                              const std::string& agreement = {});
  void add_orders(std::size_t count);
  void introduce();    // each logs itself and the other: for exports
  void rotate_keys();  // of both, who know of it at once; ten seconds pass
  // Both sign an agreement on the orders, and their logs say so; gives its id. Then one side ends
  // it, or the consumer proves that it deleted what came under it.
  std::string agree() { return conclude(sign_terms()); }
  KeptAgreement sign_terms();
  std::string conclude(KeptAgreement kept);
  void end(const std::string& agreement);
  void delete_received(const std::string& agreement);
  core::Status export_side(const Side& side, const ExportSink& sink) const;
  // Kinds, outcomes and reasons of a log: "fetch.closed complete", "fetch.refused REPLAYED".
  static std::vector<std::string> told(const MemoryLog& log);
  SignedEnvelope request(const std::function<void(FetchOrder&)>& change = {}) const;
  core::Result<StreamPart> first_answer(SignedEnvelope request);

  std::atomic<core::EpochNs> now{1'750'000'000'000'000'000};
  std::atomic<std::uint64_t> drawn{0};
  Side provider_side{brink(), 1, 2};
  Side consumer_side{veldkamp(), 0, 2};
  MemoryRecords records;
  ScriptedPolicy policy;
  std::vector<DatasetInfo> datasets;
  std::unique_ptr<Provider> provider;
  std::unique_ptr<Wire> wire;
  std::unique_ptr<Consumer> consumer;

 private:
  bool introduced_ = false;
  void say(Side& side, const char* kind, const std::string& agreement, const std::string& subject);
  std::string draw(std::size_t bytes);
  ProviderPorts provider_ports();
  ConsumerPorts consumer_ports();
};

}  // namespace connector::testing
