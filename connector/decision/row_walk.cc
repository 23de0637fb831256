#include "decision/row_walk.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "core/digest.h"
#include "core/text.h"
#include "decision/wire.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using google::protobuf::FieldDescriptor;

bool is_varint(RowForm form) {
  return form == RowForm::kEnum || form == RowForm::kEpochNs || form == RowForm::kUnsigned ||
         form == RowForm::kBool;
}

std::int64_t zigzag(std::uint64_t value) {  // sint64
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

std::shared_ptr<const std::map<int, std::string>> names_of(const FieldDescriptor& field) {
  auto names = std::make_shared<std::map<int, std::string>>();
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    const int number = field.enum_type()->value(i)->number();
    names->emplace(number, *enum_text(field, number));
  }
  return names;
}

// "scheme:value" of an Identifier; false where it is malformed, nothing where a part is absent.
bool read_identifier(std::string_view message, std::optional<std::string>& out) {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> value;
  wire::Reader reader(message);
  wire::Field field;
  for (;;) {
    const wire::Read read = reader.next(field);
    if (read == wire::Read::kMalformed) return false;
    if (read == wire::Read::kEnd) break;
    const bool is_scheme = field.number == pb::Identifier::kSchemeFieldNumber;
    if (!is_scheme && field.number != pb::Identifier::kValueFieldNumber) continue;
    if (field.type != wire::Type::kBytes || !core::valid_utf8(field.bytes)) return false;
    (is_scheme ? scheme : value) = field.bytes;
  }
  if (!scheme || !value) return true;
  out.emplace();
  out->reserve(scheme->size() + 1 + value->size());
  out->append(*scheme).append(1, ':').append(*value);
  return true;
}

void set_built(RowValue& value, std::string text) {
  value.built = std::move(text);
  value.text = value.built;
  value.present = true;
}

}  // namespace

Row::Row(std::size_t slots) : begin_(few_.data()) {
  if (slots <= few_.size()) return;
  many_.resize(slots);
  begin_ = many_.data();
}

RowWalk::RowWalk() : levels_(1) {
  const auto* bodies = pb::Record::descriptor()->FindOneofByName("body");
  for (int i = 0; i < bodies->field_count(); ++i) {
    const FieldDescriptor& field = *bodies->field(i);
    step(0, field).body = field.name();
  }
}

std::optional<std::size_t> RowWalk::slot(std::string_view name) {
  const auto known = std::find(names_.begin(), names_.end(), name);
  if (known != names_.end()) return static_cast<std::size_t>(known - names_.begin());
  if (!row_type(name)) return std::nullopt;
  const std::size_t slot = names_.size();
  names_.emplace_back(name);
  for (const RowField& field : row_fields()) {
    if (field.name == name) add(field, slot);
  }
  return slot;
}

RowWalk::Step& RowWalk::step(std::size_t level, const FieldDescriptor& field) {
  const auto number = static_cast<std::uint32_t>(field.number());
  std::vector<Step>& steps = levels_[level].steps;
  for (Step& step : steps) {
    if (step.number == number) return step;
  }
  levels_[level].numbers |= std::uint64_t{1} << (number & 63);
  steps.push_back(
      Step{.number = number, .singular = !field.is_repeated(), .captures = {}, .body = {}});
  return steps.back();
}

void RowWalk::add(const RowField& field, std::size_t slot) {
  if (field.path.empty()) {
    kind_slot_ = slot;
    return;
  }
  const RowSource source = resolve(field);
  std::size_t level = 0;
  for (std::size_t i = 0; i + 1 < source.steps.size(); ++i) {
    Step& here = step(level, *source.steps[i]);
    if (!here.nested) {
      here.nested = true;
      here.child = levels_.size();
    }
    level = here.child;
    if (level == levels_.size()) levels_.emplace_back();
  }
  const FieldDescriptor& leaf = *source.steps.back();
  Capture capture{.slot = slot,
                  .form = source.form,
                  .list = field.type == RowType::kList,
                  .first = source.repeated,
                  .names = {}};
  if (capture.form == RowForm::kEnum) capture.names = names_of(leaf);
  step(level, leaf).captures.push_back(std::move(capture));
}

bool RowWalk::take(const Capture& capture, std::uint64_t varint, RowValue& value) {
  value.present = true;
  switch (capture.form) {
    case RowForm::kBool:
      value.truth = varint != 0;
      return true;
    case RowForm::kEpochNs:
      value.number = Number::of(zigzag(varint));
      return true;
    case RowForm::kUnsigned:
      value.number = Number::of(varint);
      return true;
    default:
      break;
  }
  const auto name = capture.names->find(static_cast<int>(static_cast<std::uint32_t>(varint)));
  if (name == capture.names->end()) return false;
  value.text = name->second;
  return true;
}

bool RowWalk::take(const Capture& capture, std::string_view bytes, RowValue& value) {
  if (capture.form == RowForm::kDecimal) {
    const auto number = Number::of(bytes);
    value.number = number.value_or(Number());
    value.present = true;
    return number.has_value();
  }
  std::optional<std::string> built;
  if (capture.form == RowForm::kHex) built = core::hex(bytes);
  if (capture.form == RowForm::kIdentifier) {
    if (!read_identifier(bytes, built)) return false;
    if (!built) return true;
  }
  if (capture.form == RowForm::kText && !core::valid_utf8(bytes)) return false;
  if (capture.list) {
    add_member(value.built, built ? std::string_view(*built) : bytes);
    value.text = value.built;
    value.present = true;
  } else if (!capture.first || !value.present) {
    if (built) {
      set_built(value, std::move(*built));
    } else {
      value.text = bytes;
      value.present = true;
    }
  }
  return true;
}

bool RowWalk::take_field(const Step& step, const wire::Field& field, Row& row) {
  for (const Capture& capture : step.captures) {
    const bool varint = is_varint(capture.form);
    if (field.type != (varint ? wire::Type::kVarint : wire::Type::kBytes)) return false;
    RowValue& value = row[capture.slot];
    if (!(varint ? take(capture, field.varint, value) : take(capture, field.bytes, value))) {
      return false;
    }
  }
  return true;
}

bool RowWalk::read_level(std::size_t level, std::string_view message, Row& row, int& bodies) const {
  const Level& here = levels_[level];
  std::uint64_t seen = 0;  // a bit per step; should two ever share one, rows are denied
  wire::Reader reader(message);
  wire::Field field;
  for (;;) {
    const wire::Read read = reader.next(field);
    if (read != wire::Read::kField) return read == wire::Read::kEnd;
    const Step* const found = here.find(field.number);
    if (found == nullptr) continue;
    const std::uint64_t bit = std::uint64_t{1} << ((found - here.steps.data()) & 63);
    if (found->singular && (seen & bit) != 0) return false;
    seen |= bit;
    if (!found->body.empty()) {
      ++bodies;
      if (kind_slot_) {
        row[*kind_slot_].present = true;
        row[*kind_slot_].text = found->body;
      }
    }
    const bool message_wanted = found->nested || !found->body.empty();
    if (message_wanted && field.type != wire::Type::kBytes) return false;
    if (found->nested && !read_level(found->child, field.bytes, row, bodies)) return false;
    if (!take_field(*found, field, row)) return false;
  }
}

bool RowWalk::read(std::string_view record, Row& row) const {
  int bodies = 0;
  return read_level(0, record, row, bodies) && bodies == 1;
}

}  // namespace connector::decision
