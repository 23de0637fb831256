#include "decision/field_paths.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

class Masks {
 public:
  explicit Masks(const FieldTree& tree) : tree_(tree) {}

  void add_kind(const FieldDescriptor& field, const FieldKind& kind) {
    for (const FieldBody* body : {&kind.body, &kind.by_digest}) {
      add(body->entry, field.name());
      if (!kind.leaves()) continue;
      changes_ = changes_ || body->changes();
      hashes_key_ = hashes_key_ || body->hashes_key;
    }
  }

  // Of the kinds that were added.
  void add_tombstones(const FieldDescriptor& field, const FieldKind& kind) {
    FieldKind most = kind;
    if (kind.leaves() && changes_) most.body.entry = tree_.tombstone_of_changed;
    if (kind.leaves() && hashes_key_) most.body.entry = tree_.tombstone_of_hashed;
    most.by_digest = most.body;
    add_kind(field, most);
  }

  std::vector<FieldRule> take() {
    if (changes_) {
      add_below(tree_.tables[hashes_key_ ? tree_.hashed_header : tree_.changed_header], "header");
    }
    return std::move(out_);
  }

 private:
  void add(const FieldEntry& entry, const std::string& path) {
    if (entry.fate == Fate::kInside) return add_below(tree_.table(entry), path);
    if (entry.fate != Fate::kWithheld && entry.fate != Fate::kChanged) return;
    FieldRule rule{path, entry.fate == Fate::kWithheld ? FieldOp::kDrop : entry.op, {}};
    if (std::find(out_.begin(), out_.end(), rule) == out_.end()) out_.push_back(std::move(rule));
  }

  void add_below(const FieldTable& table, const std::string& path) {
    for (std::size_t number = 0; number < table.by_number.size(); ++number) {
      const FieldDescriptor* field = table.type->FindFieldByNumber(static_cast<int>(number));
      if (field != nullptr) add(table.by_number[number], path + "." + field->name());
    }
  }

  const FieldTree& tree_;
  std::vector<FieldRule> out_;
  bool changes_ = false;
  bool hashes_key_ = false;
};

const FieldDescriptor* field_of(const Descriptor* type, std::string_view name) {
  return type == nullptr ? nullptr : type->FindFieldByName(std::string(name));
}

}  // namespace

std::vector<FieldRule> masked_paths(const FieldTree& tree, const std::vector<std::string>& kinds) {
  const Descriptor& record = *pb::Record::descriptor();
  const auto asked = [&](const std::string& name) {
    return kinds.empty() || std::find(kinds.begin(), kinds.end(), name) != kinds.end();
  };
  Masks masks(tree);
  for (int i = 0; i < record.field_count(); ++i) {
    const FieldDescriptor& field = *record.field(i);
    const FieldKind* const kind = tree.kind(static_cast<std::uint32_t>(field.number()));
    if (kind == nullptr) continue;
    if (field.number() != pb::Record::kTombstoneFieldNumber) {
      if (asked(field.name())) masks.add_kind(field, *kind);
    } else if (kind->leaves() || asked(field.name())) {
      masks.add_tombstones(field, *kind);  // the last of the bodies
    }
  }
  return masks.take();
}

bool hides_path(const FieldTree& tree, std::string_view path) {
  const Descriptor* type = pb::Record::descriptor();
  const FieldEntry* entry = nullptr;
  const FieldTable* table = nullptr;
  for (const std::string_view name : core::split(path, '.')) {
    const FieldDescriptor* const field = field_of(type, name);
    if (field == nullptr) return true;
    const auto number = static_cast<std::uint32_t>(field->number());
    if (entry == nullptr) {
      const FieldKind* const kind = tree.kind(number);
      if (kind == nullptr) return true;
      entry = &kind->body.entry;
    } else if (table != nullptr) {
      entry = table->find(number);
    }
    if (entry->fate == Fate::kWithheld || entry->fate == Fate::kChanged) return true;
    table = entry->fate == Fate::kInside ? &tree.table(*entry) : nullptr;
    type = field->message_type();
  }
  return entry == nullptr || entry->fate != Fate::kKept;
}

}  // namespace connector::decision
