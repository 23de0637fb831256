#include "core/decimal.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

namespace connector::core {
namespace {

constexpr std::size_t kDigits = 400;
constexpr int kExponent = 400;

bool digit(char c) {
  return c >= '0' && c <= '9';
}

// The parts of a decimal's text, as views into it.
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int exponent = 0;
};

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// The exponent after "e"; false if it is no number. One out of range stays out of range.
bool take_exponent(std::string_view& text, int& exponent) {
  const bool negative = take(text, '-');
  if (!negative) take(text, '+');
  std::string_view digits = take_digits(text);
  if (digits.empty()) return false;
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  exponent = kExponent + 1;
  if (digits.size() <= 4) std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (negative) exponent = -exponent;
  return true;
}

bool take_parts(std::string_view text, Parts& parts) {
  parts.negative = take(text, '-');
  if (!parts.negative) take(text, '+');
  parts.whole = take_digits(text);
  if (take(text, '.')) parts.fraction = take_digits(text);
  if (parts.whole.empty() && parts.fraction.empty()) return false;
  if (take(text, 'e') || take(text, 'E')) {
    if (!take_exponent(text, parts.exponent)) return false;
  }
  return text.empty();
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string out = "\"" + std::string(text.substr(0, kShown));
  return out + (text.size() > kShown ? "...\"" : "\"");
}

// Digits of a number of which all digits are known, most significant first.
std::string_view without_zeros(std::string_view digits, int& exponent) {
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string_view::npos) {
    exponent = 0;
    return {};
  }
  exponent -= static_cast<int>(first);
  return digits.substr(first, digits.find_last_not_of('0') - first + 1);
}

// The digits between 10^high and 10^low of 0.digits * 10^exponent, filled up with zeros.
std::string aligned(std::string_view digits, int exponent, int high, int low) {
  std::string out(static_cast<std::size_t>(high - exponent), '0');
  out += digits;
  out.resize(static_cast<std::size_t>(high - low), '0');
  return out;
}

void add_to(std::string& sum, const std::string& other) {
  int carry = 0;
  for (std::size_t i = sum.size(); i-- > 0;) {
    const int value = (sum[i] - '0') + (other[i] - '0') + carry;
    carry = value / 10;
    sum[i] = static_cast<char>('0' + value % 10);
  }
}

// other is not greater than difference.
void subtract_from(std::string& difference, const std::string& other) {
  int borrow = 0;
  for (std::size_t i = difference.size(); i-- > 0;) {
    int value = (difference[i] - '0') - (other[i] - '0') - borrow;
    borrow = value < 0 ? 1 : 0;
    difference[i] = static_cast<char>('0' + value + 10 * borrow);
  }
}

std::string plain(bool negative, std::string_view digits, int exponent) {
  if (digits.empty()) return "0";
  std::string out = negative ? "-" : "";
  const int size = static_cast<int>(digits.size());
  if (exponent <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-exponent), '0');
    return out += digits;
  }
  if (exponent >= size) {
    out += digits;
    return out += std::string(static_cast<std::size_t>(exponent - size), '0');
  }
  out += digits.substr(0, static_cast<std::size_t>(exponent));
  out += '.';
  return out += digits.substr(static_cast<std::size_t>(exponent));
}

std::strong_ordering compare_magnitudes(std::string_view a, int a_exponent, std::string_view b,
                                        int b_exponent) {
  if (a.empty() || b.empty()) return b.empty() <=> a.empty();
  if (a_exponent != b_exponent) return a_exponent <=> b_exponent;
  return a.compare(b) <=> 0;  // without trailing zeros a prefix is the smaller one
}

}  // namespace

Result<Decimal> Decimal::parse(std::string_view text) {
  Parts parts;
  if (!take_parts(text, parts)) {
    return invalid("INVALID_DECIMAL", quoted(text) + " is not a decimal number");
  }
  if (parts.whole.size() + parts.fraction.size() > kDigits) {
    return invalid("INVALID_DECIMAL", quoted(text) + " has more than 400 digits");
  }
  if (parts.exponent > kExponent || parts.exponent < -kExponent) {
    return invalid("INVALID_DECIMAL", quoted(text) + " has an exponent beyond 400");
  }
  return Decimal(text);
}

Decimal::Decimal(std::string_view checked) : text_(checked) {
  Parts parts;
  take_parts(text_, parts);
  std::string digits(parts.whole);
  digits += parts.fraction;
  exponent_ = static_cast<int>(parts.whole.size()) + parts.exponent;
  digits_ = without_zeros(digits, exponent_);
  negative_ = parts.negative && !digits_.empty();
}

std::string Decimal::canonical() const {
  return plain(negative_, digits_, exponent_);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.negative_ != b.negative_) return b.negative_ <=> a.negative_;
  const auto order = compare_magnitudes(a.digits_, a.exponent_, b.digits_, b.exponent_);
  return a.negative_ ? 0 <=> order : order;
}

bool operator==(const Decimal& a, const Decimal& b) {
  return a.negative_ == b.negative_ && a.exponent_ == b.exponent_ && a.digits_ == b.digits_;
}

Decimal operator+(const Decimal& a, const Decimal& b) {
  if (a.digits_.empty()) return Decimal(b.canonical());
  if (b.digits_.empty()) return Decimal(a.canonical());
  const auto low_of = [](const Decimal& d) {
    return d.exponent_ - static_cast<int>(d.digits_.size());
  };
  const int low = std::min(low_of(a), low_of(b));
  const int high = std::max(a.exponent_, b.exponent_) + 1;  // room for the carry
  std::string left = aligned(a.digits_, a.exponent_, high, low);
  std::string right = aligned(b.digits_, b.exponent_, high, low);
  bool negative = a.negative_;
  if (a.negative_ == b.negative_) {
    add_to(left, right);
  } else {
    if (left < right) {
      left.swap(right);
      negative = b.negative_;
    }
    subtract_from(left, right);
  }
  int exponent = high;
  const std::string_view digits = without_zeros(left, exponent);
  return Decimal(plain(negative, digits, exponent));
}

Decimal operator-(const Decimal& a, const Decimal& b) {
  Decimal opposite = b;
  opposite.negative_ = !b.negative_ && !b.digits_.empty();
  return a + opposite;
}

Decimal operator*(const Decimal& a, const Decimal& b) {
  std::vector<std::uint32_t> sums(a.digits_.size() + b.digits_.size(), 0);
  for (std::size_t i = a.digits_.size(); i-- > 0;) {
    std::uint32_t carry = 0;
    for (std::size_t j = b.digits_.size(); j-- > 0;) {
      const auto product = static_cast<std::uint32_t>((a.digits_[i] - '0') * (b.digits_[j] - '0'));
      const std::uint32_t value = sums[i + j + 1] + product + carry;
      sums[i + j + 1] = value % 10;
      carry = value / 10;
    }
    sums[i] += carry;
  }
  std::string all;
  for (const std::uint32_t value : sums) all += static_cast<char>('0' + value);
  int exponent = a.exponent_ + b.exponent_;
  const std::string_view digits = without_zeros(all, exponent);
  return Decimal(plain(a.negative_ != b.negative_, digits, exponent));
}

Decimal Decimal::rounded(int digits) const {
  const int kept = exponent_ + std::clamp(digits, 0, 30);  // how many of digits_ stay
  if (kept >= static_cast<int>(digits_.size())) return Decimal(canonical());
  if (kept < 0) return Decimal("0");
  const auto count = static_cast<std::size_t>(kept);
  const bool up = digits_[count] >= '5';
  std::string all = "0" + digits_.substr(0, count);  // room for the carry
  if (up) {
    std::string one(all.size(), '0');
    one.back() = '1';
    add_to(all, one);
  }
  int exponent = exponent_ + 1;
  const std::string_view rest = without_zeros(all, exponent);
  return Decimal(plain(negative_, rest, exponent));
}

}  // namespace connector::core
