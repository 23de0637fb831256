// Identifiers of parties, places and items: one canonical value for every spelling, and whether it
// holds the rules of its scheme (GS1 General Specifications; EPC Tag Data Standard 2.0; GS1 Digital
// Link 1.3; ISO 6523 codes as in the Peppol code list).
#pragma once

#include <string>
#include <string_view>

#include "record/document.h"

namespace connector::record {

// scheme: lower case, as in the comment of valuechain.record.v1.Identifier. An identifier that
// breaks the rules of its scheme is kept: valid is false, value is what was written, trimmed.
// owner: the party that issued a number which is unique only to it.
pb::Identifier make_identifier(std::string_view scheme, std::string_view raw,
                               std::string_view owner = {});

// A UBL schemeID or an ISO 6523 / EAS code: "GLN" and "0088" give "gln"; "0160" and "GTIN" "gtin";
// unknown ones themselves in lower case.
std::string scheme_of_code(std::string_view scheme_id);

// An EPC URN ("urn:epc:id:sgtin:...", "urn:epc:class:lgtin:...", "urn:epc:idpat:sgtin:..."), a GS1
// Digital Link in any domain, "urn:uuid:...", or any other URI (scheme "uri"). Canonical values,
// the same for URN and Digital Link:
//   gtin           14 digits                        sscc, gsrn, gsrnp  18 digits
//   sgtin, lgtin   "<gtin>.<serial or lot>"         gln                13 digits
//   itip           "<gtin><piece><total>.<serial>"  sgln               "<gln>", "<gln>.<extension>"
//   upui           "<gtin>.<TPX>"                   gsin               17 digits
//   grai, gdti, sgcn  "<13 digits>.<serial>"        giai, ginc         prefix and reference as one
//   cpid           "<prefix and reference>.<serial>"
// The serial is left out where a type is named ("urn:epc:idpat:grai:...*").
pb::Identifier identifier_from_uri(std::string_view uri);

// One item, batch or model as EPCIS names it: level, identifier and item keys.
pb::ItemRef item_from_epc(std::string_view uri);

// Item keys: the first 16 bytes of SHA-256 over six texts, each preceded by its length in bytes as
// 4 bytes (big-endian): "v1", scheme, owner, value, level, instance. One key for each identifier
// that is stated, by its scheme:
//   gtin                   "gtin", "", 14 digits, level, instance
//   sgtin, lgtin           taken apart: "gtin", "", 14 digits, "item" or "batch", serial or lot
//   seller-part, buyer-part, manufacturer-part
//                          scheme, the owner's identifier "<scheme>:<value>", number, level,
//                          instance; no key where the owner is not known
//   sscc, giai, grai, gdti, sgcn, cpid, itip, upui, gsrn, gsrnp, gsin, ginc, gln, sgln, gid, usdod,
//   adi, bic, imovn, uuid, uri, product-trace, and an sgtin or lgtin that is not valid
//                          stand for themselves: scheme, owner, value, "", ""
//   any other              scheme, owner, value, level, instance
// level and instance come from the identifiers "serial" and "lot" beside it: "item" and the serial
// number; without one "batch" and the lot; without both "model" and "". Values are canonical. So a
// lot that a despatch advice states as GTIN and lot, and an event states as urn:epc:class:lgtin or
// as a Digital Link, has the same key at both partners.
void set_item_keys(pb::ItemRef& item);

}  // namespace connector::record
