#include "record/qif_characteristics.h"

#include <algorithm>

#include "core/text.h"
#include "record/build.h"

namespace connector::record {
namespace {

using Nodes = std::unordered_map<std::string, pugi::xml_node>;

bool small(pugi::xml_node node, std::size_t& left) {
  for (const auto one : node.children()) {
    if (left-- == 0 || !small(one, left)) return false;
  }
  return true;
}

core::Result<Nodes> by_id(const Xml& xml, pugi::xml_node list) {
  Nodes nodes;
  for (const auto one : elements(list)) {
    std::size_t left = 2 * kQifElements;  // elements and their texts
    if (!small(one, left)) {
      return qif_error(xml, one,
                       "this has more than " + std::to_string(kQifElements) + " elements below it");
    }
    nodes.emplace(attribute(one, "id"), one);
  }
  return nodes;
}

pugi::xml_node find(const Nodes& nodes, const std::string& id) {
  const auto found = nodes.find(id);
  return found == nodes.end() ? pugi::xml_node() : found->second;
}

bool is_true(const std::string& word) {
  return word == "true" || word == "1";
}

// Limits are absolute, or offsets to the nominal value (DefinedAsLimit false).
core::Status read_limits(const Xml& xml, pugi::xml_node tolerance, QifCharacteristic& out) {
  const bool absolute = is_true(child_text(tolerance, "DefinedAsLimit"));
  const auto nominal = core::Decimal::parse(out.tolerance.nominal().text());
  out.limits_unread = true;
  for (const auto& [name, upper] : {std::pair{"MaxValue", true}, {"MinValue", false}}) {
    const auto node = child(tolerance, name);
    if (!node) continue;
    auto value = qif_decimal(xml, node);
    if (!value) return std::move(value.error());
    if (!absolute && !nominal) continue;
    pb::Decimal& bound = upper ? *out.tolerance.mutable_upper() : *out.tolerance.mutable_lower();
    bound.set_text(absolute ? value->text() : (*nominal + *value).canonical());
    out.limits_unread = false;
  }
  if (!out.limits_unread) out.tolerance.set_given_as_limit(absolute);
  if (const std::string unit = qif_own_unit(child(tolerance, "MaxValue")); !unit.empty()) {
    out.unit = unit;
  }
  return core::ok();
}

core::Status read_tolerance(const Xml& xml, QifCharacteristic& out) {
  if (const auto target = child(out.nominal, "TargetValue")) {
    auto value = qif_decimal(xml, target);
    if (!value) return std::move(value.error());
    out.tolerance.mutable_nominal()->set_text(value->text());
    if (const std::string unit = qif_own_unit(target); !unit.empty()) out.unit = unit;
  }
  if (const auto zone = child(out.definition, "ToleranceValue")) {
    auto value = qif_decimal(xml, zone);
    if (!value) return std::move(value.error());
    out.tolerance.mutable_zone()->set_text(value->text());
    if (const std::string unit = qif_own_unit(zone); !unit.empty()) out.unit = unit;
  }
  if (const auto limits = child(out.definition, "Tolerance")) return read_limits(xml, limits, out);
  return core::ok();
}

pb::InspectionStatus verdict(bool good) {
  return good ? pb::INSPECTION_STATUS_PASS : pb::INSPECTION_STATUS_FAIL;
}

// Values are deviations to one side.
bool two_sided(const std::string& kind) {
  return kind.find("Profile") != std::string::npos;
}

// The zone lies half on either side of the nominal surface, or as OuterDisposition says; which of
// the two sides a deviation is on is then not known.
pb::InspectionStatus judge_profile(const QifCharacteristic& one, const core::Decimal& size,
                                   const core::Decimal& zone) {
  const auto outer = core::Decimal::parse(child_text(one.definition, "OuterDisposition"));
  if (!outer) return verdict(size + size <= zone);
  const core::Decimal inner = zone - *outer;
  if (size <= std::min(*outer, inner)) return pb::INSPECTION_STATUS_PASS;
  if (size > std::max(*outer, inner)) return pb::INSPECTION_STATUS_FAIL;
  return pb::INSPECTION_STATUS_UNDEFINED;
}

// A zone may be exceeded by as much as the feature departs from its material condition.
pb::InspectionStatus judge_zone(const QifCharacteristic& one, const core::Decimal& size,
                                const core::Decimal& zone) {
  const std::string condition = child_text(one.definition, "MaterialCondition");
  const bool grows = condition == "MAXIMUM" || condition == "LEAST";
  return size > zone && grows ? pb::INSPECTION_STATUS_UNDEFINED : verdict(size <= zone);
}

bool lists(pugi::xml_node values, const std::string& value) {
  const auto all = elements(values);
  return std::any_of(all.begin(), all.end(), [&](auto one) { return text(one) == value; });
}

std::string criticality_of(const QifCharacteristic& one) {
  const auto criticality = child(child(one.item, "CharacteristicDesignator"), "Criticality");
  const std::string level = child_text(criticality, "LevelEnum");
  return level.empty() ? child_text(criticality, "OtherLevel") : level;
}

// "#1 SHEET1 C3": drawing number, sheet and zone, as far as they are stated.
std::string drawing_of(const QifCharacteristic& one, const QifParts& parts) {
  const auto place = child(one.item, "LocationOnDrawing");
  const auto number = parts.drawings.find(child_text(place, "DrawingId"));
  std::string drawing = number == parts.drawings.end() ? std::string() : number->second;
  for (const char* name : {"SheetNumber", "DrawingZone"}) {
    const std::string part = child_text(place, name);
    if (part.empty()) continue;
    drawing += (drawing.empty() ? "" : " ") + part;
  }
  return drawing;
}

// What has no field of its own, by QIF's name for it.
void add_properties(const QifCharacteristic& one, pb::Characteristic& body) {
  auto& list = *body.mutable_properties();
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) add_property(list, name, value);
  };
  add("Designator", child_text(child(one.item, "CharacteristicDesignator"), "Designator"));
  add("Description", child_text(one.item, "Description"));
  add("Direction", child_text(one.nominal, "Direction"));
  add("NonTolerance", child_text(one.definition, "NonTolerance"));
  add("OuterDisposition", child_text(one.definition, "OuterDisposition"));
  const auto shapes = elements(child(one.definition, "ZoneShape"));
  if (!shapes.empty()) add("ZoneShape", std::string(local_name(shapes.front())));
  for (const auto comment : children(child(one.item, "Attributes"), "AttributeStr")) {
    add_property(list, "Attributes." + attribute(comment, "name"), attribute(comment, "value"));
  }
}

core::Result<QifCharacteristic> join(const Xml& xml, pugi::xml_node item, const QifParts& parts,
                                     const Nodes& nominals, const Nodes& definitions) {
  auto id = qif_id(xml, item);
  if (!id) return std::move(id.error());
  QifCharacteristic one;
  one.id = std::move(*id);
  one.item = item;
  one.kind = qif_kind(item);
  one.name = child_text(item, "Name");
  one.qpid = core::lower_ascii(child_text(child(item, "CharacteristicDesignator"), "UUID"));
  if (one.qpid.empty()) one.qpid = core::lower_ascii(child_text(item, "QPId"));
  one.nominal = find(nominals, child_text(item, "CharacteristicNominalId"));
  one.definition = find(definitions, child_text(one.nominal, "CharacteristicDefinitionId"));
  one.unit = parts.unit(qif_quantity(one.kind));
  one.device = parts.device(child(item, "MeasurementDeviceIds"));
  if (auto read = read_tolerance(xml, one); !read) return std::move(read.error());
  return one;
}

}  // namespace

core::Result<QifCharacteristics> QifCharacteristics::read(const Xml& xml, const QifParts& parts) {
  QifCharacteristics all;
  const auto root = child(xml.root(), "Characteristics");
  const auto definitions = by_id(xml, child(root, "CharacteristicDefinitions"));
  const auto nominals = by_id(xml, child(root, "CharacteristicNominals"));
  for (const auto* nodes : {&definitions, &nominals}) {
    if (!*nodes) return nodes->error();
  }
  for (const auto item : elements(child(root, "CharacteristicItems"))) {
    auto one = join(xml, item, parts, *nominals, *definitions);
    if (!one) return std::move(one.error());
    if (!all.index_.emplace(one->id, all.items_.size()).second) {
      return qif_error(xml, item, "the id " + one->id + " is given twice");
    }
    all.items_.push_back(std::move(*one));
  }
  return all;
}

const QifCharacteristic* QifCharacteristics::find(const std::string& item_id) const {
  const auto found = index_.find(item_id);
  return found == index_.end() ? nullptr : &items_[found->second];
}

pb::Record characteristic_record(const QifCharacteristic& one, const QifParts& parts,
                                 const Format& format) {
  pb::Record record;
  set_header(record, pb::KIND_CHARACTERISTIC,
             "characteristic/" + key_part(parts.qpid) + "/" + key_part(one.id), format);
  if (one.limits_unread) add_flag(*record.mutable_header(), "limits-not-read");
  pb::Characteristic& body = *record.mutable_characteristic();
  body.set_characteristic_item(one.id);
  body.set_kind(one.kind);
  if (!one.name.empty()) body.set_name(one.name);
  if (!one.qpid.empty()) body.set_qpid(one.qpid);
  if (one.tolerance.ByteSizeLong() > 0) *body.mutable_tolerance() = one.tolerance;
  if (!one.unit.empty()) body.set_unit(one.unit);
  if (const std::string level = criticality_of(one); !level.empty()) body.set_criticality(level);
  if (std::string drawing = drawing_of(one, parts); !drawing.empty()) {
    body.set_drawing(std::move(drawing));
  }
  const auto frame = parts.datums.find(child_text(one.definition, "DatumReferenceFrameId"));
  if (frame != parts.datums.end()) {
    for (const std::string& label : frame->second) body.add_datums(label);
  }
  const std::string condition = child_text(one.definition, "MaterialCondition");
  if (!condition.empty()) body.set_material_condition(condition);
  if (parts.part) *body.mutable_item() = *parts.part;
  add_properties(one, body);
  return record;
}

pb::InspectionStatus qif_judge(const QifCharacteristic& one, const core::Decimal& value,
                               const std::string& unit) {
  if (!unit.empty() && unit != one.unit) return pb::INSPECTION_STATUS_UNDEFINED;
  if (const auto zone = core::Decimal::parse(one.tolerance.zone().text())) {
    const core::Decimal size = value.negative() ? core::Decimal() - value : value;
    return two_sided(one.kind) ? judge_profile(one, size, *zone) : judge_zone(one, size, *zone);
  }
  const auto lower = core::Decimal::parse(one.tolerance.lower().text());
  const auto upper = core::Decimal::parse(one.tolerance.upper().text());
  if (!lower && !upper) return pb::INSPECTION_STATUS_UNDEFINED;
  return verdict((!lower || *lower <= value) && (!upper || value <= *upper));
}

pb::InspectionStatus qif_judge(const QifCharacteristic& one, const std::string& attribute_value) {
  const bool passes = lists(child(one.nominal, "PassValues"), attribute_value);
  const bool fails = lists(child(one.nominal, "FailValues"), attribute_value);
  if (passes == fails) return pb::INSPECTION_STATUS_UNDEFINED;
  return passes ? pb::INSPECTION_STATUS_PASS : pb::INSPECTION_STATUS_FAIL;
}

}  // namespace connector::record
