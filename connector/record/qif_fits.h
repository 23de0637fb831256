// Limits of size from a tolerance class of ISO 286-1:2010, for nominal sizes up to 500 mm.
#pragma once

#include <optional>
#include <string_view>

#include "core/decimal.h"

namespace connector::record {

struct FitLimits {
  core::Decimal lower;
  core::Decimal upper;
};

// ("H", "7") of a hole, ("g", "6") of a shaft; the nominal size in millimetres. Exact: the
// standard tabulates whole micrometres. Read are the grades IT5 to IT13 with the fundamental
// deviations D to H and d to h, m, n, p, and k up to IT7. All others give nothing: their values
// depend on the grade, on a finer division of sizes or on the edition of the standard.
std::optional<FitLimits> iso286_limits(bool hole, std::string_view deviation,
                                       std::string_view grade, const core::Decimal& nominal_mm);

}  // namespace connector::record
