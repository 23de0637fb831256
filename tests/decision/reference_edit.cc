#include "reference_edit.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <functional>
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

  bool hidden(const std::string& leaf) const { return !shown(leaf) || rule(leaf); }

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
        return field.type() == FieldDescriptor::TYPE_BYTES
                   ? std::string(core::view(test_hash(value)))
                   : test_hash_text(value);
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

void each_message(Message& message, const std::function<void(Message&)>& use) {
  use(message);
  const auto& with = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  with.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      each_message(*with.MutableMessage(&message, field), use);
      continue;
    }
    for (int i = 0; i < with.FieldSize(message, field); ++i) {
      each_message(*with.MutableRepeatedMessage(&message, field, i), use);
    }
  }
}

// ---- what is made of other values
// ----------------------------------------------------------------

const std::vector<std::string> kParties = {
    "order_line.buyer.name",        "order_line.buyer.ids.scheme", "order_line.buyer.ids.value",
    "order_line.seller.ids.scheme", "order_line.seller.ids.value", "order_line.seller.name"};

std::vector<std::string> other_spellings(const std::string& path) {
  struct Pair {
    const char* type;
    const char* one;
    const char* other;
  };
  static const Pair kPairs[] = {
      {"Instant", "text", "epoch_ns"},       {"Instant", "text", "offset_min"},
      {"Instant", "text", "date_only"},      {"Identifier", "raw", "value"},
      {"Quantity", "unit_raw", "unit"},      {"TypedId", "type_raw", "type"},
      {"Event", "biz_step_raw", "biz_step"}, {"Event", "disposition_raw", "disposition"},
      {"OrderLine", "status_raw", "status"}, {"Measurement", "status_raw", "status"},
      {"Study", "status_raw", "status"}};
  const FieldDescriptor& field = field_at(path);
  const std::string parent = path.substr(0, path.rfind('.') + 1);
  std::vector<std::string> found;
  for (const Pair& pair : kPairs) {
    if (field.containing_type()->name() != pair.type) continue;
    if (field.name() == pair.one) found.push_back(parent + pair.other);
    if (field.name() == pair.other) found.push_back(parent + pair.one);
  }
  return found;
}

bool names_a_digest(const std::string& key) {
  return key.find("event/sha256:") != key.npos || key.find("event%2Fsha256:") != key.npos;
}

bool from_events(const std::string& kind) {
  return kind == "event" || kind == "item" || kind == "edge";
}

// What more is to be done in one record.
struct Plan {
  std::vector<FieldRule> rules;
  bool hashes_key = false;
};

class Planner {
 public:
  explicit Planner(const ReferencePolicy& policy)
      : policy_(policy), reference_(policy.visible, policy.rules) {}

  Plan of(const std::string& kind, bool digest) const {
    Plan plan{policy_.rules, hides_key_of(kind)};
    if (!digest || !from_events(kind) || whole("event")) return plan;
    plan.hashes_key = true;
    if (kind != "event") plan.rules.push_back({kind + ".event_key", FieldOp::kHash, {}});
    return plan;
  }

  bool whole(const std::string& kind) const {
    return reference_.whole(*field_at(kind).message_type(), kind);
  }
  bool nothing(const std::string& kind) const {
    return reference_.nothing(*field_at(kind).message_type(), kind);
  }

 private:
  bool hides_key_of(const std::string& kind) const {
    std::vector<std::string> from;
    if (kind == "order_line") {
      from = kParties;
      from.insert(from.end(),
                  {"order_line.order_number", "order_line.document_type", "order_line.document_id",
                   "order_line.line_no", "order_line.parent_line_no"});
    }
    if (from_events(kind)) from.push_back("event.event_id");
    if (kind == "item") from.insert(from.end(), {"item.item.ids.scheme", "item.item.ids.value"});
    for (const char* end : {"edge.parent.ids.", "edge.child.ids."}) {
      if (kind != "edge") continue;
      from.push_back(end + std::string("scheme"));
      from.push_back(end + std::string("value"));
    }
    if (kind == "measurement") from = {"measurement.result_set"};
    if (kind == "characteristic") from = {"characteristic.characteristic_item"};
    if (kind == "study") from = {"study.study_id"};
    if (kind == "tombstone") from = {"tombstone.withdrawn_key"};
    return std::any_of(from.begin(), from.end(),
                       [&](const std::string& leaf) { return reference_.hidden(leaf); });
  }

  const ReferencePolicy& policy_;
  const Reference reference_;
};

// Nothing: it must not leave.
std::optional<Plan> plan_of(const pb::Record& record, const std::string& kind,
                            const ReferencePolicy& policy) {
  static const char* const kKinds[] = {
      "", "order_line", "event", "measurement", "characteristic", "study", "item", "edge"};
  const Planner planner(policy);
  const pb::Header& header = record.header();
  if (kind != "tombstone") {
    return planner.of(kind, !header.has_key() || names_a_digest(header.key()));
  }
  const pb::Tombstone& tombstone = record.tombstone();
  const int withdrawn = tombstone.withdrawn_kind();
  if (withdrawn < 1 || withdrawn > 7 || planner.nothing(kKinds[withdrawn])) return std::nullopt;
  const bool digest = !tombstone.has_withdrawn_key() || names_a_digest(tombstone.withdrawn_key());
  const Plan of = planner.of(kKinds[withdrawn], digest);
  Plan plan = planner.of(kind, false);
  if (!of.hashes_key && planner.whole(kKinds[withdrawn])) return plan;
  plan.rules.push_back({"tombstone.withdrawn_content_id", FieldOp::kDrop, {}});
  if (of.hashes_key) plan.rules.push_back({"tombstone.withdrawn_key", FieldOp::kHash, {}});
  plan.hashes_key = plan.hashes_key || of.hashes_key;
  return plan;
}

}  // namespace

core::Digest test_hash(std::string_view value) {
  return core::sha256("key" + std::string(value));
}

std::string test_hash_text(std::string_view value) {
  return core::hex(test_hash(value));
}

ReferencePolicy with_derived(const ReferencePolicy& policy) {
  ReferencePolicy more = policy;
  const auto named = [&](const std::string& path) {
    return std::find(policy.visible.begin(), policy.visible.end(), path) != policy.visible.end() ||
           std::any_of(policy.rules.begin(), policy.rules.end(),
                       [&](const FieldRule& rule) { return rule.path == path; });
  };
  for (const FieldRule& rule : policy.rules) {
    for (const std::string& twin : other_spellings(rule.path)) {
      if (!named(twin)) more.rules.push_back({twin, FieldOp::kDrop, {}});
    }
  }
  const auto hidden = [&](const std::vector<std::string>& leaves) {
    const Reference reference(more.visible, more.rules);
    return std::any_of(leaves.begin(), leaves.end(),
                       [&](const std::string& leaf) { return reference.hidden(leaf); });
  };
  const auto derive = [&](const std::string& path, FieldOp op,
                          const std::vector<std::string>& from) {
    if (hidden(from)) more.rules.push_back({path, op, {}});
  };
  for (const char* item : {"order_line.item", "order_line.instances"}) {
    derive(item + std::string(".ids.owner"), FieldOp::kHash, kParties);
  }
  for (const std::string& leaf : leaf_paths()) {
    if (!leaf.ends_with(".item_keys")) continue;
    const std::string ids = leaf.substr(0, leaf.size() - 9) + "ids.";
    derive(leaf, FieldOp::kHash, {ids + "scheme", ids + "value", ids + "owner"});
  }
  for (const char* kind : {"item", "edge"}) {
    derive(kind + std::string(".event_key"), FieldOp::kHash, {"event.event_id"});
  }
  const std::string measured = "measurement.";
  derive("measurement.recomputed_status", FieldOp::kDrop,
         {measured + "status", measured + "value.text", measured + "tolerance.lower.text",
          measured + "tolerance.upper.text", measured + "tolerance.zone.text"});
  return more;
}

bool reference_edit(pb::Record& record, const ReferencePolicy& policy) {
  const auto* body = record.GetReflection()->GetOneofFieldDescriptor(
      record, pb::Record::descriptor()->FindOneofByName("body"));
  if (body == nullptr) return false;
  if (Reference(policy.visible, policy.rules).nothing(*body->message_type(), body->name())) {
    return false;
  }
  const auto plan = plan_of(record, body->name(), policy);
  if (!plan) return false;
  const Reference reference(policy.visible, plan->rules);
  if (reference.nothing(*body->message_type(), body->name())) return false;
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
  const bool masked = !reference.whole(*body->message_type(), body->name()) || plan->hashes_key ||
                      record.ByteSizeLong() != before;
  if (masked && with_header) {
    record.mutable_header()->clear_content_id();
    record.mutable_header()->clear_source_sha256();
    record.mutable_header()->clear_supersedes();
    record.mutable_header()->clear_flags();
  }
  if (plan->hashes_key && record.header().has_key()) {
    record.mutable_header()->set_key(test_hash_text(record.header().key()));
  }
  return true;
}

std::size_t messages_in(const Message& message) {
  std::size_t count = 0;
  each_message(const_cast<Message&>(message), [&](Message&) { ++count; });
  return count;
}

void add_unknown_field(Message& message, std::size_t place) {
  each_message(message, [&](Message& one) {
    if (place-- != 0) return;
    one.GetReflection()->MutableUnknownFields(&one)->AddLengthDelimited(900, "of the future");
  });
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
