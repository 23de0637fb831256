#include "reference_edit.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <optional>

#include "core/decimal.h"
#include "core/digest.h"

namespace connector::testing {
namespace {

namespace pb = ::valuechain::record::v1;
using decision::FieldOp;
using decision::FieldRule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool covers(const std::string& outer, const std::string& path) {
  return path == outer || path.starts_with(outer + ".");
}

// A list of code points, by hand.
std::string first_characters(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && count > 0; --count) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    out += text.substr(i, size);
    i += size;
  }
  return out;
}

class Reference {
 public:
  Reference(const std::vector<std::string>& visible, const std::vector<FieldRule>& rules)
      : visible_(visible), rules_(rules) {}

  // What becomes of one scalar: nothing where it is withheld.
  bool shown(const std::string& leaf) const {
    const bool seen = std::any_of(visible_.begin(), visible_.end(),
                                  [&](const auto& path) { return covers(path, leaf); });
    return seen && std::none_of(rules_.begin(), rules_.end(), [&](const FieldRule& rule) {
             return rule.op == FieldOp::kDrop && covers(rule.path, leaf);
           });
  }

  std::optional<FieldRule> rule(const std::string& leaf) const {
    std::optional<FieldRule> strictest;
    for (const FieldRule& rule : rules_) {
      if (rule.path != leaf && rule.path + ".text" != leaf) continue;
      const bool less = strictest && rule.op == strictest->op &&
                        (rule.op == FieldOp::kTruncate || rule.op == FieldOp::kRound) &&
                        std::stoi(rule.argument) < std::stoi(strictest->argument);
      if (!strictest || rule.op < strictest->op || less) strictest = rule;
    }
    return strictest;
  }

  // Whether every scalar below is shown and unchanged, or none is shown.
  bool whole(const Descriptor& type, const std::string& path) const {
    return every(type, path, [&](const auto& leaf) { return shown(leaf) && !rule(leaf); });
  }
  bool nothing(const Descriptor& type, const std::string& path) const {
    return every(type, path, [&](const auto& leaf) { return !shown(leaf); });
  }

  void edit(Message& message, const std::string& path) const {
    message.GetReflection()->MutableUnknownFields(&message)->Clear();
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const std::string below = path.empty() ? field.name() : path + "." + field.name();
      if (field.message_type() != nullptr) {
        edit_messages(message, field, below);
      } else {
        edit_scalar(message, field, below);
      }
    }
  }

 private:
  template <typename Test>
  bool every(const Descriptor& type, const std::string& path, const Test& test) const {
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const std::string below = path + "." + field.name();
      const bool holds =
          field.message_type() != nullptr ? every(*field.message_type(), below, test) : test(below);
      if (!holds) return false;
    }
    return true;
  }

  void edit_messages(Message& message, const FieldDescriptor& field,
                     const std::string& path) const {
    const auto& with = *message.GetReflection();
    if (nothing(*field.message_type(), path)) return with.ClearField(&message, &field);
    const bool keep_empty = whole(*field.message_type(), path);
    if (!field.is_repeated()) {
      if (!with.HasField(message, &field)) return;
      Message& child = *with.MutableMessage(&message, &field);
      edit(child, path);
      const bool body = field.containing_type() == pb::Record::descriptor();
      if (child.ByteSizeLong() == 0 && !keep_empty && !body) with.ClearField(&message, &field);
      return;
    }
    int kept = 0;
    const int size = with.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) {
      Message& child = *with.MutableRepeatedMessage(&message, &field, i);
      edit(child, path);
      if (child.ByteSizeLong() == 0 && !keep_empty) continue;
      with.SwapElements(&message, &field, kept++, i);
    }
    while (with.FieldSize(message, &field) > kept) with.RemoveLast(&message, &field);
  }

  void edit_scalar(Message& message, const FieldDescriptor& field, const std::string& path) const {
    const auto& with = *message.GetReflection();
    if (!shown(path)) return with.ClearField(&message, &field);
    const auto rule = this->rule(path);
    if (!rule) return;
    if (!field.is_repeated()) {
      if (!with.HasField(message, &field)) return;
      return with.SetString(&message, &field,
                            changed(with.GetString(message, &field), *rule, field));
    }
    for (int i = 0; i < with.FieldSize(message, &field); ++i) {
      with.SetRepeatedString(&message, &field, i,
                             changed(with.GetRepeatedString(message, &field, i), *rule, field));
    }
  }

  static std::string changed(const std::string& value, const FieldRule& rule,
                             const FieldDescriptor& field) {
    switch (rule.op) {
      case FieldOp::kReplace:
        return rule.argument;
      case FieldOp::kHash:
        return field.type() == FieldDescriptor::TYPE_BYTES ? test_hash(value)
                                                           : core::hex(test_hash(value));
      case FieldOp::kTruncate:
        return first_characters(value, static_cast<std::size_t>(std::stoi(rule.argument)));
      case FieldOp::kRound:
        return core::Decimal::parse(value)->rounded(std::stoi(rule.argument)).canonical();
      case FieldOp::kDrop:
        break;
    }
    return value;
  }

  const std::vector<std::string>& visible_;
  const std::vector<FieldRule>& rules_;
};

void add_paths(const Descriptor& type, const std::string& prefix, bool messages,
               std::vector<std::string>& out) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string path = prefix + field.name();
    if (path == "header") continue;
    if (field.message_type() == nullptr || messages) out.push_back(path);
    if (field.message_type() != nullptr) {
      add_paths(*field.message_type(), path + ".", messages, out);
    }
  }
}

}  // namespace

std::string test_hash(std::string_view value) {
  return std::string(core::view(core::sha256("key" + std::string(value))));
}

bool reference_edit(pb::Record& record, const std::vector<std::string>& visible,
                    const std::vector<FieldRule>& rules) {
  const auto* body = record.GetReflection()->GetOneofFieldDescriptor(
      record, pb::Record::descriptor()->FindOneofByName("body"));
  if (body == nullptr) return false;
  const Reference reference(visible, rules);
  const auto& type = *body->message_type();
  if (reference.nothing(type, body->name())) return false;
  const std::size_t before = record.ByteSizeLong();
  pb::Header header = record.header();
  const bool with_header = record.has_header();
  record.clear_header();
  reference.edit(record, "");
  if (with_header) {
    // The header is shown, whatever is asked for.
    const std::vector<std::string> all = {"header"};
    Reference(all, {}).edit(header, "header");
    *record.mutable_header() = header;
  }
  const bool masked = !reference.whole(type, body->name()) || record.ByteSizeLong() != before;
  if (masked && with_header) {
    record.mutable_header()->clear_content_id();
    record.mutable_header()->clear_source_sha256();
    record.mutable_header()->clear_supersedes();
  }
  return true;
}

std::vector<std::string> leaf_paths() {
  std::vector<std::string> paths;
  add_paths(*pb::Record::descriptor(), "", false, paths);
  return paths;
}

std::vector<std::string> all_paths() {
  std::vector<std::string> paths;
  add_paths(*pb::Record::descriptor(), "", true, paths);
  return paths;
}

const FieldDescriptor& field_at(const std::string& path) {
  const Descriptor* type = pb::Record::descriptor();
  const FieldDescriptor* field = nullptr;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t dot = std::min(path.find('.', at), path.size());
    field = type->FindFieldByName(path.substr(at, dot - at));
    type = field->message_type();
    at = dot + 1;
  }
  return *field;
}

}  // namespace connector::testing
