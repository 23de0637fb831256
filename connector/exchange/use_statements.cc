#include "exchange/use_statements.h"

#include "core/limits.h"
#include "evidence/log_entry.h"
#include "exchange/payload.h"

namespace connector::exchange {
namespace {

using core::Json;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kCheckpointBytes = 4096;
constexpr std::size_t kNonceBytes = 32;

Json time_json(core::EpochNs at) {
  return Json::string(std::to_string(at));
}

core::Result<DeletionProof> read_proof_members(const Json& json) {
  Members members(json, "the deletion proof");
  DeletionProof proof;
  proof.consumer = members.connector("consumer");
  proof.provider = members.connector("provider");
  proof.agreement = members.present("agreement_id", 36);
  proof.duty = members.text("duty");
  proof.due = members.signed_number("due");
  proof.deleted = members.signed_number("deleted");
  proof.records = members.number("records");
  proof.uses = members.number("uses");
  proof.checkpoint = members.present("checkpoint", kCheckpointBytes);
  proof.at = members.signed_number("time");
  if (auto done = members.done(); !done) return std::move(done.error());
  return proof;
}

core::Result<UseStatement> read_statement_members(const Json& json) {
  Members members(json, "the use statement");
  UseStatement statement;
  statement.consumer = members.connector("consumer");
  statement.provider = members.connector("provider");
  statement.agreement = members.present("agreement_id", 36);
  statement.uses = members.number("uses");
  statement.last_use = members.signed_number("last_use");
  statement.occasion = members.text("occasion", 16);
  statement.purpose = members.text("purpose");
  statement.application = members.text("application");
  statement.checkpoint = members.present("checkpoint", kCheckpointBytes);
  statement.at = members.signed_number("time");
  if (auto done = members.done(); !done) return std::move(done.error());
  return statement;
}

core::Error not_its_own() {
  return {core::Code::kConflict,
          "EVIDENCE_MISMATCH",
          "the statement names another consumer than the one that signed it",
          {},
          {}};
}

// Signed by now, by the key in use, which was valid then.
core::Status in_time(const Partner& consumer, const PartnerKey& key, core::EpochNs at,
                     core::EpochNs now) {
  if (key.id != consumer.keys.back().id) {
    return core::Error{core::Code::kUnauthenticated,
                       "KEY_NOT_VALID",
                       "key " + key.id.str() + " was rotated out",
                       "sign with the key in use",
                       {}};
  }
  if (at > now + core::limits::kClockSkew.count() * kNsPerSecond) {
    return core::invalid("STATEMENT_STALE", "the statement was signed in the future",
                         "set the clock of the machine that signs");
  }
  return valid_at(key, at / kNsPerSecond);
}

template <typename Facts>
core::Result<Facts> open_statement(const SignedEnvelope& envelope, const char* type,
                                   core::Result<Facts> (*read)(const Json&),
                                   const Partner& consumer, core::EpochNs now,
                                   const VerifySignature& verify) {
  auto opened = open_payload(envelope, type, consumer.keys, verify);
  if (!opened) return std::move(opened.error());
  auto facts = read(opened->json);
  if (!facts) return facts;
  if (facts->consumer != consumer.id) return not_its_own();
  if (auto valid = in_time(consumer, opened->key, facts->at, now); !valid) {
    return std::move(valid.error());
  }
  return facts;
}

std::string finished(evidence::LogEntry entry, const Random& random) {
  entry.nonce = core::hex(random(kNonceBytes));
  return evidence::to_bytes(entry);
}

}  // namespace

SignedEnvelope sign_deletion_proof(const DeletionProof& proof, const Signer& signer) {
  Json json = Json::object();
  json.set("consumer", text_json(proof.consumer.str()))
      .set("provider", text_json(proof.provider.str()))
      .set("agreement_id", text_json(proof.agreement))
      .set("duty", text_json(proof.duty))
      .set("due", time_json(proof.due))
      .set("deleted", time_json(proof.deleted))
      .set("records", number_json(proof.records))
      .set("uses", number_json(proof.uses))
      .set("checkpoint", text_json(proof.checkpoint))
      .set("time", time_json(proof.at));
  return sign_payload(kDeletionProofType, json, signer);
}

SignedEnvelope sign_use_statement(const UseStatement& statement, const Signer& signer) {
  Json json = Json::object();
  json.set("consumer", text_json(statement.consumer.str()))
      .set("provider", text_json(statement.provider.str()))
      .set("agreement_id", text_json(statement.agreement))
      .set("uses", number_json(statement.uses))
      .set("last_use", time_json(statement.last_use))
      .set("occasion", text_json(statement.occasion))
      .set("purpose", text_json(statement.purpose))
      .set("application", text_json(statement.application))
      .set("checkpoint", text_json(statement.checkpoint))
      .set("time", time_json(statement.at));
  return sign_payload(kUseStatementType, json, signer);
}

core::Result<DeletionProof> read_deletion_proof(const SignedEnvelope& envelope,
                                                const Partner& consumer, core::EpochNs now,
                                                const VerifySignature& verify) {
  return open_statement(envelope, kDeletionProofType, &read_proof_members, consumer, now, verify);
}

core::Result<UseStatement> read_use_statement(const SignedEnvelope& envelope,
                                              const Partner& consumer, core::EpochNs now,
                                              const VerifySignature& verify) {
  return open_statement(envelope, kUseStatementType, &read_statement_members, consumer, now,
                        verify);
}

core::Result<DeletionProof> deletion_facts(const SignedEnvelope& envelope) {
  const auto json = core::parse_untrusted(envelope.payload);
  if (!json) return json.error();
  return read_proof_members(*json);
}

core::Result<UseStatement> use_facts(const SignedEnvelope& envelope) {
  const auto json = core::parse_untrusted(envelope.payload);
  if (!json) return json.error();
  return read_statement_members(*json);
}

std::string entry_use(const UseEntry& use, const Random& random) {
  evidence::LogEntry entry;
  entry.kind = use.kind;
  entry.at = use.at;
  entry.self = use.self;
  entry.partner = use.partner;
  entry.role = "consumer";
  entry.request_id = use.id;
  entry.first_request = use.id;
  entry.agreement_id = use.agreement;
  entry.dataset = use.dataset;
  entry.purpose = use.purpose;
  entry.revision = use.revision;
  entry.decision_id = use.decision_id;
  entry.outcome = use.outcome;
  entry.reason = use.reason;
  entry.subject = use.application;
  entry.detail = use.number == 0 ? use.action : use.action + " " + std::to_string(use.number);
  entry.records = use.records;
  entry.bytes = use.bytes;
  entry.uid = use.uid;
  return finished(std::move(entry), random);
}

std::string entry_statement(const StatementEntry& statement, const Random& random) {
  evidence::LogEntry entry;
  entry.kind = statement.kind;
  entry.at = statement.at;
  entry.self = statement.self;
  entry.partner = statement.partner;
  entry.role = statement.provider ? "provider" : "consumer";
  entry.agreement_id = statement.agreement;
  entry.subject = statement.subject;
  entry.detail = statement.detail;
  entry.checkpoint = statement.checkpoint;
  entry.uid = statement.uid;
  return finished(std::move(entry), random);
}

}  // namespace connector::exchange
