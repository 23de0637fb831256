#include "record/qif_characteristics.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "record/build.h"

namespace connector::record {
namespace {

bool small(pugi::xml_node node, std::size_t& left) {
  for (const auto one : node.children()) {
    if (left-- == 0 || !small(one, left)) return false;
  }
  return true;
}

// What many characteristics refer to, by id.
core::Result<QifNodes> referred(const Xml& xml, std::vector<pugi::xml_node> list) {
  for (const auto one : list) {
    std::size_t left = 2 * kQifElements;  // elements and their texts
    if (!small(one, left)) {
      return qif_error(xml, one,
                       "this has more than " + std::to_string(kQifElements) + " elements below it");
    }
  }
  return qif_by_id(list);
}

// Definitions, nominals and tolerances of a document, which its characteristics share.
struct Shared {
  QifNodes definitions;
  QifNodes nominals;
  QifNodes tolerances;
};

core::Result<Shared> read_shared(const Xml& xml, pugi::xml_node root) {
  Shared shared;
  auto definitions = elements(child(root, "CharacteristicDefinitions"));
  for (const auto one : elements(child(root, "DefaultCharacteristicDefinitions"))) {
    definitions.push_back(one);
  }
  for (auto& [list, nodes] :
       {std::pair{std::move(definitions), &shared.definitions},
        {elements(child(root, "CharacteristicNominals")), &shared.nominals},
        {elements(child(root, "DefaultToleranceDefinitions")), &shared.tolerances}}) {
    auto read = referred(xml, list);
    if (!read) return std::move(read.error());
    *nodes = std::move(*read);
  }
  return shared;
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
  add("LimitsAndFits", one.tolerance.fit);
  add("OuterDisposition", child_text(one.definition, "OuterDisposition"));
  const auto shapes = elements(child(one.definition, "ZoneShape"));
  if (!shapes.empty()) add("ZoneShape", std::string(local_name(shapes.front())));
  for (const auto comment : children(child(one.item, "Attributes"), "AttributeStr")) {
    add_property(list, "Attributes." + attribute(comment, "name"), attribute(comment, "value"));
  }
}

core::Result<QifCharacteristic> join(const Xml& xml, pugi::xml_node item, const QifParts& parts,
                                     const Shared& shared) {
  auto id = qif_id(xml, item);
  if (!id) return std::move(id.error());
  QifCharacteristic one;
  one.id = std::move(*id);
  one.item = item;
  one.kind = qif_kind(item);
  one.name = child_text(item, "Name");
  one.qpid = core::lower_ascii(child_text(child(item, "CharacteristicDesignator"), "UUID"));
  if (one.qpid.empty()) one.qpid = core::lower_ascii(child_text(item, "QPId"));
  one.nominal = qif_find(shared.nominals, child_text(item, "CharacteristicNominalId"));
  one.definition =
      qif_find(shared.definitions, child_text(one.nominal, "CharacteristicDefinitionId"));
  one.device = parts.device(child(item, "MeasurementDeviceIds"));
  auto tolerance = read_qif_tolerance(xml, one.definition, one.nominal, shared.tolerances,
                                      parts.unit(qif_quantity(one.kind)));
  if (!tolerance) return std::move(tolerance.error());
  one.tolerance = std::move(*tolerance);
  return one;
}

}  // namespace

core::Result<QifCharacteristics> QifCharacteristics::read(const Xml& xml, const QifParts& parts) {
  QifCharacteristics all;
  const auto root = child(xml.root(), "Characteristics");
  const auto shared = read_shared(xml, root);
  if (!shared) return shared.error();
  for (const auto item : elements(child(root, "CharacteristicItems"))) {
    auto one = join(xml, item, parts, *shared);
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
  if (one.tolerance.unread) add_flag(*record.mutable_header(), "limits-not-read");
  pb::Characteristic& body = *record.mutable_characteristic();
  body.set_characteristic_item(one.id);
  body.set_kind(one.kind);
  if (!one.name.empty()) body.set_name(one.name);
  if (!one.qpid.empty()) body.set_qpid(one.qpid);
  if (one.tolerance.values.ByteSizeLong() > 0) {
    *body.mutable_tolerance() = one.tolerance.values;
  }
  if (!one.tolerance.unit.empty()) body.set_unit(one.tolerance.unit);
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
  const pb::Tolerance& limits = one.tolerance.values;
  if (!unit.empty() && unit != one.tolerance.unit) return pb::INSPECTION_STATUS_UNDEFINED;
  if (const auto zone = core::Decimal::parse(limits.zone().text())) {
    const core::Decimal size = value.negative() ? core::Decimal() - value : value;
    return two_sided(one.kind) ? judge_profile(one, size, *zone) : judge_zone(one, size, *zone);
  }
  const auto lower = core::Decimal::parse(limits.lower().text());
  const auto upper = core::Decimal::parse(limits.upper().text());
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
