// Boost.JSON's event parser checks grammar, UTF-8 and depth; this file builds our value from its
// events and keeps what Boost.JSON loses: number text, places, duplicate keys.
#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <cstring>
#include <numeric>

#include "core/json.h"

namespace connector::core {
namespace {

struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

Error refusal(std::string reason, const std::string& what, Place place) {
  Error error = invalid(std::move(reason), what + " (line " + std::to_string(place.line) +
                                               ", column " + std::to_string(place.column) + ")");
  error.metadata["line"] = std::to_string(place.line);
  error.metadata["column"] = std::to_string(place.column);
  return error;
}

// Walks over the text beside the parser, whose events come in the order of the tokens but do not
// say where they are. Every byte is passed once.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  // The place of the next token, past white space, commas and colons.
  Place to_token() {
    while (at_ < text_.size() && std::strchr(" \t\r\n,:", text_[at_]) != nullptr && text_[at_]) {
      pass(1);
    }
    return here();
  }
  Place here() const {
    return {static_cast<std::uint32_t>(line_), static_cast<std::uint32_t>(at_ - line_start_ + 1)};
  }
  void pass(std::size_t count) {
    const std::size_t end = std::min(at_ + count, text_.size());
    for (; at_ < end; ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      }
    }
  }
  void pass_string() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    at_ = std::min(end + 1, text_.size());  // a line cannot end inside a string
  }
  std::string_view pass_number() {
    const std::size_t end = text_.find_first_not_of("+-.0123456789Ee", at_);
    const std::string_view number = text_.substr(at_, end - at_);
    at_ += number.size();
    return number;
  }
  std::size_t offset() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_start_ = 0;
};

}  // namespace

// The handler of the event parser: Boost.JSON fixes the names of its functions. Each returns
// false to stop, with failure() or, for the parser's own errors, the error code set.
class JsonBuilder {
 public:
  using string_view = boost::json::string_view;
  using error_code = boost::json::error_code;
  // Boost.JSON counts for itself as well; our limits are lower and stop it first.
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  JsonBuilder(Cursor cursor, JsonLimits limits) : cursor_(cursor), limits_(limits) {}

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) { return open(Json::object(), ec); }
  bool on_object_end(std::size_t, error_code& ec) { return unique_keys(ec) && close(); }
  bool on_array_begin(error_code& ec) { return open(Json::array(), ec); }
  bool on_array_end(std::size_t, error_code&) { return close(); }

  bool on_key_part(string_view part, std::size_t, error_code& ec) { return text_part(part, ec); }
  bool on_key(string_view part, std::size_t, error_code& ec) {
    if (!text_part(part, ec)) return false;
    open_.back().key_places.push_back(cursor_.to_token());
    cursor_.pass_string();
    open_.back().key = std::exchange(text_, {});
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code& ec) { return text_part(part, ec); }
  bool on_string(string_view part, std::size_t, error_code& ec) {
    if (!text_part(part, ec)) return false;
    const Place place = cursor_.to_token();
    cursor_.pass_string();
    return add(Json::string(std::exchange(text_, {})), place, ec);
  }

  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code& ec) { return number(ec); }
  bool on_uint64(std::uint64_t, string_view, error_code& ec) { return number(ec); }
  bool on_double(double value, string_view, error_code& ec) {
    if (!std::isfinite(value)) return fail("a number beyond the range of a double", ec);
    return number(ec);
  }
  bool on_bool(bool value, error_code& ec) {
    const Place place = cursor_.to_token();
    cursor_.pass(value ? 4 : 5);
    return add(Json::boolean(value), place, ec);
  }
  bool on_null(error_code& ec) {
    const Place place = cursor_.to_token();
    cursor_.pass(4);
    return add(Json(), place, ec);
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  const std::optional<Error>& failure() const { return failure_; }
  Json take() { return std::move(root_); }
  const Cursor& cursor() const { return cursor_; }
  std::size_t values() const { return values_; }

 private:
  struct Open {
    Json value;
    std::string key;  // of the member that is being read
    std::vector<Place> key_places;
  };

  bool stop(Error error, error_code& ec) {
    failure_ = std::move(error);
    ec = boost::json::error::syntax;
    return false;
  }
  bool fail(const std::string& what, error_code& ec) {
    return stop(refusal("INVALID_JSON", what, cursor_.to_token()), ec);
  }
  bool over(const std::string& what, error_code& ec) {
    return stop(refusal("LIMIT_EXCEEDED", what, cursor_.to_token()), ec);
  }

  bool text_part(string_view part, error_code& ec) {
    if (text_.size() + part.size() > limits_.string_bytes) {
      return over("a string longer than " + std::to_string(limits_.string_bytes) + " bytes", ec);
    }
    text_.append(part.data(), part.size());
    return true;
  }
  bool number(error_code& ec) {
    const Place place = cursor_.to_token();
    const std::string_view text = cursor_.pass_number();
    if (text.size() > limits_.string_bytes) return over("a number that is too long", ec);
    return add(Json::number(std::string(text)), place, ec);
  }
  bool counted(Place at, error_code& ec) {
    if (++values_ <= limits_.values) return true;
    const std::string most = std::to_string(limits_.values);
    return stop(refusal("LIMIT_EXCEEDED", "more than " + most + " values", at), ec);
  }
  bool open(Json value, error_code& ec) {
    const Place at = cursor_.to_token();
    if (!counted(at, ec)) return false;
    place(value, at);
    cursor_.pass(1);
    open_.push_back({std::move(value), {}, {}});
    return true;
  }
  bool add(Json value, Place at, error_code& ec) {
    if (!counted(at, ec)) return false;
    place(value, at);
    attach(std::move(value));
    return true;
  }
  bool close() {
    cursor_.to_token();
    cursor_.pass(1);
    Json value = std::move(open_.back().value);
    open_.pop_back();
    attach(std::move(value));
    return true;
  }
  void attach(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto* members = std::get_if<5>(&open_.back().value.value_)) {
      members->emplace_back(std::exchange(open_.back().key, {}), std::move(value));
    } else {
      std::get<4>(open_.back().value.value_).push_back(std::move(value));
    }
  }
  static void place(Json& value, Place at) {
    value.line_ = at.line;
    value.column_ = at.column;
  }

  static bool few_and_unique(const std::vector<Json::Member>& members) {
    if (members.size() > 8) return false;
    for (std::size_t i = 1; i < members.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (members[i].first == members[j].first) return false;
      }
    }
    return true;
  }

  // Sorted, not hashed: nobody can choose keys that make this slow.
  bool unique_keys(error_code& ec) {
    const auto& members = open_.back().value.members();
    if (few_and_unique(members)) return true;
    std::vector<std::uint32_t> order(members.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const int compared = members[a].first.compare(members[b].first);
      return compared != 0 ? compared < 0 : a < b;
    });
    std::uint32_t again = static_cast<std::uint32_t>(members.size());
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (members[order[i - 1]].first == members[order[i]].first) again = std::min(again, order[i]);
    }
    if (again == members.size()) return true;
    constexpr std::size_t kShown = 60;
    return stop(refusal("INVALID_JSON",
                        "the key \"" + members[again].first.substr(0, kShown) + "\" stands twice",
                        open_.back().key_places[again]),
                ec);
  }

  Cursor cursor_;
  JsonLimits limits_;
  std::vector<Open> open_;
  std::string text_;  // of the string that is being read
  std::size_t values_ = 0;
  Json root_;
  std::optional<Error> failure_;
};

namespace {

std::string cause(const boost::json::error_code& ec, const JsonLimits& limits) {
  using boost::json::error;
  if (ec == error::too_deep) {
    return "nested deeper than " + std::to_string(limits.depth) + " levels";
  }
  if (ec == error::incomplete) return "the text ends too early";
  if (ec == error::extra_data) return "text after the end of the value";
  if (ec == error::exponent_overflow) return "a number beyond the range of a double";
  if (ec == error::illegal_leading_surrogate || ec == error::illegal_trailing_surrogate) {
    return "half of a surrogate pair in a string";
  }
  return "not JSON: " + ec.message();
}

std::optional<Error> unreadable(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return refusal("LIMIT_EXCEEDED",
                   "a text of " + std::to_string(text.size()) + " bytes, where " +
                       std::to_string(limits.bytes) + " are allowed",
                   {});
  }
  const std::string_view start = text.substr(0, 2);
  if (start == "\xff\xfe" || start == "\xfe\xff" || start.find('\0') != std::string_view::npos) {
    return refusal("INVALID_JSON", "JSON is written in UTF-8, this looks like UTF-16", {});
  }
  return std::nullopt;
}

// One value after another in one text; every byte is passed once.
class Sequence {
 public:
  Sequence(std::string_view text, const JsonLimits& limits)
      : text_(text), limits_(limits), cursor_(text) {}

  Result<Json> next() {
    boost::json::parse_options options;
    options.max_depth = limits_.depth;
    boost::json::basic_parser<JsonBuilder> parser(options, cursor_, limits_);
    boost::json::error_code ec;
    const std::string_view rest = text_.substr(offset_);
    offset_ += parser.write_some(false, rest.data(), rest.size(), ec);
    JsonBuilder& builder = parser.handler();
    if (builder.failure()) return *builder.failure();
    cursor_ = builder.cursor();
    if (ec) {
      const bool deep = ec == boost::json::error::too_deep;
      return refusal(deep ? "LIMIT_EXCEEDED" : "INVALID_JSON", cause(ec, limits_), here());
    }
    limits_.values -= builder.values();
    return builder.take();
  }
  bool at_end() const { return offset_ == text_.size(); }
  Place here() const {
    Cursor cursor = cursor_;
    cursor.pass(offset_ - cursor.offset());
    return cursor.here();
  }

 private:
  std::string_view text_;
  JsonLimits limits_;
  Cursor cursor_;
  std::size_t offset_ = 0;
};

}  // namespace

Result<std::vector<Json>> parse_untrusted_sequence(std::string_view text, std::size_t most,
                                                   const JsonLimits& limits) {
  if (auto refused = unreadable(text, limits)) return *refused;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<Json> values;
  Sequence sequence(text, limits);
  do {
    if (values.size() == most) {
      return refusal("LIMIT_EXCEEDED", "more than " + std::to_string(most) + " documents",
                     sequence.here());
    }
    auto value = sequence.next();
    if (!value) return value.error();
    values.push_back(std::move(*value));
  } while (!sequence.at_end());
  return values;
}

Result<Json> parse_untrusted(std::string_view text, const JsonLimits& limits) {
  if (auto refused = unreadable(text, limits)) return *refused;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Sequence sequence(text, limits);
  auto value = sequence.next();
  if (value && !sequence.at_end()) {
    return refusal("INVALID_JSON", cause(boost::json::error::extra_data, limits), sequence.here());
  }
  return value;
}

}  // namespace connector::core
