// The records of one QIF document, within the limits that hold for a document.
#pragma once

#include <utility>
#include <vector>

#include "record/qif_parts.h"

namespace connector::record {

class QifRecords {
 public:
  explicit QifRecords(const Xml& xml) : xml_(xml) {}

  // DOCUMENT_REFUSED at the element that the record comes from: a record beyond
  // limits::kRecordBytes, more of them than limits::kRecordsPerDocument, or all together far more
  // than a document can hold (what many records share is repeated in each).
  core::Status add(pugi::xml_node element, pb::Record record);

  const std::vector<pb::Record>& all() const { return records_; }
  std::vector<pb::Record> take() { return std::move(records_); }

 private:
  const Xml& xml_;
  std::vector<pb::Record> records_;
  std::size_t bytes_ = 0;
};

}  // namespace connector::record
