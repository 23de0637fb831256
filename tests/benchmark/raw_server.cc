#include "raw_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/slice.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <vector>

#include "valuechain/exchange/v1/exchange.grpc.pb.h"

namespace benchmark {
namespace {

namespace v1 = valuechain::exchange::v1;

std::vector<std::string> read_messages(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> messages;
  for (std::uint32_t size = 0; file.read(reinterpret_cast<char*>(&size), sizeof size);) {
    std::string message(size, '\0');
    file.read(message.data(), size);
    messages.push_back(std::move(message));
  }
  return messages;
}

// Writes the messages one after the other, each copied once, as a server that builds them would.
class Replay final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  Replay(const std::vector<std::string>& messages, std::size_t first, std::size_t count)
      : messages_(messages), at_(first), end_(first + count) {
    next();
  }
  void OnWriteDone(bool ok) override {
    if (ok) return next();
    Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the reader went away"));
  }
  void OnDone() override { delete this; }

 private:
  void next() {
    if (at_ == end_) return Finish(grpc::Status::OK);
    const grpc::Slice slice(messages_[at_++]);
    current_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&current_);
  }

  const std::vector<std::string>& messages_;
  std::size_t at_;
  const std::size_t end_;
  grpc::ByteBuffer current_;
};

class Service final
    : public v1::ExchangeService::WithRawCallbackMethod_Fetch<v1::ExchangeService::Service> {
 public:
  explicit Service(std::vector<std::string> messages) : messages_(std::move(messages)) {}
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Fetch(grpc::CallbackServerContext*,
                                                    const grpc::ByteBuffer*) override {
    return new Replay(messages_, 0, messages_.size());
  }

 private:
  const std::vector<std::string> messages_;
};

}  // namespace

int serve_raw(const RawServerOptions& options) {
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = options.anchor_pem;
  tls.pem_key_cert_pairs = {{options.key_pem, options.certificate_pem}};
  Service service(read_messages(options.messages));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.listen, grpc::SslServerCredentials(tls));
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (!server) return 1;
  std::cout << "ready" << std::endl;
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) > 0;) {
  }
  server->Shutdown();
  return 0;
}

}  // namespace benchmark
