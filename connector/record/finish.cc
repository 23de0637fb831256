#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "core/digest.h"
#include "core/text.h"
#include "record/document.h"

namespace connector::record {
namespace {

// The same message always gives the same bytes: content ids are digests of them.
std::string serialised(const pb::Record& record) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    record.SerializeToCodedStream(&coded);
  }
  return bytes;
}

}  // namespace

std::string finish(pb::Record& record, std::string_view source_sha256) {
  pb::Header& header = *record.mutable_header();
  header.set_source_sha256(std::string(source_sha256));
  if (!header.has_version()) header.set_version(1);
  header.clear_content_id();
  header.set_content_id(std::string(core::view(core::sha256(serialised(record)))));
  return serialised(record);
}

std::string_view kind_name(pb::Kind kind) {
  switch (kind) {
    case pb::KIND_ORDER_LINE:
      return "order_line";
    case pb::KIND_EVENT:
      return "event";
    case pb::KIND_MEASUREMENT:
      return "measurement";
    case pb::KIND_CHARACTERISTIC:
      return "characteristic";
    case pb::KIND_STUDY:
      return "study";
    case pb::KIND_ITEM:
      return "item";
    case pb::KIND_EDGE:
      return "edge";
    case pb::KIND_TOMBSTONE:
      return "tombstone";
    default:
      return "unspecified";
  }
}

std::string Place::str() const {
  std::string text = path;
  if (line == 0) return text;
  const std::string where = "line " + std::to_string(line) + ", column " + std::to_string(column);
  return text.empty() ? where : text + " (" + where + ")";
}

}  // namespace connector::record
