// Protocol messages to values of the use cases and back: once, here.
#pragma once

#include <string>

#include "exchange/partner_client.h"
#include "valuechain/exchange/v1/exchange.pb.h"

namespace connector::peer {

namespace v1 = valuechain::exchange::v1;

// Error: not exactly one signature, or more bytes than a signed document may have. field names
// the place for the message.
core::Result<exchange::SignedEnvelope> envelope_of(const v1::Envelope& message,
                                                   const std::string& field);
v1::Envelope message_of(const exchange::SignedEnvelope& envelope);

v1::DescribeResponse message_of(const exchange::Description& description);
exchange::Description description_of(const v1::DescribeResponse& message);

v1::ListDatasetsResponse message_of(const exchange::DatasetPage& page);
exchange::DatasetPage page_of(const v1::ListDatasetsResponse& message);

v1::GetProofResponse message_of(exchange::Proof proof);
exchange::Proof proof_of(const v1::GetProofResponse& message);

v1::MaskOperation operation_of(decision::FieldOp op);
decision::FieldOp operation_of(std::uint64_t number);

}  // namespace connector::peer
