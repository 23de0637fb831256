// Errors at the border of gRPC: google.rpc.Status with exactly one google.rpc.ErrorInfo. The few
// bytes are written and read by hand; Debian packages no protos of google.rpc.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace grpc {
class Status;
}

namespace connector::peer {

inline constexpr std::string_view kErrorDomain = "connector.valuechain";

// The one table from our codes to those of gRPC.
grpc::Status to_grpc(const core::Error& error);
grpc::Status unknown_method();  // UNIMPLEMENTED, which no error of ours is otherwise
// The partner's own words if it gave any; else what the transport says, with reason fallback.
core::Error from_grpc(const grpc::Status& status, std::string_view fallback);

// The serialised google.rpc.Status, as it travels in grpc-status-details-bin.
std::string encode_details(int grpc_code, const core::Error& error);
// False: no ErrorInfo of our domain in it.
bool decode_details(std::string_view details, core::Error& error);

}  // namespace connector::peer
