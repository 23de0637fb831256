// The measured characteristics of a QIF document (3.0: CharacteristicMeasurements; 2.1:
// CharacteristicActuals).
#pragma once

#include <string>
#include <unordered_map>

#include "record/qif_characteristics.h"
#include "record/qif_records.h"

namespace connector::record {

class QifResults {
 public:
  QifResults(const Xml& xml, const QifParts& parts, const QifCharacteristics& characteristics,
             const Format& format)
      : xml_(xml), parts_(parts), characteristics_(characteristics), format_(format) {}

  // Appends one record per measured characteristic; its key is
  // "measurement/<QPId of the document>/<id>". DOCUMENT_REFUSED with the place in the metadata: an
  // entry without id or characteristic, two with the same id, a value or time that is none.
  core::Status read(QifRecords& records);

  // Of a measurement of this document, by its id: the characteristic item, or "".
  std::string item_of(const std::string& measurement) const;

 private:
  struct Set;
  core::Status add_set(pugi::xml_node results, Set set, QifRecords& records);
  core::Status trace(pugi::xml_node traceability, Set& set) const;
  core::Status add(pugi::xml_node entry, const Set& set, QifRecords& records);
  void identify(pugi::xml_node entry, pb::Record& record) const;
  void record_status(pugi::xml_node entry, pb::Record& record) const;
  core::Status add_value(pugi::xml_node entry, pb::Record& record) const;
  void compare(pb::InspectionStatus judged, pb::Record& record) const;
  core::Status add_circumstances(pugi::xml_node entry, const Set& set, pb::Measurement& body) const;

  const Xml& xml_;
  const QifParts& parts_;
  const QifCharacteristics& characteristics_;
  const Format& format_;
  std::unordered_map<std::string, std::string> items_;  // measurement -> characteristic item
};

}  // namespace connector::record
