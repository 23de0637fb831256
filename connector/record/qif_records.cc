#include "record/qif_records.h"

#include "core/limits.h"

namespace connector::record {
namespace {

constexpr std::size_t kExpandedBytes = 4 * core::limits::kDocumentBytes;

}  // namespace

core::Status QifRecords::add(pugi::xml_node element, pb::Record record) {
  const std::size_t bytes = record.ByteSizeLong();
  if (bytes > core::limits::kRecordBytes) {
    return qif_error(xml_, element,
                     "the record of this element is larger than " +
                         std::to_string(core::limits::kRecordBytes) + " bytes");
  }
  bytes_ += bytes;
  if (bytes_ > kExpandedBytes || records_.size() >= core::limits::kRecordsPerDocument) {
    return qif_error(xml_, element, "the document gives more records than a document may");
  }
  records_.push_back(std::move(record));
  return core::ok();
}

}  // namespace connector::record
