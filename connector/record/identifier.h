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
// Digital Link in any domain, or any other URI (scheme "uri"). Canonical values:
//   gtin 14 digits; sgtin and lgtin "<gtin>.<serial or lot>"; sscc 18 digits; gln 13 digits;
//   sgln "<gln>" or "<gln>.<extension>"; grai and gdti "<13 digits>.<serial>"; giai, cpid as one
//   text
pb::Identifier identifier_from_uri(std::string_view uri);

// One item, batch or model as EPCIS names it: level, identifier and item keys.
pb::ItemRef item_from_epc(std::string_view uri);

// Item keys: the first 16 bytes of SHA-256 over six texts, each preceded by its length in 4 bytes
// (big-endian): "v1", scheme, owner, value, level, instance.
//   scheme, value  the type that is stated: "gtin" and its 14 digits; "seller-part", "buyer-part"
//                  or "manufacturer-part" and the number, with the owner's identifier
//                  "<scheme>:<value>" as owner; any other identifier of an item stands for itself
//   owner          empty unless the number is unique only to its owner
//   level          "model", "batch" or "item"
//   instance       empty, the lot or the serial number
// So a lot that a despatch advice states as GTIN and lot, and an event states as
// urn:epc:class:lgtin, has the same key at both partners. One key for each type that is stated.
void set_item_keys(pb::ItemRef& item);

}  // namespace connector::record
