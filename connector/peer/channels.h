// Open channels to partners: one per connector and address, under mutual TLS. A channel is bound
// to the partner's anchors and identity; where they change the next call gets another.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "exchange/ports.h"

namespace connector::peer {

class Channels {
 public:
  Channels(std::string certificate_pem, std::string key_pem, std::chrono::milliseconds connect_time)
      : certificate_pem_(std::move(certificate_pem)),
        key_pem_(std::move(key_pem)),
        connect_time_(connect_time) {}

  std::shared_ptr<grpc::Channel> to(const exchange::Partner& partner, const std::string& address);
  void replace_certificate(const std::string& certificate_pem, const std::string& key_pem);

 private:
  struct Open {
    std::string anchors_pem;
    std::shared_ptr<grpc::Channel> channel;
  };
  std::shared_ptr<grpc::ChannelCredentials> credentials(const exchange::Partner& partner,
                                                        const std::string& anchors_pem) const;

  std::mutex mutex_;
  std::string certificate_pem_;  // guarded by mutex_, as all below
  std::string key_pem_;
  const std::chrono::milliseconds connect_time_;
  std::map<std::string, Open> open_;  // by connector and address
};

}  // namespace connector::peer
