// FetchResponse on the wire: composed around bytes that exist already, and read without copying
// the records out.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <variant>

#include "exchange/serving.h"

namespace connector::peer {

// Takes the batch's records over; they are not copied.
grpc::ByteBuffer compose(exchange::ServedBatch batch);
grpc::ByteBuffer compose_receipt(const exchange::SignedEnvelope& receipt);

// Views in a received batch point into bytes. Error: not a FetchResponse.
core::Result<std::variant<exchange::ReceivedBatch, exchange::SignedEnvelope>> read_part(
    std::string_view bytes);

}  // namespace connector::peer
