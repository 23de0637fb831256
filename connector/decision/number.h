// Numbers of a predicate and of a row, compared by value: exact always, fast where they are short.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/decimal.h"

namespace connector::decision {

// Views the text it was made from; that text must outlive it.
class Number {
 public:
  Number() = default;
  // Nothing where the text is no decimal (core::Decimal::parse).
  static std::optional<Number> of(std::string_view text);
  static Number of(std::int64_t value) { return Number(value, 0); }
  static Number of(std::uint64_t value) { return Number(value, 0); }

  friend std::strong_ordering compare(const Number& a, const Number& b);

 private:
  __extension__ using Wide = __int128;
  Number(Wide mantissa, int scale) : mantissa_(mantissa), scale_(scale) {}
  core::Decimal exact() const;

  // mantissa / 10^scale where it is short; else scale is negative and text holds the number.
  Wide mantissa_ = 0;
  int scale_ = 0;
  std::string_view text_;
};

}  // namespace connector::decision
