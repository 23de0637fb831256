#include "core/instant.h"

#include <chrono>
#include <cstdlib>

namespace connector::core {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerDay = 86'400 * kNsPerSecond;
constexpr int kMaxOffset = 14 * 60;  // XML Schema

struct Time {
  std::int64_t ns = 0;  // since the start of the day; 24:00:00 is the start of the next
};

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Exactly `count` digits.
std::optional<int> take_number(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

Error not_a_time(std::string_view text, const std::string& why) {
  constexpr std::size_t kShown = 60;
  return invalid("INVALID_TIME", "\"" + std::string(text.substr(0, kShown)) + "\" " + why);
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

// ".591234567": nanoseconds; digits beyond nine are read past.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  std::int64_t ns = 0;
  std::int64_t unit = kNsPerSecond / 10;
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
    ns += (text[count] - '0') * unit;
    unit /= 10;
    ++count;
  }
  text.remove_prefix(count);
  return count == 0 ? std::nullopt : std::optional(ns);
}

std::optional<Time> take_time(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute) return std::nullopt;
  std::optional<int> second = 0;
  std::optional<std::int64_t> fraction = 0;
  if (take(text, ':')) {
    second = take_number(text, 2);
    if (second && take(text, '.')) fraction = take_fraction(text);
  }
  if (!second || !fraction || *minute > 59 || *second > 59) return std::nullopt;
  const std::int64_t seconds = (*hour * 60 + *minute) * 60 + *second;
  const std::int64_t ns = seconds * kNsPerSecond + *fraction;
  if (ns > kNsPerDay) return std::nullopt;
  return Time{ns};
}

// An offset that may be absent; false if there is something else.
bool take_offset(std::string_view& text, std::optional<int>& offset) {
  if (text.empty()) return true;
  if (take(text, 'Z')) {
    offset = 0;
    return true;
  }
  const bool negative = take(text, '-');
  if (!negative && !take(text, '+')) return false;
  const auto hours = take_number(text, 2);
  take(text, ':');
  const auto minutes = take_number(text, 2);
  if (!hours || !minutes || *minutes > 59) return false;
  const int total = *hours * 60 + *minutes;
  if (total > kMaxOffset) return false;
  offset = negative ? -total : total;
  return true;
}

// Nanoseconds of a day and a time in it; nothing when they are out of range.
std::optional<EpochNs> epoch_ns(std::chrono::sys_days day, std::int64_t ns_of_day,
                                std::optional<int> offset_min) {
  const std::int64_t days = day.time_since_epoch().count();
  const std::int64_t rest = ns_of_day - offset_min.value_or(0) * 60 * kNsPerSecond;
  std::int64_t sum = 0;
  // Before 1970 a day's start may lie below the range although the instant does not.
  const std::int64_t shift = days < 0 ? 1 : 0;
  if (__builtin_mul_overflow(days + shift, kNsPerDay, &sum)) return std::nullopt;
  if (__builtin_add_overflow(sum, rest - shift * kNsPerDay, &sum)) return std::nullopt;
  return sum;
}

std::string two(int number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

// The shortest of 0, 3, 6 or 9 digits that says it all.
std::string fraction_text(std::int64_t ns) {
  if (ns == 0) return {};
  std::string digits = std::to_string(kNsPerSecond + ns).substr(1);
  while (digits.ends_with("000")) digits.resize(digits.size() - 3);
  return "." + digits;
}

}  // namespace

Result<Instant> parse_instant(std::string_view text) {
  Instant instant;
  instant.text = text;
  std::string_view rest = text;
  const auto date = take_date(rest);
  if (!date) return not_a_time(text, "is not a date (YYYY-MM-DD) or time");
  std::int64_t ns_of_day = 0;
  instant.date_only = !take(rest, 'T');
  if (!instant.date_only) {
    const auto time = take_time(rest);
    if (!time) return not_a_time(text, "has no valid time (hh:mm:ss) after its date");
    ns_of_day = time->ns;
  }
  if (!take_offset(rest, instant.offset_min) || !rest.empty()) {
    return not_a_time(text, "does not end with a valid offset (Z or +hh:mm)");
  }
  const auto at = epoch_ns(*date, ns_of_day, instant.offset_min);
  if (!at) return not_a_time(text, "lies outside of the years 1678 to 2262");
  instant.epoch_ns = *at;
  return instant;
}

Result<Instant> parse_instant(std::string_view date, std::string_view time) {
  if (time.empty()) return parse_instant(date);
  const auto day = parse_instant(date);
  if (!day) return day.error();
  if (!day->date_only) return not_a_time(date, "is not a date alone");
  constexpr std::size_t kDate = 10;
  const std::string both = std::string(date.substr(0, kDate)) + "T" + std::string(time);
  auto instant = parse_instant(both);
  if (!instant || !day->offset_min) return instant;
  if (!instant->offset_min) return parse_instant(both + std::string(date.substr(kDate)));
  if (instant->offset_min != day->offset_min) {
    return not_a_time(std::string(date) + " " + std::string(time), "gives two different offsets");
  }
  return instant;
}

Result<int> parse_offset(std::string_view text) {
  std::optional<int> offset;
  std::string_view rest = text;
  if (!take_offset(rest, offset) || !offset || !rest.empty()) {
    return not_a_time(text, "is not an offset (Z or +hh:mm, at most 14:00)");
  }
  return *offset;
}

std::string to_rfc3339(EpochNs at) {
  std::int64_t day = at / kNsPerDay;
  std::int64_t ns = at % kNsPerDay;
  if (ns < 0) {
    ns += kNsPerDay;
    --day;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const int seconds = static_cast<int>(ns / kNsPerSecond);
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two(static_cast<int>(static_cast<unsigned>(date.month()))) + "-" +
         two(static_cast<int>(static_cast<unsigned>(date.day()))) + "T" + two(seconds / 3600) +
         ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60) + fraction_text(ns % kNsPerSecond) +
         "Z";
}

}  // namespace connector::core
