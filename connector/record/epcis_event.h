// One event: from JSON-LD members to a record. EPCIS XML is brought into the same shape first.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "record/document.h"

namespace connector::record {

// What went wrong, and where below the event.
struct EventProblem {
  std::string path;  // "action", "quantityList[2]/uom"
  std::string cause;
};

struct EventRules {
  bool lenient = false;
  // The document names contexts besides those of EPCIS: they may define terms that are not known
  // here, since contexts are never fetched. Such terms are kept and flagged.
  bool other_contexts = false;
};

struct BuiltEvent {
  pb::Event event;
  std::vector<std::string> flags;
};

// Reads all members or says which one is wrong.
core::Result<BuiltEvent> build_event(const core::Json& json, const EventRules& rules);

// The canonical word for the type: "ObjectEvent". Empty for anything else.
std::string event_type_name(const core::Json& json);

}  // namespace connector::record
