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

void put_framed(std::string& out, std::string_view record) {
  out.push_back('\x0A');  // field 1, length-delimited
  std::size_t size = record.size();
  while (size >= 0x80) {
    out.push_back(static_cast<char>(size | 0x80));
    size >>= 7;
  }
  out.push_back(static_cast<char>(size));
  out.append(record);
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
    if (auto finished = finish(commit); !finished) {
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
  const std::uint64_t records_before = position_.records;
  const auto full = [&] {
    return position_.records - records_before >= limits::kBatchRecords ||
           batch.framed_records.size() >= limits::kBatchBytes;
  };
  while (!full() && !exhausted_) {
    if (!page_loaded_ || page_row_ == page_.rows.size()) {
      if (auto read = read_page(); !read) return read;
      continue;
    }
    const RecordPage::Row& row = page_.rows[page_row_++];
    position_.sequence = row.sequence;
    const std::string_view bytes = page_.bytes(row);
    if (!plan_->admits(page_.judged(row))) continue;
    if (auto taken = take(bytes, batch, digest); !taken) return taken;
  }
  if (page_loaded_ && page_row_ == page_.rows.size() && page_.end) exhausted_ = true;
  if (exhausted_) position_.sequence = position_.bound;
  ++position_.index;
  position_.chain = chain_next(position_.chain, position_.index, digest.finish(), *masked_);
  if (decision_->max_bytes && position_.bytes > *decision_->max_bytes) {
    return limit_reached("bytes");
  }
  return ports_.released(caller_.id, batch.framed_records.size());
}

core::Status ServedStream::read_page() {
  if (page_loaded_ && page_.end) {
    exhausted_ = true;
    return core::ok();
  }
  ReadRange range{dataset_.id, position_.sequence, position_.bound, limits::kBatchRecords,
                  limits::kBatchBytes};
  range.changed_since = position_.since;
  const Selection selection = both(order_.selection, dataset_.selection);
  if (auto read = ports_.records.read(range, selection, page_); !read) return read;
  page_loaded_ = true;
  page_row_ = 0;
  if (page_.rows.empty()) position_.sequence = page_.end ? position_.bound : page_.next;
  return core::ok();
}

core::Status ServedStream::take(std::string_view record, ServedBatch& batch, core::Sha256& digest) {
  if (!program_->changes_nothing()) {
    scratch_.clear();
    // A record that cannot be edited safely is a row denied, not a stream broken.
    if (!program_->apply(record, scratch_)) return core::ok();
    record = scratch_;
  }
  if (decision_->max_records && position_.records >= *decision_->max_records) {
    return limit_reached("records");
  }
  add_to_batch_digest(digest, record);
  put_framed(batch.framed_records, record);
  ++position_.records;
  position_.bytes += record.size();
  return core::ok();
}

// The closing entry and the receipt, in the same commit as the last batch.
core::Status ServedStream::finish(Commit& commit) {
  AccountFacts last = facts();
  auto given = given_receipt(last);
  if (!given) return std::move(given.error());
  receipt_ = std::move(*given);
  if (!receipt_) {
    auto checkpoint = ports_.checkpoint();
    if (!checkpoint) return std::move(checkpoint.error());
    last.checkpoint = std::move(*checkpoint);
    last.position = seal(position_, ports_.sealer);
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
