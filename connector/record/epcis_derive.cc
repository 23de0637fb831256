#include "record/epcis_derive.h"

#include <set>

#include "record/build.h"

namespace connector::record {
namespace {

using Items = std::vector<const pb::ItemRef*>;

Items both(const google::protobuf::RepeatedPtrField<pb::ItemRef>& one,
           const google::protobuf::RepeatedPtrField<pb::ItemRef>& other) {
  Items items;
  for (const pb::ItemRef& item : one) items.push_back(&item);
  for (const pb::ItemRef& item : other) items.push_back(&item);
  return items;
}

std::string name_of(const pb::ItemRef& item) {
  return item.ids_size() > 0 ? item.ids(0).scheme() + ":" + item.ids(0).value() : std::string();
}

bool same(const pb::ItemRef& one, const pb::ItemRef& other) {
  return name_of(one) == name_of(other);
}

// What master data of an event is repeated at most in the items that it creates.
constexpr std::size_t kRepeatedBytes = 4u << 20;

std::size_t ilmd_bytes(const pb::Event& event) {
  std::size_t bytes = 0;
  for (const pb::Property& property : event.ilmd()) bytes += property.ByteSizeLong();
  return bytes;
}

std::size_t follows_from(const pb::Event& event) {
  const auto size = [](std::size_t one, std::size_t other) { return one + other; };
  const std::size_t inputs = size(event.inputs_size(), event.input_quantities_size());
  const std::size_t outputs = size(event.outputs_size(), event.output_quantities_size());
  return outputs * (inputs + 1) + size(event.items_size(), event.item_quantities_size());
}

class Deriving {
 public:
  Deriving(const pb::Event& event, const std::string& key)
      : event_(event),
        key_(key),
        repeats_ilmd_(ilmd_bytes(event) * follows_from(event) <= kRepeatedBytes) {}

  Derived derive() {
    switch (event_.type()) {
      case pb::EVENT_TYPE_TRANSFORMATION:
        transformed();
        break;
      case pb::EVENT_TYPE_ASSOCIATION:
        related(pb::EDGE_KIND_INSTALLED);
        break;
      case pb::EVENT_TYPE_AGGREGATION:
        related(pb::EDGE_KIND_CONTAINED);
        break;
      case pb::EVENT_TYPE_OBJECT:
        if (event_.action() == pb::ACTION_ADD) {
          for (const pb::ItemRef* item : both(event_.items(), event_.item_quantities())) {
            created(*item);
          }
        }
        break;
      default:
        break;
    }
    return std::move(derived_);
  }

 private:
  void transformed() {
    const Items outputs = both(event_.outputs(), event_.output_quantities());
    for (const pb::ItemRef* output : outputs) {
      created(*output);
      for (const pb::ItemRef* input : both(event_.inputs(), event_.input_quantities())) {
        edge(pb::EDGE_KIND_TRANSFORMED, *output, *input);
      }
    }
  }

  void related(pb::EdgeKind kind) {
    if (!event_.has_parent() || event_.action() == pb::ACTION_OBSERVE) return;
    const Items children = both(event_.items(), event_.item_quantities());
    for (const pb::ItemRef* child : children) edge(kind, event_.parent(), *child);
    // DELETE without children removes all that there are (EPCIS 2.0, section 7.4.3).
    if (children.empty() && event_.action() == pb::ACTION_DELETE) {
      edge(kind, event_.parent(), pb::ItemRef());
    }
  }

  void edge(pb::EdgeKind kind, const pb::ItemRef& parent, const pb::ItemRef& child) {
    if (same(parent, child)) {
      derived_.self_edge = true;
      return;
    }
    pb::Record& record = derived_.records.emplace_back();
    record.mutable_header()->set_kind(pb::KIND_EDGE);
    record.mutable_header()->set_key("edge/" + key_part(key_) + "/" + key_part(name_of(parent)) +
                                     "/" + key_part(name_of(child)));
    pb::Edge& edge = *record.mutable_edge();
    edge.set_kind(kind);
    *edge.mutable_parent() = parent;
    if (child.ids_size() > 0) *edge.mutable_child() = child;
    const bool closes = event_.action() == pb::ACTION_DELETE;
    *(closes ? edge.mutable_valid_to() : edge.mutable_valid_from()) = event_.event_time();
    edge.set_closes(closes);
    edge.set_event_key(key_);
    if (event_.has_transformation_id()) edge.set_process_id(event_.transformation_id());
  }

  void created(const pb::ItemRef& ref) {
    pb::Record& record = derived_.records.emplace_back();
    record.mutable_header()->set_kind(pb::KIND_ITEM);
    record.mutable_header()->set_key("item/" + key_part(key_) + "/" + key_part(name_of(ref)));
    pb::Item& item = *record.mutable_item();
    *item.mutable_item() = ref;
    *item.mutable_created() = event_.event_time();
    item.set_event_key(key_);
    if (event_.has_read_point()) *item.mutable_location() = event_.read_point();
    if (repeats_ilmd_) *item.mutable_properties() = event_.ilmd();  // else: see the event
  }

  const pb::Event& event_;
  const std::string& key_;
  const bool repeats_ilmd_;
  Derived derived_;
};

// Two derived records of one key say the same: an item listed by instance and by quantity.
void drop_repeated(std::vector<pb::Record>& records) {
  std::set<std::string> keys;
  std::erase_if(records, [&](const pb::Record& record) {
    return !keys.insert(record.header().key()).second;
  });
}

}  // namespace

Derived derive(const pb::Event& event, const std::string& event_key) {
  if (follows_from(event) > kDerivedPerEvent) return {{}, false, true};
  Derived derived = Deriving(event, event_key).derive();
  drop_repeated(derived.records);
  return derived;
}

}  // namespace connector::record
