#include "core/digest.h"
#include "evidence/log_entry.h"
#include "exchange/statements.h"

namespace connector::exchange {
namespace {

using evidence::LogEntry;

constexpr std::size_t kNonceBytes = 32;

const char* role(bool provider) {
  return provider ? "provider" : "consumer";
}

LogEntry entry_of(const char* kind, const AccountFacts& facts, bool provider) {
  LogEntry entry;
  entry.kind = kind;
  entry.at = facts.at;
  entry.self = provider ? facts.provider : facts.consumer;
  entry.partner = provider ? facts.consumer : facts.provider;
  entry.role = role(provider);
  entry.request_id = facts.request_id;
  entry.first_request = facts.first_request;
  entry.agreement_id = facts.agreement_id;
  entry.dataset = facts.dataset.str();
  entry.purpose = facts.purpose.str();
  entry.request_digest = core::hex(facts.request_digest);
  entry.revision = facts.revision.str();
  entry.decision_id = facts.decision_id;
  entry.journal_digest = facts.journal_digest;
  return entry;
}

std::string finished(LogEntry entry, const Random& random) {
  entry.nonce = core::hex(random(kNonceBytes));
  return evidence::to_bytes(entry);
}

}  // namespace

std::string entry_opened(const AccountFacts& facts, bool provider, const Random& random) {
  LogEntry entry = entry_of(evidence::kFetchOpened, facts, provider);
  entry.chain_head = core::hex(facts.chain_head);
  return finished(std::move(entry), random);
}

std::string entry_closed(const AccountFacts& facts, bool provider, const Closing& closing,
                         const Random& random) {
  LogEntry entry = entry_of(evidence::kFetchClosed, facts, provider);
  entry.chain_head = core::hex(facts.chain_head);
  entry.batches = facts.batches;
  entry.records = facts.records;
  entry.bytes = facts.bytes;
  entry.outcome = closing.outcome;
  entry.reason = closing.reason;
  entry.receipt_digest = closing.receipt_digest;
  entry.subject = closing.head_digest;
  if (!provider) entry.checkpoint = facts.checkpoint;
  return finished(std::move(entry), random);
}

std::string entry_refused(const AccountFacts& facts, const core::Error& error,
                          const Random& random) {
  LogEntry entry = entry_of(evidence::kFetchRefused, facts, true);
  entry.outcome = "refused";
  entry.reason = error.reason;
  return finished(std::move(entry), random);
}

std::string entry_acknowledged(const Acknowledgement& said, bool provider, const Random& random) {
  LogEntry entry;
  entry.kind = evidence::kFetchAcknowledged;
  entry.at = said.at;
  entry.self = provider ? said.provider : said.consumer;
  entry.partner = provider ? said.consumer : said.provider;
  entry.role = role(provider);
  entry.request_id = said.first_request;
  entry.first_request = said.first_request;
  entry.receipt_digest = core::hex(said.receipt_digest);
  if (provider) entry.checkpoint = said.checkpoint;
  return finished(std::move(entry), random);
}

std::string entry_change(const Change& change, const Random& random) {
  LogEntry entry;
  entry.kind = change.kind;
  entry.at = change.at;
  entry.self = change.self;
  entry.partner = change.partner;
  entry.subject = change.subject;
  entry.detail = change.detail;
  entry.uid = change.uid;
  entry.agreement_id = change.agreement_id;
  entry.role = change.role;
  return finished(std::move(entry), random);
}

}  // namespace connector::exchange
