#include "exchange/stream.h"

#include <utility>

#include "core/limits.h"

namespace connector::exchange {

ServedStream::ServedStream(const ProviderPorts& ports, const Visibility& visibility,
                           RuleBook& rules, Caller caller, SignedEnvelope request)
    : ports_(ports),
      visibility_(visibility),
      rules_(rules),
      caller_(std::move(caller)),
      request_(std::move(request)),
      expected_(ports.log.expect()) {}

ServedStream::~ServedStream() {
  if (granted_.changes_at && ports_.schedule != nullptr) {
    ports_.schedule->cancel("stream/" + order_.request_id);
  }
}

void ServedStream::next(Done done) {
  std::unique_lock lock(mutex_);
  if (over_ && abort_) {
    core::Error ended = *abort_;
    lock.unlock();
    return deliver(done, std::move(ended));  // all others have been told already
  }
  waiting_.push_back(std::move(done));
  lock.unlock();
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
    // All of it is released and accounted for: what is left is to hand the receipt over.
    if (over_ || abort_ || complete_) return;
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
    if (working_ || over_) return;
    working_ = true;
  }
  ports_.run([self = shared_from_this()] { self->work(); });
}

// Takes one waiting part after the other. Nothing is done while the opening is not durable yet:
// what would follow a refused opening must not be in the log.
void ServedStream::work() {
  for (;;) {
    Done done;
    bool aborted = false;
    {
      std::lock_guard lock(mutex_);
      aborted = abort_.has_value();
      if (opening_ || over_ || (!aborted && waiting_.empty())) {
        working_ = false;
        return;
      }
      if (!aborted) {
        done = std::move(waiting_.front());
        waiting_.pop_front();
      }
    }
    if (aborted) {
      end();
    } else {
      step(std::move(done));
    }
  }
}

// It was aborted: closes the account and tells all who wait.
void ServedStream::end() {
  std::deque<Done> waiting;
  core::Error error;
  {
    std::lock_guard lock(mutex_);
    over_ = true;
    error = *abort_;
    waiting.swap(waiting_);
    if (receipt_waits_) waiting.push_front(std::move(receipt_waits_));
    // A last batch that waits does not leave any more, and neither does its receipt.
    if (held_) waiting.push_front(std::move(held_->done));
    const bool closed = complete_ || (in_flight_ > 0 && !held_);
    if (phase_ == Phase::kReceipt && !closed) phase_ = Phase::kStreaming;
    held_.reset();
  }
  if (std::exchange(phase_, Phase::kClosed) == Phase::kStreaming) {
    ports_.log.append(closing("broken", error.reason), [](const core::Result<LogSpan>&) {});
  }
  for (const Done& done : waiting) deliver(done, error);
}

void ServedStream::step(Done done) {
  switch (phase_) {
    case Phase::kOpening:
      return open(std::move(done));
    case Phase::kStreaming:
      if (limit_) return fail(*limit_, std::move(done));
      if (auto allowed = still_allowed(); !allowed) {
        return fail(std::move(allowed.error()), std::move(done));
      }
      return produce({}, false, std::move(done));
    case Phase::kReceipt:
      return give_receipt(std::move(done));
    case Phase::kClosed:
      return deliver(done, core::unavailable("STREAM_ENDED", "the stream has ended"));
  }
}

// The commit that closes the account waits until all before it are durable, so that the log never
// calls complete what in part did not leave. False: the stream was ended meanwhile; end() tells.
bool ServedStream::hand_over(Outgoing out) {
  {
    std::lock_guard lock(mutex_);
    if (abort_ && !out.opens) {
      waiting_.push_front(std::move(out.done));
      return false;
    }
    opening_ = opening_ || out.opens;
    if (out.last && in_flight_ > 0) {
      held_ = std::move(out);
      return true;
    }
    ++in_flight_;
  }
  send(std::move(out));
  return true;
}

void ServedStream::send(Outgoing out) {
  if (out.opens) expected_.reset();
  Commit commit = std::move(out.commit);
  commit.on_behalf_of = caller_.id;
  ports_.log.append(std::move(commit), [self = shared_from_this(),
                                        shared = std::make_shared<Outgoing>(std::move(out))](
                                           core::Result<LogSpan> span) {
    if (span) return self->durable(*shared);
    self->not_durable(*shared, std::move(span.error()));
  });
}

void ServedStream::durable(Outgoing& out) {
  deliver(out.done, StreamPart(std::move(out.batch)));
  std::optional<Outgoing> next;
  Done receipt;
  {
    std::lock_guard lock(mutex_);
    --in_flight_;
    opening_ = false;
    complete_ = complete_ || out.last;
    if (complete_) receipt = std::move(receipt_waits_);
    // Whoever waits for the next part gets it here, without another step.
    if (complete_ && !receipt && !abort_ && !over_ && !working_ && !waiting_.empty()) {
      receipt = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (held_ && in_flight_ == 0) {
      next = std::move(held_);
      held_.reset();
      ++in_flight_;
    }
  }
  if (receipt) give_receipt(std::move(receipt));
  if (next) send(std::move(*next));
  if (out.opens) schedule();
}

void ServedStream::not_durable(Outgoing& out, core::Error error) {
  // No step runs before the opening is durable: the stream's own state may be read here.
  if (out.opens && error.reason == "REPLAYED") {
    return refuse(std::move(error), std::move(out.done), false);
  }
  {
    std::lock_guard lock(mutex_);
    opening_ = false;
    --in_flight_;
    if (out.opens) over_ = true;  // there is no account to close
    if (!over_ && !abort_) {
      abort_ = error;
      abort_handler_ = nullptr;
    }
  }
  deliver(out.done, std::move(error));
  if (!out.opens) schedule();
}

void ServedStream::give_receipt(Done done) {
  {
    std::lock_guard lock(mutex_);
    if (!complete_) {
      receipt_waits_ = std::move(done);
      return;
    }
    over_ = true;
  }
  deliver(done, StreamPart(*receipt_));
}

void ServedStream::deliver(const Done& done, core::Result<StreamPart> part) {
  {
    std::lock_guard lock(mutex_);
    if (ended_ || !done) return;
    ended_ = !part || std::holds_alternative<SignedEnvelope>(*part);
  }
  done(std::move(part));
}

// Told by way of the log, and so behind the batches that are under way.
void ServedStream::fail(core::Error error, Done done) {
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  phase_ = Phase::kClosed;
  ports_.log.append(closing("broken", error.reason),
                    [self = shared_from_this(), error, done = std::move(done)](
                        const core::Result<LogSpan>&) { self->deliver(done, error); });
}

void ServedStream::look_again() {
  const auto partner = ports_.partners.find(caller_.id);
  if (!partner || partner->state != PartnerState::kActive) {
    return abort({core::Code::kUnauthenticated,
                  "PARTNER_NOT_ACTIVE",
                  "the partner was suspended or revoked",
                  {},
                  {}});
  }
  std::optional<decision::Question> question;
  {
    std::lock_guard lock(mutex_);
    question = question_;
  }
  if (!question || over()) return;  // not decided yet: open() will ask under the new revision
  if (!question->agreement_id.empty()) {
    auto granted = grant(question->agreement_id, fetch_facts(question->purpose), ports_.agreements,
                         *ports_.offers());
    if (!granted) return abort(std::move(granted.error()));
  }
  question->now_s = ports_.clock() / 1'000'000'000;
  const auto decided = ports_.decisions.decide(*question);
  if (decided && !(*decided)->allow) {
    abort(core::Error{core::Code::kDenied,
                      "POLICY_CHANGED",
                      "the policy changed while the stream was running",
                      "ask again to hear whether it is still allowed",
                      {{"decisionId", (*decided)->decision_id}}});
  }
}

}  // namespace connector::exchange
