#include "reader.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>

namespace benchmark {
namespace {

constexpr const char* kMethod = "/valuechain.exchange.v1.ExchangeService/Fetch";

std::string flat(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// What all calls of one run share.
struct Run {
  grpc::GenericStub stub;
  const std::vector<std::string>& requests;
  std::ofstream save;
  int slow_ms = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t next = 0;  // guarded by mutex, as all below
  std::size_t running = 0;
  Measured measured;
  std::vector<grpc::ByteBuffer> last;
};

class Call final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Call(Run& run, const std::string& request, bool saves) : run_(run), saves_(saves) {
    const grpc::Slice slice(request);
    request_ = grpc::ByteBuffer(&slice, 1);
    run.stub.PrepareBidiStreamingCall(&context_, kMethod, {}, this);
    StartWriteLast(&request_, {});
    StartRead(&incoming_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++messages_;
    bytes_ += incoming_.Length();
    last_ = incoming_;  // shares the bytes
    if (saves_) {
      const std::string message = flat(incoming_);
      const auto size = static_cast<std::uint32_t>(message.size());
      run_.save.write(reinterpret_cast<const char*>(&size), sizeof size);
      run_.save.write(message.data(), size);
    }
    if (run_.slow_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(run_.slow_ms));
    StartRead(&incoming_);
  }
  void OnDone(const grpc::Status& status) override;

 private:
  Run& run_;
  const bool saves_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer last_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
};

// Starts the next call, if there is one and no earlier one failed. run.mutex is held.
const std::string* take(Run& run) {
  if (run.next == run.requests.size() || !run.measured.error.empty()) return nullptr;
  ++run.running;
  return &run.requests[run.next++];
}

void Call::OnDone(const grpc::Status& status) {
  Run& run = run_;
  const auto messages = messages_;
  const auto bytes = bytes_;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start_;
  const grpc::ByteBuffer last = last_;
  delete this;  // first: whoever waits for the last call may end the process
  const std::string* request = nullptr;
  {
    std::lock_guard lock(run.mutex);
    ++run.measured.calls;
    run.measured.messages += messages;
    run.measured.bytes += bytes;
    run.measured.call_ms.push_back(took.count());
    run.last.push_back(last);
    if (!status.ok()) run.measured.error = status.error_message();
    request = take(run);
  }
  if (request) new Call(run, *request, false);  // deletes itself
  std::lock_guard lock(run.mutex);
  --run.running;
  run.changed.notify_all();
}

}  // namespace

std::shared_ptr<grpc::Channel> channel_to(const ReaderOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(
      options.target,
      grpc::SslCredentials({options.anchor_pem, options.key_pem, options.certificate_pem}),
      arguments);
}

Measured read_all(const ReaderOptions& options, const std::vector<std::string>& requests,
                  std::size_t in_flight, const std::string& save, int slow_ms) {
  const auto channel = channel_to(options);
  Run run{grpc::GenericStub(channel), requests, {}, slow_ms, {}, {}, 0, 0, {}, {}};
  if (!save.empty()) run.save.open(save, std::ios::binary | std::ios::trunc);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    run.measured.error = "no connection";
    return run.measured;
  }
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < in_flight; ++i) {
    const std::string* request = nullptr;
    {
      std::lock_guard lock(run.mutex);
      request = take(run);
    }
    if (request) new Call(run, *request, i == 0 && !save.empty());
  }
  std::unique_lock lock(run.mutex);
  run.changed.wait(lock, [&] { return run.running == 0; });
  run.measured.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const grpc::ByteBuffer& message : run.last) run.measured.last.push_back(flat(message));
  return run.measured;
}

}  // namespace benchmark
