// The door: our own TLS 1.3 acceptor in front of gRPC. It admits connections of known partners
// only, counts HTTP/2 frames before gRPC sees them, and knows for every call who is calling.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/limits.h"
#include "exchange/ports.h"

namespace connector::edge {

struct EdgeLimits {
  std::size_t connections = core::limits::kConnections;  // fewer if the process may open less
  std::size_t per_address = core::limits::kConnectionsPerAddress;
  std::size_t per_partner = core::limits::kConnectionsPerPartner;
  std::size_t handshakes = core::limits::kHandshakesInFlight;
  std::chrono::milliseconds handshake_time = core::limits::kHandshakeTime;
  std::size_t calls_per_minute = core::limits::kCallsPerPartnerMinute;
  std::uint64_t bytes_per_minute = core::limits::kBytesPerPartnerMinute;
};

struct EdgeOptions {
  std::string listen = "127.0.0.1:0";  // address:port, "[::]:7443"; port 0: the kernel's choice
  std::string certificate_pem;         // ours, with intermediates
  std::string key_pem;
  EdgeLimits limits;
  exchange::Clock clock;
};

// Counters since the start, except for the open ones.
struct EdgeStats {
  std::uint64_t open_connections = 0;
  std::uint64_t open_handshakes = 0;
  std::uint64_t accepted = 0;
  std::uint64_t admitted = 0;           // handshake done, partner known and active
  std::uint64_t refused_limit = 0;      // a limit of connections or descriptors
  std::uint64_t refused_handshake = 0;  // no or wrong certificate, unknown partner, too slow
  std::uint64_t closed_by_guard = 0;    // HTTP/2 limits
  std::uint64_t closed_by_state = 0;    // partner suspended or revoked, certificate expired
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::int64_t certificate_not_after_s = 0;  // of our own certificate
};

// Runs one thread. All methods may be called from any thread.
class Edge {
 public:
  // Listens from here on. hand_over gets gRPC's end of each admitted connection and owns it;
  // it is called on the edge's thread. partners must outlive the edge.
  static core::Result<std::unique_ptr<Edge>> start(EdgeOptions options,
                                                   const exchange::Partners& partners,
                                                   std::function<void(int)> hand_over);
  ~Edge();  // stops

  std::uint16_t port() const;
  exchange::Callers& callers();
  // Closes the connections of one connector now: returns when they are shut down.
  void close_partner(const core::Connector& id);
  // Looks at every open connection again: closes those whose partner is no longer active, whose
  // anchor is another one, whose certificate has expired.
  void refresh();
  // For new handshakes; open connections stay as they are. On an error the old one stays.
  core::Status reload_certificate(const std::string& certificate_pem, const std::string& key_pem);
  EdgeStats stats() const;
  void stop_accepting();  // open connections go on
  void stop();            // closes everything; idempotent

 private:
  struct State;
  explicit Edge(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::edge
