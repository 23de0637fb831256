// What a record says, whatever the spelling of the document that it came from.
#pragma once

#include "record/document.h"

namespace connector::record {

// Without what was written beside its canonical form: raw identifiers, words and units, digits of
// a decimal that do not change its value, text and offset of an instant. Two documents that say the
// same (EPCIS in JSON and in XML, say) give equal statements. The header keeps kind, key, lifecycle
// and flags.
pb::Record statement_of(const pb::Record& record);

}  // namespace connector::record
