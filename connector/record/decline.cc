#include "record/decline.h"

#include <algorithm>

#include "core/text.h"
#include "record/build.h"
#include "record/catena_x_aspects.h"

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

// The shape that holds all members of the document, and of those the one that it fills best; at
// least half of it.
Format aspect_of(const Json& json) {
  const AspectShape* best = nullptr;
  double best_share = 0.5;
  for (const AspectShape& shape : aspect_shapes()) {
    const auto known = core::split(shape.members, ' ');
    std::size_t shared = 0;
    bool all = true;
    for (const auto& [name, value] : json.members()) {
      if (!name.empty() && name.front() == '@') continue;
      const bool found = std::find(known.begin(), known.end(), name) != known.end();
      all = all && found;
      shared += found ? 1 : 0;
    }
    const double share = static_cast<double>(shared) / static_cast<double>(known.size());
    if (all && share >= best_share && (!best || share > best_share)) {
      best = &shape;
      best_share = share;
    }
  }
  if (!best) return {"JSON", {}, {}};
  return {"Catena-X aspect", std::string(best->version), std::string(best->name)};
}

bool is_policy(const Json& json) {
  const std::string type = type_of(json);
  return has(json, {"permission"}) || has(json, {"odrl:permission"}) ||
         has(json, {"prohibition"}) || has(json, {"ids:permission"}) ||
         type.find("Offer") != std::string::npos || type.find("Agreement") != std::string::npos ||
         type.find("Set") == 0 || type.find("ids:Contract") == 0;
}

bool mentions(const Json& json, std::initializer_list<const char*> members);

// Answers of the item relationship service, or parts of them.
bool is_irs(const Json& json) {
  if (mentions(json, {"relationships", "tombstones", "bpns"})) return true;
  const Json* submodels = json.find("submodels");
  return submodels && !submodels->items().empty() &&
         mentions(submodels->items().front(), {"aspectType", "payload"});
}

bool mentions(const Json& json, std::initializer_list<const char*> members) {
  return std::any_of(members.begin(), members.end(),
                     [&](const char* member) { return json.find(member) != nullptr; });
}

Format by_shape(const Json& json) {
  if (has(json, {"$schema"}) && mentions(json, {"properties", "definitions", "$id", "allOf"})) {
    return {"JSON Schema", {}, json.text_at("title")};
  }
  if (is_irs(json)) return {"IRS answer", {}, {}};
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
  if (has(json, {"policy", "request", "stateOfWorld"})) return {"ODRL", {}, "evaluation case"};
  if (has(json, {"Battery_Passport"})) return {"DPP", {}, "Battery_Passport"};
  if (context_names(json, "openepcis") || context_names(json, "gs1.org/voc") ||
      mentions(json, {"digitalProductPassportId", "uniqueProductIdentifier", "dppSchemaVersion",
                      "gs1:gtin"})) {
    return {"DPP", {}, type_of(json)};
  }
  if (holds_aspects(json)) return catena_x(json);
  return aspect_of(json);
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
