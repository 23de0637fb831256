// The characteristics of a QIF document: item -> nominal -> definition, joined by file-local ids.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "record/qif_tolerance.h"

namespace connector::record {

// Elements below one definition or nominal: many items may refer to it, and each looks into it.
inline constexpr std::size_t kQifElements = 200;

struct QifCharacteristic {
  pugi::xml_node item;
  pugi::xml_node nominal;     // empty where the item names none
  pugi::xml_node definition;  // empty where the nominal names none
  std::string id;
  std::string kind;  // "PointProfile", "Diameter", ...
  std::string name;
  std::string qpid;    // UUID across documents, lower case; may be empty
  std::string device;  // the only one that is planned to measure it
  QifTolerance tolerance;
};

class QifCharacteristics {
 public:
  // DOCUMENT_REFUSED with the place in the metadata: a tolerance or target that is no number, an
  // item without id, two with the same, a definition or nominal of more than kQifElements elements.
  static core::Result<QifCharacteristics> read(const Xml& xml, const QifParts& parts);
  const QifCharacteristic* find(const std::string& item_id) const;
  const std::vector<QifCharacteristic>& all() const { return items_; }  // as in the document

 private:
  std::vector<QifCharacteristic> items_;
  std::unordered_map<std::string, std::size_t> index_;
};

// One record for one characteristic of the plan; its key is
// "characteristic/<QPId of the document>/<id>".
pb::Record characteristic_record(const QifCharacteristic& one, const QifParts& parts,
                                 const Format& format);

// What the value and the limits say, PASS or FAIL; UNDEFINED where they do not say: no limits, a
// zone that departure from the material condition widens, a unit other than that of the limits.
// unit: the one that the value names for itself, or "".
pb::InspectionStatus qif_judge(const QifCharacteristic& one, const core::Decimal& value,
                               const std::string& unit);
// The same of an attribute: one of the values that pass, or one of those that fail.
pb::InspectionStatus qif_judge(const QifCharacteristic& one, const std::string& attribute_value);

}  // namespace connector::record
