#include "record/epcis_sensor.h"

#include <algorithm>

#include "record/build.h"
#include "record/cbv.h"

namespace connector::record {
namespace {

using core::Json;

core::Error problem(const std::string& path, const std::string& cause) {
  core::Error error = core::invalid("DOCUMENT_REFUSED", cause);
  error.metadata["path"] = path;
  return error;
}

core::Status time(const Json& value, const std::string& path, pb::Instant& out) {
  auto instant = core::parse_instant(value.text());
  if (!instant) return problem(path, "'" + value.text() + "' is no date and time");
  set_instant(out, *instant);
  return core::ok();
}

pb::Decimal* decimal_of(pb::SensorReport& report, const std::string& name) {
  if (name == "value") return report.mutable_value();
  if (name == "minValue") return report.mutable_min_value();
  if (name == "maxValue") return report.mutable_max_value();
  if (name == "meanValue") return report.mutable_mean_value();
  if (name == "sDev") return report.mutable_s_dev();
  if (name == "percRank") return report.mutable_perc_rank();
  if (name == "percValue") return report.mutable_perc_value();
  return nullptr;
}

std::string* text_of(pb::SensorReport& report, const std::string& name) {
  if (name == "exception") return report.mutable_exception();
  if (name == "deviceID") return report.mutable_device_id();
  if (name == "deviceMetadata") return report.mutable_device_metadata();
  if (name == "rawData") return report.mutable_raw_data();
  if (name == "dataProcessingMethod") return report.mutable_data_processing_method();
  if (name == "microorganism") return report.mutable_microorganism();
  if (name == "chemicalSubstance") return report.mutable_chemical_substance();
  if (name == "stringValue") return report.mutable_string_value();
  if (name == "hexBinaryValue") return report.mutable_hex_binary_value();
  if (name == "uriValue") return report.mutable_uri_value();
  if (name == "uom") return report.mutable_uom();
  if (name == "coordinateReferenceSystem") return report.mutable_coordinate_reference_system();
  return nullptr;
}

using Names = std::vector<std::string>;

// The name is kept; it is reported where nothing defines it.
void other(google::protobuf::RepeatedPtrField<pb::Property>& list, const std::string& name,
           const Json& value, Names& undefined) {
  if (name.rfind("_comment", 0) == 0) return;
  add_extension(list, name, value);
  if (name.find(':') == std::string::npos) undefined.push_back(name);
}

core::Status boolean(const Json& value, pb::SensorReport& report) {
  if (!value.is_bool() && value.text() != "true" && value.text() != "false") {
    return problem("booleanValue", "must be true or false");
  }
  report.set_boolean_value(value.is_bool() ? value.as_bool() : value.text() == "true");
  return core::ok();
}

core::Status set_text(const Json& value, const std::string& name, std::string& out) {
  if (!value.is_string()) return problem(name, "must be a text");
  out = value.text();
  return core::ok();
}

core::Status report_member(pb::SensorReport& report, const std::string& name, const Json& value,
                           Names& undefined) {
  if (pb::Decimal* decimal = decimal_of(report, name)) {
    if (set_decimal(*decimal, value.text())) return core::ok();
    return problem(name, "'" + value.text() + "' is no number");
  }
  if (name == "type") return set_text(value, name, *report.mutable_type());
  if (name == "component") return set_text(value, name, *report.mutable_component());
  if (name == "time") return time(value, name, *report.mutable_time());
  if (name == "booleanValue") return boolean(value, report);
  if (std::string* text = text_of(report, name)) return set_text(value, name, *text);
  if (name == "bizRules") {  // belongs to the metadata; real documents have it here too
    add_extension(*report.mutable_extensions(), name, value);
    return core::ok();
  }
  other(*report.mutable_extensions(), name, value, undefined);
  return core::ok();
}

core::Status read_report(const Json& json, pb::SensorReport& report, Names& undefined) {
  for (const auto& [name, value] : json.members()) {
    if (auto read = report_member(report, name, value, undefined); !read) return read;
  }
  for (std::string* term : {report.has_type() ? report.mutable_type() : nullptr,
                            report.has_component() ? report.mutable_component() : nullptr,
                            report.has_exception() ? report.mutable_exception() : nullptr}) {
    if (term) *term = cbv::sensor_term(*term);
  }
  sort_by_name(*report.mutable_extensions());
  return core::ok();
}

core::Status metadata_member(pb::SensorElement& out, const std::string& name, const Json& value,
                             Names& undefined) {
  if (name == "time") return time(value, name, *out.mutable_time());
  if (name == "startTime") return time(value, name, *out.mutable_start_time());
  if (name == "endTime") return time(value, name, *out.mutable_end_time());
  if (name == "deviceID") return set_text(value, name, *out.mutable_device_id());
  if (name == "deviceMetadata") return set_text(value, name, *out.mutable_device_metadata());
  if (name == "rawData") return set_text(value, name, *out.mutable_raw_data());
  if (name == "bizRules") return set_text(value, name, *out.mutable_biz_rules());
  if (name == "dataProcessingMethod") {
    return set_text(value, name, *out.mutable_data_processing_method());
  }
  other(*out.mutable_extensions(), name, value, undefined);
  return core::ok();
}

core::Status read_metadata(const Json& json, pb::SensorElement& out, Names& undefined) {
  for (const auto& [name, value] : json.members()) {
    if (auto read = metadata_member(out, name, value, undefined); !read) return read;
  }
  return core::ok();
}

core::Status read_reports(const Json& json, pb::SensorElement& out, Names& undefined) {
  if (!json.is_array()) return problem("sensorReport", "must be a list");
  for (const Json& one : json.items()) {
    if (auto read = read_report(one, *out.add_reports(), undefined); !read) return read;
  }
  return core::ok();
}

}  // namespace

core::Result<Names> read_sensor(const Json& json, pb::SensorElement& out) {
  if (!json.is_object()) return problem("", "must be an object");
  Names undefined;
  for (const auto& [name, value] : json.members()) {
    core::Status read = core::ok();
    if (name == "sensorMetadata") {
      read = read_metadata(value, out, undefined);
    } else if (name == "sensorReport") {
      read = read_reports(value, out, undefined);
    } else if (name != "type" && name != "isA") {
      other(*out.mutable_extensions(), name, value, undefined);
    }
    if (!read) return std::move(read.error());
  }
  sort_by_name(*out.mutable_extensions());
  return undefined;
}

void add_extension(google::protobuf::RepeatedPtrField<pb::Property>& list, const std::string& name,
                   const Json& value) {
  if (value.is_object()) {
    for (const auto& [key, one] : value.members()) {
      add_extension(list, key == "#text" ? name : name + "." + key, one);
    }
  } else if (value.is_array()) {
    const auto& entries = value.items();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const bool indexed = entries.size() > 1 && entries[i].is_object();
      add_extension(list, indexed ? name + "[" + std::to_string(i + 1) + "]" : name, entries[i]);
    }
  } else if (value.is_bool()) {
    add_property(list, name, value.as_bool() ? "true" : "false");
  } else if (!value.text().empty()) {  // an empty element of XML says as little as an absent member
    add_property(list, name, value.text());
  }
}

std::size_t flattened_bytes(const Json& value, std::size_t name_bytes) {
  std::size_t bytes = 0;
  for (const auto& [key, one] : value.members()) {
    bytes += flattened_bytes(one, name_bytes + key.size() + 1);
  }
  for (const Json& one : value.items()) bytes += flattened_bytes(one, name_bytes);
  const bool leaf = !value.is_object() && !value.is_array();
  return leaf ? name_bytes + value.text().size() : bytes;
}

void sort_by_name(google::protobuf::RepeatedPtrField<pb::Property>& list) {
  std::stable_sort(
      list.begin(), list.end(),
      [](const pb::Property& one, const pb::Property& other) { return one.name() < other.name(); });
}

}  // namespace connector::record
