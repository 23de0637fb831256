#include <array>
#include <utility>

#include "core/limits.h"
#include "exchange/selection.h"
#include "exchange/stream.h"

namespace connector::exchange {
namespace limits = core::limits;

namespace {

core::Error limit_reached(const char* what) {
  return {core::Code::kExhausted,
          "LIMIT_REACHED",
          std::string("the policy's limit of ") + what + " for one fetch is reached",
          "narrow the filter",
          {}};
}

// Of the row as it leaves: a masked one has another digest than what was kept.
core::Digest digest_of(const ShownRecord& row, std::string_view record) {
  if (record.data() == row.bytes.data() && record.size() == row.bytes.size()) {
    if (const auto kept = core::digest_of_bytes(row.digest)) return *kept;
  }
  return core::sha256(record);
}

void put_framed(std::string& out, std::string_view record) {
  std::array<char, 11> head{'\x0A'};  // field 1, length-delimited
  std::size_t at = 1;
  std::size_t size = record.size();
  for (; size >= 0x80; size >>= 7) head[at++] = static_cast<char>(size | 0x80);
  head[at++] = static_cast<char>(size);
  out.append(head.data(), at).append(record);
}

}  // namespace

// Seals what was decided into one batch: filled, digested, signed; durable before it leaves.
void ServedStream::produce(Commit commit, bool opens, Done done) {
  const Position before = position_;
  ServedBatch batch;
  if (auto filled = fill(batch); !filled) {
    position_ = before;  // none of it left
    if (opens) return refuse(std::move(filled.error()), std::move(done));
    return fail(std::move(filled.error()), std::move(done));
  }
  batch.masked = masked_;
  batch.index = position_.index;
  batch.chain_head = std::string(core::view(position_.chain));
  batch.head = sign_head(position_.first_request, position_.index, position_.chain, ports_.signer);
  batch.position = seal(position_, ports_.sealer);
  commit.effects.push_back(NoteBatch{account_,
                                     position_.index,
                                     batch.chain_head,
                                     position_.records,
                                     position_.bytes,
                                     position_.sequence,
                                     {}});
  if (exhausted_) {
    if (auto finished = finish(commit, batch.position); !finished) {
      position_ = before;
      if (opens) return refuse(std::move(finished.error()), std::move(done));
      return fail(std::move(finished.error()), std::move(done));
    }
  }
  if (hand_over({std::move(commit), std::move(batch), std::move(done), opens, exhausted_})) return;
  position_ = before;
  phase_ = Phase::kStreaming;
}

core::Status ServedStream::fill(ServedBatch& batch) {
  core::Sha256 digest;
  batch.framed_records.reserve(usual_bytes_);
  ReadRange range{dataset_.id, 0, position_.bound, limits::kBatchRecords, position_.since};
  const Selection selection = both(order_.selection, dataset_.selection);
  const std::uint64_t full = position_.records + limits::kBatchRecords;
  const auto room = [&] {
    return position_.records < full && batch.framed_records.size() < limits::kBatchBytes;
  };
  const auto show = [&](const ShownRecord& row) {
    if (!take(row, batch, digest)) return false;
    position_.sequence = row.sequence;
    return room();
  };
  exhausted_ = plan_->admits_none();
  while (!exhausted_ && !limit_ && room()) {
    range.after = position_.sequence;
    const auto end = ports_.records.read(range, selection, show);
    if (!end) return end.error();
    exhausted_ = *end && !limit_;
  }
  if (limit_ && batch.framed_records.empty()) return *limit_;
  if (exhausted_) position_.sequence = position_.bound;
  usual_bytes_ = batch.framed_records.size();
  ++position_.index;
  position_.chain = chain_next(position_.chain, position_.index, digest.finish(), *masked_);
  return ports_.released(caller_.id, batch.framed_records.size());
}

// False: it does not leave, and neither does anything behind it, for the policy's limit is reached.
bool ServedStream::take(const ShownRecord& row, ServedBatch& batch, core::Sha256& digest) {
  if (!plan_->admits_all() && !plan_->admits(row.judged, memo_)) return true;
  const auto record = program_->apply(row.bytes, scratch_, row.wholly_known);
  // A record that cannot be edited safely is a row denied, not a stream broken.
  if (!record) return true;
  if (decision_->max_records && position_.records >= *decision_->max_records) {
    limit_ = limit_reached("records");
  } else if (decision_->max_bytes && position_.bytes + record->size() > *decision_->max_bytes) {
    limit_ = limit_reached("bytes");
  }
  if (limit_) return false;
  add_to_batch_digest(digest, digest_of(row, *record));
  put_framed(batch.framed_records, *record);
  ++position_.records;
  position_.bytes += record->size();
  return true;
}

// The closing entry and the receipt, in the same commit as the last batch.
core::Status ServedStream::finish(Commit& commit, const std::string& position) {
  AccountFacts last = facts();
  auto given = given_receipt(last);
  if (!given) return std::move(given.error());
  receipt_ = std::move(*given);
  if (!receipt_) {
    auto checkpoint = ports_.checkpoint();
    if (!checkpoint) return std::move(checkpoint.error());
    last.checkpoint = std::move(*checkpoint);
    last.position = position;
    receipt_ = sign_receipt(last, ports_.signer);
    commit.effects.push_back(CloseAccount{account_, "complete", to_json_text(*receipt_), {}});
  } else {
    commit.effects.push_back(CloseAccount{account_, "complete", {}, {}});
  }
  commit.entries.push_back(entry_closed(
      last, true, {"complete", {}, core::hex(core::sha256(receipt_->payload)), {}}, ports_.random));
  phase_ = Phase::kReceipt;
  return core::ok();
}

// A fetch that was complete here before its consumer had all of it keeps its receipt, when what
// was served again is the same to the last byte and the key that signed it is still in use.
core::Result<std::optional<SignedEnvelope>> ServedStream::given_receipt(
    const AccountFacts& last) const {
  std::optional<SignedEnvelope> none;
  if (!order_.resume) return none;
  auto first = ports_.accounts.by_request(caller_.id, true, position_.first_request);
  if (!first) return std::move(first.error());
  if (!*first || (*first)->receipt.empty()) return none;
  auto receipt = envelope_from_json((*first)->receipt);
  if (!receipt) return std::move(receipt.error());
  const auto given = receipt_facts(*receipt);
  if (!given || given->chain_head != last.chain_head) return none;
  if (receipt->key_id != ports_.signer.key_id().str()) return none;
  return std::optional<SignedEnvelope>(std::move(*receipt));
}

Commit ServedStream::closing(const std::string& outcome, const std::string& reason) const {
  return {.entries = {entry_closed(facts(), true, {outcome, reason, {}, {}}, ports_.random)},
          .effects = {CloseAccount{account_, outcome, {}, {}}},
          .on_behalf_of = caller_.id};
}

AccountFacts ServedStream::facts() const {
  AccountFacts facts;
  facts.provider = ports_.self;
  facts.consumer = caller_.id;
  facts.request_id = order_.request_id;
  facts.first_request =
      position_.first_request.empty() ? order_.request_id : position_.first_request;
  facts.agreement_id = order_.agreement_id;
  facts.dataset = order_.dataset;
  facts.purpose = order_.purpose;
  facts.request_digest = order_.request_id.empty() ? core::sha256(request_.payload) : order_.digest;
  facts.chain_head = position_.chain;
  facts.batches = position_.index;
  facts.records = position_.records;
  facts.bytes = position_.bytes;
  if (decision_) {
    facts.revision = decision_->revision;
    facts.decision_id = decision_->decision_id;
    facts.journal_digest = decision_->journal_digest;
  }
  facts.at = ports_.clock();
  return facts;
}

}  // namespace connector::exchange
