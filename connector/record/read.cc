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

// UTF-16 and UTF-32 would reach the parsers as text with zero bytes.
std::string other_encoding(std::string_view bytes) {
  const auto head = bytes.substr(0, 4);
  if (head.substr(0, 2) == "\xFF\xFE" || head.substr(0, 2) == "\xFE\xFF") return "UTF-16";
  if (head.find('\0') != std::string_view::npos) return "UTF-16, UTF-32 or no text at all";
  return {};
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

std::string first_members(const core::Json& json) {
  std::string names;
  std::size_t shown = 0;
  for (const auto& [name, value] : json.members()) {
    if (++shown > 4) return names + " ...";
    names += (names.empty() ? "" : ", ") + name.substr(0, 60);
  }
  return json.is_object() ? "members: " + names : "not an object";
}

Document read_json(std::string_view bytes, const ReadOptions& options) {
  const auto json = core::parse_untrusted(bytes);
  if (!json) return refuse({"JSON", {}, {}}, json.error());
  if (is_epcis(*json)) return read_epcis_json(*json, options);
  const Format format = recognise(*json);
  if (format.name != "JSON") return decline(format);
  return decline_unknown(format, first_members(*json));
}

}  // namespace

Document read(std::string_view bytes, const ReadOptions& options) {
  if (bytes.size() > core::limits::kDocumentBytes) {
    return refuse({}, "the document has " + std::to_string(bytes.size()) + " bytes; the limit is " +
                          std::to_string(core::limits::kDocumentBytes));
  }
  if (const std::string encoding = other_encoding(bytes); !encoding.empty()) {
    return refuse({}, "the document is not UTF-8 (" + encoding + ")", {{}, 1, 1});
  }
  const std::string_view start = core::trim(without_mark(bytes));
  if (start.empty()) return refuse({}, "the document is empty");
  if (start.front() == '<') return read_xml(bytes, options);
  if (start.front() == '{' || start.front() == '[') return read_json(bytes, options);
  return refuse({}, "the document is neither XML nor JSON", {{}, 1, 1});
}

}  // namespace connector::record
