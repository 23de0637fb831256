// QIF 3.0 (ISO 23952:2020): plans, results and statistics; QIF 2.1: results and statistics.
#pragma once

#include "record/document.h"
#include "record/xml.h"

namespace connector::record {

bool is_qif(const Xml& xml);

// One record per characteristic item, per measured characteristic and per characteristic of a
// study. Limits are absolute, whichever way the document gives them. The recorded status wins; the
// one that follows from value and limits stands beside it where the two differ.
// Documents of resources and rules alone are declined.
Document read_qif(const Xml& xml, const ReadOptions& options);

}  // namespace connector::record
