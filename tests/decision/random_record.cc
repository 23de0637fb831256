#include "decision/random_record.h"

#include <google/protobuf/descriptor.h>

#include <limits>
#include <stdexcept>

namespace connector::testing {

namespace pb = ::valuechain::record::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const std::vector<std::string>& text_pool() {
  static const std::vector<std::string> kPool = {
      "a",       "b",     "ab",         "B",      "",         "gln",  "8712345000004",
      "PO-1",    "PO-10", "x|y",        "%7C",    "accepted", "fail", "é",
      "e\u0301", "日本",  "\U0001F69A", "\u007f", "\uffff",   "null", "true",
      "5",       "a b"};
  return kPool;
}

const std::vector<std::string>& decimal_pool() {
  static const std::vector<std::string> kPool = {"0",
                                                 "-0",
                                                 "1",
                                                 "1.0",
                                                 "1.00",
                                                 "+1",
                                                 "10e-1",
                                                 "-1.5",
                                                 ".5",
                                                 "0.5",
                                                 "5.",
                                                 "5",
                                                 "1e3",
                                                 "1000",
                                                 "9007199254740992",
                                                 "9007199254740993",
                                                 "9007199254740992.5",
                                                 "18446744073709551615",
                                                 "123456789012345678901234567890",
                                                 "123456789012345678901234567891",
                                                 "0.1000000000000000000001",
                                                 "0.1000000000000000000002",
                                                 "0.10",
                                                 "-99999999999999999999.9",
                                                 "999999999999999999",
                                                 "1000000000000000000",
                                                 "1e30",
                                                 "2.345",
                                                 "2.355",
                                                 "-2.345"};
  return kPool;
}

const std::vector<std::int64_t>& time_pool() {
  static const std::vector<std::int64_t> kPool = {0,
                                                  1,
                                                  -1,
                                                  1767225600000000000,
                                                  1767225600000000001,
                                                  1767225600123456789,
                                                  std::numeric_limits<std::int64_t>::max(),
                                                  std::numeric_limits<std::int64_t>::min()};
  return kPool;
}

pb::Record RandomRecord::make(int presence) {
  pb::Record record;
  if (below(100) < 90) fill(*record.mutable_header(), presence);
  const auto* bodies = pb::Record::descriptor()->FindOneofByName("body");
  const int body = static_cast<int>(below(static_cast<std::size_t>(bodies->field_count())));
  fill(*record.GetReflection()->MutableMessage(&record, bodies->field(body)), presence);
  return record;
}

void RandomRecord::fill(Message& message, int presence) {
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::size_t times = field.is_repeated() ? 1 + below(2) : 1;
    if (below(100) >= static_cast<std::size_t>(presence)) continue;
    for (std::size_t n = 0; n < times; ++n) set(message, field, presence);
  }
}

std::string RandomRecord::text_of(const FieldDescriptor& field) {
  if (field.containing_type() == pb::Decimal::descriptor()) return pick(decimal_pool());
  return pick(text_pool());
}

void RandomRecord::set(Message& message, const FieldDescriptor& field, int presence) {
  const auto& with = *message.GetReflection();
  const auto number = below(6);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return fill(field.is_repeated() ? *with.AddMessage(&message, &field)
                                      : *with.MutableMessage(&message, &field),
                  presence);
    case FieldDescriptor::CPPTYPE_STRING:
      return field.is_repeated() ? with.AddString(&message, &field, text_of(field))
                                 : with.SetString(&message, &field, text_of(field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return with.SetBool(&message, &field, number % 2 == 0);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& values = *field.enum_type();
      const auto count = static_cast<std::size_t>(values.value_count());
      return with.SetEnum(&message, &field, values.value(static_cast<int>(below(count))));
    }
    case FieldDescriptor::CPPTYPE_UINT64:
      return with.SetUInt64(&message, &field,
                            number == 0 ? std::numeric_limits<std::uint64_t>::max() : number);
    case FieldDescriptor::CPPTYPE_INT64:
      return with.SetInt64(&message, &field, pick(time_pool()));
    case FieldDescriptor::CPPTYPE_INT32:
      return with.SetInt32(&message, &field, static_cast<int>(number) - 2);
    default:
      throw std::logic_error("no generator for " + field.full_name());
  }
}

std::string mutated(std::string bytes, RandomRecord& random) {
  for (std::size_t n = 1 + random.below(3); n > 0 && !bytes.empty(); --n) {
    const std::size_t at = random.below(bytes.size());
    switch (random.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        bytes.erase(at, 1 + random.below(3));
        break;
      case 2:
        bytes.insert(at, 1, static_cast<char>(random.below(256)));
        break;
      default:
        bytes.insert(at, bytes.substr(at, 1 + random.below(20)));
        break;
    }
  }
  return bytes;
}

}  // namespace connector::testing
