// A provider and a consumer in one process: real but for the wire, the disk and the policy engine.
#pragma once

#include <atomic>
#include <memory>

#include "evidence/checkpoint.h"
#include "evidence/log_entry.h"
#include "exchange/audit.h"
#include "exchange/consumer.h"
#include "exchange/negotiation_message.h"
#include "exchange/proofs.h"
#include "exchange/provider.h"
#include "exchange/stream.h"
#include "scripted_policy.h"
#include "side.h"
#include "support/memory_ports.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::testing {

inline core::Result<std::pair<std::uint64_t, core::Digest>> open_note(const std::string& note,
                                                                      const std::string& key) {
  auto opened = evidence::open_checkpoint(note, key, verify_signature);
  if (!opened) return opened.error();
  return std::pair(opened->size, opened->root);
}

// The wire: gives the provider what the consumer sends. Tests bend what passes.
class Wire final : public PartnerClient {
 public:
  Wire(Serving& serving, core::Connector caller) : serving_(serving), caller_{caller, {}} {}

  core::Result<Description> describe(const Partner&) override { return serving_.describe(caller_); }
  core::Result<DatasetPage> list_datasets(const Partner&, const std::string& purpose,
                                          const std::string& token) override {
    return serving_.list_datasets(caller_, purpose, 0, token);
  }
  core::Result<SignedEnvelope> fetch(
      const Partner&, const SignedEnvelope& request,
      const std::function<core::Status(const ReceivedBatch&)>& on_batch) override;
  core::Result<std::string> acknowledge(const Partner&, const SignedEnvelope& said) override;
  core::Result<Proof> get_proof(const Partner&, const std::string& request_id,
                                std::uint64_t from_size) override {
    return serving_.get_proof(caller_, request_id, from_size);
  }
  core::Result<SignedEnvelope> introduce(const Partner&, const SignedEnvelope&) override {
    return core::internal("not asked here");
  }

  SignedEnvelope last_request;
  std::uint64_t break_after = 0;  // batches that pass before the stream breaks; 0: never
  bool lose_receipt = false;
  bool lose_acknowledgement = false;
  std::function<void(ReceivedBatch&)> bend_batch;
  std::function<void(SignedEnvelope&)> bend_receipt;
  std::function<void(std::uint64_t)> after_batch;

 private:
  Serving& serving_;
  const Caller caller_;
};

// "fetched", "batch", "receipt" or the reason of the error.
std::string reason_of(const core::Result<Fetched>& fetched);
std::string reason_of(const core::Result<StreamPart>& part);
DatasetInfo dataset(const std::string& id, std::vector<std::string> kinds);
// Waits for one answer of a stream.
core::Result<StreamPart> next_part(FetchStream& stream);

struct TwoConnectors {
  TwoConnectors();
  core::Result<Fetched> fetch(const std::string& resume = {}, const std::string& since = {},
                              const std::string& agreement = {});
  void add_orders(std::size_t count);
  void introduce();    // each logs itself and the other: for exports
  void rotate_keys();  // of both, who know of it at once; ten seconds pass
  // Both sign an agreement on the orders, and their logs say so; gives its id. Then one side ends
  // it, or the consumer proves that it deleted what came under it.
  std::string agree() { return conclude(sign_terms()); }
  KeptAgreement sign_terms();
  std::string conclude(KeptAgreement kept);
  void end(const std::string& agreement);
  void delete_received(const std::string& agreement);
  core::Status export_side(const Side& side, const ExportSink& sink) const;
  // Kinds, outcomes and reasons of a log: "fetch.closed complete", "fetch.refused REPLAYED".
  static std::vector<std::string> told(const MemoryLog& log);
  SignedEnvelope request(const std::function<void(FetchOrder&)>& change = {}) const;
  core::Result<StreamPart> first_answer(SignedEnvelope request);

  std::atomic<core::EpochNs> now{1'750'000'000'000'000'000};
  std::atomic<std::uint64_t> drawn{0};
  Side provider_side{brink(), 1, 2};
  Side consumer_side{veldkamp(), 0, 2};
  MemoryRecords records;
  ScriptedPolicy policy;
  std::vector<DatasetInfo> datasets;
  std::unique_ptr<Provider> provider;
  std::unique_ptr<Wire> wire;
  std::unique_ptr<Consumer> consumer;

 private:
  bool introduced_ = false;
  void say(Side& side, const char* kind, const std::string& agreement, const std::string& subject);
  std::string draw(std::size_t bytes);
  ProviderPorts provider_ports();
  ConsumerPorts consumer_ports();
};

}  // namespace connector::testing
