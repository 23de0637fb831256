#include "decision/field_schema.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstdlib>

#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

wire::Type wire_type(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return wire::Type::kBytes;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return wire::Type::kFixed64;
    case FieldDescriptor::CPPTYPE_FLOAT:
      return wire::Type::kFixed32;
    default:
      return wire::Type::kVarint;  // a test holds the schema to varints
  }
}

const FieldSchema& FieldSchema::get() {
  static const FieldSchema schema;
  return schema;
}

FieldSchema::FieldSchema() {
  add(*::valuechain::record::v1::Record::descriptor());
}

std::size_t FieldSchema::number_of(const Descriptor& type) const {
  const auto found = std::find_if(types_.begin(), types_.end(),
                                  [&](const Type& one) { return one.descriptor == &type; });
  return static_cast<std::size_t>(found - types_.begin());
}

// The schema is fixed when the program is built: one that outgrows these tables is found by every
// test, and by no user.
std::size_t FieldSchema::add(const Descriptor& type) {
  const std::size_t known = number_of(type);
  if (known != types_.size()) return known;
  if (known + kMessage > 0xFF) std::abort();
  types_.push_back({&type, {}});
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const auto number = static_cast<std::uint32_t>(field.number());
    if (wire::tag_of(number + 1, wire::Type::kVarint) > kTags) std::abort();
    for (std::uint64_t tag = number << 3; tag < (number + 1) << 3; ++tag) {
      types_[known].by_tag[tag] = kOtherType;
    }
    const wire::Type on_wire = wire_type(field);
    std::size_t what = on_wire == wire::Type::kVarint    ? kVarint
                       : on_wire == wire::Type::kFixed64 ? kFixed64
                       : on_wire == wire::Type::kFixed32 ? kFixed32
                                                         : kBytes;
    if (field.message_type() != nullptr) what = kMessage + add(*field.message_type());
    types_[known].by_tag[wire::tag_of(number, on_wire)] = static_cast<std::uint8_t>(what);
  }
  return known;
}

core::Digest FieldSchema::digest() const {
  core::Sha256 sha;
  for (const Type& type : types_) {
    sha.update({reinterpret_cast<const char*>(type.by_tag.data()), type.by_tag.size()});
  }
  return sha.finish();
}

FieldSchema::Look FieldSchema::look(std::size_t type, std::string_view message) const {
  Look found = Look::kClean;
  wire::Cursor cursor(message);
  while (!cursor.done()) {
    std::uint64_t value = 0;
    std::string_view bytes;
    if (!cursor.tag(value)) return Look::kMalformed;
    const std::uint64_t tag = value;
    const std::uint8_t what = known(type, tag);
    switch (what) {
      case kVarint:
        if (!cursor.varint(value)) return Look::kMalformed;
        break;
      case kBytes:
        if (!cursor.bytes(bytes)) return Look::kMalformed;
        break;
      case kFixed64:
      case kFixed32:
        if (!cursor.skip(what == kFixed64 ? 8 : 4)) return Look::kMalformed;
        break;
      case kOtherType:
        return Look::kMalformed;
      case kUnknown:
        if (!cursor.skip_value(tag)) return Look::kMalformed;
        found = Look::kUnclean;
        break;
      default: {
        if (!cursor.bytes(bytes)) return Look::kMalformed;
        const Look below = look(what - kMessage, bytes);
        if (below == Look::kMalformed) return below;
        if (below == Look::kUnclean) found = below;
      }
    }
  }
  return found;
}

bool FieldSchema::strip(std::size_t type, std::string_view message, std::string& out) const {
  wire::Reader reader(message);
  wire::Field field;
  for (;;) {
    const wire::Read read = reader.next(field);
    if (read != wire::Read::kField) return read == wire::Read::kEnd;
    if (!strip_field(known(type, wire::tag_of(field.number, field.type)), field, out)) return false;
  }
}

bool FieldSchema::strip_field(std::uint8_t what, const wire::Field& field, std::string& out) const {
  if (what == kUnknown) return true;
  if (what == kOtherType) return false;
  if (what < kMessage) {
    out.append(field.raw);
    return true;
  }
  return put_message(out, field.number, field.bytes.size(),
                     [&] { return strip(what - kMessage, field.bytes, out); });
}

}  // namespace connector::decision
