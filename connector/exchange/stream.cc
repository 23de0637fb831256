#include "exchange/stream.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"

namespace connector::exchange {
namespace limits = core::limits;

ServedStream::ServedStream(const ProviderPorts& ports, const Visibility& visibility,
                           Caller caller, SignedEnvelope request)
    : ports_(ports),
      visibility_(visibility),
      caller_(std::move(caller)),
      request_(std::move(request)) {}

void ServedStream::next(Done done) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
  }
  schedule();
}

void ServedStream::cancel() {
  {
    std::lock_guard lock(mutex_);
    if (over_ || abort_) return;
    abort_ = core::unavailable("STREAM_BROKEN", "the caller went away");
    abort_handler_ = nullptr;
  }
  schedule();
}

void ServedStream::on_abort(std::function<void(core::Error)> handler) {
  std::lock_guard lock(mutex_);
  abort_handler_ = std::move(handler);
}

void ServedStream::abort(core::Error error) {
  std::function<void(core::Error)> handler;
  {
    std::lock_guard lock(mutex_);
    if (over_ || abort_) return;
    abort_ = error;
    handler = std::move(abort_handler_);
  }
  schedule();
  if (handler) handler(std::move(error));
}

bool ServedStream::over() const {
  std::lock_guard lock(mutex_);
  return over_;
}

void ServedStream::schedule() {
  {
    std::lock_guard lock(mutex_);
    if (working_) return;
    working_ = true;
  }
  ports_.run([self = shared_from_this()] { self->work(); });
}

// Takes one waiting part after the other; ends when nobody waits.
void ServedStream::work() {
  for (;;) {
    Done done;
    std::optional<core::Error> ended;
    {
      std::lock_guard lock(mutex_);
      ended = abort_;
      if (!ended && (waiting_.empty() || over_)) {
        working_ = false;
        return;
      }
      if (!waiting_.empty()) {
        done = std::move(waiting_.front());
        waiting_.pop_front();
      }
      if (ended && !done) {
        working_ = false;
        if (std::exchange(over_, true)) return;
      }
    }
    if (ended) {
      close("broken", ended->reason);
      if (!done) return;
      done(*ended);
    } else {
      step(std::move(done));
    }
  }
}

void ServedStream::step(Done done) {
  switch (phase_) {
    case Phase::kOpening: return open(std::move(done));
    case Phase::kStreaming:
      if (auto allowed = still_allowed(); !allowed) {
        close("broken", allowed.error().reason);
        return done(std::move(allowed.error()));
      }
      return produce({}, {}, std::move(done));
    case Phase::kReceipt: {
      phase_ = Phase::kClosed;
      {
        std::lock_guard lock(mutex_);
        over_ = true;
      }
      // In order behind the batch that closed the account: by way of the log's queue.
      ports_.log.append({}, [done = std::move(done), receipt = *receipt_](
                                core::Result<LogSpan> span) mutable {
        if (!span) return done(std::move(span.error()));
        done(StreamPart(std::move(receipt)));
      });
      return;
    }
    case Phase::kClosed:
      return done(core::unavailable("STREAM_ENDED", "the stream has ended"));
  }
}

void ServedStream::refuse(core::Error error, Done done) {
  phase_ = Phase::kClosed;
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  if (decision_ && !decision_->decision_id.empty()) {
    error.metadata["decisionId"] = decision_->decision_id;
  }
  Commit commit{.entries = {entry_refused(facts(), error, ports_.random)},
                .effects = {},
                .on_behalf_of = caller_.id};
  if (!order_.request_id.empty() && error.reason != "REPLAYED") {
    commit.effects.push_back(RememberRequest{
        caller_.id, order_.request_id, core::hex(order_.digest),
        order_.issued_s + limits::kRequestIdKept.count(), {}});
  }
  ports_.log.append(std::move(commit), [done = std::move(done), error = std::move(error)](
                                           core::Result<LogSpan> span) mutable {
    // A refusal that could not be written is a refusal all the same; its cause is told.
    done(span || span.error().reason == "REPLAYED" ? std::move(error) : std::move(span.error()));
  });
}

void ServedStream::open(Done done) {
  const auto partner = ports_.partners.find(caller_.id);
  if (!partner || partner->state != PartnerState::kActive) {
    return refuse({core::Code::kUnauthenticated, "PARTNER_NOT_ACTIVE",
                   "this partner is not known or not active", "ask the other side's admin", {}},
                  std::move(done));
  }
  auto order = read_request(request_, *partner, ports_.self, ports_.clock(), ports_.verify);
  if (!order) return refuse(std::move(order.error()), std::move(done));
  order_ = std::move(*order);
  const auto open_receipts = ports_.accounts.unacknowledged(caller_.id);
  if (open_receipts && *open_receipts > ports_.max_unacknowledged) {
    return refuse({core::Code::kExhausted, "RECEIPTS_UNACKNOWLEDGED",
                   std::to_string(*open_receipts) + " receipts were never acknowledged",
                   "acknowledge earlier receipts, then ask again", {}},
                  std::move(done));
  }
  auto dataset = visibility_.get(caller_.id, order_.dataset);
  if (!dataset) return refuse(std::move(dataset.error()), std::move(done));
  dataset_ = std::move(*dataset);
  if (auto decided = decide(); !decided) return refuse(std::move(decided.error()), std::move(done));
  if (auto allowed = check_filter(); !allowed) {
    return refuse(std::move(allowed.error()), std::move(done));
  }
  if (auto resumed = resume(*partner); !resumed) {
    return refuse(std::move(resumed.error()), std::move(done));
  }
  if (phase_ == Phase::kReceipt) return step(std::move(done));  // it had been complete

  account_ = core::hex(ports_.random(16));
  phase_ = Phase::kStreaming;
  std::vector<Effect> effects;
  effects.push_back(RememberRequest{caller_.id, order_.request_id, core::hex(order_.digest),
                                    order_.issued_s + limits::kRequestIdKept.count(), account_});
  effects.push_back(OpenAccount{account_, caller_.id, true, position_.first_request,
                                order_.request_id, order_.order_digest});
  produce({entry_opened(facts(), true, ports_.random)}, std::move(effects), std::move(done));
}

core::Status ServedStream::decide() {
  decision::Question question = visibility_.question("fetch", caller_.id, dataset_);
  question.purpose = order_.purpose;
  question.request_id = order_.request_id;
  question.agreement_id = order_.agreement_id;
  {
    std::lock_guard lock(mutex_);
    question_ = question;
  }
  auto decided = ports_.decisions.decide(question);
  if (!decided) return std::move(decided.error());
  if (!decided->allow) {
    decision_ = std::move(*decided);
    const std::string code =
        decision_->partner_code.empty() ? "POLICY_DENIED" : decision_->partner_code;
    return core::denied(code, "the policy of " + ports_.self.str() + " does not allow this",
                        "ask its admin, naming the decision id");
  }
  auto plan = decision::RowPlan::compile(decided->rows);
  if (!plan) {
    return core::unavailable("POLICY_UNAVAILABLE",
                             "the row filter cannot be enforced: " + plan.error().message);
  }
  auto program = decision::FieldProgram::compile(
      decided->visible, decided->fields,
      [hash = ports_.hash, who = caller_.id.participant](std::string_view value) {
        return hash(who, value);
      });
  if (!program) {
    return core::unavailable("POLICY_UNAVAILABLE",
                             "the field rules cannot be enforced: " + program.error().message);
  }
  decision_ = std::move(*decided);
  plan_ = std::move(*plan);
  program_ = std::move(*program);
  masked_ = std::make_shared<const std::vector<decision::FieldRule>>(
      program_->masked(dataset_.kinds));
  return core::ok();
}

// A filter on a field that is hidden from the caller would tell its value by trial.
core::Status ServedStream::check_filter() const {
  const auto refuse_if = [&](bool used, const char* path, const char* kind) -> core::Status {
    const bool applies =
        dataset_.kinds.empty() ||
        std::find(dataset_.kinds.begin(), dataset_.kinds.end(), kind) != dataset_.kinds.end();
    if (!used || !applies || !program_->hides(path)) return core::ok();
    return core::denied("FILTER_NOT_ALLOWED",
                        "the request filters on a field that is withheld from its sender",
                        "leave that filter out");
  };
  const Selection& selection = order_.selection;
  const bool by_order = !selection.order_numbers.empty();
  const bool by_item = !selection.item_keys.empty();
  const bool by_time = selection.event_from || selection.event_to;
  const struct {
    bool used;
    const char* path;
    const char* kind;
  } uses[] = {{by_order, "order_line.order_number", "order_line"},
              {by_order, "measurement.order_number", "measurement"},
              {by_item, "order_line.item", "order_line"},
              {by_item, "order_line.instances", "order_line"},
              {by_item, "event.items", "event"},
              {by_item, "event.inputs", "event"},
              {by_item, "event.outputs", "event"},
              {by_item, "event.parent", "event"},
              {by_item, "measurement.item", "measurement"},
              {by_item, "item.item", "item"},
              {by_item, "edge.parent", "edge"},
              {by_item, "edge.child", "edge"},
              {by_time, "order_line.issued", "order_line"},
              {by_time, "event.event_time", "event"},
              {by_time, "measurement.measured_at", "measurement"}};
  for (const auto& use : uses) {
    if (auto status = refuse_if(use.used, use.path, use.kind); !status) return status;
  }
  return core::ok();
}

core::Status ServedStream::resume(const Partner&) {
  if (!order_.resume) {
    position_ = Position{.caller = caller_.id.str(),
                         .dataset = dataset_.id.str(),
                         .first_request = order_.request_id,
                         .order_digest = order_.order_digest,
                         .chain = chain_start(order_.digest)};
    if (!order_.changed_since.empty()) {
      auto since = open_position(order_.changed_since, caller_.id, ports_.sealer);
      if (!since) return std::move(since.error());
      if (since->dataset != dataset_.id.str()) {
        return core::invalid("POSITION_INVALID", "the position belongs to another dataset");
      }
      position_.sequence = since->sequence;
    }
    auto bound = ports_.records.last_sequence(dataset_.id);
    if (!bound) return std::move(bound.error());
    position_.bound = *bound;
    return core::ok();
  }
  auto position = open_position(order_.resume->position, caller_.id, ports_.sealer);
  if (!position) return std::move(position.error());
  if (position->first_request != order_.resume->first_request ||
      position->order_digest != order_.order_digest ||
      core::view(position->chain) != order_.resume->chain_head) {
    return core::invalid("RESUME_MISMATCH",
                         "the request does not continue the fetch that its position belongs to",
                         "repeat the first request's dataset, purpose and filter unchanged");
  }
  position_ = std::move(*position);
  auto first = ports_.accounts.by_request(caller_.id, true, position_.first_request);
  if (!first) return std::move(first.error());
  if (*first && !(*first)->receipt.empty()) {
    auto receipt = envelope_from_json((*first)->receipt);
    if (!receipt) return std::move(receipt.error());
    if (position_.sequence >= position_.bound) {
      receipt_ = std::move(*receipt);
      phase_ = Phase::kReceipt;
    }
  }
  return core::ok();
}

core::Status ServedStream::still_allowed() {
  const auto partner = ports_.partners.find(caller_.id);
  if (!partner || partner->state != PartnerState::kActive) {
    return core::Error{core::Code::kUnauthenticated, "PARTNER_NOT_ACTIVE",
                       "the partner was suspended or revoked", {}, {}};
  }
  const std::int64_t now_s = ports_.clock() / 1'000'000'000;
  const bool same = ports_.decisions.revision() == decision_->revision;
  if (same && now_s < decision_->valid_until_s) return core::ok();
  const auto before = *decision_;
  auto decided = decide();
  if (decided) return core::ok();
  if (!same && decided.error().code == core::Code::kDenied) {
    return core::Error{core::Code::kDenied, "POLICY_CHANGED",
                       "the policy changed while the stream was running",
                       "ask again to hear whether it is still allowed",
                       {{"decisionId", decision_ ? decision_->decision_id : before.decision_id}}};
  }
  return decided;
}

void ServedStream::look_again() {
  const auto partner = ports_.partners.find(caller_.id);
  if (!partner || partner->state != PartnerState::kActive) {
    return abort({core::Code::kUnauthenticated, "PARTNER_NOT_ACTIVE",
                  "the partner was suspended or revoked", {}, {}});
  }
  std::optional<decision::Question> question;
  {
    std::lock_guard lock(mutex_);
    question = question_;
  }
  if (!question || over()) return;  // not decided yet: open() will ask under the new revision
  question->now_s = ports_.clock() / 1'000'000'000;
  const auto decided = ports_.decisions.decide(*question);
  if (decided && !decided->allow) {
    abort(core::Error{core::Code::kDenied, "POLICY_CHANGED",
                      "the policy changed while the stream was running",
                      "ask again to hear whether it is still allowed",
                      {{"decisionId", decided->decision_id}}});
  }
}

// Seals what was decided into one batch: filled, digested, signed, durable, then handed over.
void ServedStream::produce(std::vector<std::string> entries, std::vector<Effect> effects,
                           Done done) {
  ServedBatch batch;
  if (auto filled = fill(batch); !filled) {
    close("broken", filled.error().reason);
    return done(std::move(filled.error()));
  }
  batch.masked = masked_;
  batch.index = position_.index;
  batch.chain_head = std::string(core::view(position_.chain));
  batch.head = sign_head(position_.first_request, position_.index, position_.chain, ports_.signer);
  batch.position = seal(position_, ports_.sealer);
  effects.push_back(NoteBatch{account_, position_.index, batch.chain_head, position_.records,
                              position_.bytes, position_.sequence, {}});
  if (exhausted_) {
    if (auto finished = finish(entries, effects); !finished) {
      close("broken", finished.error().reason);
      return done(std::move(finished.error()));
    }
  }
  ports_.log.append(
      {.entries = std::move(entries), .effects = std::move(effects), .on_behalf_of = caller_.id},
      [self = shared_from_this(), done = std::move(done),
       batch = std::move(batch)](core::Result<LogSpan> span) mutable {
        if (span) return done(StreamPart(std::move(batch)));
        {
          std::lock_guard lock(self->mutex_);
          self->over_ = true;
        }
        done(std::move(span.error()));
      });
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
      if (page_loaded_ && page_.end) {
        exhausted_ = true;
        break;
      }
      const ReadRange range{dataset_.id, position_.sequence, position_.bound,
                            limits::kBatchRecords, limits::kBatchBytes};
      if (auto read = ports_.records.read(range, order_.selection, page_); !read) return read;
      page_loaded_ = true;
      page_row_ = 0;
      if (page_.rows.empty()) position_.sequence = page_.end ? position_.bound : page_.next;
      continue;
    }
    const RecordPage::Row& row = page_.rows[page_row_++];
    position_.sequence = row.sequence;
    const std::string_view bytes = page_.bytes(row);
    if (!plan_->admits(bytes)) continue;
    if (auto taken = take(bytes, batch, digest); !taken) return taken;
  }
  if (page_loaded_ && page_row_ == page_.rows.size() && page_.end) exhausted_ = true;
  if (exhausted_) position_.sequence = position_.bound;
  ++position_.index;
  position_.chain = chain_next(position_.chain, position_.index, digest.finish(), *masked_);
  if (decision_->max_bytes && position_.bytes > *decision_->max_bytes) {
    return core::Error{core::Code::kExhausted, "LIMIT_REACHED",
                       "the policy's limit of bytes for one fetch is reached", {}, {}};
  }
  return ports_.released(caller_.id, batch.framed_records.size());
}

core::Status ServedStream::take(std::string_view record, ServedBatch& batch,
                                core::Sha256& digest) {
  if (decision_->max_records && position_.records >= *decision_->max_records) {
    return core::Error{core::Code::kExhausted, "LIMIT_REACHED",
                       "the policy's limit of records for one fetch is reached",
                       "narrow the filter", {}};
  }
  if (!program_->changes_nothing()) {
    scratch_.clear();
    // A record that cannot be edited safely is a row denied, not a stream broken.
    if (!program_->apply(record, scratch_)) return core::ok();
    record = scratch_;
  }
  add_to_batch_digest(digest, record);
  std::string& out = batch.framed_records;
  out.push_back('\x0A');  // field 1, length-delimited
  std::size_t size = record.size();
  while (size >= 0x80) {
    out.push_back(static_cast<char>(size | 0x80));
    size >>= 7;
  }
  out.push_back(static_cast<char>(size));
  out.append(record);
  ++position_.records;
  position_.bytes += record.size();
  return core::ok();
}

// The closing entry and the receipt, in the same commit as the last batch.
core::Status ServedStream::finish(std::vector<std::string>& entries,
                                  std::vector<Effect>& effects) {
  AccountFacts closing = facts();
  auto checkpoint = ports_.checkpoint();
  if (!checkpoint) return std::move(checkpoint.error());
  closing.checkpoint = std::move(*checkpoint);
  closing.position = seal(position_, ports_.sealer);
  receipt_ = sign_receipt(closing, ports_.signer);
  entries.push_back(entry_closed(closing, true, "complete", {},
                                 core::hex(core::sha256(receipt_->payload)), ports_.random));
  effects.push_back(CloseAccount{account_, "complete", to_json_text(*receipt_)});
  phase_ = Phase::kReceipt;
  return core::ok();
}

void ServedStream::close(const std::string& outcome, const std::string& reason) {
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  const Phase before = std::exchange(phase_, Phase::kClosed);
  if (before != Phase::kStreaming || account_.empty()) return;
  ports_.log.append({.entries = {entry_closed(facts(), true, outcome, reason, {}, ports_.random)},
                     .effects = {CloseAccount{account_, outcome, {}}},
                     .on_behalf_of = caller_.id},
                    [](const core::Result<LogSpan>&) {});
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
  facts.request_digest =
      order_.request_id.empty() ? core::sha256(request_.payload) : order_.digest;
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
