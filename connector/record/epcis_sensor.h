// Sensor data of an event, and members that EPCIS does not know.
#pragma once

#include "core/json.h"
#include "record/document.h"

namespace connector::record {

// One entry of sensorElementList. Names that neither EPCIS nor a prefix defines are kept as
// extensions and given back. An error's metadata has the path below the entry.
core::Result<std::vector<std::string>> read_sensor(const core::Json& json, pb::SensorElement& out);

// Flattened: "ext:a.b" and the text of each leaf. Texts of a list share their name, objects in it
// are numbered: "ext:a[2].b". Empty values are left out.
void add_extension(google::protobuf::RepeatedPtrField<pb::Property>& list, const std::string& name,
                   const core::Json& value);

// The bytes of names and values that flattening gives, without doing it.
std::size_t flattened_bytes(const core::Json& value, std::size_t name_bytes = 0);

// Order has no meaning but among entries of one name, and XML and JSON differ in it.
void sort_by_name(google::protobuf::RepeatedPtrField<pb::Property>& list);

}  // namespace connector::record
