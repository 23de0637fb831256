#include "decision/row_walk.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "core/digest.h"
#include "core/text.h"
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

struct Identifier {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> value;
};

// False where it is malformed.
bool read_identifier(std::string_view message, Identifier& out) {
  wire::Reader reader(message);
  wire::Field field;
  for (;;) {
    const wire::Read read = reader.next(field);
    if (read != wire::Read::kField) return read == wire::Read::kEnd;
    const bool is_scheme = field.number == pb::Identifier::kSchemeFieldNumber;
    if (!is_scheme && field.number != pb::Identifier::kValueFieldNumber) continue;
    if (field.type != wire::Type::kBytes || !core::valid_utf8(field.bytes)) return false;
    (is_scheme ? out.scheme : out.value) = field.bytes;
  }
}

}  // namespace

// --- What to look at ---------------------------------------------------------------------------

RowWalk::RowWalk() : levels_(1) {
  const auto* bodies = pb::Record::descriptor()->FindOneofByName("body");
  for (int i = 0; i < bodies->field_count(); ++i) {
    const FieldDescriptor& field = *bodies->field(i);
    step(0, field).body = field.name();
  }
}

std::size_t RowWalk::add(std::string_view name, RowComparison comparison) {
  const std::size_t number = bits_++;
  slots_[slot_of(name)].comparisons.push_back({std::move(comparison), number});
  return number;
}

std::size_t RowWalk::slot_of(std::string_view name) {
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].name == name) return slot;
  }
  const std::size_t slot = slots_.size();
  slots_.push_back({.name = std::string(name), .present = bits_++, .comparisons = {}});
  for (const RowField& field : row_fields()) {
    if (field.name == name) capture(field, slot);
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

void RowWalk::capture(const RowField& field, std::size_t slot) {
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

// --- One row -----------------------------------------------------------------------------------

template <typename... Value>
void RowWalk::judge(std::size_t slot, Row& row, const Value&... value) const {
  row.set(slots_[slot].present);
  for (const Numbered& one : slots_[slot].comparisons) {
    if (one.comparison.holds(value...)) row.set(one.number);
  }
}

bool RowWalk::take(const Capture& capture, std::uint64_t varint, Row& row) const {
  switch (capture.form) {
    case RowForm::kBool:
      judge(capture.slot, row, varint != 0);
      return true;
    case RowForm::kEpochNs:
      judge(capture.slot, row, Number::of(zigzag(varint)));
      return true;
    case RowForm::kUnsigned:
      judge(capture.slot, row, Number::of(varint));
      return true;
    default:
      break;
  }
  const auto name = capture.names->find(static_cast<int>(static_cast<std::uint32_t>(varint)));
  if (name == capture.names->end()) return false;
  judge(capture.slot, row, std::string_view(name->second));
  return true;
}

bool RowWalk::take(const Capture& capture, std::string_view bytes, Row& row) const {
  if (capture.form == RowForm::kDecimal) {
    const auto number = Number::of(bytes);
    if (number) judge(capture.slot, row, *number);
    return number.has_value();
  }
  if (capture.form == RowForm::kIdentifier) return take_identifier(capture, bytes, row);
  if (capture.form == RowForm::kText && !core::valid_utf8(bytes)) return false;
  if (!capture.list && capture.first && row.holds(slots_[capture.slot].present)) return true;
  if (capture.form == RowForm::kHex) {
    judge(capture.slot, row, std::string_view(core::hex(bytes)));
  } else {
    judge(capture.slot, row, bytes);
  }
  return true;
}

bool RowWalk::take_identifier(const Capture& capture, std::string_view message, Row& row) const {
  Identifier id;
  if (!read_identifier(message, id)) return false;
  if (!id.scheme || !id.value) return true;
  if (capture.list) {
    judge(capture.slot, row, *id.scheme, *id.value);
  } else if (!capture.first || !row.holds(slots_[capture.slot].present)) {
    std::string text;
    text.reserve(id.scheme->size() + 1 + id.value->size());
    text.append(*id.scheme).append(1, ':').append(*id.value);
    judge(capture.slot, row, std::string_view(text));
  }
  return true;
}

bool RowWalk::take_field(const Step& step, const wire::Field& field, Row& row) const {
  for (const Capture& capture : step.captures) {
    const bool varint = is_varint(capture.form);
    if (field.type != (varint ? wire::Type::kVarint : wire::Type::kBytes)) return false;
    if (!(varint ? take(capture, field.varint, row) : take(capture, field.bytes, row))) {
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
      if (kind_slot_) judge(*kind_slot_, row, found->body);
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
