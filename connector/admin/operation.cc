#include "admin/operation.h"

#include <array>

namespace connector::admin {
namespace {

using core::Code;
constexpr std::array<std::pair<Code, const char*>, 8> kCodes = {{
    {Code::kInvalid, "invalid"},
    {Code::kUnauthenticated, "unauthenticated"},
    {Code::kDenied, "denied"},
    {Code::kNotFound, "not_found"},
    {Code::kConflict, "conflict"},
    {Code::kExhausted, "exhausted"},
    {Code::kUnavailable, "unavailable"},
    {Code::kInternal, "internal"},
}};

}  // namespace

core::Json error_to_json(const core::Error& error) {
  auto metadata = core::Json::object();
  for (const auto& [key, value] : error.metadata) metadata.set(key, core::Json::string(value));
  std::string code = "internal";
  for (const auto& [known, name] : kCodes) {
    if (known == error.code) code = name;
  }
  return core::Json::object()
      .set("reason", core::Json::string(error.reason))
      .set("message", core::Json::string(error.message))
      .set("next", core::Json::string(error.next))
      .set("code", core::Json::string(code))
      .set("metadata", std::move(metadata));
}

core::Error error_from_json(const core::Json& json) {
  core::Error error;
  error.reason = json.text_at("reason");
  error.message = json.text_at("message");
  error.next = json.text_at("next");
  for (const auto& [code, name] : kCodes) {
    if (json.text_at("code") == name) error.code = code;
  }
  if (const core::Json* metadata = json.find("metadata")) {
    for (const auto& [key, value] : metadata->members()) error.metadata[key] = value.text();
  }
  return error;
}

int exit_code(const core::Error& error) {
  switch (error.code) {
    case Code::kInvalid:
      return 2;
    case Code::kDenied:
      return 3;
    case Code::kUnavailable:
      return 4;
    default:
      return 1;
  }
}

}  // namespace connector::admin
