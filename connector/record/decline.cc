#include "record/decline.h"

#include <algorithm>

#include "record/build.h"

namespace connector::record {
namespace {

using core::Json;

bool has(const Json& json, std::initializer_list<const char*> members) {
  return std::all_of(members.begin(), members.end(),
                     [&](const char* member) { return json.find(member) != nullptr; });
}

// The texts of @context: one, or a list.
bool context_names(const Json& json, std::string_view part) {
  const Json* context = json.find("@context");
  if (!context) return false;
  const auto names = [&](const Json& one) { return one.text().find(part) != std::string::npos; };
  return names(*context) || std::any_of(context->items().begin(), context->items().end(), names);
}

std::string type_of(const Json& json) {
  for (const char* key : {"type", "@type"}) {
    const Json* type = json.find(key);
    if (!type) continue;
    if (type->is_string()) return type->text();
    if (type->is_array() && !type->items().empty()) return type->items().front().text();
  }
  return {};
}

const Json& first(const Json& json) {
  return json.is_array() && !json.items().empty() ? json.items().front() : json;
}

// Keys of the test-data containers hold the aspect's URN with "#".
bool holds_aspects(const Json& json) {
  return std::any_of(json.members().begin(), json.members().end(), [](const auto& member) {
    return member.first.find('#') != std::string::npos ||
           member.first.find("catenax.io/schema") != std::string::npos;
  });
}

Format catena_x(const Json& json) {
  for (const auto& [name, value] : json.members()) {
    if (name.find("TestDataContainer") != std::string::npos) {
      return {"Catena-X container", "1.0.0", "TestDataContainer"};
    }
  }
  return {"Catena-X container", {}, {}};
}

bool is_policy(const Json& json) {
  const std::string type = type_of(json);
  return has(json, {"permission"}) || has(json, {"odrl:permission"}) ||
         has(json, {"prohibition"}) || has(json, {"ids:permission"}) ||
         type.find("Offer") != std::string::npos || type.find("Agreement") != std::string::npos ||
         type.find("Set") == 0 || type.find("ids:Contract") == 0;
}

bool mentions(const Json& json, std::initializer_list<const char*> members) {
  return std::any_of(members.begin(), members.end(),
                     [&](const char* member) { return json.find(member) != nullptr; });
}

Format by_shape(const Json& json) {
  if (has(json, {"$schema"}) && mentions(json, {"properties", "definitions", "$id", "allOf"})) {
    return {"JSON Schema", {}, json.text_at("title")};
  }
  if (mentions(json, {"assetAdministrationShells", "submodels", "submodelElements",
                      "conceptDescriptions"}) ||
      json.text_at("modelType") == "Submodel") {
    return {"AAS", {}, json.find("submodels") ? "Environment" : "Submodel"};
  }
  if (has(json, {"pcf", "specVersion"})) {
    return {"PACT", json.text_at("specVersion"), "ProductFootprint"};
  }
  if (context_names(json, "w3id.org/dspace")) {
    return {"Dataspace Protocol", {}, type_of(json)};
  }
  if (is_policy(json)) return {"ODRL", {}, type_of(json)};
  if (has(json, {"job"}) && mentions(json, {"relationships", "shells", "tombstones"})) {
    return {"IRS job", {}, {}};
  }
  if (context_names(json, "openepcis") || context_names(json, "gs1.org/voc") ||
      mentions(json, {"digitalProductPassportId", "uniqueProductIdentifier", "dppSchemaVersion",
                      "gs1:gtin"})) {
    return {"DPP", {}, type_of(json)};
  }
  if (holds_aspects(json)) return catena_x(json);
  if (mentions(json, {"catenaXId", "globalAssetId", "childItems", "childParts", "parentItems",
                      "localIdentifiers", "materialNumberCustomer", "specVersion", "bpnl",
                      "manufacturerId", "metadata", "identification", "header", "content"})) {
    return {"Catena-X aspect", {}, {}};
  }
  return {"JSON", {}, {}};
}

}  // namespace

Format recognise(const Json& json) {
  const Json& one = first(json);
  if (json.is_array() && has(one, {"catenaXId", "childCatenaXId"})) {
    return {"IRS relationships", {}, {}};
  }
  if (!one.is_object()) return {"JSON", {}, {}};
  return by_shape(one);
}

Format recognise(const Xml& xml) {
  const std::string_view space = namespace_of(xml.root());
  if (space.find("digitalcalibrationcertificate") != std::string_view::npos ||
      local_name(xml.root()) == "digitalCalibrationCertificate") {
    return {"DCC", attribute(xml.root(), "schemaVersion"), "digitalCalibrationCertificate"};
  }
  return {"XML", {}, std::string(local_name(xml.root()))};
}

Document decline_unknown(const Format& format, const std::string& seen) {
  Document document = decline(format);
  document.cause = "this " + format.name + " document is not recognised (" + seen + ")";
  return document;
}

}  // namespace connector::record
