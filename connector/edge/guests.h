// Who is connected: from the name that gRPC shows for a connection to the partner behind it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "edge/frame_guard.h"
#include "exchange/ports.h"

namespace connector::edge {

// What a handshake proved.
struct Guest {
  core::Connector id;
  std::string certificate_sha256;  // hex
  std::int64_t not_after_s = 0;    // of its chain: the earliest
  std::string anchor_pem;          // that the chain ended at
};

// Safe for use by several threads.
class Guests final : public exchange::Callers {
 public:
  Guests(const exchange::Partners& partners, exchange::Clock clock, std::size_t calls_per_minute,
         std::uint64_t bytes_per_minute);

  core::Result<exchange::Caller> caller(std::string_view peer_name) override;
  core::Status released(const core::Connector& id, std::uint64_t bytes) override;

  // Names of connections are unguessable outside of this process and unique in it.
  std::string enter(Guest guest);
  void leave(const std::string& name);
  // May this guest still be here? Error: why not.
  core::Status welcome(const Guest& guest) const;
  std::size_t connections_of(const core::Connector& id) const;

 private:
  struct Usage {
    Allowance calls;
    Allowance bytes;
  };
  Usage& usage_of(const core::Connector& id);  // usage_mutex_ held

  const exchange::Partners& partners_;
  const exchange::Clock clock_;
  const double calls_per_minute_;
  const double bytes_per_minute_;
  const std::string prefix_;

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Guest>> guests_;  // guarded by mutex_
  std::uint64_t next_ = 0;                                                // guarded by mutex_
  std::mutex usage_mutex_;
  std::map<core::Connector, Usage> usage_;  // guarded by usage_mutex_
};

}  // namespace connector::edge
