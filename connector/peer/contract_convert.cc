#include "peer/contract_convert.h"

#include "core/digest.h"
#include "core/limits.h"
#include "peer/convert.h"

namespace connector::peer {
namespace {

constexpr const char* kDistribution = "valuechain.exchange.v1";

void add_signature(contract_v1::Agreement& message, const exchange::AgreementSignature& one) {
  if (one.signature.empty()) return;
  auto& made = *message.add_signatures();
  made.set_key_id(one.key_id);
  made.set_signature(one.signature);
}

}  // namespace

contract_v1::Agreement message_of(const exchange::AgreementParts& agreement) {
  contract_v1::Agreement message;
  message.set_payload(agreement.payload);
  add_signature(message, agreement.provider);
  add_signature(message, agreement.consumer);
  return message;
}

core::Result<exchange::AgreementParts> agreement_of(const contract_v1::Agreement& message,
                                                    const std::string& field) {
  if (message.payload().size() > core::limits::kEnvelopeBytes) {
    return core::invalid("STATEMENT_INVALID", field + ": the agreement is too large");
  }
  if (message.signatures_size() < 1 || message.signatures_size() > 2) {
    return core::invalid("STATEMENT_INVALID", field + ": one signature or two are expected");
  }
  exchange::AgreementParts parts;
  parts.payload = message.payload();
  parts.provider = {message.signatures(0).key_id(), message.signatures(0).signature()};
  if (message.signatures_size() == 2) {
    parts.consumer = {message.signatures(1).key_id(), message.signatures(1).signature()};
  }
  return parts;
}

contract_v1::ListOffersResponse message_of(const exchange::OfferPage& page) {
  contract_v1::ListOffersResponse message;
  for (const exchange::OfferItem& item : page.offers) {
    auto& offer = *message.add_offers();
    offer.set_id(item.id);
    offer.set_title(item.title);
    const auto datasets = message_of(exchange::DatasetPage{item.datasets, {}});
    *offer.mutable_datasets() = datasets.datasets();
    for (const std::string& pattern : item.patterns) offer.add_patterns(pattern);
    offer.set_policy(item.policy);
    offer.set_digest(std::string(core::view(core::sha256(item.policy))));
    offer.add_distributions(kDistribution);
  }
  message.set_next_page_token(page.next_page_token);
  return message;
}

core::Result<exchange::OfferPage> page_of(const contract_v1::ListOffersResponse& message) {
  exchange::OfferPage page;
  page.next_page_token = message.next_page_token();
  for (const auto& offer : message.offers()) {
    if (offer.digest() != core::view(core::sha256(offer.policy()))) {
      return core::unavailable("PARTNER_ANSWER_INVALID",
                               "offer '" + offer.id() + "' has another digest than its terms",
                               "tell the partner");
    }
    v1::ListDatasetsResponse datasets;
    *datasets.mutable_datasets() = offer.datasets();
    exchange::OfferItem item{
        offer.id(), offer.title(), page_of(datasets).datasets, {}, offer.policy()};
    item.patterns.assign(offer.patterns().begin(), offer.patterns().end());
    page.offers.push_back(std::move(item));
  }
  return page;
}

contract_v1::NegotiateResponse message_of(const exchange::NegotiationAnswer& answer) {
  contract_v1::NegotiateResponse message;
  if (answer.message) *message.mutable_message() = message_of(*answer.message);
  if (answer.agreement) *message.mutable_agreement() = message_of(*answer.agreement);
  return message;
}

core::Result<exchange::NegotiationAnswer> answer_of(const contract_v1::NegotiateResponse& message) {
  exchange::NegotiationAnswer answer;
  if (message.has_message()) {
    auto envelope = envelope_of(message.message(), "message");
    if (!envelope) return std::move(envelope.error());
    answer.message = std::move(*envelope);
  }
  if (message.has_agreement()) {
    auto agreement = agreement_of(message.agreement(), "agreement");
    if (!agreement) return std::move(agreement.error());
    answer.agreement = std::move(*agreement);
  }
  return answer;
}

}  // namespace connector::peer
