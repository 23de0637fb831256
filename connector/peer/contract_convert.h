// Messages about contracts to values of the use cases and back.
#pragma once

#include "exchange/contract_serving.h"
#include "valuechain/contract/v1/contract.pb.h"

namespace connector::peer {

namespace contract_v1 = valuechain::contract::v1;

contract_v1::Agreement message_of(const exchange::AgreementParts& agreement);
// One signature, the provider's, or two. field names the place for the message.
core::Result<exchange::AgreementParts> agreement_of(const contract_v1::Agreement& message,
                                                    const std::string& field);

contract_v1::ListOffersResponse message_of(const exchange::OfferPage& page);
// PARTNER_ANSWER_INVALID: an offer whose digest is not that of its policy.
core::Result<exchange::OfferPage> page_of(const contract_v1::ListOffersResponse& message);

contract_v1::NegotiateResponse message_of(const exchange::NegotiationAnswer& answer);
core::Result<exchange::NegotiationAnswer> answer_of(const contract_v1::NegotiateResponse& message);

}  // namespace connector::peer
