#include <algorithm>

#include "core/text.h"
#include "record/build.h"
#include "record/decline.h"
#include "record/document.h"
#include "record/epcis.h"
#include "record/qif.h"
#include "record/ubl.h"

namespace connector::record {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_mark(std::string_view bytes) {
  if (bytes.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    bytes.remove_prefix(kByteOrderMark.size());
  }
  return bytes;
}

// What bytes are that begin like no text in UTF-8 does.
std::string other_encoding(std::string_view bytes) {
  const auto head = bytes.substr(0, 4);
  if (head == std::string_view("\xFF\xFE\0\0", 4) || head == std::string_view("\0\0\xFE\xFF", 4)) {
    return "it is UTF-32";
  }
  if (head.substr(0, 2) == "\xFF\xFE" || head.substr(0, 2) == "\xFE\xFF") return "it is UTF-16";
  const auto zero = head.find('\0');
  if (zero == std::string_view::npos) return {};
  const auto other = head.substr(0, 2).find_first_of("<{[");
  return zero < 2 && other != std::string_view::npos ? "it looks like UTF-16" : "it is no text";
}

// The first members, to see what kind of document it may be.
std::string likeness(const core::Json& json) {
  if (json.is_array()) return "a list of " + std::to_string(json.items().size());
  std::string names;
  std::size_t listed = 0;
  for (const auto& [name, value] : json.members()) {
    if (++listed > 4) return "members: " + names + " ...";
    names += (names.empty() ? "" : ", ") + (name.size() > 60 ? "(a long name)" : name);
  }
  return names.empty() ? "no members" : "members: " + names;
}

Document read_xml(std::string_view bytes, const ReadOptions& options) {
  const auto xml = parse_xml(bytes);
  if (!xml) return refuse({"XML", {}, {}}, xml.error());
  if (is_ubl(*xml)) return read_ubl(*xml, options);
  if (is_epcis(*xml)) return read_epcis_xml(*xml, options);
  if (is_qif(*xml)) return read_qif(*xml, options);
  const Format format = recognise(*xml);
  if (format.name != "XML") return decline(format);
  return decline_unknown(format, "root element " + format.kind);
}

Document read_json(std::string_view bytes, const ReadOptions& options) {
  const auto json = core::parse_untrusted(bytes);
  if (!json) return refuse({"JSON", {}, {}}, json.error());
  if (is_epcis(*json)) return read_epcis_json(*json, options);
  const Format format = recognise(*json);
  if (format.name != "JSON") return decline(format);
  return decline_unknown(format, likeness(*json));
}

// RDF as Turtle begins with its prefixes, after comments.
bool looks_like_turtle(std::string_view start) {
  while (!start.empty() && start.front() == '#') {
    start = core::trim(start.substr(std::min(start.find('\n'), start.size())));
  }
  return start.substr(0, 8) == "@prefix " || start.substr(0, 7) == "PREFIX " ||
         start.substr(0, 6) == "@base ";
}

}  // namespace

Document read(std::string_view bytes, const ReadOptions& options) {
  const Place start_of_document{{}, 1, 1};
  if (bytes.size() > core::limits::kDocumentBytes) {
    return refuse({},
                  "the document has " + std::to_string(bytes.size()) + " bytes; the limit is " +
                      std::to_string(core::limits::kDocumentBytes),
                  start_of_document);
  }
  if (const std::string encoding = other_encoding(bytes); !encoding.empty()) {
    return refuse({}, "the document is not UTF-8: " + encoding, start_of_document);
  }
  const std::string_view start = core::trim(without_mark(bytes));
  if (start.empty()) return refuse({}, "the document is empty", start_of_document);
  if (start.front() == '<') return read_xml(bytes, options);
  if (start.front() == '{' || start.front() == '[') return read_json(bytes, options);
  if (looks_like_turtle(start)) return decline({"RDF Turtle", {}, {}});
  return refuse({}, "the document is neither XML nor JSON", start_of_document);
}

}  // namespace connector::record
