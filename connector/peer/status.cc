#include "peer/status.h"

#include <grpcpp/support/status.h>

#include <array>

#include "peer/wire.h"

namespace connector::peer {
namespace {

// google.rpc.Status, google.protobuf.Any and google.rpc.ErrorInfo: field numbers.
constexpr int kStatusCode = 1;
constexpr int kStatusMessage = 2;
constexpr int kStatusDetails = 3;
constexpr int kAnyType = 1;
constexpr int kAnyValue = 2;
constexpr int kInfoReason = 1;
constexpr int kInfoDomain = 2;
constexpr int kInfoMetadata = 3;
constexpr int kMapKey = 1;
constexpr int kMapValue = 2;
constexpr std::string_view kErrorInfoType = "type.googleapis.com/google.rpc.ErrorInfo";

// The next step travels as one of the metadata.
constexpr const char* kNextStep = "nextStep";

constexpr std::array<std::pair<core::Code, grpc::StatusCode>, 8> kCodes{{
    {core::Code::kInvalid, grpc::StatusCode::INVALID_ARGUMENT},
    {core::Code::kUnauthenticated, grpc::StatusCode::UNAUTHENTICATED},
    {core::Code::kDenied, grpc::StatusCode::PERMISSION_DENIED},
    {core::Code::kNotFound, grpc::StatusCode::NOT_FOUND},
    {core::Code::kConflict, grpc::StatusCode::ALREADY_EXISTS},
    {core::Code::kExhausted, grpc::StatusCode::RESOURCE_EXHAUSTED},
    {core::Code::kUnavailable, grpc::StatusCode::UNAVAILABLE},
    {core::Code::kInternal, grpc::StatusCode::INTERNAL},
}};

grpc::StatusCode grpc_code(core::Code code) {
  for (const auto& [ours, theirs] : kCodes) {
    if (ours == code) return theirs;
  }
  return grpc::StatusCode::INTERNAL;
}

core::Code core_code(grpc::StatusCode code) {
  for (const auto& [ours, theirs] : kCodes) {
    if (theirs == code) return ours;
  }
  const bool passing =
      code == grpc::StatusCode::DEADLINE_EXCEEDED || code == grpc::StatusCode::CANCELLED;
  return passing ? core::Code::kUnavailable : core::Code::kInternal;
}

void put_metadata(std::string& info, std::string_view key, std::string_view value) {
  std::string entry;
  put_bytes(entry, kMapKey, key);
  put_bytes(entry, kMapValue, value);
  put_bytes(info, kInfoMetadata, entry);
}

std::string encode_info(const core::Error& error) {
  std::string info;
  put_bytes(info, kInfoReason, error.reason);
  put_bytes(info, kInfoDomain, kErrorDomain);
  for (const auto& [key, value] : error.metadata) put_metadata(info, key, value);
  if (!error.next.empty()) put_metadata(info, kNextStep, error.next);
  return info;
}

void decode_metadata(std::string_view entry, core::Error& error) {
  std::string key;
  std::string value;
  WireReader reader(entry);
  for (WireField field; reader.next(field);) {
    if (field.number == kMapKey) key = field.bytes;
    if (field.number == kMapValue) value = field.bytes;
  }
  if (key == kNextStep) {
    error.next = std::move(value);
  } else if (!key.empty()) {
    error.metadata[key] = std::move(value);
  }
}

bool decode_info(std::string_view info, core::Error& error) {
  std::string_view domain;
  core::Error found = error;
  WireReader reader(info);
  for (WireField field; reader.next(field);) {
    if (field.number == kInfoReason) found.reason = field.bytes;
    if (field.number == kInfoDomain) domain = field.bytes;
    if (field.number == kInfoMetadata) decode_metadata(field.bytes, found);
  }
  if (!reader.ok() || domain != kErrorDomain || found.reason.empty()) return false;
  error = std::move(found);
  return true;
}

bool decode_any(std::string_view any, core::Error& error) {
  std::string_view type;
  std::string_view value;
  WireReader reader(any);
  for (WireField field; reader.next(field);) {
    if (field.number == kAnyType) type = field.bytes;
    if (field.number == kAnyValue) value = field.bytes;
  }
  return reader.ok() && type == kErrorInfoType && decode_info(value, error);
}

}  // namespace

std::string encode_details(int grpc_code, const core::Error& error) {
  std::string any;
  put_bytes(any, kAnyType, kErrorInfoType);
  put_bytes(any, kAnyValue, encode_info(error));
  std::string status;
  put_number(status, kStatusCode, static_cast<std::uint64_t>(grpc_code));
  put_bytes(status, kStatusMessage, error.message);
  put_bytes(status, kStatusDetails, any);
  return status;
}

bool decode_details(std::string_view details, core::Error& error) {
  bool found = false;
  WireReader reader(details);
  for (WireField field; reader.next(field);) {
    if (field.number == kStatusDetails && !found) found = decode_any(field.bytes, error);
  }
  return reader.ok() && found;
}

grpc::Status to_grpc(const core::Error& error) {
  const auto code = grpc_code(error.code);
  return {code, error.message, encode_details(static_cast<int>(code), error)};
}

grpc::Status unknown_method() {
  const auto code = grpc::StatusCode::UNIMPLEMENTED;
  const core::Error error{core::Code::kNotFound,
                          "METHOD_UNKNOWN",
                          "this connector has no such method",
                          "call the methods of the protocol's version; reflection lists them",
                          {}};
  return {code, error.message, encode_details(static_cast<int>(code), error)};
}

core::Error from_grpc(const grpc::Status& status, std::string_view fallback) {
  core::Error error{
      core_code(status.error_code()), std::string(fallback), status.error_message(), {}, {}};
  decode_details(status.error_details(), error);
  return error;
}

}  // namespace connector::peer
