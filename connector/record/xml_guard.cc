#include "record/xml_guard.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "core/limits.h"
#include "core/text.h"

namespace connector::record {
namespace {

using core::Status;
namespace limits = core::limits;

constexpr std::size_t kNameBytes = 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool name_start(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || c == '_' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

bool name_char(char c) {
  return name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string quoted("'");
  quoted.append(text.substr(0, kShown)).append(text.size() > kShown ? "...'" : "'");
  return quoted;
}

// "#38", "#x26": a character that XML allows.
bool character_reference(std::string_view name) {
  const bool hex = name.starts_with("#x");
  const std::string_view digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  if (code < 0x20) return code == 0x9 || code == 0xA || code == 0xD;
  return code < 0xD800 || (code > 0xDFFF && code < 0xFFFE) || (code > 0xFFFF && code < 0x110000);
}

bool predefined(std::string_view name) {
  return name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos";
}

class Guard {
 public:
  explicit Guard(std::string_view bytes) : bytes_(bytes) {}

  Status run() {
    if (bytes_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    if (auto status = declaration(); !status) return status;
    while (at_ < bytes_.size()) {
      if (auto status = character_data(); !status) return status;
      if (at_ == bytes_.size()) break;
      if (auto status = markup(); !status) return status;
    }
    if (!open_.empty()) {
      return fail(at_,
                  "the document ends within element " + shown(open_.back()) + "; it is truncated");
    }
    if (!root_seen_) return fail(at_, "the document has no root element");
    return core::ok();
  }

 private:
  core::Error fail(std::size_t offset, std::string message, std::string next = {}) const {
    return xml_error(bytes_, offset, std::move(message), std::move(next));
  }

  bool next_is(std::string_view text) const { return bytes_.substr(at_).starts_with(text); }

  // Moves behind the next `end`; what lies before it is the result.
  core::Result<std::string_view> take_until(std::string_view end, const char* what) {
    const std::size_t found = bytes_.find(end, at_);
    if (found == std::string_view::npos) {
      return fail(at_, std::string("the document ends within ") + what + "; it is truncated");
    }
    const std::string_view taken = bytes_.substr(at_, found - at_);
    at_ = found + end.size();
    return taken;
  }

  // <?xml version="1.0" encoding="UTF-8"?>
  Status declaration() {
    if (!next_is("<?xml") || at_ + 5 >= bytes_.size() || !space(bytes_[at_ + 5])) return core::ok();
    const std::size_t start = at_;
    const auto text = take_until("?>", "the XML declaration");
    if (!text) return text.error();
    const std::size_t encoding = text->find("encoding");
    if (encoding == std::string_view::npos) return core::ok();
    const std::size_t open = text->find_first_of("\"'", encoding);
    if (open == std::string_view::npos) return fail(start, "the XML declaration is malformed");
    const std::size_t close = text->find((*text)[open], open + 1);
    if (close == std::string_view::npos) return fail(start, "the XML declaration is malformed");
    const std::string name = core::lower_ascii(text->substr(open + 1, close - open - 1));
    if (name == "utf-8" || name == "us-ascii") return core::ok();
    return fail(start, "the document declares the encoding " + shown(name) + "; UTF-8 is read",
                "convert it to UTF-8");
  }

  // Text up to the next "<".
  Status character_data() {
    const std::size_t start = at_;
    at_ = std::min(bytes_.find('<', at_), bytes_.size());
    const std::string_view text = bytes_.substr(start, at_ - start);
    if (open_.empty()) {
      const auto other = std::find_if_not(text.begin(), text.end(), space);
      if (other == text.end()) return core::ok();
      return fail(start + static_cast<std::size_t>(other - text.begin()),
                  "there is text outside of the root element");
    }
    if (auto status = count_text(start, text.size()); !status) return status;
    return references(start, text);
  }

  // Text of one element adds up over comments and CDATA sections until the next tag.
  Status count_text(std::size_t start, std::size_t size) {
    text_bytes_ += size;
    if (text_bytes_ <= limits::kXmlTextBytes) return core::ok();
    return fail(start, "the text of element " + shown(open_.back()) + " is longer than " +
                           std::to_string(limits::kXmlTextBytes) + " bytes");
  }

  Status references(std::size_t start, std::string_view text) const {
    for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at)) {
      const std::size_t end = text.find(';', at);
      const std::string_view name =
          end == std::string_view::npos ? std::string_view{} : text.substr(at + 1, end - at - 1);
      const bool good = name.starts_with("#") ? character_reference(name) : predefined(name);
      if (!good) {
        return fail(start + at, "the entity reference " + shown(text.substr(at, name.size() + 2)) +
                                    " is not one that XML predefines; none is resolved");
      }
      at = end;
    }
    return core::ok();
  }

  Status markup() {
    if (next_is("<!--")) return comment();
    if (next_is("<![CDATA[")) return cdata();
    if (next_is("<!DOCTYPE")) return document_type();
    if (next_is("<?")) return instruction();
    text_bytes_ = 0;
    return next_is("</") ? end_tag() : start_tag();
  }

  Status comment() {
    at_ += 4;
    const auto text = take_until("-->", "a comment");
    return text ? core::ok() : Status(text.error());
  }

  Status cdata() {
    const std::size_t start = at_;
    at_ += 9;
    if (open_.empty()) return fail(start, "there is text outside of the root element");
    const auto text = take_until("]]>", "a CDATA section");
    if (!text) return text.error();
    return count_text(start, text->size());
  }

  Status instruction() {
    const std::size_t start = at_;
    at_ += 2;
    const auto text = take_until("?>", "a processing instruction");
    if (!text) return text.error();
    if (text->starts_with("xml") && (text->size() == 3 || space((*text)[3]))) {
      return fail(start, "an XML declaration stands elsewhere than at the start");
    }
    return core::ok();
  }

  // A bare document type is read past; nothing that it names is fetched.
  Status document_type() {
    const std::size_t start = at_;
    if (root_seen_ || doctype_seen_) return fail(start, "a document type stands in a wrong place");
    doctype_seen_ = true;
    for (; at_ < bytes_.size(); ++at_) {
      const char c = bytes_[at_];
      if (c == '[') {
        return fail(start, "the document type has an internal subset, which could declare entities",
                    "remove the document type");
      }
      if (c == '>') {
        ++at_;
        return core::ok();
      }
      if (c == '"' || c == '\'') at_ = std::min(bytes_.find(c, at_ + 1), bytes_.size());
    }
    return fail(start, "the document ends within its document type; it is truncated");
  }

  core::Result<std::string_view> take_name(const char* what) {
    const std::size_t start = at_;
    if (at_ < bytes_.size() && name_start(bytes_[at_])) {
      while (at_ < bytes_.size() && name_char(bytes_[at_])) ++at_;
    }
    if (at_ == start) return fail(start, std::string(what) + " has no valid name");
    if (at_ - start > kNameBytes) return fail(start, std::string(what) + " has an overlong name");
    return bytes_.substr(start, at_ - start);
  }

  void skip_space() {
    while (at_ < bytes_.size() && space(bytes_[at_])) ++at_;
  }

  core::Error too_many(std::size_t offset) const {
    return fail(offset, "the document has more than " + std::to_string(kXmlNodes) +
                            " elements and attributes");
  }

  Status end_tag() {
    const std::size_t start = at_;
    at_ += 2;
    const auto name = take_name("an end tag");
    if (!name) return name.error();
    skip_space();
    if (!next_is(">")) return fail(start, "the end tag of " + shown(*name) + " is malformed");
    ++at_;
    if (open_.empty()) return fail(start, "element " + shown(*name) + " ends but never began");
    if (open_.back() != *name) {
      return fail(start, "element " + shown(open_.back()) + " is closed as " + shown(*name));
    }
    open_.pop_back();
    return core::ok();
  }

  Status start_tag() {
    const std::size_t start = at_++;
    const auto name = take_name("an element");
    if (!name) return name.error();
    if (open_.empty() && root_seen_) return fail(start, "the document has a second root element");
    root_seen_ = true;
    if (open_.size() == limits::kXmlDepth) {
      return fail(start, "elements are nested deeper than " + std::to_string(limits::kXmlDepth));
    }
    if (++nodes_ > kXmlNodes) return too_many(start);
    open_.push_back(*name);
    if (auto status = attributes(start); !status) return status;
    if (next_is("/>")) {
      at_ += 2;
      open_.pop_back();
      return core::ok();
    }
    ++at_;
    return core::ok();
  }

  // Up to the ">" or "/>" of a start tag.
  Status attributes(std::size_t start) {
    std::vector<std::string_view> names;
    while (true) {
      const std::size_t before = at_;
      skip_space();
      if (next_is(">") || next_is("/>")) return distinct(start, std::move(names));
      if (at_ == bytes_.size()) {
        return fail(start, "the document ends within the start tag of " + shown(open_.back()) +
                               "; it is truncated");
      }
      if (at_ == before)
        return fail(at_, "the start tag of " + shown(open_.back()) + " is malformed");
      const auto name = take_name("an attribute");
      if (!name) return name.error();
      if (++nodes_ > kXmlNodes) return too_many(at_);
      names.push_back(*name);
      if (auto status = attribute_value(*name); !status) return status;
    }
  }

  Status attribute_value(std::string_view name) {
    skip_space();
    if (!next_is("=")) return fail(at_, "attribute " + shown(name) + " has no value");
    ++at_;
    skip_space();
    if (!next_is("\"") && !next_is("'")) {
      return fail(at_, "the value of attribute " + shown(name) + " is not quoted");
    }
    const std::string_view quote = bytes_.substr(at_++, 1);
    const std::size_t start = at_;
    const auto value = take_until(quote, "an attribute");
    if (!value) return value.error();
    if (value->size() > limits::kXmlTextBytes) {
      return fail(start, "attribute " + shown(name) + " is longer than " +
                             std::to_string(limits::kXmlTextBytes) + " bytes");
    }
    if (const std::size_t less = value->find('<'); less != std::string_view::npos) {
      return fail(start + less, "attribute " + shown(name) + " holds a '<'");
    }
    return references(start, *value);
  }

  Status distinct(std::size_t start, std::vector<std::string_view> names) const {
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice == names.end()) return core::ok();
    return fail(start, "attribute " + shown(*twice) + " is given twice");
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t text_bytes_ = 0;
  std::size_t nodes_ = 0;
  std::vector<std::string_view> open_;  // names of the elements that are open
  bool root_seen_ = false;
  bool doctype_seen_ = false;
};

// Recognised by their byte order mark, or by where the zero bytes of the first "<" are.
const char* wide_encoding(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\0\0\xFE\xFF"sv) || bytes.starts_with("\xFF\xFE\0\0"sv)) return "UTF-32";
  if (bytes.starts_with("\0\0\0<"sv) || bytes.starts_with("<\0\0\0"sv)) return "UTF-32";
  if (bytes.starts_with("\xFE\xFF"sv) || bytes.starts_with("\xFF\xFE"sv)) return "UTF-16";
  if (bytes.starts_with("\0<"sv) || bytes.starts_with("<\0"sv)) return "UTF-16";
  return nullptr;
}

// Offset of the first character that is not UTF-8 or that XML forbids; npos if there is none.
std::size_t first_bad_character(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[at]);
    if (lead < 0x80) {
      if (lead < 0x20 && !space(bytes[at])) return at;
      ++at;
      continue;
    }
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const std::string_view character = bytes.substr(at, length);
    if (character.size() < length || !core::valid_utf8(character)) return at;
    if (character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace

core::Error xml_error(std::string_view bytes, std::size_t offset, std::string message,
                      std::string next) {
  const std::string_view before = bytes.substr(0, std::min(offset, bytes.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  core::Error error = core::invalid("DOCUMENT_REFUSED", std::move(message), std::move(next));
  error.metadata["line"] = std::to_string(line);
  error.metadata["column"] = std::to_string(before.size() - line_start + 1);
  return error;
}

core::Status guard_xml(std::string_view bytes) {
  if (bytes.size() > limits::kDocumentBytes) {
    return core::invalid("DOCUMENT_REFUSED", "the document has " + std::to_string(bytes.size()) +
                                                 " bytes; the limit is " +
                                                 std::to_string(limits::kDocumentBytes));
  }
  if (const char* encoding = wide_encoding(bytes)) {
    return xml_error(bytes, 0, std::string("the document is in ") + encoding + "; UTF-8 is read",
                     "convert it to UTF-8");
  }
  if (const std::size_t bad = first_bad_character(bytes); bad != std::string_view::npos) {
    const bool control = static_cast<unsigned char>(bytes[bad]) < 0x20;
    return xml_error(
        bytes, bad,
        control ? "a control character that XML forbids" : "the document is not valid UTF-8");
  }
  return Guard(bytes).run();
}

}  // namespace connector::record
