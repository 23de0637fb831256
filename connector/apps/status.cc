#include "apps/status.h"

#include <grpcpp/support/status.h>

#include <cstdint>
#include <string_view>

namespace connector::apps {
namespace {

// google.rpc.Status: code 1, message 2, details 3; google.protobuf.Any: type 1, value 2;
// google.rpc.ErrorInfo: reason 1, domain 2, metadata 3 (key 1, value 2). Debian packages no protos
// of google.rpc, and these few bytes need none.
constexpr std::string_view kErrorInfoType = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr std::string_view kErrorDomain = "connector.valuechain";

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put(std::string& out, std::uint64_t field, std::string_view bytes) {
  put_varint(out, field << 3 | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

void put_metadata(std::string& info, std::string_view key, std::string_view value) {
  std::string entry;
  put(entry, 1, key);
  put(entry, 2, value);
  put(info, 3, entry);
}

grpc::StatusCode code_of(core::Code code) {
  switch (code) {
    case core::Code::kInvalid:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case core::Code::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case core::Code::kDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case core::Code::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case core::Code::kConflict:
      return grpc::StatusCode::ALREADY_EXISTS;
    case core::Code::kExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case core::Code::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case core::Code::kInternal:
      break;
  }
  return grpc::StatusCode::INTERNAL;
}

}  // namespace

grpc::Status to_grpc(const core::Error& error) {
  std::string info;
  put(info, 1, error.reason);
  put(info, 2, kErrorDomain);
  for (const auto& [key, value] : error.metadata) put_metadata(info, key, value);
  if (!error.next.empty()) put_metadata(info, "nextStep", error.next);
  std::string any;
  put(any, 1, kErrorInfoType);
  put(any, 2, info);
  std::string status;
  put_varint(status, 1 << 3);
  put_varint(status, static_cast<std::uint64_t>(code_of(error.code)));
  put(status, 2, error.message);
  put(status, 3, any);
  return {code_of(error.code), error.message, status};
}

}  // namespace connector::apps
