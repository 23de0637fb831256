#include "record/qif_parts.h"

#include <array>

#include "core/text.h"
#include "record/build.h"
#include "record/identifier.h"

namespace connector::record {
namespace {

using Nodes = std::unordered_map<std::string, pugi::xml_node>;

Nodes by_id(const std::vector<pugi::xml_node>& list) {
  Nodes nodes;
  for (const auto one : list) nodes.emplace(attribute(one, "id"), one);
  return nodes;
}

pugi::xml_node find(const Nodes& nodes, const std::string& id) {
  const auto found = nodes.find(id);
  return found == nodes.end() ? pugi::xml_node() : found->second;
}

constexpr std::array kQuantities = {"Linear", "Angular",  "Area",        "Force", "Mass",
                                    "Speed",  "Pressure", "Temperature", "Time",  "UserDefined"};

std::string unit_name(pugi::xml_node unit) {
  std::string name = child_text(unit, "UnitName");
  return name.empty() ? child_text(unit, "SIUnitName") : name;
}

// Units of characteristics and of what is measured of them: the PMI unit where there is one.
void read_units(pugi::xml_node root, QifParts& parts) {
  const auto primary = child(child(root, "FileUnits"), "PrimaryUnits");
  for (const std::string quantity : kQuantities) {
    std::string name = unit_name(child(primary, "PMI" + quantity + "Unit"));
    if (name.empty()) name = unit_name(child(primary, quantity + "Unit"));
    if (!name.empty()) parts.units[quantity] = std::move(name);
  }
}

// Devices have many element names ("Caliper", "CartesianCMM", ...).
void read_devices(pugi::xml_node root, QifParts& parts) {
  for (const auto list : qif_all(child(root, "MeasurementResources"), "MeasurementDevices")) {
    for (const auto device : elements(list)) {
      std::string name = child_text(device, "Name");
      if (name.empty()) name = child_text(device, "ModelNumber");
      if (name.empty()) name = std::string(local_name(device));
      parts.devices.emplace(attribute(device, "id"), std::move(name));
    }
  }
}

void read_datums(pugi::xml_node root, QifParts& parts) {
  const Nodes definitions = by_id(elements(child(root, "DatumDefinitions")));
  for (const auto frame : elements(child(root, "DatumReferenceFrames"))) {
    std::vector<std::string>& labels = parts.datums[attribute(frame, "id")];
    for (const auto reference : qif_all(frame, "DatumDefinitionId")) {
      std::string label = child_text(find(definitions, text(reference)), "DatumLabel");
      if (!label.empty()) labels.push_back(std::move(label));
    }
  }
}

void read_externals(pugi::xml_node root, QifParts& parts) {
  for (const auto one : children(child(root, "ExternalQIFReferences"), "ExternalQIFDocument")) {
    parts.externals.emplace(
        attribute(one, "id"),
        QifExternal{core::lower_ascii(child_text(one, "QPId")), child_text(one, "URI")});
  }
}

pb::ItemRef model_of(pugi::xml_node part) {
  pb::ItemRef item;
  if (const std::string uuid = child_text(part, "UUID"); !uuid.empty()) {
    *item.add_ids() = make_identifier("qpid", core::lower_ascii(uuid));
  }
  std::string name = child_text(part, "ModelNumber");
  if (name.empty()) name = attribute(part, "label");
  if (!name.empty()) item.set_name(std::move(name));
  item.set_level(pb::ITEM_LEVEL_MODEL);
  return item;
}

bool says_something(const pb::ItemRef& item) {
  return item.ids_size() > 0 || item.has_name();
}

// Actual component -> assembly path -> component -> part.
class Product {
 public:
  explicit Product(pugi::xml_node root)
      : product_(child(root, "Product")),
        paths_(by_id(elements(child(product_, "AsmPaths")))),
        components_(by_id(elements(child(product_, "ComponentSet")))),
        parts_(by_id(elements(child(product_, "PartSet")))) {}

  std::optional<pb::ItemRef> only_part() const {
    if (parts_.size() != 1) return std::nullopt;
    pb::ItemRef item = model_of(parts_.begin()->second);
    set_item_keys(item);
    if (!says_something(item)) return std::nullopt;
    return item;
  }

  pb::ItemRef item(pugi::xml_node actual) const {
    pb::ItemRef item = model_of(part_of(child_text(actual, "AsmPathId")));
    const std::string serial = child_text(actual, "SerialNumber");
    const std::string lot = child_text(child(actual, "Traceability"), "LotNumber");
    if (!lot.empty()) *item.add_ids() = make_identifier("lot", lot);
    if (!serial.empty()) *item.add_ids() = make_identifier("serial", serial);
    item.set_level(!serial.empty() ? pb::ITEM_LEVEL_ITEM
                   : !lot.empty()  ? pb::ITEM_LEVEL_BATCH
                                   : pb::ITEM_LEVEL_MODEL);
    set_item_keys(item);
    return item;
  }

 private:
  pugi::xml_node part_of(const std::string& path) const {
    const auto steps = children(child(find(paths_, path), "ComponentIds"), "Id");
    if (!steps.empty()) {
      const auto component = find(components_, text(steps.back()));
      return find(parts_, child_text(child(component, "Part"), "Id"));
    }
    return parts_.size() == 1 ? parts_.begin()->second : pugi::xml_node();
  }

  pugi::xml_node product_;
  Nodes paths_;
  Nodes components_;
  Nodes parts_;
};

void read_product(pugi::xml_node root, QifParts& parts) {
  const Product product(root);
  parts.part = product.only_part();
  for (const auto drawing : qif_all(child(root, "Product"), "PrintedDrawing")) {
    parts.drawings.emplace(attribute(drawing, "id"), child_text(drawing, "DrawingNumber"));
  }
  for (const char* results : {"Results", "MeasurementsResults"}) {  // 3.0, 2.1
    for (const auto actual : qif_all(child(root, results), "ActualComponent")) {
      pb::ItemRef item = product.item(actual);
      if (says_something(item)) parts.components.emplace(attribute(actual, "id"), std::move(item));
    }
  }
}

bool contains(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

}  // namespace

core::Result<QifParts> QifParts::read(const Xml& xml) {
  const auto root = xml.root();
  QifParts parts;
  parts.qpid = core::lower_ascii(child_text(root, "QPId"));
  if (parts.qpid.empty()) return qif_error(xml, root, "QPId is missing");
  parts.order_number = child_text(child(root, "PreInspectionTraceability"), "PurchaseOrderNumber");
  read_units(root, parts);
  read_devices(root, parts);
  read_datums(root, parts);
  read_externals(root, parts);
  read_product(root, parts);
  return parts;
}

const std::string& QifParts::unit(const std::string& quantity) const {
  static const std::string kNone;
  const auto found = units.find(quantity);
  return found == units.end() ? kNone : found->second;
}

std::optional<pb::ItemRef> QifParts::item(const std::string& component) const {
  const auto found = components.find(component);
  if (found == components.end()) return part;
  return found->second;
}

core::Error qif_error(const Xml& xml, pugi::xml_node element, const std::string& what) {
  core::Error error = core::invalid("DOCUMENT_REFUSED", what);
  const Place place = xml.place_of(element);
  error.metadata = {{"path", place.path},
                    {"line", std::to_string(place.line)},
                    {"column", std::to_string(place.column)}};
  return error;
}

core::Result<core::Decimal> qif_decimal(const Xml& xml, pugi::xml_node element) {
  const std::string written = text(element);
  auto value = core::Decimal::parse(written);
  if (value) return value;
  return qif_error(xml, element, written.substr(0, 60).append(" is no number"));
}

core::Result<std::string> qif_id(const Xml& xml, pugi::xml_node element) {
  std::string id = attribute(element, "id");
  if (id.empty()) return qif_error(xml, element, "the attribute id is missing");
  return id;
}

std::string qif_reference(pugi::xml_node reference) {
  const std::string item = attribute(reference, "xId");
  return item.empty() ? text(reference) : item + "@" + text(reference);
}

std::vector<pugi::xml_node> qif_all(pugi::xml_node node, std::string_view name) {
  std::vector<pugi::xml_node> found;
  for (const auto one : elements(node)) {
    if (local_name(one) == name) {
      found.push_back(one);
      continue;
    }
    for (const auto inner : qif_all(one, name)) found.push_back(inner);
  }
  return found;
}

std::string qif_kind(pugi::xml_node element) {
  const std::string_view name = local_name(element);
  const auto at = name.rfind("Characteristic");
  return std::string(at == std::string_view::npos ? name : name.substr(0, at));
}

// Angularity is a zone of a width, and a taper is a ratio.
std::string qif_quantity(const std::string& kind) {
  if (contains(kind, "Attribute") || contains(kind, "Taper")) return {};
  for (const char* quantity :
       {"Temperature", "Pressure", "Force", "Mass", "Speed", "Time", "Area"}) {
    if (contains(kind, quantity)) return quantity;
  }
  if (kind == "UserDefinedUnit") return "UserDefined";
  if (contains(kind, "Angle") || contains(kind, "AngularCoordinate") ||
      kind == "UserDefinedAngular")
    return "Angular";
  return "Linear";
}

std::string qif_own_unit(pugi::xml_node value) {
  for (const char* name :
       {"linearUnit", "angularUnit", "areaUnit", "forceUnit", "massUnit", "speedUnit",
        "pressureUnit", "temperatureUnit", "timeUnit", "unitName"}) {
    if (std::string unit = attribute(value, name); !unit.empty()) return unit;
  }
  return {};
}

}  // namespace connector::record
