// One side of a measurement: `raw` is the yardstick's server, `read` the discarding reader.
//   benchmark_peer raw  SERVER_DIR CLIENT_DIR LISTEN MESSAGES
//   benchmark_peer read SERVER_DIR CLIENT_DIR TARGET key=value ...
//     audience, dataset, purpose, order; calls, in_flight, parts, acknowledge, save, slow_ms
// Prints one JSON line. tests/benchmark/run joins them.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "core/digest.h"
#include "core/json.h"
#include "crypto/random.h"
#include "crypto/signing_key.h"
#include "exchange/statements.h"
#include "raw_server.h"
#include "reader.h"
#include "valuechain/exchange/v1/exchange.grpc.pb.h"

namespace {

using namespace connector;
namespace v1 = valuechain::exchange::v1;
using Options = std::map<std::string, std::string>;

std::string slurp(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string uuid() {
  std::string text = core::hex(crypto::random_bytes(16));
  text[12] = '4';
  text[16] = 'a';
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, "-");
  return text;
}

core::Connector connector_of(const std::string& id) {
  const auto slash = id.rfind('/');
  return {core::ParticipantId(id.substr(0, slash)), core::SiteName(id.substr(slash + 1))};
}

std::int64_t now() {  // nanoseconds
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void put(const exchange::SignedEnvelope& from, v1::Envelope& to) {
  to.set_payload_type(from.payload_type);
  to.set_payload(from.payload);
  auto* signature = to.add_signatures();
  signature->set_key_id(from.key_id);
  signature->set_signature(from.signature);
}

std::string request_bytes(const Options& options, const exchange::Signer& signer,
                          const core::Connector& self) {
  exchange::FetchOrder order;
  order.request_id = uuid();
  order.audience = connector_of(options.at("audience"));
  order.issued_s = now() / 1'000'000'000;
  order.dataset = core::DatasetId(options.at("dataset"));
  order.purpose = core::Purpose(options.at("purpose"));
  if (const auto found = options.find("order"); found != options.end()) {
    order.selection.order_numbers = {found->second};
  }
  const auto envelope = exchange::sign_request(order, self, signer);
  v1::FetchRequest request;
  put(envelope, *request.mutable_request());
  return request.SerializeAsString();
}

// Countersigns what was received, as a consumer must before it may ask for much more.
std::string acknowledge(const benchmark::ReaderOptions& to, const std::vector<std::string>& last,
                        const Options& options, const exchange::Signer& signer) {
  const auto stub = v1::ExchangeService::NewStub(channel_to(to));
  for (const std::string& message : last) {
    v1::FetchResponse response;
    if (!response.ParseFromString(message) || !response.has_receipt()) return "no receipt";
    const auto receipt = core::parse_untrusted(response.receipt().payload());
    if (!receipt) return receipt.error().message;
    const auto envelope = exchange::sign_acknowledgement(
        {connector_of(options.at("self")), connector_of(options.at("audience")),
         receipt->text_at("first_request"), core::sha256(response.receipt().payload()), "", now()},
        signer);
    v1::AcknowledgeRequest request;
    put(envelope, *request.mutable_acknowledgement());
    grpc::ClientContext context;
    v1::AcknowledgeResponse answer;
    const auto status = stub->Acknowledge(&context, request, &answer);
    if (!status.ok()) return status.error_message();
  }
  return {};
}

double p99(std::vector<double> took) {
  if (took.empty()) return 0;
  std::sort(took.begin(), took.end());
  return took[took.size() * 99 / 100];
}

void add(benchmark::Measured& sum, const benchmark::Measured& part) {
  sum.seconds += part.seconds;
  sum.calls += part.calls;
  sum.messages += part.messages;
  sum.bytes += part.bytes;
  sum.error = part.error;
  sum.call_ms.insert(sum.call_ms.end(), part.call_ms.begin(), part.call_ms.end());
}

int read(const std::string& server, const std::string& client, const std::string& target,
         const Options& options) {
  const auto number = [&](const char* key, int fallback) {
    const auto found = options.find(key);
    return found == options.end() ? fallback : std::atoi(found->second.c_str());
  };
  auto key = crypto::SigningKey::from_pem(slurp(client + "/keys/signing.pem"));
  if (!key) {
    std::cerr << key.error().message << "\n";
    return 1;
  }
  const crypto::Ed25519Signer signer(std::make_shared<crypto::SigningKey>(std::move(*key)));
  const benchmark::ReaderOptions to{target, slurp(client + "/keys/client.pem"),
                                    slurp(client + "/keys/client.key"),
                                    slurp(server + "/keys/ca.pem")};
  const auto save = options.find("save");
  benchmark::Measured sum;
  for (int part = 0; part < number("parts", 1) && sum.error.empty(); ++part) {
    std::vector<std::string> requests;
    for (int i = 0; i < number("calls", 1); ++i) {
      requests.push_back(request_bytes(options, signer, connector_of(options.at("self"))));
    }
    const auto measured =
        benchmark::read_all(to, requests, static_cast<std::size_t>(number("in_flight", 1)),
                            save == options.end() ? "" : save->second, number("slow_ms", 0));
    add(sum, measured);
    if (number("acknowledge", 0) != 0 && sum.error.empty()) {
      sum.error = acknowledge(to, measured.last, options, signer);
    }
  }
  std::cout << "{\"seconds\": " << sum.seconds << ", \"calls\": " << sum.calls
            << ", \"p99_ms\": " << p99(sum.call_ms) << ", \"messages\": " << sum.messages
            << ", \"bytes\": " << sum.bytes << ", \"error\": \"" << sum.error << "\"}" << std::endl;
  return sum.error.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 5 && words[0] == "raw") {
    return benchmark::serve_raw({words[3], slurp(words[1] + "/keys/server.pem"),
                                 slurp(words[1] + "/keys/server.key"),
                                 slurp(words[2] + "/keys/ca.pem"), words[4]});
  }
  if (words.size() >= 4 && words[0] == "read") {
    Options options;
    for (std::size_t i = 4; i < words.size(); ++i) {
      const auto equals = words[i].find('=');
      options[words[i].substr(0, equals)] = words[i].substr(equals + 1);
    }
    return read(words[1], words[2], words[3], options);
  }
  std::cerr << "usage: see tests/benchmark/main.cc; run tests/benchmark/run instead\n";
  return 2;
}
