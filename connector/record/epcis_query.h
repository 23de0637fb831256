// Queries: checked, not run (EPCIS 2.0, section 8.2.7).
#pragma once

#include <string>

#include "core/json.h"
#include "core/result.h"
#include "record/xml.h"

namespace connector::record {

// {"eventType": [...], "GE_eventTime": ...} as the REST binding has it.
bool is_epcis_query(const core::Json& json);
// An error's metadata has the path.
core::Status check_query(const core::Json& json);
// The params of a Poll element.
core::Status check_query(pugi::xml_node poll);

}  // namespace connector::record
