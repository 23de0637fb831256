// EPCIS XML events in the shape of JSON-LD, so that both are read by one builder.
#pragma once

#include "core/json.h"
#include "record/xml.h"

namespace connector::record {

struct XmlRules {
  bool lenient = false;
  bool ordered = true;  // EPCIS 2.0; documents of 1.2 have their elements in any order
};

// Refuses, unless lenient, an element that the schema does not have. Its sequence is not asked for
// where it makes no difference: real documents do not keep to it. But in 2.0 the action must not
// stand before the time. An error's metadata has the path below the event.
core::Result<core::Json> event_from_xml(pugi::xml_node event, const XmlRules& rules);

// Whether an element is one of the five events, or pretends to be one.
bool looks_like_event(std::string_view local_name);

}  // namespace connector::record
