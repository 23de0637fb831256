// May a partner have this, why, and what would change the answer? Asked by our own admin.
#pragma once

#include <string>

#include "core/json.h"
#include "opa/bench.h"

namespace connector::opa {

struct Inquiry {
  decision::Question question;  // point "fetch"
  std::string record;           // wire bytes of one record; empty: the dataset as a whole
};

// {"allow", "revision", "working_copy", "partner_hears", "reasons": [{"code", "text", "hint",
// "place"}], "decided_by": [{"rule", "place"}], "limits": {}, "rows": {"rules", "condition",
// "place"}, "record": {"leaves", "conditions", "company"}, "fields": [{"path", "operation",
// "label", "why", "places"}], "would_change": [{"text", "place", "command"}]}. Members without
// content are left out. Places are those of the files that the revision was made of:
// "purposes.yaml:6".
core::Result<core::Json> inquire(Bench& bench, const Inquiry& inquiry);

}  // namespace connector::opa
