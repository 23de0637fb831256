// EPCIS XML events in the shape of JSON-LD, so that both are read by one builder.
#pragma once

#include "core/json.h"
#include "record/xml.h"

namespace connector::record {

// Refuses, unless lenient, an element that the schema does not have, and one out of its order.
// An error's metadata has the path below the event.
core::Result<core::Json> event_from_xml(pugi::xml_node event, bool lenient);

// Whether an element is one of the five events, or pretends to be one.
bool looks_like_event(std::string_view local_name);

}  // namespace connector::record
