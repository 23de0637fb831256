#include "decision/field_derived.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "valuechain/record/v1/record.pb.h"

namespace connector::decision {
namespace {

namespace pb = ::valuechain::record::v1;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

struct Derived {
  std::string path;
  FieldOp op;
  std::vector<std::string> from;
};

// Which the number of a part belongs to, and which the key of an order line names: the first
// identifier of the buyer or the seller, or its name.
const std::vector<std::string> kParties = {
    "order_line.buyer.ids.scheme",  "order_line.buyer.ids.value",  "order_line.buyer.name",
    "order_line.seller.ids.scheme", "order_line.seller.ids.value", "order_line.seller.name"};

// What header.key is made of.
struct KeyOf {
  std::string_view kind;
  std::vector<std::string> from;
};
const std::vector<KeyOf>& keys() {
  static const std::vector<KeyOf> kKeys = [] {
    std::vector<std::string> line = kParties;
    for (const char* name :
         {"order_number", "document_type", "document_id", "line_no", "parent_line_no"}) {
      line.push_back(std::string("order_line.") + name);
    }
    return std::vector<KeyOf>{
        {"order_line", std::move(line)},
        {"event", {"event.event_id"}},
        {"measurement", {"measurement.result_set"}},
        {"characteristic", {"characteristic.characteristic_item"}},
        {"study", {"study.study_id"}},
        {"item", {"event.event_id", "item.item.ids.scheme", "item.item.ids.value"}},
        {"edge",
         {"event.event_id", "edge.parent.ids.scheme", "edge.parent.ids.value",
          "edge.child.ids.scheme", "edge.child.ids.value"}},
        {"tombstone", {"tombstone.withdrawn_key"}},
    };
  }();
  return kKeys;
}

// Each place in the schema that a message of this type has.
void places_of(const Descriptor& wanted, const Descriptor& type, const std::string& prefix,
               std::vector<std::string>& out) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.message_type() == nullptr) continue;
    const std::string path = prefix + field.name();
    if (field.message_type() == &wanted) out.push_back(path);
    places_of(wanted, *field.message_type(), path + ".", out);
  }
}

std::vector<std::string> places_of(const Descriptor& wanted) {
  std::vector<std::string> out;
  places_of(wanted, *pb::Record::descriptor(), {}, out);
  return out;
}

// In an order in which what is derived from something derived comes later.
const std::vector<Derived>& derived() {
  static const std::vector<Derived> kDerived = [] {
    std::vector<Derived> all = {
        {"order_line.item.ids.owner", FieldOp::kHash, kParties},
        {"order_line.instances.ids.owner", FieldOp::kHash, kParties},
        {"item.event_key", FieldOp::kHash, {"event.event_id"}},
        {"edge.event_key", FieldOp::kHash, {"event.event_id"}},
        {"measurement.recomputed_status",
         FieldOp::kDrop,
         {"measurement.status", "measurement.value.text", "measurement.tolerance.lower.text",
          "measurement.tolerance.upper.text", "measurement.tolerance.zone.text"}},
    };
    for (const std::string& item : places_of(*pb::ItemRef::descriptor())) {
      all.push_back({item + ".item_keys",
                     FieldOp::kHash,
                     {item + ".ids.scheme", item + ".ids.value", item + ".ids.owner"}});
    }
    return all;
  }();
  return kDerived;
}

// Two spellings of one value, by the type that holds them.
struct Spellings {
  const Descriptor* type;
  const char* one;
  const char* other;
};

using Twins = std::multimap<std::string, std::string, std::less<>>;  // path -> its other spelling

void add_twins(const Spellings& two, const std::string& place, Twins& twins) {
  twins.emplace(place + "." + two.one, place + "." + two.other);
  twins.emplace(place + "." + two.other, place + "." + two.one);
}

const Twins& twins() {
  static const Twins kTwins = [] {
    Twins all;
    for (const Spellings& two : {
             Spellings{pb::Instant::descriptor(), "text", "epoch_ns"},
             Spellings{pb::Instant::descriptor(), "text", "offset_min"},
             Spellings{pb::Instant::descriptor(), "text", "date_only"},
             Spellings{pb::Identifier::descriptor(), "raw", "value"},
             Spellings{pb::Quantity::descriptor(), "unit_raw", "unit"},
             Spellings{pb::TypedId::descriptor(), "type_raw", "type"},
             Spellings{pb::Event::descriptor(), "biz_step_raw", "biz_step"},
             Spellings{pb::Event::descriptor(), "disposition_raw", "disposition"},
             Spellings{pb::OrderLine::descriptor(), "status_raw", "status"},
             Spellings{pb::Measurement::descriptor(), "status_raw", "status"},
             Spellings{pb::Study::descriptor(), "status_raw", "status"},
         }) {
      for (const std::string& place : places_of(*two.type)) add_twins(two, place, all);
    }
    return all;
  }();
  return kTwins;
}

// The program's own rules fit their fields; a test adds each of them.
void add(FieldMarks& marks, const std::string& path, FieldOp op) {
  [[maybe_unused]] const auto added = marks.add({path, op, {}});
}

// Who names a spelling itself, by a label or a rule, has decided about it.
void hide_other_spellings(FieldMarks& marks) {
  std::vector<std::string> hidden;
  marks.each_rule([&](const FieldRule& rule) {
    const auto [first, last] = twins().equal_range(rule.path);
    for (auto twin = first; twin != last; ++twin) {
      const bool named = marks.visible(twin->second) || marks.rule(twin->second) != nullptr;
      if (!named) hidden.push_back(twin->second);
    }
  });
  for (const std::string& path : hidden) add(marks, path, FieldOp::kDrop);
}

bool hides_any(const FieldMarks& marks, const std::vector<std::string>& leaves) {
  return std::any_of(leaves.begin(), leaves.end(),
                     [&](const std::string& leaf) { return marks.hides(leaf); });
}

}  // namespace

void hide_derived(FieldMarks& marks) {
  hide_other_spellings(marks);
  for (const Derived& one : derived()) {
    const bool shown = !marks.hides(one.path) || marks.rule(one.path) != nullptr;
    if (shown && hides_any(marks, one.from)) add(marks, one.path, one.op);
  }
}

bool hides_key(const FieldMarks& marks, std::string_view kind) {
  for (const KeyOf& one : keys()) {
    if (one.kind == kind) return hides_any(marks, one.from);
  }
  return true;  // nobody has said what it is made of
}

bool is_digest_key(std::string_view key) {
  return key.find("event/sha256:") != key.npos || key.find("event%2Fsha256:") != key.npos;
}

}  // namespace connector::decision
