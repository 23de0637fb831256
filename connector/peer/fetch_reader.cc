#include "peer/fetch_reader.h"

#include <utility>

namespace connector::peer {
namespace {

constexpr const char* kMethod = "/valuechain.exchange.v1.ExchangeService/Fetch";
constexpr std::size_t kAhead = 2;

}  // namespace

FetchReader::FetchReader(const std::shared_ptr<grpc::Channel>& channel,
                         grpc::ClientContext& context, grpc::ByteBuffer request)
    : stub_(channel), context_(context), request_(std::move(request)) {
  stub_.PrepareBidiStreamingCall(&context_, kMethod, grpc::StubOptions(), this);
  AddHold();  // reads are also started from next()
  StartWriteLast(&request_, grpc::WriteOptions());
  StartRead(&incoming_);
  StartCall();
}

void FetchReader::OnReadDone(bool ok) {
  bool more = false;
  {
    std::lock_guard lock(mutex_);
    if (ok) {
      received_.push_back(std::move(incoming_));
      incoming_.Clear();
    }
    ended_ = !ok;
    more = ok && received_.size() < kAhead;
    reading_ = more;
    changed_.notify_all();
  }
  if (more) StartRead(&incoming_);
}

FetchReader::Next FetchReader::next(std::chrono::milliseconds longest_silence) {
  Next result;
  bool more = false;
  {
    std::unique_lock lock(mutex_);
    const bool heard =
        changed_.wait_for(lock, longest_silence, [&] { return ended_ || !received_.empty(); });
    if (!heard) {
      result.silent = true;
      return result;
    }
    if (received_.empty()) return result;
    result.message = std::move(received_.front());
    received_.pop_front();
    more = !ended_ && !reading_;
    if (more) reading_ = true;
  }
  if (more) StartRead(&incoming_);
  return result;
}

grpc::Status FetchReader::finish() {
  if (std::exchange(held_, false)) RemoveHold();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return status_.has_value(); });
  return *status_;
}

void FetchReader::OnDone(const grpc::Status& status) {
  std::lock_guard lock(mutex_);
  status_ = status;
  changed_.notify_all();
}

}  // namespace connector::peer
