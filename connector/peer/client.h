// gRPC to partners' connectors: mutual TLS 1.3, pinned to the anchor and the identity that the
// partner's accepted introduction binds. One channel per partner address is kept open.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "exchange/contract_serving.h"
#include "exchange/outbox.h"
#include "exchange/partner_client.h"

namespace connector::peer {

struct ClientOptions {
  std::string certificate_pem;  // our client certificate, with intermediates
  std::string key_pem;
  std::chrono::milliseconds connect_time{5'000};
  std::chrono::milliseconds call_time{15'000};  // of a call that is not a stream
  std::chrono::milliseconds idle_time{60'000};  // longest silence on a stream
};

// Safe for use by several threads; each call blocks its own.
class PeerClient final : public exchange::PartnerClient,
                         public exchange::ContractClient,
                         public exchange::StatementClient {
 public:
  explicit PeerClient(ClientOptions options);
  ~PeerClient() override;

  core::Result<exchange::Description> describe(const exchange::Partner& partner) override;
  core::Result<exchange::DatasetPage> list_datasets(const exchange::Partner& partner,
                                                    const std::string& purpose,
                                                    const std::string& page_token) override;
  core::Result<exchange::SignedEnvelope> fetch(
      const exchange::Partner& partner, const exchange::SignedEnvelope& request,
      const std::function<core::Status(const exchange::ReceivedBatch&)>& on_batch) override;
  core::Result<std::string> acknowledge(const exchange::Partner& partner,
                                        const exchange::SignedEnvelope& acknowledgement) override;
  core::Result<exchange::Proof> get_proof(const exchange::Partner& partner,
                                          const std::string& request_id,
                                          std::uint64_t from_size) override;
  core::Result<exchange::SignedEnvelope> introduce(
      const exchange::Partner& partner, const exchange::SignedEnvelope& introduction) override;

  core::Result<exchange::OfferPage> list_offers(const exchange::Partner& partner,
                                                const exchange::OfferQuery& query) override;
  core::Result<exchange::NegotiationAnswer> negotiate(
      const exchange::Partner& partner, const exchange::SignedEnvelope& message,
      const std::optional<exchange::AgreementParts>& agreement) override;
  core::Result<std::string> end_agreement(const exchange::Partner& partner,
                                          const exchange::SignedEnvelope& end) override;

  core::Result<std::string> report(const exchange::Partner& partner,
                                   const exchange::SignedEnvelope& statement) override;
  core::Result<std::optional<exchange::SignedEnvelope>> last_statement(
      const exchange::Partner& partner, const std::string& agreement) override;

  // New connections present this certificate; calls under way are not disturbed.
  void replace_certificate(const std::string& certificate_pem, const std::string& key_pem);
  // Ends the calls under way with an error and refuses new ones.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace connector::peer
