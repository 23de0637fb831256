// Units of measure: one canonical code for what documents write (UN/ECE Recommendation 20).
#pragma once

#include <string>
#include <string_view>

#include "record/document.h"

namespace connector::record {

struct Unit {
  std::string code;    // canonical: "H87" for H87, C62, EA, NAR, NIU; as written where unknown
  bool known = false;  // false: neither a code nor a name that this table holds
};

// A Recommendation 20 code ("KGM"), a package code of Recommendation 21 behind an X ("XPX"), a
// name of Catena-X ("unit:kilogram", "kilogram"), PACT ("ton kilometer") or QIF ("millimeter"),
// or a symbol ("mm"). Codes and symbols are case-sensitive, names are not.
Unit canonical_unit(std::string_view raw);

// unit and unit_raw; nothing where raw is empty. False where the unit is not known.
bool set_unit(pb::Quantity& quantity, std::string_view raw);

}  // namespace connector::record
