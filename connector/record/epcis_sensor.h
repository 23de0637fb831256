// Sensor data of an event, and members that EPCIS does not know.
#pragma once

#include "core/json.h"
#include "record/document.h"

namespace connector::record {

// One entry of sensorElementList. An error's metadata has the path below the entry.
core::Status read_sensor(const core::Json& json, pb::SensorElement& out);

// Flattened: "ext:a.b" and the text of each leaf; entries of a list share their name.
void add_extension(google::protobuf::RepeatedPtrField<pb::Property>& list, const std::string& name,
                   const core::Json& value);

}  // namespace connector::record
