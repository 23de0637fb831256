// The consumer's way to a partner's connector. Implemented by peer over gRPC.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "exchange/envelope.h"
#include "exchange/ports.h"

namespace connector::exchange {

struct ReceivedBatch {
  std::vector<std::string_view> records;  // valid during the call only
  std::uint64_t index = 0;
  std::string chain_head;
  SignedEnvelope head;
  std::string position;
  std::vector<decision::FieldRule> masked;
};

struct Description {
  core::Connector id;
  std::string software;
  std::vector<std::string> protocol_versions;
  std::vector<PartnerKey> keys;
  std::string checkpoint;
  std::string log_key;
};

struct DatasetPage {
  std::vector<DatasetInfo> datasets;
  std::string next_page_token;
};

struct EntryProof {
  std::string entry;
  std::uint64_t index = 0;
  std::vector<std::string> inclusion;  // 32 bytes each
};
struct Proof {
  std::string checkpoint;
  std::vector<EntryProof> entries;
  std::vector<std::string> consistency;
};

// Blocking calls; errors carry the partner's reason, or PARTNER_UNREACHABLE.
class PartnerClient {
 public:
  virtual ~PartnerClient() = default;
  virtual core::Result<Description> describe(const Partner& partner) = 0;
  virtual core::Result<DatasetPage> list_datasets(const Partner& partner,
                                                  const std::string& purpose,
                                                  const std::string& page_token) = 0;
  // on_batch is called in order on this thread; an error from it cancels the stream.
  virtual core::Result<SignedEnvelope> fetch(
      const Partner& partner, const SignedEnvelope& request,
      const std::function<core::Status(const ReceivedBatch&)>& on_batch) = 0;
  virtual core::Result<std::string> acknowledge(const Partner& partner,
                                                const SignedEnvelope& acknowledgement) = 0;
  virtual core::Result<Proof> get_proof(const Partner& partner, const std::string& request_id,
                                        std::uint64_t from_size) = 0;
  virtual core::Result<SignedEnvelope> introduce(const Partner& partner,
                                                 const SignedEnvelope& introduction) = 0;
};

}  // namespace connector::exchange
