// The yardstick: gRPC over mutual TLS and nothing else. Replays messages that a connector sent.
#pragma once

#include <string>

namespace benchmark {

struct RawServerOptions {
  std::string listen;
  std::string certificate_pem;
  std::string key_pem;
  std::string anchor_pem;  // of the clients
  std::string messages;    // file: 4 bytes of length, little-endian, and a FetchResponse, repeated
};

// Serves until its standard input is closed. Every call gets all the messages.
int serve_raw(const RawServerOptions& options);

}  // namespace benchmark
