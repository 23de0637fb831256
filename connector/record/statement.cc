#include "record/statement.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <vector>

namespace connector::record {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool is_spelling(const FieldDescriptor& field) {
  const std::string& name = field.name();
  if (name == "raw") return true;
  if (field.containing_type() == pb::Instant::descriptor()) {
    return name == "text" || name == "offset_min";
  }
  return name.size() > 4 && name.compare(name.size() - 4, 4, "_raw") == 0;
}

void shorten(pb::Decimal& decimal) {
  if (auto value = core::Decimal::parse(decimal.text())) decimal.set_text(value->canonical());
}

void strip(Message& message);

void strip_field(Message& message, const FieldDescriptor& field) {
  const auto* reflection = message.GetReflection();
  if (is_spelling(field)) {
    reflection->ClearField(&message, &field);
  } else if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return;
  } else if (!field.is_repeated()) {
    strip(*reflection->MutableMessage(&message, &field));
  } else {
    for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
      strip(*reflection->MutableRepeatedMessage(&message, &field, i));
    }
  }
}

void strip(Message& message) {
  if (auto* decimal = dynamic_cast<pb::Decimal*>(&message)) return shorten(*decimal);
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) strip_field(message, *field);
}

}  // namespace

pb::Record statement_of(const pb::Record& record) {
  pb::Record statement = record;
  pb::Header& header = *statement.mutable_header();
  header.clear_content_id();
  header.clear_version();
  header.clear_supersedes();
  header.clear_source_sha256();
  header.clear_source_format();
  header.clear_source_version();
  strip(statement);
  return statement;
}

}  // namespace connector::record
