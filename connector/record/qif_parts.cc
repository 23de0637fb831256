#include "record/qif_parts.h"

#include <array>

#include "core/text.h"
#include "record/build.h"
#include "record/identifier.h"

namespace connector::record {
namespace {

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
  const QifNodes definitions = qif_by_id(elements(child(root, "DatumDefinitions")));
  for (const auto frame : elements(child(root, "DatumReferenceFrames"))) {
    std::vector<std::string>& labels = parts.datums[attribute(frame, "id")];
    for (const auto reference : qif_all(frame, "DatumDefinitionId")) {
      std::string label = child_text(qif_find(definitions, text(reference)), "DatumLabel");
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

// Text that many records repeat.
core::Result<std::string> short_text(const Xml& xml, pugi::xml_node parent, const char* name) {
  const auto node = child(parent, name);
  std::string written = text(node);
  if (written.size() <= kQifTextBytes) return written;
  return qif_error(
      xml, node, std::string(name) + " is longer than " + std::to_string(kQifTextBytes) + " bytes");
}

bool says_something(const pb::ItemRef& item) {
  return item.ids_size() > 0 || item.has_name();
}

core::Result<pb::ItemRef> model_of(const Xml& xml, pugi::xml_node part) {
  pb::ItemRef item;
  auto uuid = short_text(xml, part, "UUID");
  auto name = short_text(xml, part, "ModelNumber");
  for (const auto* one : {&uuid, &name}) {
    if (!*one) return one->error();
  }
  if (!uuid->empty()) *item.add_ids() = make_identifier("qpid", core::lower_ascii(*uuid));
  if (name->empty()) *name = attribute(part, "label").substr(0, kQifTextBytes);
  if (core::valid_utf8(*name) && !name->empty()) item.set_name(std::move(*name));
  item.set_level(pb::ITEM_LEVEL_MODEL);
  return item;
}

using Models = std::unordered_map<std::string, pb::ItemRef>;

const pb::ItemRef* find(const Models& models, const std::string& id) {
  const auto found = models.find(id);
  return found == models.end() ? nullptr : &found->second;
}

core::Result<Models> models_of_parts(const Xml& xml, pugi::xml_node product) {
  Models models;
  for (const auto part : elements(child(product, "PartSet"))) {
    auto model = model_of(xml, part);
    if (!model) return std::move(model.error());
    models.emplace(attribute(part, "id"), std::move(*model));
  }
  return models;
}

// Assembly path -> its last component -> part.
Models models_of_paths(pugi::xml_node product, const Models& parts) {
  Models components;
  for (const auto one : elements(child(product, "ComponentSet"))) {
    const pb::ItemRef* part = find(parts, child_text(child(one, "Part"), "Id"));
    if (part) components.emplace(attribute(one, "id"), *part);
  }
  Models paths;
  for (const auto path : elements(child(product, "AsmPaths"))) {
    const auto steps = children(child(path, "ComponentIds"), "Id");
    const pb::ItemRef* part = steps.empty() ? nullptr : find(components, text(steps.back()));
    if (part) paths.emplace(attribute(path, "id"), *part);
  }
  return paths;
}

core::Result<pb::ItemRef> actual_item(const Xml& xml, pugi::xml_node actual, pb::ItemRef item) {
  auto serial = short_text(xml, actual, "SerialNumber");
  auto lot = short_text(xml, child(actual, "Traceability"), "LotNumber");
  for (const auto* one : {&serial, &lot}) {
    if (!*one) return one->error();
  }
  if (!lot->empty()) {
    *item.add_ids() = make_identifier("lot", *lot);
    item.set_level(pb::ITEM_LEVEL_BATCH);
  }
  if (!serial->empty()) {
    *item.add_ids() = make_identifier("serial", *serial);
    item.set_level(pb::ITEM_LEVEL_ITEM);
  }
  set_item_keys(item);
  return item;
}

// An operation is known by what it does, else by its job number.
core::Status read_processes(const Xml& xml, QifParts& parts) {
  for (const auto process : elements(child(xml.root(), "ManufacturingProcessTraceabilities"))) {
    for (const char* name : {"Description", "Job"}) {
      auto operation = short_text(xml, process, name);
      if (!operation) return std::move(operation.error());
      if (operation->empty()) continue;
      parts.operations.emplace(attribute(process, "id"), std::move(*operation));
      break;
    }
  }
  return core::ok();
}

core::Status read_product(const Xml& xml, QifParts& parts) {
  const auto product = child(xml.root(), "Product");
  auto models = models_of_parts(xml, product);
  if (!models) return std::move(models.error());
  const Models paths = models_of_paths(product, *models);
  pb::ItemRef only;
  only.set_level(pb::ITEM_LEVEL_MODEL);
  if (models->size() == 1) only = models->begin()->second;
  for (const char* results : {"Results", "MeasurementsResults"}) {  // 3.0, 2.1
    for (const auto actual : qif_all(child(xml.root(), results), "ActualComponent")) {
      const std::string path = child_text(actual, "AsmPathId");
      const pb::ItemRef* model = path.empty() ? &only : find(paths, path);
      auto item = actual_item(xml, actual, model ? *model : pb::ItemRef());
      if (!item) return std::move(item.error());
      const std::string process =
          child_text(child(actual, "Traceability"), "ManufacturingProcessId");
      if (!process.empty()) parts.made_by.emplace(attribute(actual, "id"), process);
      if (says_something(*item)) {
        parts.components.emplace(attribute(actual, "id"), std::move(*item));
      }
    }
  }
  set_item_keys(only);
  if (says_something(only)) parts.part = std::move(only);
  for (const auto drawing : qif_all(product, "PrintedDrawing")) {
    parts.drawings.emplace(attribute(drawing, "id"), child_text(drawing, "DrawingNumber"));
  }
  return core::ok();
}

bool contains(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

void collect(pugi::xml_node node, std::string_view name, std::vector<pugi::xml_node>& found) {
  for (const auto one : elements(node)) {
    if (local_name(one) == name) {
      found.push_back(one);
    } else {
      collect(one, name, found);
    }
  }
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
  if (auto read = read_processes(xml, parts); !read) return std::move(read.error());
  if (auto read = read_product(xml, parts); !read) return std::move(read.error());
  return parts;
}

const std::string& QifParts::unit(const std::string& quantity) const {
  static const std::string kNone;
  const auto found = units.find(quantity);
  return found == units.end() ? kNone : found->second;
}

std::string QifParts::device(pugi::xml_node ids) const {
  const auto all = children(ids, "Id");
  if (all.size() != 1) return {};
  const auto found = devices.find(text(all.front()));
  return found == devices.end() ? std::string() : found->second;
}

std::optional<pb::ItemRef> QifParts::item(const std::string& component) const {
  const auto found = components.find(component);
  if (found == components.end()) return part;
  return found->second;
}

std::string QifParts::operation(const std::string& process, const std::string& component) const {
  const auto maker = made_by.find(component);
  const std::string& id = !process.empty() || maker == made_by.end() ? process : maker->second;
  const auto found = operations.find(id);
  return found == operations.end() ? std::string() : found->second;
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

QifNodes qif_by_id(const std::vector<pugi::xml_node>& list) {
  QifNodes nodes;
  for (const auto one : list) nodes.emplace(attribute(one, "id"), one);
  return nodes;
}

pugi::xml_node qif_find(const QifNodes& nodes, const std::string& id) {
  const auto found = nodes.find(id);
  return found == nodes.end() ? pugi::xml_node() : found->second;
}

std::vector<pugi::xml_node> qif_all(pugi::xml_node node, std::string_view name) {
  std::vector<pugi::xml_node> found;
  collect(node, name, found);
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
