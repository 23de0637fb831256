#include <array>

#include "decision/row_view.h"

namespace connector::decision {
namespace {

using enum RowType;

// Order: as in docs/row-view.md.
constexpr RowField kFields[] = {
    // Every row.
    {"kind", kString, ""},
    {"key", kString, "header.key"},
    {"version", kInteger, "header.version"},
    {"lifecycle", kString, "header.lifecycle"},
    {"source_format", kString, "header.source_format"},
    {"source_version", kString, "header.source_version"},
    {"flags", kList, "header.flags"},

    // The time at which the row happened, whatever its kind.
    {"time", kInteger, "order_line.issued"},
    {"time", kInteger, "event.event_time"},
    {"time", kInteger, "measurement.measured_at"},
    {"time", kInteger, "item.created"},
    {"time", kInteger, "edge.valid_from"},
    {"time", kInteger, "tombstone.withdrawn_at"},

    // Which items a row is about.
    {"item", kString, "order_line.item.ids"},
    {"item", kString, "measurement.item.ids"},
    {"item", kString, "characteristic.item.ids"},
    {"item", kString, "item.item.ids"},
    {"item_ids", kList, "order_line.item.ids"},
    {"item_ids", kList, "order_line.instances.ids"},
    {"item_ids", kList, "event.parent.ids"},
    {"item_ids", kList, "event.items.ids"},
    {"item_ids", kList, "event.item_quantities.ids"},
    {"item_ids", kList, "event.inputs.ids"},
    {"item_ids", kList, "event.input_quantities.ids"},
    {"item_ids", kList, "event.outputs.ids"},
    {"item_ids", kList, "event.output_quantities.ids"},
    {"item_ids", kList, "measurement.item.ids"},
    {"item_ids", kList, "characteristic.item.ids"},
    {"item_ids", kList, "item.item.ids"},
    {"item_ids", kList, "edge.parent.ids"},
    {"item_ids", kList, "edge.child.ids"},
    {"item_keys", kList, "order_line.item.item_keys"},
    {"item_keys", kList, "order_line.instances.item_keys"},
    {"item_keys", kList, "event.parent.item_keys"},
    {"item_keys", kList, "event.items.item_keys"},
    {"item_keys", kList, "event.item_quantities.item_keys"},
    {"item_keys", kList, "event.inputs.item_keys"},
    {"item_keys", kList, "event.input_quantities.item_keys"},
    {"item_keys", kList, "event.outputs.item_keys"},
    {"item_keys", kList, "event.output_quantities.item_keys"},
    {"item_keys", kList, "measurement.item.item_keys"},
    {"item_keys", kList, "characteristic.item.item_keys"},
    {"item_keys", kList, "item.item.item_keys"},
    {"item_keys", kList, "edge.parent.item_keys"},
    {"item_keys", kList, "edge.child.item_keys"},

    // Order lines; order_number of measurements too.
    {"order_number", kString, "order_line.order_number"},
    {"order_number", kString, "measurement.order_number"},
    {"order_number_seller", kString, "order_line.order_number_seller"},
    {"order_type", kString, "order_line.order_type"},
    {"document_type", kString, "order_line.document_type"},
    {"document_id", kString, "order_line.document_id"},
    {"customization", kString, "order_line.customization"},
    {"line_no", kString, "order_line.line_no"},
    {"order_line_no", kString, "order_line.order_line_no"},
    {"buyer", kString, "order_line.buyer.ids"},
    {"buyer_ids", kList, "order_line.buyer.ids"},
    {"buyer_name", kString, "order_line.buyer.name"},
    {"seller", kString, "order_line.seller.ids"},
    {"seller_ids", kList, "order_line.seller.ids"},
    {"seller_name", kString, "order_line.seller.name"},
    {"ship_to", kString, "order_line.ship_to.ids"},
    {"ship_to_ids", kList, "order_line.ship_to.ids"},
    {"accepted", kBool, "order_line.accepted"},
    {"currency", kString, "order_line.currency"},
    {"price", kDecimal, "order_line.price.amount"},
    {"line_amount", kDecimal, "order_line.line_amount.amount"},
    {"quantity", kDecimal, "order_line.item.quantity.value"},
    {"requested_from", kInteger, "order_line.requested_delivery.from"},
    {"requested_to", kInteger, "order_line.requested_delivery.to"},
    {"promised_from", kInteger, "order_line.promised_delivery.from"},
    {"promised_to", kInteger, "order_line.promised_delivery.to"},
    {"actual_delivery", kInteger, "order_line.actual_delivery"},
    {"handling_units", kList, "order_line.handling_units"},
    {"reference_ids", kList, "order_line.references.id"},

    // A status word of the row's kind: "accepted" of a line, "fail" of a measurement.
    {"status", kString, "order_line.status"},
    {"status", kString, "measurement.status"},
    {"status", kString, "study.status"},
    {"status_raw", kString, "order_line.status_raw"},
    {"status_raw", kString, "measurement.status_raw"},
    {"status_raw", kString, "study.status_raw"},

    // Events.
    {"event_type", kString, "event.type"},
    {"event_id", kString, "event.event_id"},
    {"event_time", kInteger, "event.event_time"},
    {"record_time", kInteger, "event.record_time"},
    {"action", kString, "event.action"},
    {"biz_step", kString, "event.biz_step"},
    {"disposition", kString, "event.disposition"},
    {"read_point", kString, "event.read_point"},
    {"biz_location", kString, "event.biz_location"},
    {"transformation_id", kString, "event.transformation_id"},
    {"transaction_ids", kList, "event.biz_transactions.id"},
    {"source_ids", kList, "event.sources.id"},
    {"destination_ids", kList, "event.destinations.id"},
    {"error_declared", kInteger, "event.error_declaration.declared"},

    // Quality.
    {"result_set", kString, "measurement.result_set"},
    {"characteristic", kString, "measurement.characteristic_item"},
    {"characteristic", kString, "characteristic.characteristic_item"},
    {"characteristic", kString, "study.characteristic_item"},
    {"characteristic_name", kString, "measurement.characteristic_name"},
    {"characteristic_name", kString, "characteristic.name"},
    {"characteristic_name", kString, "study.characteristic_name"},
    {"characteristic_kind", kString, "measurement.characteristic_kind"},
    {"characteristic_kind", kString, "characteristic.kind"},
    {"characteristic_qpid", kString, "measurement.characteristic_qpid"},
    {"characteristic_qpid", kString, "characteristic.qpid"},
    {"criticality", kString, "characteristic.criticality"},
    {"drawing", kString, "characteristic.drawing"},
    {"unit", kString, "measurement.unit"},
    {"unit", kString, "characteristic.unit"},
    {"value", kDecimal, "measurement.value"},
    {"measured_at", kInteger, "measurement.measured_at"},
    {"device", kString, "measurement.device"},
    {"operator", kString, "measurement.operator"},
    {"operation", kString, "measurement.operation"},
    {"study_id", kString, "study.study_id"},
    {"study_kind", kString, "study.study_kind"},
    {"samples", kInteger, "study.samples"},

    // Items, edges, tombstones.
    {"event_key", kString, "item.event_key"},
    {"event_key", kString, "edge.event_key"},
    {"location", kString, "item.location"},
    {"edge_kind", kString, "edge.kind"},
    {"parent_ids", kList, "edge.parent.ids"},
    {"child_ids", kList, "edge.child.ids"},
    {"valid_from", kInteger, "edge.valid_from"},
    {"valid_to", kInteger, "edge.valid_to"},
    {"process_id", kString, "edge.process_id"},
    {"closes", kBool, "edge.closes"},
    {"withdrawn_key", kString, "tombstone.withdrawn_key"},
    {"withdrawn_kind", kString, "tombstone.withdrawn_kind"},
};

}  // namespace

std::span<const RowField> row_fields() {
  return kFields;
}

std::optional<RowType> row_type(std::string_view name) {
  for (const RowField& field : kFields) {
    if (field.name == name) return field.type;
  }
  return std::nullopt;
}

std::string_view type_name(RowType type) {
  switch (type) {
    case kString:
      return "string";
    case kDecimal:
      return "decimal";
    case kInteger:
      return "integer";
    case kBool:
      return "bool";
    case kList:
      return "list";
  }
  return "";
}

}  // namespace connector::decision
