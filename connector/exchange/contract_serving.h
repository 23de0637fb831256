// What partners can ask about contracts, and what we can ask of them. Knows no gRPC.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exchange/negotiation_message.h"
#include "exchange/partners.h"
#include "exchange/records.h"

namespace connector::exchange {

// One offer, as its audience sees it.
struct OfferItem {
  std::string id;
  std::string title;
  std::vector<DatasetInfo> datasets;  // under the offer, visible to the caller
  std::vector<std::string> patterns;
  std::string policy;  // normal form, JSON text; its SHA-256 names the terms
};

struct OfferPage {
  std::vector<OfferItem> offers;  // in the order of their ids
  std::string next_page_token;
};

struct OfferQuery {
  std::string dataset;  // only offers that cover it
  std::string offer;    // only this one
  int page_size = 0;
  std::string page_token;
};

// The next message, where the side that was asked has one already.
struct NegotiationAnswer {
  std::optional<SignedEnvelope> message;
  std::optional<AgreementParts> agreement;
};

// Safe for concurrent use.
class ContractServing {
 public:
  virtual ~ContractServing() = default;
  virtual core::Result<OfferPage> list_offers(const Caller& caller, const OfferQuery& query) = 0;
  virtual void negotiate(const Caller& caller, SignedEnvelope message,
                         std::optional<AgreementParts> agreement,
                         std::function<void(core::Result<NegotiationAnswer>)> done) = 0;
  // done gets the checkpoint that covers the end.
  virtual void end_agreement(const Caller& caller, SignedEnvelope end,
                             std::function<void(core::Result<std::string>)> done) = 0;
};

// Blocking calls; errors carry the partner's reason, or PARTNER_UNREACHABLE.
class ContractClient {
 public:
  virtual ~ContractClient() = default;
  virtual core::Result<OfferPage> list_offers(const Partner& partner, const OfferQuery& query) = 0;
  virtual core::Result<NegotiationAnswer> negotiate(
      const Partner& partner, const SignedEnvelope& message,
      const std::optional<AgreementParts>& agreement) = 0;
  virtual core::Result<std::string> end_agreement(const Partner& partner,
                                                  const SignedEnvelope& end) = 0;
};

}  // namespace connector::exchange
