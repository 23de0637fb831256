// The same discarding reader for both servers: it takes messages as bytes and looks at none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grpc {
class Channel;
}

namespace benchmark {

struct ReaderOptions {
  std::string target;  // address:port
  std::string certificate_pem;
  std::string key_pem;
  std::string anchor_pem;  // of the server
};

struct Measured {
  double seconds = 0;
  std::uint64_t calls = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::string error;
  std::vector<double> call_ms;    // how long each call took
  std::vector<std::string> last;  // message of each call: its receipt
};

// Serialised FetchRequests, called with so many in flight at a time. save: a file that gets the
// messages of the first call, for the raw server to replay; slow_ms: a pause before each message.
std::shared_ptr<grpc::Channel> channel_to(const ReaderOptions& options);
Measured read_all(const ReaderOptions& options, const std::vector<std::string>& requests,
                  std::size_t in_flight, const std::string& save, int slow_ms);

}  // namespace benchmark
