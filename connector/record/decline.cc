#include "record/decline.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "record/build.h"
#include "record/catena_x_aspects.h"

namespace connector::record {
namespace {

using core::Json;

// Names that a document gives are shown, not trusted: one line, not too long.
std::string shown(std::string_view name) {
  constexpr std::size_t kLongest = 80;
  std::string text;
  for (const char c : name.substr(0, kLongest))
    text += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  while (name.size() > kLongest && !text.empty() && !core::valid_utf8(text)) text.pop_back();
  return name.size() > kLongest ? text + "..." : text;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool has_all(const Json& json, std::initializer_list<const char*> members) {
  return std::all_of(members.begin(), members.end(),
                     [&](const char* member) { return json.find(member) != nullptr; });
}

bool has_any(const Json& json, std::initializer_list<const char*> members) {
  return std::any_of(members.begin(), members.end(),
                     [&](const char* member) { return json.find(member) != nullptr; });
}

// The first text of @context (one, or a list) that holds this part, or "".
std::string context_with(const Json& json, std::string_view part) {
  const Json* context = json.find("@context");
  if (!context) return {};
  if (contains(context->text(), part)) return context->text();
  for (const Json& one : context->items()) {
    if (contains(one.text(), part)) return one.text();
  }
  return {};
}

std::string type_of(const Json& json) {
  for (const char* key : {"type", "@type"}) {
    const Json* type = json.find(key);
    if (!type) continue;
    if (type->is_string()) return shown(type->text());
    if (!type->items().empty()) return shown(type->items().front().text());
  }
  return {};
}

const Json& first(const Json& json) {
  return json.is_array() && !json.items().empty() ? json.items().front() : json;
}

const Json& first_in(const Json& json, const char* list) {
  static const Json kNone;
  const Json* found = json.find(list);
  return found && !found->items().empty() ? found->items().front() : kNone;
}

// Each recogniser gives a format, or one without a name.

Format json_schema(const Json& json) {
  if (!contains(json.text_at("$schema"), "json-schema.org")) return {};
  return {"JSON Schema", {}, shown(json.text_at("title"))};
}

Format json_ld_context(const Json& json) {
  const Json* context = json.find("@context");
  if (!context || json.members().size() != 1 || context->is_string()) return {};
  return {"JSON-LD", {}, "context"};
}

// Item relationship service of Catena-X: jobs and what is expected of them.
Format irs(const Json& json) {
  if (json.find("job") && json.find("relationships")) return {"IRS", {}, "job response"};
  for (const char* list : {"relationships", "tombstones"}) {
    const Json* found = json.find(list);
    if (found && found->is_array()) return {"IRS", {}, list};
  }
  const Json* submodels = json.find("submodels");
  if (!submodels || json.find("assetAdministrationShells")) return {};
  if (has_all(first(*submodels), {"aspectType", "payload"})) return {"IRS", {}, "submodels"};
  if (json.find("bpns")) return {"IRS", {}, "submodels"};
  if (!submodels->items().empty()) return {};
  return {"IRS answer or AAS environment", {}, "without submodels"};
}

Format submodel(const Json& json) {
  const Json* administration = json.find("administration");
  std::string version;
  if (administration) {
    version = administration->text_at("version");
    const std::string& revision = administration->text_at("revision");
    if (!version.empty() && !revision.empty()) version += "." + revision;
  }
  const bool is_template = json.text_at("kind") == "Template";
  return {"AAS", shown(version),
          (is_template ? "submodel template " : "submodel ") + shown(json.text_at("idShort"))};
}

Format aas(const Json& json) {
  if (json.text_at("modelType") == "Submodel" || json.find("submodelElements")) {
    return submodel(json);
  }
  const Json& one = first_in(json, "submodels");
  if (one.text_at("modelType") == "Submodel" || one.find("submodelElements")) return submodel(one);
  if (has_any(json, {"assetAdministrationShells", "conceptDescriptions"})) {
    return {"AAS", {}, "environment"};
  }
  return {};
}

// The Pcf aspect of Catena-X has grown out of PACT, and has its own members since version 4.
Format footprint(const Json& json) {
  if (!has_all(json, {"pcf", "specVersion"})) return {};
  if (!has_any(json, {"partialFullPcf", "pcfLegalStatement"})) {
    return {"PACT", shown(json.text_at("specVersion")), "ProductFootprint"};
  }
  const bool later = json.find("retroOrProspectivePcfType") != nullptr;
  return {"Catena-X aspect", later ? "8.0.0" : "4.0.0, 5.0.0, 6.0.0", "Pcf"};
}

// ".../dspace/2025/1/context.jsonld" -> "2025-1"
Format dataspace_protocol(const Json& json) {
  if (json.find("protocolVersions")) return {"Dataspace Protocol", {}, "protocol versions"};
  const std::string context = context_with(json, "w3id.org/dspace/");
  if (context.empty()) return {};
  const auto parts = core::split(context, '/');
  const auto at = std::find(parts.begin(), parts.end(), "dspace");
  std::string version;
  if (parts.end() - at > 3) version = std::string(at[1]) + "-" + std::string(at[2]);
  return {"Dataspace Protocol", shown(version), type_of(json)};
}

std::string_view local_part(std::string_view name) {
  const auto at = name.find_last_of(":/#");
  return at == std::string_view::npos ? name : name.substr(at + 1);
}

// Bare, with prefix ("odrl:", "ids:"), or in full.
bool has_member_named(const Json& json, std::initializer_list<std::string_view> names) {
  return std::any_of(json.members().begin(), json.members().end(), [&](const auto& member) {
    return std::find(names.begin(), names.end(), local_part(member.first)) != names.end();
  });
}

Format odrl(const Json& json) {
  if (has_all(json, {"policy", "request", "stateOfWorld"})) return {"ODRL", {}, "evaluation case"};
  if (has_member_named(json, {"permission", "prohibition", "obligation"})) {
    const std::string type = type_of(json);
    return {"ODRL", {}, type.empty() ? "policy" : type};
  }
  if (has_member_named(json, {"leftOperand"}) && has_member_named(json, {"rightOperand"})) {
    return {"ODRL", {}, "constraint"};
  }
  return {};
}

Format passport(const Json& json) {
  const std::string version = shown(json.text_at("dppSchemaVersion"));
  if (json.find("Battery_Passport")) return {"DPP", {}, "battery passport (GEFEG form)"};
  if (json.find("digitalProductPassportId")) {
    return {"DPP", version, json.find("elements") ? "passport (EN 18223 form)" : "passport"};
  }
  if (has_any(json, {"batteryPassportIdentifier", "uniqueProductIdentifier"})) {
    return {"DPP", version, "battery passport"};
  }
  if (context_with(json, "openepcis").empty() && context_with(json, "gs1.org/voc").empty() &&
      !json.find("gs1:gtin")) {
    return {};
  }
  const std::string type = type_of(json);
  return {"DPP", {}, type.empty() ? "linked data" : type};
}

Format container(const Json& json) {
  constexpr std::string_view kStart = "https://catenax.io/schema/TestDataContainer/";
  for (const auto& [name, value] : json.members()) {
    if (!starts_with(name, kStart)) continue;
    return {"Catena-X container", shown(name.substr(kStart.size())), "TestDataContainer"};
  }
  return {};
}

// "urn:samm:io.catenax.serial_part:3.0.0#SerialPart", or of its predecessor BAMM.
Format semantic_id(const Json& json) {
  for (const char* member : {"semanticId", "aspectType", "aspectModel"}) {
    const std::string& urn = json.text_at(member);
    if (!starts_with(urn, "urn:samm:") && !starts_with(urn, "urn:bamm:")) continue;
    const auto hash = urn.rfind('#');
    const auto colon = urn.rfind(':', hash);
    if (hash == std::string::npos || colon == std::string::npos) continue;
    return {"Catena-X aspect", shown(urn.substr(colon + 1, hash - colon - 1)),
            shown(urn.substr(hash + 1))};
  }
  return {};
}

// How much of a shape the document fills; 0 where it has members that the shape does not know.
double share(const Json& json, const AspectShape& shape) {
  const auto known = core::split(shape.members, ' ');
  std::size_t shared = 0;
  for (const auto& [name, value] : json.members()) {
    if (starts_with(name, "@")) continue;
    if (std::find(known.begin(), known.end(), name) == known.end()) return 0;
    ++shared;
  }
  return static_cast<double>(shared) / static_cast<double>(known.size());
}

// The shape that the document fills best; at least half of it.
Format aspect(const Json& json) {
  if (json.members().size() > 100) return {};  // no aspect has as many
  const AspectShape* best = nullptr;
  double best_share = 0;
  for (const AspectShape& shape : aspect_shapes()) {
    const double filled = share(json, shape);
    if (filled < 0.5 || filled <= best_share) continue;
    best = &shape;
    best_share = filled;
  }
  if (!best) return {};
  return {"Catena-X aspect", std::string(best->version), std::string(best->name)};
}

}  // namespace

// What names itself comes first, what only has a likely shape last.
Format recognise(const Json& json) {
  static constexpr std::array kRecognisers = {
      json_schema, json_ld_context, semantic_id, container, dataspace_protocol, footprint, irs, aas,
      odrl,        passport,        aspect};
  const Json& one = first(json);
  if (one.is_object()) {
    for (const auto recogniser : kRecognisers) {
      Format format = recogniser(one);
      if (!format.name.empty()) return format;
    }
  }
  return {"JSON", {}, {}};
}

Format recognise(const Xml& xml) {
  const std::string_view space = namespace_of(xml.root());
  if (contains(space, "ptb.de/dcc") || local_name(xml.root()) == "digitalCalibrationCertificate") {
    return {"DCC", shown(attribute(xml.root(), "schemaVersion")), "calibration certificate"};
  }
  return {"XML", {}, shown(local_name(xml.root()))};
}

Document decline_unknown(const Format& format, const std::string& seen) {
  Document document = decline(format);
  document.cause = "this " + format.name + " document is not recognised (" + seen + ")";
  return document;
}

}  // namespace connector::record
