// One Fetch on the wire: asks the use case for parts ahead of the reader, a few at a time, and
// writes them as fast as the reader takes them. Memory stays constant however slow it is.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "exchange/serving.h"

namespace connector::peer {

using FetchWriter = grpc::ServerWriteReactor<grpc::ByteBuffer>;

// The call as gRPC sees it; deletes itself when the call is over. serve() of the returned reactor
// starts as soon as gRPC has bound it.
FetchWriter* serve_fetch(grpc::CallbackServerContext& context,
                         std::shared_ptr<exchange::FetchStream> stream);
FetchWriter* refuse_fetch(const core::Error& error);

// What is behind it. Answers of the use case may come later than the call lives, so they hold it
// weakly; the reactor may be touched until Finish was called, which one thread decides.
class FetchCall : public std::enable_shared_from_this<FetchCall> {
 public:
  FetchCall(grpc::CallbackServerContext& context, FetchWriter& writer,
            std::shared_ptr<exchange::FetchStream> stream)
      : context_(context), writer_(writer), stream_(std::move(stream)) {}

  void start();
  void write_done(bool ok);
  void end();  // cancelled by the caller, or over: closes the stream

 private:
  void answered(core::Result<exchange::StreamPart> answer);
  void aborted(const core::Error& error);
  void impatient();
  void ask_ahead();
  void act();  // the next write, or the end

  grpc::CallbackServerContext& context_;
  FetchWriter& writer_;
  const std::shared_ptr<exchange::FetchStream> stream_;
  grpc::Alarm patience_;  // a reader that takes nothing cannot hold up the end of its stream

  std::mutex mutex_;                    // never held while gRPC or the stream is called
  std::deque<grpc::ByteBuffer> ready_;  // guarded by mutex_, as all below
  std::size_t asked_ = 0;               // calls of next() not yet answered
  bool writing_ = false;                // an operation of gRPC that must end first
  bool cancelling_ = false;
  bool finished_ = false;                // Finish is decided: hands off the reactor
  std::optional<grpc::Status> outcome_;  // for when ready_ has been written
  grpc::ByteBuffer current_;
};

}  // namespace connector::peer
