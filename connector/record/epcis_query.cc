#include "record/epcis_query.h"

#include <algorithm>
#include <array>

#include "core/instant.h"
#include "record/epcis_fields.h"

namespace connector::record {
namespace {

using core::Json;

constexpr std::array kExact = {"eventType",
                               "EQ_action",
                               "EQ_bizStep",
                               "EQ_disposition",
                               "EQ_readPoint",
                               "WD_readPoint",
                               "EQ_bizLocation",
                               "WD_bizLocation",
                               "EQ_transformationID",
                               "MATCH_epc",
                               "MATCH_parentID",
                               "MATCH_inputEPC",
                               "MATCH_outputEPC",
                               "MATCH_anyEPC",
                               "MATCH_epcClass",
                               "MATCH_inputEPCClass",
                               "MATCH_outputEPCClass",
                               "MATCH_anyEPCClass",
                               "EQ_eventID",
                               "EXISTS_errorDeclaration",
                               "EQ_errorReason",
                               "EQ_correctiveEventID",
                               "orderBy",
                               "orderDirection",
                               "eventCountLimit",
                               "maxEventCount",
                               "perPage",
                               "nextPageToken",
                               "EQ_persistentDisposition_set",
                               "EQ_persistentDisposition_unset"};
constexpr std::array kCompared = {"eventTime", "recordTime", "quantity", "errorDeclarationTime",
                                  "errorDeclaration_Time"};
constexpr std::array kComparisons = {"EQ_", "GT_", "GE_", "LT_", "LE_"};
constexpr std::array kFamilies = {"EQ_bizTransaction_", "EQ_source_",   "EQ_destination_",
                                  "HASATTR_",           "EQATTR_",      "EXISTS_ILMD_",
                                  "EXISTS_INNER_",      "EXISTS_SENSOR"};
constexpr std::array kSensor = {"type",
                                "deviceID",
                                "deviceMetadata",
                                "rawData",
                                "uom",
                                "value",
                                "minValue",
                                "maxValue",
                                "meanValue",
                                "sDev",
                                "component",
                                "time",
                                "startTime",
                                "endTime",
                                "bizRules",
                                "microorganism",
                                "chemicalSubstance",
                                "stringValue",
                                "booleanValue",
                                "uriValue",
                                "hexBinaryValue",
                                "percRank",
                                "percValue",
                                "dataProcessingMethod",
                                "exception"};

core::Error problem(const std::string& path, const std::string& cause) {
  core::Error error = core::invalid("DOCUMENT_REFUSED", path + " " + cause);
  error.metadata["path"] = path;
  return error;
}

template <typename Names>
bool has(const Names& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const char* one) { return name == one; });
}

template <typename Names>
bool begins(const Names& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const char* one) { return name.rfind(one, 0) == 0; });
}

bool known(std::string_view name) {
  if (has(kExact, name) || begins(kFamilies, name)) return true;
  if (!begins(kComparisons, name)) {
    return name.rfind("EXISTS_", 0) == 0 && name.find(':') != std::string_view::npos;
  }
  const std::string_view rest = name.substr(3);
  // Fields of extensions, of ILMD and of error declarations bring their namespace.
  return has(kCompared, rest) || has(kSensor, rest) || rest.find(':') != std::string_view::npos ||
         rest.find('#') != std::string_view::npos || rest.rfind("ILMD_", 0) == 0 ||
         rest.rfind("INNER_", 0) == 0;
}

bool is_time(std::string_view name) {
  return name.size() > 4 && name.substr(name.size() - 4) == "Time";
}

core::Status check_value(const std::string& name, const std::string& value) {
  if (name == "eventType" && event_type(value) == pb::EVENT_TYPE_UNSPECIFIED) {
    return problem(name, "'" + value + "' is no EPCIS event type");
  }
  if (name == "EQ_action" && value != "ADD" && value != "OBSERVE" && value != "DELETE") {
    return problem(name, "'" + value + "' is none of ADD, OBSERVE, DELETE");
  }
  if (name == "orderDirection" && value != "ASC" && value != "DESC") {
    return problem(name, "'" + value + "' is neither ASC nor DESC");
  }
  if (is_time(name) && !core::parse_instant(value)) {
    return problem(name, "'" + value + "' is no date and time");
  }
  return core::ok();
}

core::Status check_parameter(const std::string& name, const std::vector<std::string>& values) {
  if (!known(name)) return problem(name, "is no parameter of a query");
  if (values.empty()) return problem(name, "has no value");
  for (const std::string& value : values) {
    if (auto checked = check_value(name, value); !checked) return checked;
  }
  return core::ok();
}

std::vector<std::string> values_of(const Json& value) {
  std::vector<std::string> values;
  if (!value.is_array()) return {value.is_bool() ? "true" : value.text()};
  for (const Json& one : value.items()) values.push_back(one.text());
  return values;
}

}  // namespace

bool is_epcis_query(const Json& json) {
  if (const Json* context = json.find("@context");
      context && context->text().find("epcis") != std::string::npos &&
      context->text().find("query-schema") != std::string::npos) {
    return true;
  }
  return json.find("eventType") && !json.find("type") && json.find("eventType")->is_array();
}

core::Status check_query(const Json& json) {
  for (const auto& [name, value] : json.members()) {
    if (name == "@context" || name == "queryName" || name == "name") continue;
    if (name == "query" && value.is_object()) {
      if (auto checked = check_query(value); !checked) return checked;
      continue;
    }
    if (auto checked = check_parameter(name, values_of(value)); !checked) return checked;
  }
  return core::ok();
}

core::Status check_query(pugi::xml_node poll) {
  if (child_text(poll, "queryName").empty()) return problem("queryName", "is missing");
  for (const pugi::xml_node param : children(child(poll, "params"), "param")) {
    const std::string name = child_text(param, "name");
    std::vector<std::string> values;
    if (const pugi::xml_node value = child(param, "value")) {
      for (const pugi::xml_node one : elements(value)) values.push_back(text(one));
      if (values.empty() && !text(value).empty()) values.push_back(text(value));
    }
    if (auto checked = check_parameter(name, values); !checked) return checked;
  }
  return core::ok();
}

}  // namespace connector::record
