// Exact decimals: never through a double. A decimal is its text as the document wrote it;
// comparison and addition work on the digits.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "core/result.h"

namespace connector::core {

class Decimal {
 public:
  Decimal() : Decimal("0") {}
  // XML Schema decimal or double without INF/NaN, or a JSON number:
  // [+-]digits[.digits][e[+-]digits]. Refused: anything else, more than 400 digits, an exponent
  // beyond +-400.
  static Result<Decimal> parse(std::string_view text);

  const std::string& text() const { return text_; }  // as written
  // Shortest plain form of the same value: "90", "-0.5"; one text per value. No exponent.
  std::string canonical() const;
  bool negative() const { return negative_; }

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);  // by value
  friend bool operator==(const Decimal& a, const Decimal& b);                   // by value
  friend Decimal operator+(const Decimal& a, const Decimal& b);                 // exact
  friend Decimal operator-(const Decimal& a, const Decimal& b);
  friend Decimal operator*(const Decimal& a, const Decimal& b);
  // Half away from zero, to this many digits after the point (0..30).
  Decimal rounded(int digits) const;

 private:
  explicit Decimal(std::string_view checked);
  std::string text_;
  bool negative_ = false;
  std::string digits_;  // significant, no leading or trailing zeros; empty = zero
  int exponent_ = 0;    // value = 0.digits * 10^exponent
};

}  // namespace connector::core
