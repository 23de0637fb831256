// What the records of one QIF document refer to by file-local ids: units, devices, datums, other
// documents, and the parts that were inspected.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/decimal.h"
#include "record/xml.h"

namespace connector::record {

// Of what many records repeat: names and numbers of parts, devices and people.
inline constexpr std::size_t kQifTextBytes = 1000;

using QifNodes = std::unordered_map<std::string, pugi::xml_node>;  // by the id attribute

// Another QIF document that this one refers to.
struct QifExternal {
  std::string qpid;  // lower case; may be empty
  std::string uri;   // as written; never opened
};

struct QifParts {
  // DOCUMENT_REFUSED with the place in the metadata: no QPId, without which records have no
  // identity; a name or number of a part or process that is longer than kQifTextBytes.
  static core::Result<QifParts> read(const Xml& xml);

  // "mm" for "Linear", ...; "" where the document does not say (the schema's default, SI units,
  // is what nobody means who left them out).
  const std::string& unit(const std::string& quantity) const;
  // The device, if exactly one is named; else "".
  std::string device(pugi::xml_node ids) const;
  // The item that a result set or a measurement is about: the actual component, else the part, if
  // the document has only one.
  std::optional<pb::ItemRef> item(const std::string& component) const;

  // The manufacturing operation that made what was measured: of the process that the measurement
  // names, else of the one that made the component; "" where the document says neither.
  std::string operation(const std::string& process, const std::string& component) const;

  std::string qpid;  // of the document, lower case
  std::string order_number;
  std::unordered_map<std::string, std::string> units;  // by quantity: "Linear", "Angular", ...
  std::unordered_map<std::string, std::string> devices;
  std::unordered_map<std::string, std::string> drawings;
  std::unordered_map<std::string, std::vector<std::string>> datums;  // of a reference frame
  std::unordered_map<std::string, QifExternal> externals;
  std::unordered_map<std::string, pb::ItemRef> components;  // actual ones
  std::unordered_map<std::string, std::string> operations;  // by manufacturing process
  std::unordered_map<std::string, std::string> made_by;     // component -> manufacturing process
  std::optional<pb::ItemRef> part;                          // the only one
};

// DOCUMENT_REFUSED with path, line and column of the element in the metadata.
core::Error qif_error(const Xml& xml, pugi::xml_node element, const std::string& what);
core::Result<core::Decimal> qif_decimal(const Xml& xml, pugi::xml_node element);
// The id attribute. Records are named by it, so it must be there.
core::Result<std::string> qif_id(const Xml& xml, pugi::xml_node element);
// "5", or "5@1": item 5 of external document 1 (an xId attribute holds the item then, the text the
// document).
std::string qif_reference(pugi::xml_node reference);
// Elements of a list by their id, and one of them; an empty node where there is none.
QifNodes qif_by_id(const std::vector<pugi::xml_node>& list);
pugi::xml_node qif_find(const QifNodes& nodes, const std::string& id);
// Elements of this name at any depth below node, outermost only: 2.1 and 3.0 nest differently.
std::vector<pugi::xml_node> qif_all(pugi::xml_node node, std::string_view name);
// "PointProfileCharacteristicItem" -> "PointProfile".
std::string qif_kind(pugi::xml_node element);
// "Linear", "Angular", ... : which unit the values of a kind of characteristic have; "" for none.
std::string qif_quantity(const std::string& kind);
// The unit that a value names for itself ("linearUnit", "angularUnit", ...), or "".
std::string qif_own_unit(pugi::xml_node value);

}  // namespace connector::record
