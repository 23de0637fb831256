#include "decision/number.h"

namespace connector::decision {
namespace {

constexpr int kShortDigits = 18;  // two such numbers, scaled to each other, fit in 128 bits
constexpr int kLong = -1;

__extension__ using Wide = __int128;

Wide power_of_ten(int exponent) {
  Wide power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

struct Short {
  std::int64_t mantissa = 0;
  int scale = 0;
};

// "-12.50" and the like; nothing for the rarer forms, which core::Decimal knows.
std::optional<Short> read_short(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > kShortDigits) return std::nullopt;
  Short number;
  bool fraction = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !fraction && i > 0 && i + 1 < text.size()) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    number.mantissa = number.mantissa * 10 + (c - '0');
    if (fraction) ++number.scale;
  }
  if (negative) number.mantissa = -number.mantissa;
  return number;
}

}  // namespace

std::optional<Number> Number::of(std::string_view text) {
  if (const auto number = read_short(text)) return Number(number->mantissa, number->scale);
  if (!core::Decimal::parse(text)) return std::nullopt;
  Number number(0, kLong);
  number.text_ = text;
  return number;
}

core::Decimal Number::exact() const {
  if (scale_ == kLong) return *core::Decimal::parse(text_);
  // A mantissa has at most 20 digits: it is a short decimal or a 64-bit integer.
  const bool negative = mantissa_ < 0;
  const auto magnitude = static_cast<std::uint64_t>(negative ? -mantissa_ : mantissa_);
  const std::string text =
      (negative ? "-" : "") + std::to_string(magnitude) + "e-" + std::to_string(scale_);
  return *core::Decimal::parse(text);
}

std::strong_ordering compare(const Number& a, const Number& b) {
  if (a.scale_ == kLong || b.scale_ == kLong) return a.exact() <=> b.exact();
  if (a.scale_ == b.scale_) return a.mantissa_ <=> b.mantissa_;
  return a.mantissa_ * power_of_ten(b.scale_) <=> b.mantissa_ * power_of_ten(a.scale_);
}

}  // namespace connector::decision
