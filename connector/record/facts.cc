#include "record/facts.h"

#include <algorithm>

#include "record/statement.h"
#include "valuechain/record/v1/record.pb.h"

namespace connector::record {
namespace {

namespace pb = valuechain::record::v1;

void add(const pb::ItemRef& item, std::vector<std::string>& keys) {
  keys.insert(keys.end(), item.item_keys().begin(), item.item_keys().end());
}

template <typename Items>
void add_all(const Items& items, std::vector<std::string>& keys) {
  for (const pb::ItemRef& item : items) add(item, keys);
}

std::vector<std::string> item_keys_of(const pb::Record& record) {
  std::vector<std::string> keys;
  if (record.has_order_line()) {
    add(record.order_line().item(), keys);
    add_all(record.order_line().instances(), keys);
  } else if (record.has_event()) {
    const pb::Event& event = record.event();
    add(event.parent(), keys);
    for (const auto* items :
         {&event.items(), &event.item_quantities(), &event.inputs(), &event.input_quantities(),
          &event.outputs(), &event.output_quantities()}) {
      add_all(*items, keys);
    }
  }
  add(record.measurement().item(), keys);
  add(record.characteristic().item(), keys);
  add(record.item().item(), keys);
  add(record.edge().parent(), keys);
  add(record.edge().child(), keys);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::optional<std::int64_t> time_of(const pb::Record& record) {
  const auto at = [](bool has, const pb::Instant& time) -> std::optional<std::int64_t> {
    return has ? std::optional(time.epoch_ns()) : std::nullopt;
  };
  switch (record.body_case()) {
    case pb::Record::kOrderLine:
      return at(record.order_line().has_issued(), record.order_line().issued());
    case pb::Record::kEvent:
      return at(record.event().has_event_time(), record.event().event_time());
    case pb::Record::kMeasurement:
      return at(record.measurement().has_measured_at(), record.measurement().measured_at());
    case pb::Record::kItem:
      return at(record.item().has_created(), record.item().created());
    case pb::Record::kEdge:
      return at(record.edge().has_valid_from(), record.edge().valid_from());
    default:
      return std::nullopt;
  }
}

}  // namespace

Facts facts_of(const pb::Record& record) {
  Facts facts;
  facts.kind = record.header().kind();
  facts.key = record.header().key();
  facts.content_id = record.header().content_id();
  facts.version = record.header().version();
  facts.withdrawn_key = record.tombstone().withdrawn_key();
  if (record.order_line().has_order_number()) {
    facts.order_number = record.order_line().order_number();
  } else if (record.measurement().has_order_number()) {
    facts.order_number = record.measurement().order_number();
  }
  facts.event_ns = time_of(record);
  facts.item_keys = item_keys_of(record);
  return facts;
}

Facts facts_of(const std::string& bytes) {
  pb::Record record;
  return record.ParseFromString(bytes) ? facts_of(record) : Facts{};
}

bool same_statement(const pb::Record& one, const pb::Record& other) {
  return statement_of(one).SerializeAsString() == statement_of(other).SerializeAsString();
}

}  // namespace connector::record
