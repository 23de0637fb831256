#include "peer/fetch_call.h"

#include <chrono>
#include <utility>

#include "core/limits.h"
#include "peer/batch_wire.h"
#include "peer/status.h"

namespace connector::peer {
namespace {

// How long a write may go on after the stream was told to end.
constexpr std::chrono::milliseconds kPatience{500};

class Reactor final : public FetchWriter {
 public:
  Reactor(grpc::CallbackServerContext& context, std::shared_ptr<exchange::FetchStream> stream)
      : call_(std::make_shared<FetchCall>(context, *this, std::move(stream))) {}
  void start() { call_->start(); }
  void OnWriteDone(bool ok) override { call_->write_done(ok); }
  void OnCancel() override { call_->end(); }
  void OnDone() override {
    call_->end();
    delete this;
  }

 private:
  const std::shared_ptr<FetchCall> call_;
};

class Refusal final : public FetchWriter {
 public:
  explicit Refusal(const core::Error& error) { Finish(to_grpc(error)); }
  void OnDone() override { delete this; }
};

}  // namespace

FetchWriter* serve_fetch(grpc::CallbackServerContext& context,
                         std::shared_ptr<exchange::FetchStream> stream) {
  auto* reactor = new Reactor(context, std::move(stream));
  reactor->start();
  return reactor;
}

FetchWriter* refuse_fetch(const core::Error& error) {
  return new Refusal(error);
}

void FetchCall::start() {
  stream_->on_abort([weak = weak_from_this()](const core::Error& error) {
    if (const auto self = weak.lock()) self->aborted(error);
  });
  ask_ahead();
}

void FetchCall::ask_ahead() {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (outcome_ || asked_ + ready_.size() >= core::limits::kBatchesInFlight) return;
      ++asked_;
    }
    stream_->next([weak = weak_from_this()](core::Result<exchange::StreamPart> answer) {
      if (const auto self = weak.lock()) self->answered(std::move(answer));
    });
  }
}

void FetchCall::answered(core::Result<exchange::StreamPart> answer) {
  {
    std::lock_guard lock(mutex_);
    --asked_;
    if (outcome_) return;  // ended meanwhile
    if (!answer) {
      outcome_ = to_grpc(answer.error());
    } else if (auto* batch = std::get_if<exchange::ServedBatch>(&*answer)) {
      ready_.push_back(compose(std::move(*batch)));
    } else {
      ready_.push_back(compose_receipt(std::get<exchange::SignedEnvelope>(*answer)));
      outcome_ = grpc::Status::OK;
    }
  }
  act();
}

void FetchCall::aborted(const core::Error& error) {
  {
    std::lock_guard lock(mutex_);
    if (finished_) return;
    ready_.clear();
    outcome_ = to_grpc(error);
    if (writing_) {
      patience_.Set(std::chrono::system_clock::now() + kPatience,
                    [weak = weak_from_this()](bool elapsed) {
                      if (const auto self = weak.lock(); self && elapsed) self->impatient();
                    });
    }
  }
  act();
}

// The reader does not take what is being written: it gets a reset instead of a status.
void FetchCall::impatient() {
  {
    std::lock_guard lock(mutex_);
    if (!writing_ || finished_) return;
    cancelling_ = true;
  }
  context_.TryCancel();
  {
    std::lock_guard lock(mutex_);
    cancelling_ = false;
  }
  act();
}

void FetchCall::write_done(bool ok) {
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    current_.Clear();
    if (!ok) {
      ready_.clear();
      outcome_ = grpc::Status(grpc::StatusCode::UNAVAILABLE, "the connection broke");
    }
  }
  act();
  ask_ahead();
}

void FetchCall::end() {
  {
    std::lock_guard lock(mutex_);
    if (!outcome_) outcome_ = grpc::Status::CANCELLED;
    if (!finished_) ready_.clear();
  }
  stream_->cancel();
  act();
}

void FetchCall::act() {
  std::optional<grpc::Status> status;
  bool write = false;
  {
    std::lock_guard lock(mutex_);
    if (writing_ || cancelling_ || finished_) return;
    if (!ready_.empty()) {
      current_ = std::move(ready_.front());
      ready_.pop_front();
      write = writing_ = true;
    }
    if (ready_.empty() && outcome_ && (!write || outcome_->ok())) {
      status = outcome_;
      finished_ = true;
    }
  }
  if (write && status) {
    writer_.StartWriteAndFinish(&current_, grpc::WriteOptions(), *std::move(status));
  } else if (write) {
    writer_.StartWrite(&current_);
  } else if (status) {
    writer_.Finish(*std::move(status));
  }
}

}  // namespace connector::peer
