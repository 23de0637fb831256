// The characteristics of a QIF document: item -> nominal -> definition, joined by file-local ids.
#pragma once

#include <string>
#include <unordered_map>

#include "record/xml.h"

namespace connector::record {

struct QifCharacteristic {
  pugi::xml_node item;  // empty where only a measurement names it
  pugi::xml_node nominal;
  pugi::xml_node definition;
  std::string kind;  // "PointProfile", "Diameter", ...
  std::string name;
  std::string qpid;  // UUID across documents; may be empty
  pb::Tolerance tolerance;
  bool toleranced = false;  // false: basic or to be determined, neither pass nor fail
  std::string unit;
};

class QifCharacteristics {
 public:
  // DOCUMENT_REFUSED with "path" in the metadata: a tolerance or target that is no number.
  static core::Result<QifCharacteristics> read(const Xml& xml);
  const QifCharacteristic* find(const std::string& item_id) const;
  const std::vector<std::string>& ids() const { return order_; }  // as in the document

 private:
  std::unordered_map<std::string, QifCharacteristic> items_;
  std::vector<std::string> order_;
};

// What value and limits say; kUndefined where they say nothing.
pb::InspectionStatus qif_judge(const QifCharacteristic& characteristic, const core::Decimal& value);

}  // namespace connector::record
