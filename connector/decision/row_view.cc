#include "decision/row_view.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cctype>

#include "core/decimal.h"
#include "core/digest.h"
#include "core/text.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Goes down to the scalar of a message that stands for one value.
void descend(RowSource& source, const char* scalar) {
  source.steps.push_back(source.steps.back()->message_type()->FindFieldByName(scalar));
}

RowForm form_of_message(RowSource& source) {
  const std::string& name = source.steps.back()->message_type()->name();
  if (name == "Identifier") return RowForm::kIdentifier;
  if (name == "Decimal") return descend(source, "text"), RowForm::kDecimal;
  return descend(source, "epoch_ns"), RowForm::kEpochNs;  // Instant; a test walks the table
}

RowForm form_of(RowSource& source) {
  switch (source.steps.back()->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return form_of_message(source);
    case FieldDescriptor::CPPTYPE_ENUM:
      return RowForm::kEnum;
    case FieldDescriptor::CPPTYPE_BOOL:
      return RowForm::kBool;
    case FieldDescriptor::CPPTYPE_UINT64:
      return RowForm::kUnsigned;
    default:
      break;
  }
  return source.steps.back()->type() == FieldDescriptor::TYPE_BYTES ? RowForm::kHex
                                                                    : RowForm::kText;
}

// "LINE_STATUS_" of the enum that has LINE_STATUS_UNSPECIFIED as its zero (buf's STANDARD rules).
std::string prefix_of(const EnumDescriptor& type) {
  const std::string& zero = type.FindValueByNumber(0)->name();
  return zero.substr(0, zero.size() - std::string_view("UNSPECIFIED").size());
}

// A decimal as a JSON number: its own text where JSON has that form ("+5" and ".5" it has not).
core::Json decimal_json(const core::Decimal& decimal) {
  if (core::parse_untrusted(decimal.text())) return core::Json::number(decimal.text());
  return core::Json::number(decimal.canonical());
}

std::optional<core::Json> identifier_json(const pb::Identifier& id) {
  if (!id.has_scheme() || !id.has_value()) return std::nullopt;
  return core::Json::string(id.scheme() + ":" + id.value());
}

// One value at the end of a path; index is -1 for a singular field.
class Value {
 public:
  Value(const Message& message, const FieldDescriptor& field, int index)
      : message_(message), field_(field), index_(index), with_(*message.GetReflection()) {}

  std::optional<core::Json> json(RowForm form) const {
    switch (form) {
      case RowForm::kText:
        return core::Json::string(text());
      case RowForm::kHex:
        return core::Json::string(core::hex(text()));
      case RowForm::kEnum:
        return enumeration();
      case RowForm::kBool:
        return core::Json::boolean(with_.GetBool(message_, &field_));
      case RowForm::kEpochNs:
        return core::Json::integer(with_.GetInt64(message_, &field_));
      case RowForm::kUnsigned:
        return core::Json::number(std::to_string(with_.GetUInt64(message_, &field_)));
      case RowForm::kIdentifier:
        return identifier_json(static_cast<const pb::Identifier&>(child()));
      case RowForm::kDecimal:
        return decimal();
    }
    return std::nullopt;
  }

  const Message& child() const {
    return index_ < 0 ? with_.GetMessage(message_, &field_)
                      : with_.GetRepeatedMessage(message_, &field_, index_);
  }

 private:
  std::string text() const {
    return index_ < 0 ? with_.GetString(message_, &field_)
                      : with_.GetRepeatedString(message_, &field_, index_);
  }
  std::optional<core::Json> enumeration() const {
    const auto name = enum_text(field_, with_.GetEnumValue(message_, &field_));
    return name ? std::optional(core::Json::string(*name)) : std::nullopt;
  }
  std::optional<core::Json> decimal() const {
    const auto parsed = core::Decimal::parse(text());
    return parsed ? std::optional(decimal_json(*parsed)) : std::nullopt;
  }

  const Message& message_;
  const FieldDescriptor& field_;
  int index_;
  const Reflection& with_;
};

void collect(const Message& message, const RowSource& source, std::size_t step,
             std::vector<core::Json>& out) {
  const FieldDescriptor& field = *source.steps[step];
  const auto take = [&](int index) {
    const Value value(message, field, index);
    if (step + 1 < source.steps.size()) return collect(value.child(), source, step + 1, out);
    if (auto json = value.json(source.form)) out.push_back(std::move(*json));
  };
  if (!field.is_repeated()) {
    if (message.GetReflection()->HasField(message, &field)) take(-1);
    return;
  }
  const int size = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < size; ++i) take(i);
}

const FieldDescriptor* body_of(const pb::Record& record) {
  return record.GetReflection()->GetOneofFieldDescriptor(
      record, pb::Record::descriptor()->FindOneofByName("body"));
}

// All values of one name: its sources stand together or in several places of the table.
std::optional<core::Json> value_of(const pb::Record& record, std::string_view name, RowType type) {
  if (name == "kind") return core::Json::string(body_of(record)->name());
  std::vector<core::Json> found;
  for (const RowField& field : row_fields()) {
    if (field.name == name) collect(record, resolve(field), 0, found);
  }
  if (found.empty()) return std::nullopt;
  if (type != RowType::kList) return std::move(found.front());
  std::string list;
  for (const core::Json& member : found) add_member(list, member.text());
  return core::Json::string(std::move(list));
}

}  // namespace

RowSource resolve(const RowField& field) {
  RowSource source;
  const Descriptor* message = pb::Record::descriptor();
  for (const std::string_view name : core::split(field.path, '.')) {
    const FieldDescriptor* step = message->FindFieldByName(std::string(name));
    source.steps.push_back(step);
    source.repeated = source.repeated || step->is_repeated();
    message = step->message_type();
  }
  source.form = form_of(source);
  return source;
}

std::optional<std::string> enum_text(const FieldDescriptor& field, int number) {
  const EnumDescriptor& type = *field.enum_type();
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return std::nullopt;
  return core::lower_ascii(std::string_view(value->name()).substr(prefix_of(type).size()));
}

void add_member(std::string& list, std::string_view member) {
  list.reserve(list.size() + member.size() + 2);
  if (list.empty()) list += '|';
  for (std::size_t bar = 0; (bar = member.find('|')) != std::string_view::npos;) {
    list.append(member.substr(0, bar)).append("%7C");
    member.remove_prefix(bar + 1);
  }
  list.append(member).append(1, '|');
}

core::Result<core::Json> row_json(std::string_view record) {
  pb::Record parsed;
  if (!parsed.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
    return core::invalid("RECORD_INVALID", "the bytes are no record of valuechain.record.v1");
  }
  if (body_of(parsed) == nullptr) {
    return core::invalid("RECORD_INVALID", "the record has no body that this version knows");
  }
  core::Json row = core::Json::object();
  for (const RowField& field : row_fields()) {
    if (row.find(field.name) != nullptr) continue;
    auto value = value_of(parsed, field.name, field.type);
    if (value) row.set(std::string(field.name), std::move(*value));
  }
  return row;
}

}  // namespace connector::decision
