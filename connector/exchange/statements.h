// What the use cases say and sign, in terms of evidence: requests, batch heads, receipts,
// acknowledgements and log entries. The only place of exchange that builds or reads payloads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/name.h"
#include "core/result.h"
#include "exchange/partner_client.h"
#include "exchange/ports.h"

namespace connector::exchange {

struct ResumePoint {
  std::string first_request;  // id of the first part
  std::string chain_head;     // 32 bytes: after the last batch received
  std::string position;       // opaque, of that batch
};

// A request, read and verified.
struct FetchOrder {
  std::string request_id;
  core::Connector audience;
  std::int64_t issued_s = 0;
  core::DatasetId dataset;
  core::Purpose purpose;
  std::string agreement_id;  // under which it is asked; may be empty
  Selection selection;
  std::string changed_since;  // position of an earlier fetch; empty for all
  std::optional<ResumePoint> resume;
  core::Digest digest{};     // SHA-256 of the request's payload bytes
  std::string order_digest;  // hex; what is asked, without id, time and resume point
};

// What order_digest holds: SHA-256 over what is asked, the same for all parts of a fetch.
std::string order_digest(const FetchOrder& order, const core::Connector& from);
SignedEnvelope sign_request(const FetchOrder& order, const core::Connector& from,
                            const Signer& signer);
// Signature by a key of the partner that is valid now, audience, freshness, shape.
core::Result<FetchOrder> read_request(const SignedEnvelope& envelope, const Partner& partner,
                                      const core::Connector& self, core::EpochNs now,
                                      const VerifySignature& verify);

// ---- the batch chain (docs/formats.md, "Batch chain") ----
core::Digest chain_start(const core::Digest& request_digest);
core::Digest chain_next(const core::Digest& head, std::uint64_t index, const core::Digest& batch,
                        const std::vector<decision::FieldRule>& masked);
// A batch's digest is that of its records' digests, so that one record can be shown to have been in
// it without the others.
void add_to_batch_digest(core::Sha256& batch, const core::Digest& record);

SignedEnvelope sign_head(const std::string& first_request, std::uint64_t index,
                         const core::Digest& head, const Signer& signer);

struct AccountFacts {
  core::Connector provider;
  core::Connector consumer;
  std::string request_id;
  std::string first_request;
  std::string agreement_id;
  core::DatasetId dataset;
  core::Purpose purpose;
  core::Digest request_digest{};
  core::Digest chain_head{};
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  core::Revision revision;
  std::string decision_id;
  std::string journal_digest;
  std::string position;    // opaque
  std::string checkpoint;  // signed note of the signer's log
  core::EpochNs at = 0;
};

SignedEnvelope sign_receipt(const AccountFacts& facts, const Signer& signer);
// The key must be the last one of those that the provider has, and valid at the time stated.
core::Result<AccountFacts> read_receipt(const SignedEnvelope& receipt, const Partner& provider,
                                        core::EpochNs now, const VerifySignature& verify);
// Without a look at the signature: of a receipt that we have signed ourselves.
core::Result<AccountFacts> receipt_facts(const SignedEnvelope& receipt);
// The head that a batch carries: signature and agreement with index and head.
core::Status check_head(const ReceivedBatch& batch, const std::string& first_request,
                        const core::Digest& head, const Partner& provider, core::EpochNs now,
                        const VerifySignature& verify);

struct BatchHead {
  std::string first_request;
  std::uint64_t index = 0;
  core::Digest chain_head{};
};
// A head that was kept: it states no time, so only the signature and whose key it is are judged.
core::Result<BatchHead> read_head(const SignedEnvelope& head, const Partner& provider,
                                  const VerifySignature& verify);

struct Acknowledgement {
  core::Connector consumer;
  core::Connector provider;
  std::string first_request;
  core::Digest receipt_digest{};  // of the receipt's payload
  std::string checkpoint;         // of the consumer's log
  core::EpochNs at = 0;
};
// Without a look at the signature.
core::Result<Acknowledgement> acknowledged_facts(const SignedEnvelope& envelope);
SignedEnvelope sign_acknowledgement(const Acknowledgement& acknowledgement, const Signer& signer);
core::Result<Acknowledgement> read_acknowledgement(const SignedEnvelope& envelope,
                                                   const Partner& consumer, core::EpochNs now,
                                                   const VerifySignature& verify);

// ---- log entries (docs/formats.md, "Log entries"): serialised, with a fresh nonce ----
std::string entry_opened(const AccountFacts& facts, bool provider, const Random& random);
struct Closing {
  std::string outcome;         // "complete", "broken"
  std::string reason;          // when broken
  std::string receipt_digest;  // when complete: SHA-256 of the receipt's payload, hex
  std::string head_digest;     // of the batch head that the consumer keeps when broken
};
std::string entry_closed(const AccountFacts& facts, bool provider, const Closing& closing,
                         const Random& random);
std::string entry_refused(const AccountFacts& facts, const core::Error& error,
                          const Random& random);
std::string entry_acknowledged(const Acknowledgement& acknowledgement, bool provider,
                               const Random& random);
// Anything else that changes what the connector does: partner.added, policy.published ...
struct Change {
  std::string kind;  // of evidence/log_entry.h
  core::Connector self;
  core::Connector partner;  // may be empty
  std::string subject;      // key id, revision, identifier ...
  std::string detail;
  std::int64_t uid = -1;  // of the local caller; -1: the connector itself
  core::EpochNs at = 0;
  std::string agreement_id{};  // that the change is about; may be empty
  std::string role{};          // ours in it: "provider", "consumer" or ""
};
std::string entry_change(const Change& change, const Random& random);

std::string to_json_text(const SignedEnvelope& envelope);
core::Result<SignedEnvelope> envelope_from_json(std::string_view text);

}  // namespace connector::exchange
