// UBL 2.0 to 2.4 (OASIS UBL TC; 2.1 is ISO/IEC 19845), and with it SCSN and Peppol BIS, which are
// UBL with restrictions: the order chain from Order to FulfilmentCancellation.
#pragma once

#include "record/document.h"
#include "record/xml.h"

namespace connector::record {

// True where the root element is in a UBL document namespace (any version, any document), or in
// one of SCSN.
bool is_ubl(const Xml& xml);

// Order, OrderChange, OrderCancellation, OrderResponse, OrderResponseSimple, DespatchAdvice,
// ReceiptAdvice and FulfilmentCancellation are read, any other document and other versions of UBL
// declined by name. One KIND_ORDER_LINE record per line and sub-line; a document without lines
// gives one record per order that it names.
//
// Refused, with path, line and column: a mandatory element that is missing (document ID, IssueDate,
// the order of a change, cancellation or response, a line's ID, any line at all where the document
// type must have one), a quantity, amount or date that is none, a line number given twice, records
// beyond the limits. Codes that the lists of UBL, Peppol (UNCL1229) and SCSN do not hold are kept
// raw and flagged "unknown-code:<path>"; these lists are open. Lenient: later 2.x versions are
// read too, flagged "unknown-version".
//
// facts: document_id, issue_date, currency, order_reference, despatch_reference,
// receipt_reference, quotation_reference, customization. counts: lines, lines_with_quantity,
// quantity_sum[<unit as written>], sub_lines.
Document read_ubl(const Xml& xml, const ReadOptions& options);

}  // namespace connector::record
