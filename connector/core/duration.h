// Lengths of time as XML Schema writes them (xsd:duration, W3C XSD 1.1 part 2, 3.3.6).
#pragma once

#include <cstdint>
#include <string_view>

#include "core/instant.h"
#include "core/result.h"

namespace connector::core {

// Months are of the calendar; the rest is exact. Never negative.
struct Duration {
  std::int64_t months = 0;
  std::int64_t ns = 0;
  friend bool operator==(const Duration&, const Duration&) = default;
};

// "P3M", "P1Y2M10DT2H30M", "PT0.5S". Refused: a sign, "P" alone, a "T" with nothing behind it, more
// than nine digits of a fraction, and what does not fit into the years of EpochNs.
Result<Duration> parse_duration(std::string_view text);

// The calendar's day of the month is kept, or the month's last one taken (XSD 1.1 part 2, E.3.3):
// 31 January and P1M give 28 or 29 February. In UTC. Ends at the last instant of EpochNs.
EpochNs add(EpochNs start, const Duration& duration);

}  // namespace connector::core
