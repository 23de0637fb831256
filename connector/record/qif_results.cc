#include "record/qif_results.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/instant.h"
#include "core/text.h"
#include "record/build.h"

namespace connector::record {
namespace {

// CharacteristicStatusEnum of QIF 3.0 and 2.1.
pb::InspectionStatus status_of(const std::string& word) {
  static const std::map<std::string, pb::InspectionStatus> kStatus = {
      {"PASS", pb::INSPECTION_STATUS_PASS},
      {"FAIL", pb::INSPECTION_STATUS_FAIL},
      {"REWORK", pb::INSPECTION_STATUS_REWORK},
      {"BASIC_OR_TED", pb::INSPECTION_STATUS_BASIC_OR_TED},
      {"NOT_MEASURED", pb::INSPECTION_STATUS_NOT_MEASURED},
      {"NOT_CALCULATED", pb::INSPECTION_STATUS_NOT_CALCULATED},
      {"NOT_ANALYZED", pb::INSPECTION_STATUS_NOT_CALCULATED},
      {"SYSERROR", pb::INSPECTION_STATUS_UNDEFINED},
      {"INDETERMINATE", pb::INSPECTION_STATUS_UNDEFINED},
      {"UNDEFINED", pb::INSPECTION_STATUS_UNDEFINED}};
  const auto found = kStatus.find(word);
  return found == kStatus.end() ? pb::INSPECTION_STATUS_UNSPECIFIED : found->second;
}

// Elements that have a field of their own, or lead to one.
bool has_field(std::string_view name) {
  static constexpr std::array kNames = {"Status",
                                        "CharacteristicItemId",
                                        "Value",
                                        "TimeStamp",
                                        "ActualComponentId",
                                        "ManufacturingProcessId",
                                        "MeasurementDeviceIds",
                                        "FeatureMeasurementIds"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Thread and texture have values of other names; the rest of an entry is kept by its name.
void add_properties(pugi::xml_node entry, pb::Measurement& body) {
  for (const auto one : elements(entry)) {
    if (has_field(local_name(one)) || !elements(one).empty()) continue;
    add_property(*body.mutable_properties(), std::string(local_name(one)), text(one));
  }
}

std::string person(pugi::xml_node traceability) {
  for (const char* role : {"InspectionOperator", "ReportPreparer"}) {
    std::string name = child_text(child(traceability, role), "Name");
    if (name.empty()) name = child_text(child(traceability, role), "EmployeeId");
    if (!name.empty()) return name;
  }
  return {};
}

}  // namespace

// What all entries of one MeasurementResults share.
struct QifResults::Set {
  std::string id;
  std::string status;
  std::string component;
  std::string operator_name;
  std::string order_number;
  std::optional<core::Instant> start;
};

// Elsewhere in a document the same is said of all sets: what a set says of itself comes first.
core::Status QifResults::trace(pugi::xml_node traceability, Set& set) const {
  if (std::string name = person(traceability); !name.empty()) set.operator_name = std::move(name);
  if (std::string number = child_text(traceability, "PurchaseOrderNumber"); !number.empty()) {
    set.order_number = std::move(number);
  }
  const auto start = child(traceability, "InspectionStart");
  if (!start) return core::ok();
  auto at = core::parse_instant(text(start));
  if (!at) return qif_error(xml_, start, at.error().message);
  set.start = std::move(*at);
  return core::ok();
}

core::Status QifResults::read(QifRecords& records) {
  Set shared;
  shared.order_number = parts_.order_number;
  const auto all = child(child(xml_.root(), "Results"), "InspectionTraceability");
  if (auto traced = trace(all, shared); !traced) return traced;
  for (const auto results : qif_all(xml_.root(), "MeasurementResults")) {
    if (auto added = add_set(results, shared, records); !added) return added;
  }
  return core::ok();
}

core::Status QifResults::add_set(pugi::xml_node results, Set set, QifRecords& records) {
  set.id = core::lower_ascii(child_text(results, "ThisResultsInstanceQPId"));
  if (set.id.empty()) set.id = parts_.qpid + "#" + attribute(results, "id");
  const auto status = child(results, "InspectionStatus");
  set.status = child_text(status, "InspectionStatusEnum");
  if (set.status.empty()) set.status = child_text(status, "OtherInspectionStatus");
  const auto components = children(child(results, "ActualComponentIds"), "Id");
  if (components.size() == 1) set.component = text(components.front());
  if (auto traced = trace(child(results, "InspectionTraceability"), set); !traced) return traced;
  for (const char* name : {"CharacteristicMeasurements", "CharacteristicActuals"}) {
    for (const auto list : qif_all(results, name)) {
      for (const auto entry : elements(list)) {
        if (auto added = add(entry, set, records); !added) return added;
      }
    }
  }
  return core::ok();
}

core::Status QifResults::add(pugi::xml_node entry, const Set& set, QifRecords& records) {
  const auto id = qif_id(xml_, entry);
  if (!id) return id.error();
  const auto reference = child(entry, "CharacteristicItemId");
  if (!reference) return qif_error(xml_, entry, "CharacteristicItemId is missing");
  if (!items_.emplace(*id, qif_reference(reference)).second) {
    return qif_error(xml_, entry, "the id " + *id + " is given twice");
  }
  pb::Record record;
  set_header(record, pb::KIND_MEASUREMENT,
             "measurement/" + key_part(parts_.qpid) + "/" + key_part(*id), format_);
  pb::Measurement& body = *record.mutable_measurement();
  body.set_result_set(set.id);
  if (!set.status.empty()) body.set_result_set_status(set.status);
  identify(entry, record);
  record_status(entry, record);
  if (auto added = add_value(entry, record); !added) return added;
  if (auto added = add_circumstances(entry, set, body); !added) return added;
  return records.add(entry, std::move(record));
}

void QifResults::identify(pugi::xml_node entry, pb::Record& record) const {
  pb::Measurement& body = *record.mutable_measurement();
  const auto reference = child(entry, "CharacteristicItemId");
  body.set_characteristic_item(qif_reference(reference));
  body.set_characteristic_kind(qif_kind(entry));
  std::string unit = qif_own_unit(child(entry, "Value"));
  if (unit.empty()) unit = parts_.unit(qif_quantity(body.characteristic_kind()));
  if (const auto* known = characteristics_.find(body.characteristic_item())) {
    if (!known->name.empty()) body.set_characteristic_name(known->name);
    if (!known->qpid.empty()) body.set_characteristic_qpid(known->qpid);
    const pb::Tolerance& limits = known->tolerance.values;
    if (limits.ByteSizeLong() > 0) *body.mutable_tolerance() = limits;
    if (unit.empty()) unit = known->tolerance.unit;
  } else if (const auto document = parts_.externals.find(text(reference));
             document != parts_.externals.end() && reference.attribute("xId")) {
    add_flag(*record.mutable_header(), "characteristic-elsewhere");
    add_property(*body.mutable_properties(), "ExternalQIFDocument.QPId", document->second.qpid);
    add_property(*body.mutable_properties(), "ExternalQIFDocument.URI", document->second.uri);
  } else {
    add_flag(*record.mutable_header(), "unknown-characteristic");
  }
  if (!unit.empty()) body.set_unit(unit);
}

void QifResults::record_status(pugi::xml_node entry, pb::Record& record) const {
  pb::Measurement& body = *record.mutable_measurement();
  const auto status = child(entry, "Status");
  std::string word = child_text(status, "CharacteristicStatusEnum");
  if (word.empty()) word = child_text(status, "OtherCharacteristicStatus");
  if (word.empty()) return;
  body.set_status(status_of(word));
  if (body.status() == pb::INSPECTION_STATUS_UNSPECIFIED) {
    body.set_status(pb::INSPECTION_STATUS_UNDEFINED);
    add_flag(*record.mutable_header(), "unknown-code:" + xml_.path_of(status));
  }
  body.set_status_raw(std::move(word));
}

core::Status QifResults::add_value(pugi::xml_node entry, pb::Record& record) const {
  pb::Measurement& body = *record.mutable_measurement();
  add_properties(entry, body);
  const auto node = child(entry, "Value");
  if (!node) return core::ok();
  const auto* known = characteristics_.find(body.characteristic_item());
  if (body.characteristic_kind().find("Attribute") != std::string::npos) {
    body.set_attribute_value(text(node));
    if (known) compare(qif_judge(*known, body.attribute_value()), record);
    return core::ok();
  }
  const auto value = qif_decimal(xml_, node);
  if (!value) return value.error();
  body.mutable_value()->set_text(value->text());
  if (const std::string uncertainty = attribute(node, "combinedUncertainty");
      !uncertainty.empty()) {
    if (auto set = set_decimal(*body.mutable_uncertainty(), uncertainty); !set) {
      return qif_error(xml_, node, "combinedUncertainty: " + set.error().message);
    }
  }
  if (known) compare(qif_judge(*known, *value, qif_own_unit(node)), record);
  return core::ok();
}

// The recorded status stands, whatever is computed; only verdicts are compared.
void QifResults::compare(pb::InspectionStatus judged, pb::Record& record) const {
  pb::Measurement& body = *record.mutable_measurement();
  const auto verdict = [](pb::InspectionStatus status) {
    return status == pb::INSPECTION_STATUS_PASS || status == pb::INSPECTION_STATUS_FAIL;
  };
  if (!verdict(judged) || !verdict(body.status()) || judged == body.status()) return;
  body.set_recomputed_status(judged);
  add_flag(*record.mutable_header(), "status-differs");
}

core::Status QifResults::add_circumstances(pugi::xml_node entry, const Set& set,
                                           pb::Measurement& body) const {
  if (const auto stamp = child(entry, "TimeStamp")) {
    const auto at = core::parse_instant(text(stamp));
    if (!at) return qif_error(xml_, stamp, at.error().message);
    set_instant(*body.mutable_measured_at(), *at);
  } else if (set.start) {
    set_instant(*body.mutable_measured_at(), *set.start);
  }
  std::string device = parts_.device(child(entry, "MeasurementDeviceIds"));
  const auto* known = characteristics_.find(body.characteristic_item());
  if (device.empty() && known) device = known->device;
  if (!device.empty()) body.set_device(std::move(device));
  std::string component = child_text(entry, "ActualComponentId");
  if (component.empty()) component = set.component;
  if (auto item = parts_.item(component)) *body.mutable_item() = std::move(*item);
  const std::string process = qif_reference(child(entry, "ManufacturingProcessId"));
  if (auto operation = parts_.operation(process, component); !operation.empty()) {
    body.set_operation(std::move(operation));
  } else if (!process.empty()) {
    add_property(*body.mutable_properties(), "ManufacturingProcessId", process);
  }
  if (!set.operator_name.empty()) body.set_operator_(set.operator_name);
  if (!set.order_number.empty()) body.set_order_number(set.order_number);
  return core::ok();
}

std::string QifResults::item_of(const std::string& measurement) const {
  const auto found = items_.find(measurement);
  return found == items_.end() ? std::string() : found->second;
}

}  // namespace connector::record
