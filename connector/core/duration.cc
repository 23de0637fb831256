#include "core/duration.h"

#include <array>
#include <chrono>
#include <limits>
#include <string>

namespace connector::core {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kMaxMonths = 600 * 12;  // more than the years of EpochNs
constexpr std::size_t kMaxDigits = 12;

Error bad(std::string_view text, const std::string& cause) {
  return invalid("DURATION_INVALID", "'" + std::string(text) + "' is no duration: " + cause,
                 "write it as XML Schema does: P3M, P10D, PT2H30M");
}

struct Unit {
  char letter;
  bool time;  // stands behind the "T"
  std::int64_t months;
  std::int64_t ns;
};
constexpr std::array<Unit, 6> kUnits = {{{'Y', false, 12, 0},
                                         {'M', false, 1, 0},
                                         {'D', false, 0, kDay},
                                         {'H', true, 0, 3600 * kSecond},
                                         {'M', true, 0, 60 * kSecond},
                                         {'S', true, 0, kSecond}}};

// Reads the text from left to right; every unit at most once, in the order of the table.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), rest_(text) {}

  Result<Duration> read() {
    if (rest_.empty() || rest_.front() != 'P') return bad(text_, "it does not begin with P");
    rest_.remove_prefix(1);
    if (rest_.empty()) return bad(text_, "nothing follows the P");
    while (!rest_.empty()) {
      if (auto read = part(); !read) return std::move(read.error());
    }
    return duration_;
  }

 private:
  Status part() {
    if (rest_.front() == 'T' && !time_) {
      time_ = true;
      rest_.remove_prefix(1);
      if (rest_.empty()) return bad(text_, "nothing follows the T");
    }
    const std::string_view whole = digits();
    if (whole.empty()) return bad(text_, "a number is missing");
    std::string_view fraction;
    if (!rest_.empty() && rest_.front() == '.') {
      rest_.remove_prefix(1);
      fraction = digits();
      if (fraction.empty() || fraction.size() > 9) {
        return bad(text_, "a fraction has one to nine digits");
      }
    }
    if (rest_.empty()) return bad(text_, "a number without a unit");
    return add_part(whole, fraction);
  }

  Status add_part(std::string_view whole, std::string_view fraction) {
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    while (next_ < kUnits.size() && (kUnits[next_].letter != letter || kUnits[next_].time != time_))
      ++next_;
    if (next_ == kUnits.size()) return bad(text_, std::string("unit ") + letter + " is misplaced");
    const Unit& unit = kUnits[next_++];
    if (!fraction.empty() && letter != 'S') return bad(text_, "only seconds have a fraction");
    if (whole.size() > kMaxDigits) return bad(text_, "it is too long");
    const std::int64_t count = std::stoll(std::string(whole));
    std::int64_t ns = 0;
    if (__builtin_mul_overflow(count, unit.ns, &ns) ||
        __builtin_add_overflow(duration_.ns, ns, &duration_.ns)) {
      return bad(text_, "it is too long");
    }
    duration_.months += count * unit.months;
    if (duration_.months > kMaxMonths) return bad(text_, "it is too long");
    std::string nine(fraction);
    nine.resize(9, '0');
    if (__builtin_add_overflow(duration_.ns, std::stoll(nine), &duration_.ns)) {
      return bad(text_, "it is too long");
    }
    return ok();
  }

  std::string_view digits() {
    const auto end = rest_.find_first_not_of("0123456789");
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(found.size());
    return found;
  }

  std::string_view text_;
  std::string_view rest_;
  Duration duration_;
  bool time_ = false;
  std::size_t next_ = 0;
};

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  return Reader(text).read();
}

EpochNs add(EpochNs start, const Duration& duration) {
  using namespace std::chrono;
  constexpr EpochNs kLast = std::numeric_limits<EpochNs>::max();
  const sys_time<nanoseconds> at{nanoseconds(start)};
  const sys_days midnight = floor<days>(at);
  const year_month_day date = year_month_day(midnight) + months(duration.months);
  const year_month_day_last month_end{date.year() / date.month() / last};
  const sys_days day = date.ok() ? sys_days(date) : sys_days(month_end);
  if (day >= floor<days>(sys_time<nanoseconds>(nanoseconds(kLast)))) return kLast;
  const EpochNs moved = (sys_time<nanoseconds>(day) + (at - midnight)).time_since_epoch().count();
  EpochNs end = 0;
  return __builtin_add_overflow(moved, duration.ns, &end) ? kLast : end;
}

}  // namespace connector::core
