#include "decision/field_marks.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "core/decimal.h"
#include "core/text.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr std::uint32_t kMostCharacters = 1'000'000;
constexpr std::uint32_t kMostDigits = 30;  // core::Decimal::rounded

core::Error refuse(const std::string& path, const std::string& why, std::string next = {}) {
  return core::invalid("FIELD_RULE_INVALID", path + ": " + why, std::move(next));
}

const FieldDescriptor* field_at(std::string_view path) {
  const Descriptor* message = pb::Record::descriptor();
  const FieldDescriptor* field = nullptr;
  for (const std::string_view name : core::split(path, '.')) {
    field = message == nullptr ? nullptr : message->FindFieldByName(std::string(name));
    if (field == nullptr) return nullptr;
    message = field->message_type();
  }
  return field;
}

bool is_decimal(const Descriptor* type) {
  return type == pb::Decimal::descriptor();
}

std::optional<std::uint32_t> number_in(const std::string& text, std::uint32_t most) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || number > most) return std::nullopt;
  return number;
}

core::Status check_replacement(const FieldRule& rule, const FieldDescriptor& field) {
  if (is_decimal(field.containing_type()) && !core::Decimal::parse(rule.argument)) {
    return refuse(rule.path, "the replacement \"" + rule.argument + "\" is no decimal");
  }
  if (!core::valid_utf8(rule.argument)) return refuse(rule.path, "the replacement is not UTF-8");
  return core::ok();
}

// Numbers, truth values and enums can only be dropped: no other value would be honest.
core::Status check_operation(const FieldRule& rule, const FieldDescriptor& field) {
  const bool decimal = is_decimal(field.containing_type());
  const bool text = field.type() == FieldDescriptor::TYPE_STRING;
  const bool bytes = field.type() == FieldDescriptor::TYPE_BYTES;
  switch (rule.op) {
    case FieldOp::kDrop:
      return core::ok();
    case FieldOp::kReplace:
      if (text) return check_replacement(rule, field);
      break;
    case FieldOp::kHash:
      if ((text && !decimal) || bytes) return core::ok();
      break;
    case FieldOp::kTruncate:
      if (!text || decimal) break;
      if (number_in(rule.argument, kMostCharacters)) return core::ok();
      return refuse(rule.path, "truncate needs the characters to keep, 0 to 1000000");
    case FieldOp::kRound:
      if (!decimal) break;
      if (number_in(rule.argument, kMostDigits)) return core::ok();
      return refuse(rule.path, "round needs the digits after the point, 0 to 30");
  }
  return refuse(rule.path, "the operation does not fit a field of this type",
                "drop fits every field; replace and truncate fit text, hash fits text and bytes, "
                "round and replace fit decimals");
}

// Whether a is the stricter of two rules for one field; nothing where neither is.
std::optional<bool> stricter(const FieldRule& a, const FieldRule& b) {
  if (a.op != b.op) return a.op < b.op;  // FieldOp stands in the order of strictness
  if (a.op == FieldOp::kReplace) {
    return a.argument == b.argument ? std::optional(false) : std::nullopt;
  }
  return number_in(a.argument, kMostCharacters) < number_in(b.argument, kMostCharacters);
}

}  // namespace

core::Status FieldMarks::show(const std::string& path) {
  if (field_at(path) == nullptr) return refuse(path, "names no field of valuechain.record.v1");
  marks_[path].visible = true;
  return core::ok();
}

core::Status FieldMarks::add(FieldRule rule) {
  const FieldDescriptor* field = field_at(rule.path);
  if (field == nullptr) return refuse(rule.path, "names no field of valuechain.record.v1");
  if (core::split(rule.path, '.').front() == "header") {
    return refuse(rule.path, "fields of the header are always visible");
  }
  if (rule.op != FieldOp::kDrop && is_decimal(field->message_type())) {
    rule.path += ".text";
    field = field_at(rule.path);
  }
  if (auto checked = check_operation(rule, *field); !checked) return checked;
  hashes_ = hashes_ || rule.op == FieldOp::kHash;
  Mark& mark = marks_[rule.path];
  if (mark.ruled) {
    const auto replaces = stricter(rule, mark.rule);
    if (!replaces) return refuse(rule.path, "is replaced by two different texts");
    if (!*replaces) return core::ok();
  }
  mark.ruled = true;
  mark.rule = std::move(rule);
  return core::ok();
}

bool FieldMarks::visible(std::string_view path) const {
  const auto mark = marks_.find(path);
  return mark != marks_.end() && mark->second.visible;
}

const FieldRule* FieldMarks::rule(std::string_view path) const {
  const auto mark = marks_.find(path);
  return mark != marks_.end() && mark->second.ruled ? &mark->second.rule : nullptr;
}

bool FieldMarks::any_below(const std::string& path) const {
  const std::string prefix = path + ".";
  const auto mark = marks_.lower_bound(prefix);
  return mark != marks_.end() && mark->first.starts_with(prefix);
}

bool FieldMarks::hides(std::string_view leaf) const {
  bool shown = false;
  for (std::size_t end = 0; end != leaf.size(); ++end) {
    end = std::min(leaf.find('.', end), leaf.size());
    const auto found = marks_.find(leaf.substr(0, end));
    if (found != marks_.end()) {
      const Mark& mark = found->second;
      if (mark.ruled && (mark.rule.op == FieldOp::kDrop || end == leaf.size())) return true;
      shown = shown || mark.visible;
    }
    if (end == leaf.size()) break;
  }
  return !shown;
}

}  // namespace connector::decision
