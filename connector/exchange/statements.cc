#include "exchange/statements.h"

#include <array>

#include "core/limits.h"
#include "evidence/dsse.h"
#include "exchange/payload.h"

namespace connector::exchange {
namespace limits = core::limits;
using core::Json;

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kCheckpointBytes = 4096;
constexpr std::string_view kChainStart = "valuechain/batch-chain/v1/start\n";
constexpr std::string_view kChainNext = "valuechain/batch-chain/v1/next\n";

template <std::size_t Size>
std::string big_endian(std::uint64_t value) {
  std::string bytes(Size, '\0');
  for (std::size_t i = 0; i < Size; ++i)
    bytes[i] = static_cast<char>(value >> (8 * (Size - 1 - i)));
  return bytes;
}

core::Error mismatch(const std::string& what) {
  return {core::Code::kConflict,
          "EVIDENCE_MISMATCH",
          what,
          "nothing more was accepted; show the partner the log entry of this request",
          {}};
}

// Of the keys of a partner only the last one signs; earlier ones have been rotated out.
core::Status in_use(const Partner& partner, const PartnerKey& key) {
  if (key.id == partner.keys.back().id) return core::ok();
  return core::Error{core::Code::kUnauthenticated,
                     "KEY_NOT_VALID",
                     "key " + key.id.str() + " was rotated out",
                     "sign with the key in use",
                     {}};
}

// What has been signed by now, with the key in use, which was valid when it was signed.
core::Status signed_in_time(const Partner& partner, const PartnerKey& key, core::EpochNs at,
                            core::EpochNs now) {
  if (auto used = in_use(partner, key); !used) return used;
  if (at > now + limits::kClockSkew.count() * kNsPerSecond) {
    return core::invalid("STATEMENT_STALE", "the statement was signed in the future",
                         "set the clock of the machine that signs");
  }
  return valid_at(key, at / kNsPerSecond);
}

Json receipt_json(const AccountFacts& facts) {
  Json json = Json::object();
  json.set("provider", text_json(facts.provider.str()))
      .set("consumer", text_json(facts.consumer.str()))
      .set("request_id", text_json(facts.request_id))
      .set("first_request", text_json(facts.first_request))
      .set("agreement_id", text_json(facts.agreement_id))
      .set("dataset", text_json(facts.dataset.str()))
      .set("purpose", text_json(facts.purpose.str()))
      .set("request_digest", text_json(core::hex(facts.request_digest)))
      .set("chain_head", text_json(core::hex(facts.chain_head)))
      .set("batches", number_json(facts.batches))
      .set("records", number_json(facts.records))
      .set("bytes", number_json(facts.bytes))
      .set("revision", text_json(facts.revision.str()))
      .set("decision_id", text_json(facts.decision_id))
      .set("position", text_json(core::base64(facts.position)))
      .set("checkpoint", text_json(facts.checkpoint))
      .set("time", text_json(std::to_string(facts.at)));
  return json;
}

core::Result<BatchHead> read_head_members(const Json& json) {
  Members members(json, "the batch head");
  BatchHead head;
  head.first_request = members.present("first_request", 36);
  head.index = members.number("index");
  head.chain_head = members.digest("chain_head");
  if (auto done = members.done(); !done) return std::move(done.error());
  return head;
}

core::Result<AccountFacts> read_receipt_members(const Json& json) {
  Members members(json, "the receipt");
  AccountFacts facts;
  facts.provider = members.connector("provider");
  facts.consumer = members.connector("consumer");
  facts.request_id = members.present("request_id", 36);
  facts.first_request = members.present("first_request", 36);
  facts.agreement_id = members.text("agreement_id");
  facts.dataset = core::DatasetId(members.present("dataset"));
  facts.purpose = core::Purpose(members.text("purpose"));
  facts.request_digest = members.digest("request_digest");
  facts.chain_head = members.digest("chain_head");
  facts.batches = members.number("batches");
  facts.records = members.number("records");
  facts.bytes = members.number("bytes");
  facts.revision = core::Revision(members.text("revision"));
  facts.decision_id = members.text("decision_id");
  facts.position = members.base64("position");
  facts.checkpoint = members.present("checkpoint", kCheckpointBytes);
  facts.at = members.signed_number("time");
  if (auto done = members.done(); !done) return std::move(done.error());
  return facts;
}

core::Result<Acknowledgement> read_acknowledgement_members(const Json& json) {
  Members members(json, "the acknowledgement");
  Acknowledgement said;
  said.consumer = members.connector("consumer");
  said.provider = members.connector("provider");
  said.first_request = members.present("first_request", 36);
  said.receipt_digest = members.digest("receipt_digest");
  said.checkpoint = members.text("checkpoint", kCheckpointBytes);
  said.at = members.signed_number("time");
  if (auto done = members.done(); !done) return std::move(done.error());
  return said;
}

}  // namespace

core::Digest chain_start(const core::Digest& request_digest) {
  core::Sha256 sha;
  return sha.update(kChainStart).update(core::view(request_digest)).finish();
}

core::Digest chain_next(const core::Digest& head, std::uint64_t index, const core::Digest& batch,
                        const std::vector<decision::FieldRule>& masked) {
  core::Sha256 sha;
  sha.update(kChainNext).update(core::view(head)).update(big_endian<8>(index));
  sha.update(core::view(batch)).update(big_endian<4>(masked.size()));
  for (const decision::FieldRule& rule : masked) {
    const std::uint64_t operation = static_cast<std::uint64_t>(rule.op) + 1;  // MaskOperation
    sha.update(big_endian<4>(rule.path.size())).update(rule.path).update(big_endian<1>(operation));
  }
  return sha.finish();
}

void add_to_batch_digest(core::Sha256& batch, const core::Digest& record) {
  batch.update(core::view(record));
}

SignedEnvelope sign_head(const std::string& first_request, std::uint64_t index,
                         const core::Digest& head, const Signer& signer) {
  Json json = Json::object();
  json.set("first_request", text_json(first_request))
      .set("index", number_json(index))
      .set("chain_head", text_json(core::hex(head)));
  return sign_payload(kHeadType, json, signer);
}

core::Status check_head(const ReceivedBatch& batch, const std::string& first_request,
                        const core::Digest& head, const Partner& provider, core::EpochNs now,
                        const VerifySignature& verify) {
  if (batch.chain_head != core::view(head)) {
    return mismatch("the records of batch " + std::to_string(batch.index) +
                    " are not those that its chain head names");
  }
  auto opened = open_payload(batch.head, kHeadType, provider.keys, verify);
  if (!opened) return std::move(opened.error());
  const auto said = read_head_members(opened->json);
  if (!said) return said.error();
  if (said->first_request != first_request || said->index != batch.index ||
      said->chain_head != head) {
    return mismatch("the signed head of batch " + std::to_string(batch.index) +
                    " belongs to another batch");
  }
  if (auto used = in_use(provider, opened->key); !used) return used;
  return valid_at(opened->key, now / kNsPerSecond, limits::kClockSkew.count());
}

core::Result<BatchHead> read_head(const SignedEnvelope& head, const Partner& provider,
                                  const VerifySignature& verify) {
  auto opened = open_payload(head, kHeadType, provider.keys, verify);
  if (!opened) return std::move(opened.error());
  if (auto used = in_use(provider, opened->key); !used) return std::move(used.error());
  return read_head_members(opened->json);
}

SignedEnvelope sign_receipt(const AccountFacts& facts, const Signer& signer) {
  return sign_payload(kReceiptType, receipt_json(facts), signer);
}

core::Result<AccountFacts> read_receipt(const SignedEnvelope& receipt, const Partner& provider,
                                        core::EpochNs now, const VerifySignature& verify) {
  auto opened = open_payload(receipt, kReceiptType, provider.keys, verify);
  if (!opened) return std::move(opened.error());
  auto facts = read_receipt_members(opened->json);
  if (!facts) return facts;
  if (facts->provider != provider.id) return mismatch("the receipt names another provider");
  if (auto valid = signed_in_time(provider, opened->key, facts->at, now); !valid) {
    return std::move(valid.error());
  }
  return facts;
}

core::Result<AccountFacts> receipt_facts(const SignedEnvelope& receipt) {
  const auto json = core::parse_untrusted(receipt.payload);
  if (!json) return json.error();
  return read_receipt_members(*json);
}

SignedEnvelope sign_acknowledgement(const Acknowledgement& said, const Signer& signer) {
  Json json = Json::object();
  json.set("consumer", text_json(said.consumer.str()))
      .set("provider", text_json(said.provider.str()))
      .set("first_request", text_json(said.first_request))
      .set("receipt_digest", text_json(core::hex(said.receipt_digest)))
      .set("checkpoint", text_json(said.checkpoint))
      .set("time", text_json(std::to_string(said.at)));
  return sign_payload(kAcknowledgementType, json, signer);
}

core::Result<Acknowledgement> acknowledged_facts(const SignedEnvelope& envelope) {
  const auto json = core::parse_untrusted(envelope.payload);
  if (!json) return json.error();
  return read_acknowledgement_members(*json);
}

core::Result<Acknowledgement> read_acknowledgement(const SignedEnvelope& envelope,
                                                   const Partner& consumer, core::EpochNs now,
                                                   const VerifySignature& verify) {
  auto opened = open_payload(envelope, kAcknowledgementType, consumer.keys, verify);
  if (!opened) return std::move(opened.error());
  auto said = read_acknowledgement_members(opened->json);
  if (!said) return said;
  if (said->consumer != consumer.id) return mismatch("the acknowledgement names another consumer");
  if (auto valid = signed_in_time(consumer, opened->key, said->at, now); !valid) {
    return std::move(valid.error());
  }
  return said;
}

std::string to_json_text(const SignedEnvelope& envelope) {
  return evidence::to_json_text(
      {envelope.payload_type, envelope.payload, envelope.key_id, envelope.signature});
}

core::Result<SignedEnvelope> envelope_from_json(std::string_view text) {
  auto read = evidence::envelope_from_json(text);
  if (!read) return std::move(read.error());
  return SignedEnvelope{std::move(read->payload_type), std::move(read->payload),
                        std::move(read->key_id), std::move(read->signature)};
}

}  // namespace connector::exchange
