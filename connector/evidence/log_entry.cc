#include "evidence/log_entry.h"

#include <algorithm>

#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"

namespace connector::evidence {
namespace {

using core::Json;

constexpr const char* kVersion = "1";
constexpr std::size_t kNonceDigits = 64;
constexpr std::size_t kTextBytes = 4096;  // of one text, at most

struct TextMember {
  const char* name;
  std::string LogEntry::*member;
};
struct NumberMember {
  const char* name;
  std::uint64_t LogEntry::*member;
};

constexpr TextMember kTexts[] = {{"role", &LogEntry::role},
                                 {"request_id", &LogEntry::request_id},
                                 {"first_request", &LogEntry::first_request},
                                 {"agreement_id", &LogEntry::agreement_id},
                                 {"dataset", &LogEntry::dataset},
                                 {"purpose", &LogEntry::purpose},
                                 {"request_digest", &LogEntry::request_digest},
                                 {"chain_head", &LogEntry::chain_head},
                                 {"revision", &LogEntry::revision},
                                 {"decision_id", &LogEntry::decision_id},
                                 {"journal_digest", &LogEntry::journal_digest},
                                 {"outcome", &LogEntry::outcome},
                                 {"reason", &LogEntry::reason},
                                 {"receipt_digest", &LogEntry::receipt_digest},
                                 {"checkpoint", &LogEntry::checkpoint},
                                 {"subject", &LogEntry::subject},
                                 {"detail", &LogEntry::detail}};
constexpr NumberMember kNumbers[] = {
    {"batches", &LogEntry::batches}, {"records", &LogEntry::records}, {"bytes", &LogEntry::bytes}};

core::Error bad(const std::string& what) {
  return core::invalid("ENTRY_INVALID", "not a log entry: " + what);
}

core::Connector connector_at(const Json& json, const char* key) {
  const Json* member = json.find(key);
  if (member == nullptr) return {};
  return {core::ParticipantId(member->text_at("participant")),
          core::SiteName(member->text_at("site"))};
}

// Two of them are written for every fetch: straight into the text, without a tree of values.
class Text {
 public:
  Text& member(std::string_view name, std::string_view value) {
    text_ += text_.back() == '{' ? "\"" : ",\"";
    text_ += name;
    text_ += "\":";
    core::append_string(text_, value);
    return *this;
  }
  Text& member(std::string_view name, const core::Connector& id) {
    text_ += ",\"";
    text_ += name;
    text_ += "\":{";
    member("participant", id.participant.str()).member("site", id.site.str());
    text_ += '}';
    return *this;
  }
  std::string done() && { return std::move(text_ += '}'); }

 private:
  std::string text_ = "{";
};

std::string to_text(const LogEntry& entry) {
  Text text;
  text.member("v", kVersion).member("kind", entry.kind).member("time", std::to_string(entry.at));
  text.member("self", entry.self).member("partner", entry.partner);
  for (const auto& [name, member] : kTexts) text.member(name, entry.*member);
  for (const auto& [name, member] : kNumbers) text.member(name, std::to_string(entry.*member));
  text.member("uid", std::to_string(entry.uid)).member("nonce", entry.nonce);
  return std::move(text).done();
}

std::string clipped(const std::string& text, std::size_t bytes) {
  if (!core::valid_utf8(text)) return "(not UTF-8)";
  if (text.size() <= bytes) return text;
  std::size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

bool valid_kind(std::string_view kind) {
  const bool letters = std::all_of(kind.begin(), kind.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '-' || c == '.';
  });
  return letters && kind.size() <= 64 && kind.find('.') != std::string_view::npos &&
         kind.front() != '.' && kind.back() != '.';
}

bool valid_nonce(std::string_view nonce) {
  return nonce.size() == kNonceDigits &&
         nonce.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string to_bytes(const LogEntry& entry) {
  const bool whole = std::all_of(std::begin(kTexts), std::end(kTexts), [&](const TextMember& text) {
    return (entry.*text.member).size() <= kTextBytes && core::valid_utf8(entry.*text.member);
  });
  if (whole) {
    std::string bytes = to_text(entry);
    if (bytes.size() <= core::limits::kLogEntryBytes) return bytes;
  }
  LogEntry fitting = entry;
  for (std::size_t limit = kTextBytes;; limit /= 8) {
    for (const auto& [name, member] : kTexts) fitting.*member = clipped(fitting.*member, limit);
    std::string bytes = to_text(fitting);
    if (bytes.size() <= core::limits::kLogEntryBytes || limit == 0) return bytes;
  }
}

core::Result<LogEntry> read_log_entry(std::string_view bytes) {
  core::JsonLimits limits;
  limits.bytes = core::limits::kLogEntryBytes;
  auto json = core::parse_untrusted(bytes, limits);
  if (!json) return bad(json.error().message);
  if (json->text_at("v") != kVersion) return bad("its version is not " + std::string(kVersion));
  LogEntry entry;
  entry.kind = json->text_at("kind");
  entry.self = connector_at(*json, "self");
  entry.partner = connector_at(*json, "partner");
  entry.nonce = json->text_at("nonce");
  for (const auto& [name, member] : kTexts) entry.*member = json->text_at(name);
  for (const auto& [name, member] : kNumbers) {
    const Json* number = json->find(name);
    entry.*member = number ? number->as_uint64().value_or(0) : 0;
  }
  const Json* time = json->find("time");
  const Json* uid = json->find("uid");
  entry.at = time ? time->as_int64().value_or(0) : 0;
  entry.uid = uid ? uid->as_int64().value_or(0) : 0;
  if (!valid_kind(entry.kind)) return bad("its kind is malformed");
  if (!valid_nonce(entry.nonce)) return bad("its nonce is not 32 bytes in hex");
  if (to_text(entry) != bytes) return bad("its members, their order or their form differ");
  return entry;
}

}  // namespace connector::evidence
