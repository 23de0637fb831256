#include "record/qif.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/text.h"
#include "record/build.h"
#include "record/qif_studies.h"

namespace connector::record {
namespace {

core::Decimal number(std::size_t count) {
  return *core::Decimal::parse(std::to_string(count));
}

bool is_enumerated(const std::string& word) {
  return !word.empty() && word.size() <= 20 &&
         word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos;
}

// FAIL is counted as "failures".
void count_measurements(const std::vector<pb::Record>& records, Counts& counts) {
  std::set<std::pair<std::string, std::string>> measured;
  std::set<std::pair<std::string, std::string>> failed;
  std::map<std::string, std::string> sets;
  for (const pb::Record& record : records) {
    if (!record.has_measurement()) continue;
    const pb::Measurement& one = record.measurement();
    count(counts, "characteristic_measurements");
    const std::string& status = one.status_raw();
    if (status != "FAIL" && is_enumerated(status)) count(counts, "status_" + status);
    measured.emplace(one.result_set(), one.characteristic_item());
    sets.emplace(one.result_set(), one.result_set_status());
    if (one.status() != pb::INSPECTION_STATUS_FAIL) continue;
    count(counts, "failures");
    failed.emplace(one.result_set(), one.characteristic_item());
  }
  counts["measured_items"] = number(measured.size());
  counts["failed_items"] = number(failed.size());
  counts["result_sets"] = number(sets.size());
  for (const auto& [set, verdict] : sets) {
    if (is_enumerated(verdict)) count(counts, "result_sets_" + verdict);
  }
}

Counts counts_of(const std::vector<pb::Record>& records) {
  Counts counts;
  for (const char* name : {"characteristic_measurements", "failures", "characteristic_items"}) {
    counts[name] = core::Decimal();
  }
  count_measurements(records, counts);
  std::set<std::string> studies;
  for (const pb::Record& record : records) {
    if (record.has_characteristic()) count(counts, "characteristic_items");
    if (!record.has_study()) continue;
    const std::string& key = record.header().key();
    studies.insert(key.substr(0, key.rfind('/')));
  }
  counts["statistical_study_results"] = number(studies.size());
  return counts;
}

std::map<std::string, std::string> facts_of(pugi::xml_node root, const Document& document) {
  std::map<std::string, std::string> facts;
  facts.emplace("qif_version", document.format.version);
  if (child(root, "Plan") || child(root, "MeasurementPlan")) facts.emplace("has_plan", "1");
  const auto externals =
      children(child(root, "ExternalQIFReferences"), "ExternalQIFDocument").size();
  if (externals > 0) facts.emplace("external_qif_references", std::to_string(externals));
  return facts;
}

core::Status read_records(const Xml& xml, const QifParts& parts, const Format& format,
                          QifRecords& records) {
  const auto characteristics = QifCharacteristics::read(xml, parts);
  if (!characteristics) return characteristics.error();
  for (const QifCharacteristic& one : characteristics->all()) {
    auto added = records.add(one.item, characteristic_record(one, parts, format));
    if (!added) return added;
  }
  QifResults results(xml, parts, *characteristics, format);
  if (auto read = results.read(records); !read) return read;
  return read_qif_studies(xml, parts, *characteristics, results, format, records);
}

Document refused(const Format& format, const core::Error& error) {
  const auto path = error.metadata.find("path");
  return refuse(format, error, path == error.metadata.end() ? std::string() : path->second);
}

// When this version of the document was created. The standard wants another QPId for another
// document; writers that keep it when they write a document anew say so here.
core::Result<std::string> version_of(const Xml& xml) {
  const auto created = child(child(xml.root(), "Version"), "TimeCreated");
  if (!created) return std::string();
  const auto at = core::parse_instant(text(created));
  if (!at) return qif_error(xml, created, at.error().message);
  return core::to_rfc3339(at->epoch_ns);
}

Document read_document(const Xml& xml, Format format) {
  const auto parts = QifParts::read(xml);
  if (!parts) return refused(format, parts.error());
  auto version = version_of(xml);
  if (!version) return refused(format, version.error());
  Document document;
  document.outcome = Outcome::kRead;
  document.format = std::move(format);
  document.document_key = "QIF/" + key_part(parts->qpid);
  document.version = std::move(*version);
  QifRecords records(xml);
  if (auto read = read_records(xml, *parts, document.format, records); !read) {
    return refused(document.format, read.error());
  }
  document.records = records.take();
  document.counts = counts_of(document.records);
  document.facts = facts_of(xml.root(), document);
  return document;
}

// What of QIF a document holds; "" where it is nothing that gives records.
std::string kind_of(pugi::xml_node root) {
  if (child(root, "Results") || child(root, "MeasurementsResults")) return "Results";
  if (child(root, "Statistics")) return "Statistics";
  for (const char* name : {"Plan", "MeasurementPlan", "Characteristics"}) {
    if (child(root, name)) return "Plan";
  }
  return {};
}

}  // namespace

bool is_qif(const Xml& xml) {
  return local_name(xml.root()) == "QIFDocument" ||
         namespace_of(xml.root()).find("qifstandards.org") != std::string_view::npos;
}

Document read_qif(const Xml& xml, const ReadOptions&) {
  const auto root = xml.root();
  Format format{"QIF", attribute(root, "versionQIF"), std::string(local_name(root))};
  if (format.kind != "QIFDocument") return decline(std::move(format));
  format.kind = kind_of(root);
  const bool known = format.version.rfind("3.", 0) == 0 || format.version.rfind("2.", 0) == 0;
  if (!format.kind.empty() && known) return read_document(xml, std::move(format));
  if (format.kind.empty()) {
    format.kind = child(root, "Rules")                  ? "Rules"
                  : child(root, "MeasurementResources") ? "MeasurementResources"
                                                        : "QIFDocument";
  }
  return decline(std::move(format));
}

}  // namespace connector::record
