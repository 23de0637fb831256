#include "record/epcis_sensor.h"

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

core::Status report_member(pb::SensorReport& report, const std::string& name, const Json& value) {
  if (pb::Decimal* decimal = decimal_of(report, name)) {
    if (set_decimal(*decimal, value.text())) return core::ok();
    return problem(name, "'" + value.text() + "' is no number");
  }
  if (name == "type" || name == "component" || name == "exception") {
    const std::string term = cbv::sensor_term(value.text());
    name == "type"        ? report.set_type(term)
    : name == "component" ? report.set_component(term)
                          : report.set_exception(term);
    return core::ok();
  }
  if (std::string* text = text_of(report, name)) {
    *text = value.text();
    return core::ok();
  }
  if (name == "time") return time(value, name, *report.mutable_time());
  if (name == "booleanValue") {
    if (!value.is_bool() && value.text() != "true" && value.text() != "false") {
      return problem(name, "must be true or false");
    }
    report.set_boolean_value(value.is_bool() ? value.as_bool() : value.text() == "true");
    return core::ok();
  }
  add_extension(*report.mutable_extensions(), name, value);
  return core::ok();
}

core::Status metadata_member(pb::SensorElement& out, const std::string& name, const Json& value) {
  if (name == "time") return time(value, name, *out.mutable_time());
  if (name == "startTime") return time(value, name, *out.mutable_start_time());
  if (name == "endTime") return time(value, name, *out.mutable_end_time());
  if (name == "deviceID") {
    out.set_device_id(value.text());
  } else if (name == "deviceMetadata") {
    out.set_device_metadata(value.text());
  } else if (name == "rawData") {
    out.set_raw_data(value.text());
  } else if (name == "dataProcessingMethod") {
    out.set_data_processing_method(value.text());
  } else if (name == "bizRules") {
    out.set_biz_rules(value.text());
  } else {
    add_extension(*out.mutable_extensions(), name, value);
  }
  return core::ok();
}

}  // namespace

core::Status read_sensor(const Json& json, pb::SensorElement& out) {
  if (!json.is_object()) return problem("", "must be an object");
  for (const auto& [name, value] : json.members()) {
    if (name == "sensorMetadata") {
      for (const auto& [key, one] : value.members()) {
        if (auto read = metadata_member(out, key, one); !read) return read;
      }
    } else if (name == "sensorReport") {
      for (const Json& one : value.items()) {
        pb::SensorReport& report = *out.add_reports();
        for (const auto& [key, member] : one.members()) {
          if (auto read = report_member(report, key, member); !read) return read;
        }
      }
    } else if (name != "type" && name != "isA") {
      add_extension(*out.mutable_extensions(), name, value);
    }
  }
  return core::ok();
}

void add_extension(google::protobuf::RepeatedPtrField<pb::Property>& list, const std::string& name,
                   const Json& value) {
  if (value.is_object()) {
    for (const auto& [key, one] : value.members()) {
      add_extension(list, key == "#text" ? name : name + "." + key, one);
    }
  } else if (value.is_array()) {
    for (const Json& one : value.items()) add_extension(list, name, one);
  } else {
    add_property(list, name, value.is_bool() ? (value.as_bool() ? "true" : "false") : value.text());
  }
}

}  // namespace connector::record
