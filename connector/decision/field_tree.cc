#include "decision/field_tree.h"

#include <google/protobuf/descriptor.h>

#include <charconv>
#include <optional>

#include "core/text.h"
#include "decision/field_marks.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
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

FieldEntry entry_of(const FieldDescriptor& field, Fate fate) {
  FieldEntry entry;
  entry.fate = fate;
  entry.type = wire_type(field);
  entry.message = field.message_type() != nullptr;
  entry.text = field.type() == FieldDescriptor::TYPE_STRING;
  entry.name = field.name();
  return entry;
}

void put(FieldTable& table, const FieldDescriptor& field, FieldEntry entry) {
  const auto number = static_cast<std::size_t>(field.number());
  if (table.by_number.size() <= number) table.by_number.resize(number + 1);
  table.by_number[number] = std::move(entry);
}

void change(FieldEntry& entry, const FieldRule& rule) {
  entry.fate = Fate::kChanged;
  entry.op = rule.op;
  const std::string& text = rule.argument;
  if (rule.op == FieldOp::kReplace) entry.replacement = text;
  if (rule.op != FieldOp::kTruncate && rule.op != FieldOp::kRound) return;
  std::from_chars(text.data(), text.data() + text.size(), entry.count);  // checked before
}

class Builder {
 public:
  explicit Builder(const FieldMarks& marks) : marks_(marks) {}

  FieldTree build() {
    FieldTree tree;
    tree.header = whole(*pb::Header::descriptor());
    tree.masked_header = header_without_digests();
    FieldTable record;
    const Descriptor& type = *pb::Record::descriptor();
    const FieldDescriptor& header = *type.FindFieldByName("header");
    put(record, header, entry_of(header, Fate::kKept));
    record.by_number[static_cast<std::size_t>(header.number())].child = tree.header;
    for (int i = 0; i < type.field_count(); ++i) {
      if (type.field(i) == &header) continue;
      put(record, *type.field(i), entry(*type.field(i), type.field(i)->name(), false));
    }
    tree.record = add(std::move(record));
    tree.tables = std::move(tables_);
    tree.hashes = marks_.hashes();
    return tree;
  }

 private:
  std::size_t add(FieldTable table) {
    tables_.push_back(std::move(table));
    return tables_.size() - 1;
  }

  // The table of a type of which everything known is kept; one for all its places.
  std::size_t whole(const Descriptor& type) {
    if (const auto known = whole_.find(&type); known != whole_.end()) return known->second;
    FieldTable table;
    for (int i = 0; i < type.field_count(); ++i) {
      FieldEntry kept = entry_of(*type.field(i), Fate::kKept);
      if (kept.message) kept.child = whole(*type.field(i)->message_type());
      put(table, *type.field(i), std::move(kept));
    }
    return whole_[&type] = add(std::move(table));
  }

  // content_id and source_sha256 of this version, and the content ids of earlier ones: each is a
  // digest over values that are withheld.
  std::size_t header_without_digests() {
    FieldTable table = tables_[whole(*pb::Header::descriptor())];
    for (const int number :
         {pb::Header::kContentIdFieldNumber, pb::Header::kSourceSha256FieldNumber,
          pb::Header::kSupersedesFieldNumber}) {
      table.by_number[static_cast<std::size_t>(number)].fate = Fate::kWithheld;
    }
    return add(std::move(table));
  }

  FieldEntry entry(const FieldDescriptor& field, const std::string& path, bool visible) {
    visible = visible || marks_.visible(path);
    const FieldRule* const rule = marks_.rule(path);
    if (rule != nullptr && rule->op == FieldOp::kDrop) return entry_of(field, Fate::kWithheld);
    if (field.message_type() != nullptr) return message_entry(field, path, visible);
    FieldEntry made = entry_of(field, visible ? Fate::kKept : Fate::kWithheld);
    if (visible && rule != nullptr) change(made, *rule);
    return made;
  }

  FieldEntry message_entry(const FieldDescriptor& field, const std::string& path, bool visible) {
    const Descriptor& type = *field.message_type();
    if (!marks_.any_below(path)) {
      FieldEntry made = entry_of(field, visible ? Fate::kKept : Fate::kWithheld);
      if (visible) made.child = whole(type);
      return made;
    }
    FieldTable table;
    bool all = true;
    bool none = true;
    for (int i = 0; i < type.field_count(); ++i) {
      FieldEntry below = entry(*type.field(i), path + "." + type.field(i)->name(), visible);
      all = all && below.fate == Fate::kKept;
      none = none && below.fate == Fate::kWithheld;
      put(table, *type.field(i), std::move(below));
    }
    FieldEntry made = entry_of(field, all ? Fate::kKept : none ? Fate::kWithheld : Fate::kInside);
    if (!none) made.child = add(std::move(table));
    return made;
  }

  const FieldMarks& marks_;
  std::vector<FieldTable> tables_;
  std::map<const Descriptor*, std::size_t> whole_;
};

}  // namespace

core::Result<FieldTree> field_tree(const std::vector<std::string>& visible,
                                   const std::vector<FieldRule>& rules) {
  FieldMarks marks;
  for (const std::string& path : visible) {
    if (auto shown = marks.show(path); !shown) return std::move(shown.error());
  }
  for (const FieldRule& rule : rules) {
    if (auto added = marks.add(rule); !added) return std::move(added.error());
  }
  return Builder(marks).build();
}

}  // namespace connector::decision
