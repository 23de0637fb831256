#include "record/qif_characteristics.h"

#include <map>

#include "record/build.h"

namespace connector::record {
namespace {

core::Error problem(const Xml& xml, pugi::xml_node node, const std::string& what) {
  core::Error error = core::invalid("DOCUMENT_REFUSED", what);
  const Place place = xml.place_of(node);
  error.metadata = {{"path", place.path},
                    {"line", std::to_string(place.line)},
                    {"column", std::to_string(place.column)}};
  return error;
}

// "PointProfileCharacteristicItem" -> "PointProfile"
std::string kind_of(std::string_view element) {
  const auto at = element.rfind("Characteristic");
  return std::string(at == std::string_view::npos ? element : element.substr(0, at));
}

bool angular(const std::string& kind) {
  return kind.find("Angle") != std::string::npos || kind.find("Angular") != std::string::npos ||
         kind.find("Conical") != std::string::npos;
}

struct Units {
  std::string linear;
  std::string angular;
};

Units units_of(const Xml& xml) {
  const auto primary = child(child(xml.root(), "FileUnits"), "PrimaryUnits");
  return {child_text(child(primary, "LinearUnit"), "UnitName"),
          child_text(child(primary, "AngularUnit"), "UnitName")};
}

std::unordered_map<std::string, pugi::xml_node> by_id(pugi::xml_node list) {
  std::unordered_map<std::string, pugi::xml_node> nodes;
  for (const auto one : elements(list)) nodes[attribute(one, "id")] = one;
  return nodes;
}

core::Result<core::Decimal> number(const Xml& xml, pugi::xml_node node) {
  const std::string written = text(node);
  auto value = core::Decimal::parse(written);
  if (!value) return problem(xml, node, "this is no number: " + written);
  return value;
}

void set(pb::Decimal& out, const core::Decimal& value) {
  out.set_text(value.text());
}

// Limits are absolute, or offsets to the nominal value (DefinedAsLimit false).
core::Status read_limits(const Xml& xml, pugi::xml_node tolerance, QifCharacteristic& out) {
  const bool absolute = child_text(tolerance, "DefinedAsLimit") == "true";
  out.tolerance.set_given_as_limit(absolute);
  const auto nominal = core::Decimal::parse(out.tolerance.nominal().text());
  for (const auto& [name, limit] : {std::pair{"MaxValue", true}, {"MinValue", false}}) {
    const auto node = child(tolerance, name);
    if (!node) continue;
    auto value = number(xml, node);
    if (!value) return std::move(value.error());
    pb::Decimal& bound = limit ? *out.tolerance.mutable_upper() : *out.tolerance.mutable_lower();
    if (absolute) {
      set(bound, *value);
    } else if (nominal) {
      bound.set_text((*nominal + *value).canonical());
    }
    out.toleranced = true;
  }
  return core::ok();
}

core::Status read_tolerance(const Xml& xml, QifCharacteristic& out) {
  if (const auto target = child(out.nominal, "TargetValue")) {
    auto value = number(xml, target);
    if (!value) return std::move(value.error());
    set(*out.tolerance.mutable_nominal(), *value);
  }
  if (const auto zone = child(out.definition, "ToleranceValue")) {
    auto value = number(xml, zone);
    if (!value) return std::move(value.error());
    set(*out.tolerance.mutable_zone(), *value);
    out.toleranced = true;
  }
  if (const auto limits = child(out.definition, "Tolerance")) return read_limits(xml, limits, out);
  return core::ok();
}

bool profile(const std::string& kind) {
  return kind.find("Profile") != std::string::npos;
}

}  // namespace

core::Result<QifCharacteristics> QifCharacteristics::read(const Xml& xml) {
  QifCharacteristics all;
  const auto root = child(xml.root(), "Characteristics");
  const auto definitions = by_id(child(root, "CharacteristicDefinitions"));
  const auto nominals = by_id(child(root, "CharacteristicNominals"));
  const Units units = units_of(xml);
  const auto find = [](const auto& nodes, const std::string& id) {
    const auto found = nodes.find(id);
    return found == nodes.end() ? pugi::xml_node() : found->second;
  };
  for (const auto node : elements(child(root, "CharacteristicItems"))) {
    QifCharacteristic one;
    one.item = node;
    one.kind = kind_of(local_name(node));
    one.name = child_text(node, "Name");
    one.qpid = child_text(child(node, "CharacteristicDesignator"), "UUID");
    if (one.qpid.empty()) one.qpid = child_text(node, "QPId");
    one.nominal = find(nominals, child_text(node, "CharacteristicNominalId"));
    one.definition = find(definitions, child_text(one.nominal, "CharacteristicDefinitionId"));
    one.unit = angular(one.kind) ? units.angular : units.linear;
    if (auto read = read_tolerance(xml, one); !read) return std::move(read.error());
    const std::string id = attribute(node, "id");
    all.order_.push_back(id);
    all.items_[id] = std::move(one);
  }
  return all;
}

const QifCharacteristic* QifCharacteristics::find(const std::string& item_id) const {
  const auto found = items_.find(item_id);
  return found == items_.end() ? nullptr : &found->second;
}

// A profile zone lies half on either side of the nominal surface; other zones are full widths.
pb::InspectionStatus qif_judge(const QifCharacteristic& characteristic,
                               const core::Decimal& value) {
  const pb::Tolerance& tolerance = characteristic.tolerance;
  const auto inside = [](bool good) {
    return good ? pb::INSPECTION_STATUS_PASS : pb::INSPECTION_STATUS_FAIL;
  };
  if (!characteristic.toleranced) return pb::INSPECTION_STATUS_UNDEFINED;
  if (tolerance.has_zone()) {
    const auto zone = core::Decimal::parse(tolerance.zone().text());
    if (!zone) return pb::INSPECTION_STATUS_UNDEFINED;
    const core::Decimal size = value.negative() ? core::Decimal() - value : value;
    return inside(profile(characteristic.kind) ? size + size <= *zone : size <= *zone);
  }
  const auto lower = core::Decimal::parse(tolerance.lower().text());
  const auto upper = core::Decimal::parse(tolerance.upper().text());
  if (!lower && !upper) return pb::INSPECTION_STATUS_UNDEFINED;
  return inside((!lower || *lower <= value) && (!upper || value <= *upper));
}

}  // namespace connector::record
