// Reads the stream of one Fetch: two messages ahead of who takes them, so that receiving and
// verifying go on side by side, and no more, so that memory stays constant.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

namespace connector::peer {

// Lives until finish() returned. next() and finish() are called by one thread.
class FetchReader final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  FetchReader(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& context,
              grpc::ByteBuffer request);

  struct Next {
    std::optional<grpc::ByteBuffer> message;  // absent: the stream ended, or was silent too long
    bool silent = false;
  };
  Next next(std::chrono::milliseconds longest_silence);
  // Waits for the end; cancel the context first to end before all was read.
  grpc::Status finish();

  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  grpc::GenericStub stub_;
  grpc::ClientContext& context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer incoming_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<grpc::ByteBuffer> received_;  // guarded by mutex_, as all below
  bool reading_ = true;
  bool ended_ = false;
  bool held_ = true;
  std::optional<grpc::Status> status_;
};

}  // namespace connector::peer
