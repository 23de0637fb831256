// The statistical studies of a QIF document.
#pragma once

#include "record/qif_results.h"

namespace connector::record {

// Appends one record per study and characteristic in it, or one for a study that names none; its
// key is "study/<QPId of the document>/<id>/<n>". Values are named as QIF names them, with dots
// between the levels. DOCUMENT_REFUSED with the place in the metadata: a study without id, two with
// the same.
core::Status read_qif_studies(const Xml& xml, const QifParts& parts,
                              const QifCharacteristics& characteristics, const QifResults& results,
                              const Format& format, QifRecords& records);

}  // namespace connector::record
