// Points in time as documents write them: digits, precision and offset are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace connector::core {

// Nanoseconds since 1970-01-01T00:00:00Z. What clocks give and what is compared.
using EpochNs = std::int64_t;

struct Instant {
  std::string text;               // as written: "2013-06-08T14:58:56.591234567+02:00"
  EpochNs epoch_ns = 0;           // further digits than nine are cut here, kept in text
  std::optional<int> offset_min;  // absent: the document gave no zone; epoch_ns assumes UTC
  bool date_only = false;         // epoch_ns is the start of that day

  friend bool operator==(const Instant&, const Instant&) = default;
};

// ISO 8601 as XML Schema date and dateTime write it; also "+0200", and an EPCIS 1.2 offset beside.
// Years 1678..2262 (the range of EpochNs); anything else is refused.
Result<Instant> parse_instant(std::string_view text);
// A date and a time element given apart, as UBL does: ("2005-06-20", "12:30:02Z" or "").
Result<Instant> parse_instant(std::string_view date, std::string_view time);
// "+02:00", "-05:30", "Z" -> minutes.
Result<int> parse_offset(std::string_view text);
// RFC 3339 in UTC with as many fraction digits as needed (0, 3, 6 or 9).
std::string to_rfc3339(EpochNs at);

}  // namespace connector::core
