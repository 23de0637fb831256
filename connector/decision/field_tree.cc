#include "decision/field_tree.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <charconv>

#include "decision/field_derived.h"
#include "decision/field_marks.h"
#include "decision/field_schema.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

FieldEntry entry_of(const FieldDescriptor& field, Fate fate) {
  FieldEntry entry;
  entry.fate = fate;
  entry.type = wire_type(field);
  entry.message = field.message_type() != nullptr;
  entry.text = field.type() == FieldDescriptor::TYPE_STRING;
  if (entry.message && fate == Fate::kKept) {
    entry.detail = static_cast<std::uint32_t>(FieldSchema::get().number_of(*field.message_type()));
  }
  return entry;
}

FieldTable table_of(const Descriptor& type) {
  FieldTable table;
  table.type = &type;
  int most = 0;
  for (int i = 0; i < type.field_count(); ++i) most = std::max(most, type.field(i)->number());
  table.by_number.resize(static_cast<std::size_t>(most) + 1);
  return table;
}

FieldEntry& place(FieldTable& table, const FieldDescriptor& field) {
  return table.by_number[static_cast<std::size_t>(field.number())];
}

class Builder {
 public:
  explicit Builder(const FieldMarks& marks) : marks_(marks) {}

  FieldTree build() {
    tree_.hashes = marks_.hashes();
    const Descriptor& type = *pb::Record::descriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      if (type.field(i)->number() != pb::Record::kHeaderFieldNumber) add_kind(*type.field(i));
    }
    follow_events();
    add_tombstones();
    add_headers();
    return std::move(tree_);
  }

 private:
  std::uint32_t add(FieldTable table) {
    tree_.tables.push_back(std::move(table));
    return static_cast<std::uint32_t>(tree_.tables.size() - 1);
  }

  FieldKind& kind(int number) { return tree_.kinds[static_cast<std::size_t>(number)]; }

  void add_kind(const FieldDescriptor& field) {
    FieldKind& made = kind(field.number());
    made.body.entry = entry(field, field.name(), false);
    made.body.hashes_key = made.leaves() && hides_key(marks_, field.name());
    tree_.hashes = tree_.hashes || made.body.hashes_key;
    made.by_digest = made.body;
  }

  // Where something of an event is hidden, what its digest stands in is hashed.
  void follow_events() {
    if (!kind(pb::Record::kEventFieldNumber).body.changes()) return;
    for (const auto& [number, key_field] :
         {std::pair(pb::Record::kEventFieldNumber, 0),
          std::pair(pb::Record::kItemFieldNumber, int{pb::Item::kEventKeyFieldNumber}),
          std::pair(pb::Record::kEdgeFieldNumber, int{pb::Edge::kEventKeyFieldNumber})}) {
      FieldKind& made = kind(number);
      if (!made.leaves()) continue;
      made.differs = true;
      made.by_digest.hashes_key = true;
      if (key_field != 0) made.by_digest.entry = with(number, key_field, FieldOp::kHash);
      tree_.hashes = true;
    }
  }

  void add_tombstones() {
    const int number = pb::Record::kTombstoneFieldNumber;
    FieldKind& made = kind(number);
    if (!made.leaves()) return;
    const FieldEntry whole = made.body.entry;
    made.body.entry = with(number, pb::Tombstone::kWithdrawnContentIdFieldNumber, FieldOp::kDrop);
    tree_.tombstone_of_changed = made.body.entry;
    tree_.tombstone_of_hashed =
        with(number, pb::Tombstone::kWithdrawnKeyFieldNumber, FieldOp::kHash);
    made.body.entry = whole;
  }

  // Everything but what is a digest of hidden values or was noticed in them.
  void add_headers() {
    FieldTable header = table_of(*pb::Header::descriptor());
    for (int i = 0; i < header.type->field_count(); ++i) {
      const FieldDescriptor& field = *header.type->field(i);
      place(header, field) = entry_of(field, Fate::kKept);
    }
    for (const int number :
         {pb::Header::kContentIdFieldNumber, pb::Header::kSourceSha256FieldNumber,
          pb::Header::kSupersedesFieldNumber, pb::Header::kFlagsFieldNumber}) {
      header.by_number[static_cast<std::size_t>(number)].fate = Fate::kWithheld;
    }
    tree_.changed_header = add(header);
    FieldEntry& key = header.by_number[pb::Header::kKeyFieldNumber];
    key.fate = Fate::kChanged;
    key.op = FieldOp::kHash;
    tree_.hashed_header = add(std::move(header));
  }

  // The body of this kind with one more operation on one of its own fields.
  FieldEntry with(int kind_number, int field_number, FieldOp op) {
    const FieldDescriptor& body = *pb::Record::descriptor()->FindFieldByNumber(kind_number);
    FieldEntry made = kind(kind_number).body.entry;
    if (made.fate == Fate::kWithheld) return made;
    FieldTable table =
        made.fate == Fate::kKept ? kept_table(*body.message_type()) : tree_.table(made);
    FieldEntry& field = table.by_number[static_cast<std::size_t>(field_number)];
    const bool stricter =
        field.fate == Fate::kWithheld || (field.fate == Fate::kChanged && field.op < op);
    if (!stricter) {
      field.fate = op == FieldOp::kDrop ? Fate::kWithheld : Fate::kChanged;
      field.op = op;
    }
    const bool none =
        std::all_of(table.by_number.begin(), table.by_number.end(), [](const FieldEntry& one) {
          return one.fate == Fate::kUnknown || one.fate == Fate::kWithheld;
        });
    made.fate = none ? Fate::kWithheld : Fate::kInside;
    if (!none) made.detail = add(std::move(table));
    return made;
  }

  static FieldTable kept_table(const Descriptor& type) {
    FieldTable table = table_of(type);
    for (int i = 0; i < type.field_count(); ++i) {
      place(table, *type.field(i)) = entry_of(*type.field(i), Fate::kKept);
    }
    return table;
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
    if (!marks_.any_below(path)) return entry_of(field, visible ? Fate::kKept : Fate::kWithheld);
    FieldTable table = table_of(*field.message_type());
    bool all = true;
    bool none = true;
    for (int i = 0; i < table.type->field_count(); ++i) {
      const FieldDescriptor& one = *table.type->field(i);
      const FieldEntry below = entry(one, path + "." + one.name(), visible);
      all = all && below.fate == Fate::kKept;
      none = none && below.fate == Fate::kWithheld;
      place(table, one) = below;
    }
    FieldEntry made = entry_of(field, all ? Fate::kKept : none ? Fate::kWithheld : Fate::kInside);
    if (made.fate == Fate::kInside) made.detail = add(std::move(table));
    return made;
  }

  void change(FieldEntry& entry, const FieldRule& rule) {
    entry.fate = Fate::kChanged;
    entry.op = rule.op;
    const std::string& text = rule.argument;
    if (rule.op == FieldOp::kReplace) {
      entry.detail = static_cast<std::uint32_t>(tree_.replacements.size());
      tree_.replacements.push_back(text);
    } else if (rule.op == FieldOp::kTruncate || rule.op == FieldOp::kRound) {
      std::from_chars(text.data(), text.data() + text.size(), entry.detail);  // checked before
    }
  }

  const FieldMarks& marks_;
  FieldTree tree_;
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
  hide_derived(marks);
  return Builder(marks).build();
}

}  // namespace connector::decision
