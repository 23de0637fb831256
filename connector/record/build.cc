#include "record/build.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"

namespace connector::record {
namespace {

std::size_t number_in(const core::Error& error, const char* name) {
  std::size_t number = 0;
  const auto found = error.metadata.find(name);
  if (found == error.metadata.end()) return 0;
  const std::string& text = found->second;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

core::Status set_decimal(pb::Decimal& out, std::string_view text) {
  const auto decimal = core::Decimal::parse(core::trim(text));
  if (!decimal) return decimal.error();
  out.set_text(decimal->text());
  return core::ok();
}

void set_instant(pb::Instant& out, const core::Instant& at) {
  out.set_text(at.text);
  out.set_epoch_ns(at.epoch_ns);
  if (at.offset_min) out.set_offset_min(*at.offset_min);
  if (at.date_only) out.set_date_only(true);
}

void add_flag(pb::Header& header, std::string flag) {
  if (header.flags_size() >= kFlagsPerRecord) return;
  if (header.flags_size() == kFlagsPerRecord - 1) flag = "more-flags";
  if (std::find(header.flags().begin(), header.flags().end(), flag) != header.flags().end()) return;
  header.add_flags(std::move(flag));
}

void add_property(google::protobuf::RepeatedPtrField<pb::Property>& list, std::string name,
                  std::string value) {
  pb::Property& property = *list.Add();
  property.set_name(std::move(name));
  property.set_value(std::move(value));
}

void set_header(pb::Record& record, pb::Kind kind, std::string key, const Format& format) {
  pb::Header& header = *record.mutable_header();
  header.set_kind(kind);
  header.set_key(std::move(key));
  header.set_lifecycle(pb::LIFECYCLE_ACTIVE);
  header.set_source_format(format.name);
  if (!format.version.empty()) header.set_source_version(format.version);
}

std::string key_part(std::string_view text) {
  std::string part;
  part.reserve(text.size());
  for (const char c : text) {
    if (c == '/') {
      part += "%2F";
    } else if (c == '%') {
      part += "%25";
    } else {
      part += c;
    }
  }
  return part;
}

void count(Counts& counts, const std::string& metric, const core::Decimal& by) {
  core::Decimal& value = counts[metric];
  value = value + by;
}

void count(Counts& counts, const std::string& metric) {
  static const core::Decimal kOne = *core::Decimal::parse("1");
  count(counts, metric, kOne);
}

Document refuse(Format format, std::string cause, Place place) {
  Document document;
  document.outcome = Outcome::kRefused;
  document.format = std::move(format);
  document.cause = std::move(cause);
  document.place = std::move(place);
  return document;
}

Document refuse(Format format, const core::Error& error, std::string path) {
  Place place{.path = std::move(path),
              .line = number_in(error, "line"),
              .column = number_in(error, "column")};
  std::string cause = error.message;
  if (!error.next.empty()) cause += "; " + error.next;
  return refuse(std::move(format), std::move(cause), std::move(place));
}

Document decline(Format format) {
  Document document;
  document.outcome = Outcome::kDeclined;
  std::string what = format.name;
  if (!format.version.empty()) what += " " + format.version;
  if (!format.kind.empty()) what += " " + format.kind;
  document.format = std::move(format);
  document.cause = what + " is recognised, but not supported yet";
  return document;
}

}  // namespace connector::record
