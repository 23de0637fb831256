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
  wire::Cursor cursor(message);
  while (!cursor.done()) {
    std::uint64_t tag = 0;
    if (!cursor.tag(tag)) return false;
    const bool is_scheme = tag >> 3 == pb::Identifier::kSchemeFieldNumber;
    if (!is_scheme && tag >> 3 != pb::Identifier::kValueFieldNumber) {
      if (!cursor.skip_value(tag)) return false;
      continue;
    }
    std::string_view text;
    if ((tag & 7) != static_cast<unsigned>(wire::Type::kBytes) || !cursor.bytes(text)) return false;
    if (!core::valid_utf8(text)) return false;
    (is_scheme ? out.scheme : out.value) = text;
  }
  return true;
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
    levels_[level].lists = levels_[level].lists && field.type == RowType::kList;
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

// A party of an order stands in all of its lines.
bool RowWalk::read_part(const Step& step, std::string_view message, Row& row, int& bodies) const {
  RowMemo* const memo = row.memo();
  if (memo == nullptr || !step.body.empty() || !levels_[step.child].lists) {
    return read_level(step.child, message, row, bodies);
  }
  RowMemo::Part& last = memo->parts[step.child];
  if (last.bytes != message) {
    Row alone(bits_);
    last.bytes.clear();
    last.bits = {};
    if (!read_level(step.child, message, alone, bodies)) return false;
    last.bytes = message;
    last.bits = alone.few();
  }
  row.add(last.bits);
  return true;
}

// A field that is looked at: a body, on the way to captures or captured.
bool RowWalk::take_field(const Step& step, std::uint64_t tag, wire::Cursor& cursor, Row& row,
                         int& bodies) const {
  if (static_cast<wire::Type>(tag & 7) == wire::Type::kVarint) {
    std::uint64_t value = 0;
    if (!cursor.varint(value) || step.nested || !step.body.empty()) return false;
    return std::all_of(step.captures.begin(), step.captures.end(), [&](const Capture& capture) {
      return is_varint(capture.form) && take(capture, value, row);
    });
  }
  std::string_view bytes;
  if (static_cast<wire::Type>(tag & 7) != wire::Type::kBytes || !cursor.bytes(bytes)) return false;
  if (!step.body.empty()) {
    ++bodies;
    if (kind_slot_) judge(*kind_slot_, row, step.body);
  }
  if (step.nested && !read_part(step, bytes, row, bodies)) return false;
  return std::all_of(step.captures.begin(), step.captures.end(), [&](const Capture& capture) {
    return !is_varint(capture.form) && take(capture, bytes, row);
  });
}

bool RowWalk::read_level(std::size_t level, std::string_view message, Row& row, int& bodies) const {
  const Level& here = levels_[level];
  std::uint64_t seen = 0;  // a bit per step; should two ever share one, rows are denied
  wire::Cursor cursor(message);
  while (!cursor.done()) {
    std::uint64_t tag = 0;
    if (!cursor.tag(tag)) return false;
    const Step* const found = here.find(static_cast<std::uint32_t>(tag >> 3));
    if (found == nullptr) {
      if (!cursor.skip_value(tag)) return false;
      continue;
    }
    const std::uint64_t bit = std::uint64_t{1} << ((found - here.steps.data()) & 63);
    if (found->singular && (seen & bit) != 0) return false;
    seen |= bit;
    if (!take_field(*found, tag, cursor, row, bodies)) return false;
  }
  return true;
}

bool RowWalk::read(std::string_view record, Row& row) const {
  int bodies = 0;
  return read_level(0, record, row, bodies) && bodies == 1;
}

}  // namespace connector::decision
