// Errors at the border of gRPC: google.rpc.Status with exactly one google.rpc.ErrorInfo, as peer
// gives them to partners.
#pragma once

#include "core/result.h"

namespace grpc {
class Status;
}

namespace connector::apps {

grpc::Status to_grpc(const core::Error& error);

}  // namespace connector::apps
