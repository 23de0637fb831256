#include "record/qif.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/text.h"
#include "record/build.h"
#include "record/identifier.h"
#include "record/qif_characteristics.h"

namespace connector::record {
namespace {

pb::InspectionStatus status_of(const std::string& word) {
  static const std::map<std::string, pb::InspectionStatus> kStatus = {
      {"PASS", pb::INSPECTION_STATUS_PASS},
      {"FAIL", pb::INSPECTION_STATUS_FAIL},
      {"BASIC_OR_TED", pb::INSPECTION_STATUS_BASIC_OR_TED},
      {"NOT_MEASURED", pb::INSPECTION_STATUS_NOT_MEASURED},
      {"NOT_CALCULATED", pb::INSPECTION_STATUS_NOT_CALCULATED},
      {"REWORK", pb::INSPECTION_STATUS_REWORK},
      {"UNDEFINED", pb::INSPECTION_STATUS_UNDEFINED}};
  const auto found = kStatus.find(word);
  return found == kStatus.end() ? pb::INSPECTION_STATUS_UNSPECIFIED : found->second;
}

// "5", or "5@1" where it lives in external document 1: the text is the document then, xId the item.
std::string item_of(pugi::xml_node reference) {
  const std::string external = attribute(reference, "xId");
  return external.empty() ? text(reference) : external + "@" + text(reference);
}

// The first element with this name at any depth below; results and statistics nest differently in
// versions 2.1 and 3.0.
void all_named(pugi::xml_node node, std::string_view name, std::vector<pugi::xml_node>& out) {
  for (const auto one : elements(node)) {
    if (local_name(one) == name) {
      out.push_back(one);
    } else {
      all_named(one, name, out);
    }
  }
}

class Qif {
 public:
  Qif(const Xml& xml, Format format) : xml_(xml) {
    document_.outcome = Outcome::kRead;
    document_.format = std::move(format);
    qpid_ = core::lower_ascii(child_text(xml.root(), "QPId"));
    document_.document_key = qpid_.empty() ? "" : "QIF/" + qpid_;
  }

  Document read() {
    auto characteristics = QifCharacteristics::read(xml_);
    if (!characteristics) return refused(characteristics.error());
    characteristics_ = std::move(*characteristics);
    read_resources();
    add_characteristics();
    std::vector<pugi::xml_node> results;
    all_named(xml_.root(), "MeasurementResults", results);
    for (const auto one : results) {
      if (auto added = add_results(one); !added) return refused(added.error());
    }
    std::vector<pugi::xml_node> studies;
    for (const char* name : {"StatisticalStudiesResults", "StatisticalStudyResults"}) {
      all_named(child(xml_.root(), "Statistics"), name, studies);
    }
    for (const auto list : studies) {
      for (const auto one : elements(list)) add_study(one);
    }
    finish();
    return std::move(document_);
  }

 private:
  Document refused(const core::Error& error) {
    const auto path = error.metadata.find("path");
    return refuse(document_.format, error,
                  path == error.metadata.end() ? std::string() : path->second);
  }
  core::Error problem(pugi::xml_node node, const std::string& what) const {
    core::Error error = core::invalid("DOCUMENT_REFUSED", what);
    const Place place = xml_.place_of(node);
    error.metadata = {{"path", place.path},
                      {"line", std::to_string(place.line)},
                      {"column", std::to_string(place.column)}};
    return error;
  }
  std::string own(const std::string& what, const std::string& id) const {
    return what + "/" + key_part(qpid_) + "/" + key_part(id);
  }

  void read_resources() {
    std::vector<pugi::xml_node> devices;
    all_named(child(xml_.root(), "MeasurementResources"), "MeasurementDevice", devices);
    for (const auto one : devices) devices_[attribute(one, "id")] = child_text(one, "Name");
    const auto product = child(xml_.root(), "Product");
    for (const auto part : elements(child(product, "PartSet"))) part_of(part);
    std::vector<pugi::xml_node> actual;
    all_named(child(xml_.root(), "Results"), "ActualComponent", actual);
    for (const auto one : actual) {
      actual_[attribute(one, "id")] = child_text(one, "SerialNumber");
    }
    order_ = child_text(child(xml_.root(), "PreInspectionTraceability"), "PurchaseOrderNumber");
  }

  void part_of(pugi::xml_node part) {
    if (part_.ids_size() > 0) return;  // the first part is what is inspected
    if (const std::string uuid = child_text(part, "UUID"); !uuid.empty()) {
      *part_.add_ids() = make_identifier("qpid", uuid);
    }
    if (const std::string number = child_text(part, "ModelNumber"); !number.empty()) {
      part_.set_name(number);
    }
    part_.set_level(pb::ITEM_LEVEL_MODEL);
  }

  void add_characteristics() {
    for (const std::string& id : characteristics_.ids()) {
      const QifCharacteristic& one = *characteristics_.find(id);
      pb::Record& record = document_.records.emplace_back();
      set_header(record, pb::KIND_CHARACTERISTIC, own("characteristic", id), document_.format);
      pb::Characteristic& body = *record.mutable_characteristic();
      body.set_characteristic_item(id);
      if (!one.name.empty()) body.set_name(one.name);
      if (!one.qpid.empty()) body.set_qpid(one.qpid);
      body.set_kind(one.kind);
      if (one.toleranced || one.tolerance.has_nominal()) *body.mutable_tolerance() = one.tolerance;
      if (!one.unit.empty()) body.set_unit(one.unit);
      const auto criticality = child(child(one.item, "CharacteristicDesignator"), "Criticality");
      std::string level = child_text(criticality, "LevelEnum");
      if (level.empty()) level = child_text(criticality, "OtherLevel");
      if (!level.empty()) body.set_criticality(level);
      const auto drawing = child(one.item, "LocationOnDrawing");
      if (const std::string zone = child_text(drawing, "DrawingZone"); !zone.empty()) {
        body.set_drawing(child_text(drawing, "SheetNumber") + " " + zone);
      }
      if (const std::string condition = child_text(one.definition, "MaterialCondition");
          !condition.empty()) {
        body.set_material_condition(condition);
      }
      if (part_.ids_size() > 0 || part_.has_name()) *body.mutable_item() = part_;
    }
  }

  core::Status add_results(pugi::xml_node results) {
    std::string set = core::lower_ascii(child_text(results, "ThisResultsInstanceQPId"));
    if (set.empty()) set = qpid_ + "#" + attribute(results, "id");
    const std::string verdict =
        child_text(child(results, "InspectionStatus"), "InspectionStatusEnum");
    ++sets_[verdict];
    std::vector<pugi::xml_node> lists;
    for (const char* name : {"CharacteristicMeasurements", "CharacteristicActuals"}) {
      all_named(results, name, lists);
    }
    for (const auto list : lists) {
      for (const auto one : elements(list)) {
        if (auto added = add_measurement(one, set, verdict, results); !added) return added;
      }
    }
    return core::ok();
  }

  core::Status add_measurement(pugi::xml_node node, const std::string& set,
                               const std::string& verdict, pugi::xml_node results) {
    const auto reference = child(node, "CharacteristicItemId");
    if (!reference) return problem(node, "CharacteristicItemId is missing");
    pb::Record& record = document_.records.emplace_back();
    set_header(record, pb::KIND_MEASUREMENT,
               "measurement/" + key_part(set) + "/" + key_part(attribute(node, "id")),
               document_.format);
    pb::Measurement& body = *record.mutable_measurement();
    body.set_result_set(set);
    if (!verdict.empty()) body.set_result_set_status(verdict);
    body.set_characteristic_item(item_of(reference));
    const std::string recorded = child_text(child(node, "Status"), "CharacteristicStatusEnum");
    if (!recorded.empty()) body.set_status_raw(recorded);
    body.set_status(status_of(recorded));
    const QifCharacteristic* characteristic = characteristics_.find(body.characteristic_item());
    describe(node, characteristic, body);
    if (auto valued = add_value(node, characteristic, record); !valued) return valued;
    place(node, results, body);
    return core::ok();
  }

  void describe(pugi::xml_node node, const QifCharacteristic* characteristic,
                pb::Measurement& body) const {
    const std::string element(local_name(node));
    body.set_characteristic_kind(element.substr(0, element.rfind("Characteristic")));
    if (!characteristic) return;
    if (!characteristic->name.empty()) body.set_characteristic_name(characteristic->name);
    if (!characteristic->qpid.empty()) body.set_characteristic_qpid(characteristic->qpid);
    if (characteristic->toleranced || characteristic->tolerance.has_nominal()) {
      *body.mutable_tolerance() = characteristic->tolerance;
    }
    if (!characteristic->unit.empty()) body.set_unit(characteristic->unit);
  }

  core::Status add_value(pugi::xml_node node, const QifCharacteristic* characteristic,
                         pb::Record& record) {
    pb::Measurement& body = *record.mutable_measurement();
    const auto value_node = child(node, "Value");
    if (!value_node) return core::ok();
    const std::string written = text(value_node);
    const auto value = core::Decimal::parse(written);
    if (!value) {
      if (body.characteristic_kind().find("Attribute") == std::string::npos) {
        return problem(value_node, "'" + written + "' is no number");
      }
      body.set_attribute_value(written);
      return core::ok();
    }
    body.mutable_value()->set_text(written);
    if (!characteristic) return core::ok();
    const pb::InspectionStatus judged = qif_judge(*characteristic, *value);
    if (judged != pb::INSPECTION_STATUS_UNDEFINED && judged != body.status() &&
        body.status() != pb::INSPECTION_STATUS_BASIC_OR_TED) {
      body.set_recomputed_status(judged);
      add_flag(*record.mutable_header(), "status-differs");
    }
    return core::ok();
  }

  void place(pugi::xml_node node, pugi::xml_node results, pb::Measurement& body) const {
    const auto devices = child(node, "MeasurementDeviceIds");
    const auto device = devices_.find(text(child(devices, "Id")));
    if (device != devices_.end() && !device->second.empty()) body.set_device(device->second);
    if (!order_.empty()) body.set_order_number(order_);
    pb::ItemRef item = part_;
    const auto actual = actual_.find(text(child(child(results, "ActualComponentIds"), "Id")));
    if (actual != actual_.end() && !actual->second.empty()) {
      *item.add_ids() = make_identifier("serial", actual->second);
      item.set_level(pb::ITEM_LEVEL_ITEM);
      set_item_keys(item);
    }
    if (item.ids_size() > 0 || item.has_name()) *body.mutable_item() = item;
    if (const std::string time = child_text(node, "TimeStamp"); !time.empty()) {
      if (auto instant = core::parse_instant(time))
        set_instant(*body.mutable_measured_at(), *instant);
    }
  }

  void add_study(pugi::xml_node study) {
    std::string id =
        core::lower_ascii(child_text(study, "ThisStatisticalStudyResultsInstanceQPId"));
    if (id.empty()) id = qpid_ + "#" + attribute(study, "id");
    const auto stats = elements(child(study, "CharacteristicsStats"));
    for (std::size_t i = 0; i < stats.size(); ++i) {
      pb::Record& record = document_.records.emplace_back();
      set_header(record, pb::KIND_STUDY, "study/" + key_part(id) + "/" + std::to_string(i + 1),
                 document_.format);
      pb::Study& body = *record.mutable_study();
      body.set_study_id(id);
      body.set_study_kind(study_kind(local_name(study)));
      describe(stats[i], body);
      if (const std::string samples = child_text(study, "NumberOfSamples");
          !samples.empty() && samples.find_first_not_of("0123456789") == std::string::npos &&
          samples.size() < 19) {
        body.set_samples(std::stoull(samples));
      }
    }
  }

  static std::string study_kind(std::string_view element) {
    const std::string name(element.substr(0, element.rfind("StudyResults")));
    static const std::map<std::string, std::string> kKinds = {
        {"Capability", "CAPABILITY"},      {"Bias", "BIAS"},
        {"GageRandR", "GAUGE_RR"},         {"Linearity", "LINEARITY"},
        {"FirstArticle", "FIRST_ARTICLE"}, {"ProcessDifference", "PROCESS_DIFFERENCE"},
        {"Attribute", "ATTRIBUTE"}};
    const auto found = kKinds.find(name);
    return found == kKinds.end() ? "OTHER" : found->second;
  }

  void describe(pugi::xml_node stats, pb::Study& body) const {
    std::vector<pugi::xml_node> references;
    all_named(stats, "CharacteristicItemId", references);
    if (!references.empty()) {
      body.set_characteristic_item(item_of(references.front()));
      const auto* characteristic = characteristics_.find(body.characteristic_item());
      if (characteristic) body.set_characteristic_name(characteristic->name);
    }
    const std::string status = child_text(child(stats, "Status"), "StatsEvalStatusEnum");
    if (!status.empty()) body.set_status_raw(status);
    body.set_status(status_of(status));
    for (const auto one : elements(child(stats, "ValueStats"))) {
      if (elements(one).empty()) {
        add_property(*body.mutable_values(), std::string(local_name(one)), text(one));
        continue;
      }
      for (const auto inner : elements(one)) {
        if (elements(inner).empty()) {
          add_property(*body.mutable_values(),
                       std::string(local_name(one)) + "." + std::string(local_name(inner)),
                       text(inner));
        }
      }
    }
  }

  void finish() {
    std::set<std::pair<std::string, std::string>> measured;
    std::set<std::pair<std::string, std::string>> failed;
    std::set<std::string> studies;
    for (const char* name :
         {"characteristic_measurements", "failures", "measured_items", "failed_items",
          "result_sets", "characteristic_items", "statistical_study_results"}) {
      document_.counts[name] = core::Decimal();
    }
    for (const pb::Record& record : document_.records) {
      if (record.has_characteristic()) count(document_.counts, "characteristic_items");
      if (record.has_study()) studies.insert(record.study().study_id());
      if (!record.has_measurement()) continue;
      const pb::Measurement& one = record.measurement();
      count(document_.counts, "characteristic_measurements");
      if (one.has_status_raw()) count(document_.counts, "status_" + one.status_raw());
      measured.emplace(one.result_set(), one.characteristic_item());
      if (one.status() != pb::INSPECTION_STATUS_FAIL) continue;
      count(document_.counts, "failures");
      failed.emplace(one.result_set(), one.characteristic_item());
    }
    const auto number = [](std::size_t n) { return *core::Decimal::parse(std::to_string(n)); };
    document_.counts["measured_items"] = number(measured.size());
    document_.counts["failed_items"] = number(failed.size());
    document_.counts["statistical_study_results"] = number(studies.size());
    for (const auto& [verdict, times] : sets_) {
      count(document_.counts, "result_sets", number(times));
      if (!verdict.empty()) count(document_.counts, "result_sets_" + verdict, number(times));
    }
    document_.facts["qif_version"] = document_.format.version;
  }

  const Xml& xml_;
  Document document_;
  std::string qpid_;
  std::string order_;
  QifCharacteristics characteristics_;
  std::map<std::string, std::string> devices_;
  std::map<std::string, std::string> actual_;  // id -> serial number
  pb::ItemRef part_;
  std::map<std::string, std::size_t> sets_;  // by verdict
};

}  // namespace

bool is_qif(const Xml& xml) {
  return local_name(xml.root()) == "QIFDocument" ||
         namespace_of(xml.root()).find("qifstandards.org") != std::string_view::npos;
}

Document read_qif(const Xml& xml, const ReadOptions&) {
  Format format{"QIF", attribute(xml.root(), "versionQIF"), "QIFDocument"};
  if (local_name(xml.root()) != "QIFDocument") {
    format.kind = std::string(local_name(xml.root()));
    return decline(std::move(format));
  }
  const bool results = child(xml.root(), "Results") || child(xml.root(), "MeasurementsResults");
  const bool plan = child(xml.root(), "Characteristics") || child(xml.root(), "Plan");
  const bool statistics = static_cast<bool>(child(xml.root(), "Statistics"));
  if (!results && !plan && !statistics) {
    format.kind = child(xml.root(), "Rules") ? "Rules" : "Resources";
    return decline(std::move(format));
  }
  format.kind = results ? "Results" : plan ? "Plan" : "Statistics";
  return Qif(xml, std::move(format)).read();
}

}  // namespace connector::record
