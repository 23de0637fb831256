// JSON in and out, for untrusted text. Built on Boost.JSON's event parser, because its values
// keep neither number text nor duplicate keys: here a number is its text, an object keeps the
// order of its members, and every value knows its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/limits.h"
#include "core/result.h"

namespace connector::core {

class Json {
 public:
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  using Member = std::pair<std::string, Json>;

  Json() = default;  // null
  static Json boolean(bool value);
  static Json number(std::string text);  // text must be a JSON number
  static Json integer(std::int64_t value);
  static Json string(std::string text);
  static Json array(std::vector<Json> items = {});
  static Json object(std::vector<Member> members = {});

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_number() const { return kind() == Kind::kNumber; }
  bool is_object() const { return kind() == Kind::kObject; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_bool() const { return kind() == Kind::kBool; }

  bool as_bool() const;                        // false unless a bool
  const std::string& text() const;             // of a string or number, else ""
  const std::vector<Json>& items() const;      // of an array, else empty
  const std::vector<Member>& members() const;  // of an object, else empty

  const Json* find(std::string_view key) const;  // null when absent or not an object
  // The text of a string member, or "" when absent or of another kind.
  const std::string& text_at(std::string_view key) const;
  // An integer from a number, or from a string of digits (64-bit integers travel as strings).
  std::optional<std::int64_t> as_int64() const;
  std::optional<std::uint64_t> as_uint64() const;

  Json& set(std::string key, Json value);  // objects: appends a member; the key must be new
  Json& push(Json value);                  // arrays: appends

  std::size_t line() const { return line_; }      // 1-based; 0 when not parsed
  std::size_t column() const { return column_; }  // 1-based, in bytes

 private:
  friend class JsonBuilder;
  // In the order of Kind. 48 bytes in all, because a hostile document is values and little else.
  std::variant<std::monostate, bool, std::string, std::string, std::vector<Json>,
               std::vector<Member>>
      value_;
  std::uint32_t line_ = 0;
  std::uint32_t column_ = 0;
};

struct JsonLimits {
  std::size_t bytes = limits::kDocumentBytes;
  std::size_t depth = limits::kJsonDepth;
  std::size_t string_bytes = limits::kJsonStringBytes;
  std::size_t values = limits::kJsonValues;
};

// Refuses: text over the size limit, deeper nesting, a duplicate key, a number that is not
// finite as a double ("1e999"), invalid UTF-8, UTF-16, trailing text. A byte-order mark of UTF-8
// is read past. The error's message names line and column, and its metadata has them as "line"
// and "column". Time and memory are linear in the text, and n log n in the members of one object.
Result<Json> parse_untrusted(std::string_view text, const JsonLimits& limits = {});
// The same for a text of one value after another, at most so many; places count over all of it.
Result<std::vector<Json>> parse_untrusted_sequence(std::string_view text, std::size_t most,
                                                   const JsonLimits& limits = {});

// Compact, members in their order, no escaping beyond what RFC 8259 requires: the same value
// always gives the same bytes.
std::string to_text(const Json& value);
void append_string(std::string& out, std::string_view text);  // as to_text writes one
std::string to_pretty_text(const Json& value);                // two spaces, for people

}  // namespace connector::core
