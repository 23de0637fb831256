// Errors are values. Result<T> has the shape of std::expected (C++23) and is to be replaced by it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace connector::core {

// The few ways in which an operation can fail. Each adapter maps them once to its own border:
// gRPC status, HTTP status, process exit code.
enum class Code {
  kInvalid,          // the caller's input is wrong; the message names the field or place
  kUnauthenticated,  // who asks is not known, or no longer
  kDenied,           // a refusal by policy; not a malfunction
  kNotFound,         // does not exist, or the caller may not see it: the two look the same
  kConflict,         // contradicts what is already stored
  kExhausted,        // a limit or quota is reached, or the disk is full
  kUnavailable,      // cannot be answered now; trying again may help
  kInternal,         // a broken promise of our own
};

// A failure with everything a person needs: the cause, a stable reason and the next step.
struct Error {
  Code code = Code::kInternal;
  std::string reason;                           // UPPER_SNAKE, one of docs/reasons.md
  std::string message;                          // names the cause and the value or place
  std::string next;                             // what to do about it; may be empty
  std::map<std::string, std::string> metadata;  // lower camel keys, part of the public answer
};

struct Unit {};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  explicit operator bool() const { return state_.index() == 0; }
  bool has_value() const { return state_.index() == 0; }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() { return std::get<1>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Unit>;
inline Status ok() {
  return Unit{};
}

inline Error invalid(std::string reason, std::string message, std::string next = {}) {
  return {Code::kInvalid, std::move(reason), std::move(message), std::move(next), {}};
}
inline Error denied(std::string reason, std::string message, std::string next = {}) {
  return {Code::kDenied, std::move(reason), std::move(message), std::move(next), {}};
}
inline Error unavailable(std::string reason, std::string message, std::string next = {}) {
  return {Code::kUnavailable, std::move(reason), std::move(message), std::move(next), {}};
}
inline Error internal(std::string message) {
  return {Code::kInternal, "INTERNAL", std::move(message), {}, {}};
}

}  // namespace connector::core
