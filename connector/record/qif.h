// QIF 3.0 (ISO 23952:2020): plans, results and statistics; QIF 2.1: results and statistics.
#pragma once

#include "record/document.h"
#include "record/xml.h"

namespace connector::record {

bool is_qif(const Xml& xml);

// One record per characteristic item, per measured characteristic, and per study and characteristic
// in it. Limits are absolute, whichever way the document gives them (its own values, a shared
// tolerance definition, a fit); units are those of the document. The recorded status wins; the one
// that follows from value and limits stands beside it where the two differ, with the flag
// "status-differs". Where the plan is another document, the characteristic is named as
// "<item>@<document>", with QPId and URI of that document as properties and the flag
// "characteristic-elsewhere": nothing is opened. measured_at is the time stamp of the measurement,
// else the start of the inspection.
//
// Documents of resources and rules alone, and other versions than 2.x and 3.x, are declined.
// Refused with path, line and column: no QPId, an id that is missing or given twice, a measurement
// without characteristic, a number or time that is none, records beyond the limits.
//
// A document is known by its QPId; its version is the time that Version says it was created, in
// UTC.
//
// facts: qif_version, has_plan, external_qif_references. counts: characteristic_items,
// characteristic_measurements, failures, status_<word> (other than FAIL), measured_items,
// failed_items, result_sets, result_sets_<word>, statistical_study_results.
Document read_qif(const Xml& xml, const ReadOptions& options);

}  // namespace connector::record
