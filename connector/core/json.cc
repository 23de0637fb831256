#include "core/json.h"

#include <cassert>
#include <charconv>

namespace connector::core {
namespace {

template <typename T>
const T& or_empty(const T* found) {
  static const T kEmpty;
  return found == nullptr ? kEmpty : *found;
}

template <typename T>
std::optional<T> whole_number(const std::string& text) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void append_escaped(std::string& out, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += kHex[static_cast<unsigned char>(c) >> 4];
  out += kHex[static_cast<unsigned char>(c) & 15];
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(start, i - start);
    append_escaped(out, text[i]);
    start = i + 1;
  }
  out += text.substr(start);
  out += '"';
}

namespace {

constexpr int kCompact = -1;

void append_break(std::string& out, int indent) {
  if (indent == kCompact) return;
  out += '\n';
  out.append(static_cast<std::size_t>(indent) * 2, ' ');
}

int deeper(int indent) {
  return indent == kCompact ? kCompact : indent + 1;
}

void append(std::string& out, const Json& value, int indent);

void append_array(std::string& out, const Json& value, int indent) {
  out += '[';
  bool first = true;
  for (const Json& item : value.items()) {
    if (!first) out += ',';
    first = false;
    append_break(out, deeper(indent));
    append(out, item, deeper(indent));
  }
  if (!first) append_break(out, indent);
  out += ']';
}

void append_object(std::string& out, const Json& value, int indent) {
  out += '{';
  bool first = true;
  for (const auto& [key, member] : value.members()) {
    if (!first) out += ',';
    first = false;
    append_break(out, deeper(indent));
    append_string(out, key);
    out += indent == kCompact ? ":" : ": ";
    append(out, member, deeper(indent));
  }
  if (!first) append_break(out, indent);
  out += '}';
}

void append(std::string& out, const Json& value, int indent) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      out += "null";
      break;
    case Json::Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      break;
    case Json::Kind::kNumber:
      out += value.text();
      break;
    case Json::Kind::kString:
      append_string(out, value.text());
      break;
    case Json::Kind::kArray:
      append_array(out, value, indent);
      break;
    case Json::Kind::kObject:
      append_object(out, value, indent);
      break;
  }
}

}  // namespace

Json Json::boolean(bool value) {
  Json json;
  json.value_.emplace<1>(value);
  return json;
}

Json Json::number(std::string text) {
  Json json;
  json.value_.emplace<2>(std::move(text));
  return json;
}

Json Json::integer(std::int64_t value) {
  return number(std::to_string(value));
}

Json Json::string(std::string text) {
  Json json;
  json.value_.emplace<3>(std::move(text));
  return json;
}

Json Json::array(std::vector<Json> items) {
  Json json;
  json.value_.emplace<4>(std::move(items));
  return json;
}

Json Json::object(std::vector<Member> members) {
  Json json;
  json.value_.emplace<5>(std::move(members));
  return json;
}

bool Json::as_bool() const {
  const bool* value = std::get_if<1>(&value_);
  return value != nullptr && *value;
}

const std::string& Json::text() const {
  return or_empty(is_number() ? std::get_if<2>(&value_) : std::get_if<3>(&value_));
}

const std::vector<Json>& Json::items() const {
  return or_empty(std::get_if<4>(&value_));
}

const std::vector<Json::Member>& Json::members() const {
  return or_empty(std::get_if<5>(&value_));
}

const Json* Json::find(std::string_view key) const {
  for (const Member& member : members()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

const std::string& Json::text_at(std::string_view key) const {
  const Json* member = find(key);
  return or_empty(member == nullptr ? nullptr : std::get_if<3>(&member->value_));
}

std::optional<std::int64_t> Json::as_int64() const {
  return whole_number<std::int64_t>(text());
}

std::optional<std::uint64_t> Json::as_uint64() const {
  return whole_number<std::uint64_t>(text());
}

Json& Json::set(std::string key, Json value) {
  assert(find(key) == nullptr);
  if (!is_object()) value_.emplace<5>();
  std::get<5>(value_).emplace_back(std::move(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  if (!is_array()) value_.emplace<4>();
  std::get<4>(value_).push_back(std::move(value));
  return *this;
}

std::string to_text(const Json& value) {
  std::string out;
  append(out, value, kCompact);
  return out;
}

std::string to_pretty_text(const Json& value) {
  std::string out;
  append(out, value, 0);
  return out += '\n';
}

}  // namespace connector::core
