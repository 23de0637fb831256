// The provider's half: answers partners. Knows no gRPC, no OPA, no SQLite.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"
#include "decision/field_program.h"
#include "exchange/partner_client.h"
#include "exchange/ports.h"

namespace connector::exchange {

// A batch ready to leave: durable, signed.
struct ServedBatch {
  // Field 1 of valuechain.exchange.v1.Batch, framed: for each record 0x0A, varint length, bytes.
  std::string framed_records;
  std::uint64_t index = 0;
  std::string chain_head;
  SignedEnvelope head;
  std::string position;
  std::shared_ptr<const std::vector<decision::FieldRule>> masked;
};
using StreamPart = std::variant<ServedBatch, SignedEnvelope>;  // the receipt is last

// One fetch under way. next() may be called again before the earlier call is answered, up to
// limits::kBatchesInFlight; answers come in order, from any thread. After the receipt or an
// error no further call is made.
class FetchStream {
 public:
  virtual ~FetchStream() = default;
  virtual void next(std::function<void(core::Result<StreamPart>)> done) = 0;
  // The caller went away or the transport broke: closes the account as broken. Idempotent.
  virtual void cancel() = 0;
  // Called at most once, when the stream must end although nobody asked for the next part:
  // partner revoked, policy changed, shutting down. Set before the first next().
  virtual void on_abort(std::function<void(core::Error)> handler) = 0;
};

// Everything a partner can ask. All methods are safe for concurrent use and quick or
// asynchronous: no method blocks on the caller's thread for longer than a decision.
class Serving {
 public:
  virtual ~Serving() = default;
  virtual core::Result<Description> describe(const Caller& caller) = 0;
  virtual core::Result<DatasetPage> list_datasets(const Caller& caller, const std::string& purpose,
                                                  int page_size, const std::string& page_token) = 0;
  // Opens the account; the stream's first next() verifies, decides and produces.
  virtual std::shared_ptr<FetchStream> fetch(const Caller& caller, SignedEnvelope request) = 0;
  virtual void acknowledge(const Caller& caller, SignedEnvelope acknowledgement,
                           std::function<void(core::Result<std::string>)> done) = 0;
  virtual core::Result<Proof> get_proof(const Caller& caller, const std::string& request_id,
                                        std::uint64_t from_size) = 0;
  virtual void introduce(const Caller& caller, SignedEnvelope introduction,
                         std::function<void(core::Result<SignedEnvelope>)> done) = 0;
};

}  // namespace connector::exchange
