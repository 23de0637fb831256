// Small builders that all readers share.
#pragma once

#include <string>
#include <string_view>

#include "core/instant.h"
#include "record/document.h"

namespace connector::record {

// Flags that one record carries at most; the last of them then says "more-flags".
inline constexpr int kFlagsPerRecord = 32;

// The digits are kept as written (outer white space aside). DECIMAL_INVALID and the like from
// core::Decimal::parse.
core::Status set_decimal(pb::Decimal& out, std::string_view text);
void set_instant(pb::Instant& out, const core::Instant& at);
// "invalid-identifier:<path>", "unknown-unit:<path>", ... once each.
void add_flag(pb::Header& header, std::string flag);
void add_property(google::protobuf::RepeatedPtrField<pb::Property>& list, std::string name,
                  std::string value);

// Kind, key, lifecycle ACTIVE, source_format and source_version.
void set_header(pb::Record& record, pb::Kind kind, std::string key, const Format& format);
// A part of a natural key: "/" and "%" percent-encoded, so that parts never run together.
std::string key_part(std::string_view text);

// A count that grows: counts[metric] += by.
void count(Counts& counts, const std::string& metric, const core::Decimal& by);
void count(Counts& counts, const std::string& metric);  // by one

Document refuse(Format format, std::string cause, Place place = {});
// Cause from the message, line and column from the metadata if they are there.
Document refuse(Format format, const core::Error& error, std::string path = {});
// "UBL 2.1 Forecast is recognised, but not supported yet".
Document decline(Format format);

}  // namespace connector::record
