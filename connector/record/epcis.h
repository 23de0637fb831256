// EPCIS 2.0 (GS1; ISO/IEC 19987) in JSON-LD and XML, and EPCIS 1.2 in XML: documents, query
// documents, queries and bare events. Contexts are known by name and never fetched.
#pragma once

#include "core/json.h"
#include "record/document.h"
#include "record/xml.h"

namespace connector::record {

bool is_epcis(const Xml& xml);
bool is_epcis(const core::Json& json);

// One record per event, and one for each item and edge that follows from it.
// The same document in XML and in JSON gives the same records, but for how identifiers were spelt.
Document read_epcis_xml(const Xml& xml, const ReadOptions& options);
Document read_epcis_json(const core::Json& json, const ReadOptions& options);

}  // namespace connector::record
