// What a characteristic may measure: limits of its own, of a shared definition, or of a fit.
#pragma once

#include <string>

#include "record/qif_parts.h"

namespace connector::record {

struct QifTolerance {
  pb::Tolerance values;
  std::string unit;
  std::string fit;      // "H7": the tolerance class, where limits and fits were named
  bool unread = false;  // toleranced in a way that is not read; values then has no limits
};

// definition and nominal: of the characteristic; either may be empty. shared: the tolerance
// definitions of the document by id, which a tolerance may name instead of values. unit: the one
// that values have which name none.
//
// Not read, and marked so: a definition that is not in this document, offsets to a nominal value
// that is not stated, values in different units, and the fits that iso286_limits does not know or
// that are not in millimetres. DOCUMENT_REFUSED with the place: a value that is no number.
core::Result<QifTolerance> read_qif_tolerance(const Xml& xml, pugi::xml_node definition,
                                              pugi::xml_node nominal, const QifNodes& shared,
                                              std::string unit);

}  // namespace connector::record
