#include "record/qif_studies.h"

#include <charconv>
#include <map>
#include <set>

#include "core/text.h"
#include "record/build.h"

namespace connector::record {
namespace {

std::string study_kind(std::string_view element) {
  static const std::map<std::string, std::string, std::less<>> kKinds = {
      {"CapabilityStudyResults", "CAPABILITY"},
      {"BiasStudyResults", "BIAS"},
      {"GageRandRStudyResults", "GAUGE_RR"},
      {"LinearityStudyResults", "LINEARITY"},
      {"FirstArticleStudyResults", "FIRST_ARTICLE"},
      {"ProcessDifferenceStudyResults", "PROCESS_DIFFERENCE"},
      {"AttributeStudyResults", "ATTRIBUTE"}};
  const auto found = kKinds.find(element);
  return found == kKinds.end() ? "OTHER" : found->second;
}

// Leaves below an element: "Average", "Histogram.Bins.Count"; a trailing "Value" says nothing.
void add_values(pugi::xml_node node, const std::string& prefix, pb::Study& body) {
  for (const auto one : elements(node)) {
    const std::string name(local_name(one));
    const std::string path = prefix.empty() ? name : prefix + "." + name;
    if (!elements(one).empty()) {
      add_values(one, path, body);
    } else if (const std::string value = text(one); !value.empty()) {
      add_property(*body.mutable_values(), name == "Value" && !prefix.empty() ? prefix : path,
                   value);
    }
  }
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::optional<std::uint64_t> samples_of(pugi::xml_node study) {
  for (const char* name : {"NumberOfSamples", "SampleSize"}) {
    const std::string written = child_text(study, name);
    std::uint64_t samples = 0;
    const char* end = written.data() + written.size();
    const auto parsed = std::from_chars(written.data(), end, samples);
    if (!written.empty() && parsed.ec == std::errc() && parsed.ptr == end) return samples;
  }
  return std::nullopt;
}

// The characteristic that statistics are about: named, or the one that all measured values share.
// Otherwise the values themselves, which lie in other documents: "1@3 2@3".
void add_subject(pugi::xml_node stats, const QifResults& results, pb::Study& body) {
  const auto named = qif_all(stats, "CharacteristicItemId");
  if (!named.empty()) return body.set_characteristic_item(qif_reference(named.front()));
  std::set<std::string> items;
  std::string elsewhere;
  for (const auto list : qif_all(stats, "Ids")) {
    for (const auto id : children(list, "Id")) {
      const std::string reference = qif_reference(id);
      const std::string item = results.item_of(reference);
      if (!item.empty()) {
        items.insert(item);
      } else {
        elsewhere += (elsewhere.empty() ? "" : " ") + reference;
      }
    }
  }
  if (items.size() == 1 && elsewhere.empty()) body.set_characteristic_item(*items.begin());
  if (!elsewhere.empty()) add_property(*body.mutable_values(), "MeasuredIds", elsewhere);
}

std::string status_word(pugi::xml_node node) {
  const auto status = child(node, "Status");
  const std::string word = child_text(status, "StatsEvalStatusEnum");
  return word.empty() ? child_text(status, "OtherStatsEvalStatus") : word;
}

void set_status(const std::string& word, pb::Study& body) {
  if (word.empty()) return;
  body.set_status_raw(word);
  if (word == "PASS") body.set_status(pb::INSPECTION_STATUS_PASS);
  if (word == "FAIL") body.set_status(pb::INSPECTION_STATUS_FAIL);
}

struct Studies {
  const Xml& xml;
  const QifParts& parts;
  const QifCharacteristics& characteristics;
  const QifResults& results;
  const Format& format;
  QifRecords& records;
  std::set<std::string> ids;

  core::Status add(pugi::xml_node study) {
    const auto id = qif_id(xml, study);
    if (!id) return id.error();
    if (!ids.insert(*id).second) {
      return qif_error(xml, study, "the id " + *id + " is given twice");
    }
    const std::string key = "study/" + key_part(parts.qpid) + "/" + key_part(*id) + "/";
    const auto all = elements(child(study, "CharacteristicsStats"));
    if (all.empty()) return records.add(study, describe(study, {}, key + "1"));
    std::size_t number = 0;
    for (const auto stats : all) {
      pb::Record record = describe(study, stats, key + std::to_string(++number));
      if (auto added = records.add(stats, std::move(record)); !added) return added;
    }
    return core::ok();
  }

  pb::Record describe(pugi::xml_node study, pugi::xml_node stats, std::string key) const {
    pb::Record record;
    set_header(record, pb::KIND_STUDY, std::move(key), format);
    pb::Study& body = *record.mutable_study();
    std::string id =
        core::lower_ascii(child_text(study, "ThisStatisticalStudyResultsInstanceQPId"));
    if (id.empty()) id = parts.qpid + "#" + attribute(study, "id");
    body.set_study_id(std::move(id));
    body.set_study_kind(study_kind(local_name(study)));
    if (const auto samples = samples_of(study)) body.set_samples(*samples);
    const std::string own = status_word(stats);
    set_status(own.empty() ? status_word(study) : own, body);
    if (!stats) return record;
    add_subject(stats, results, body);
    if (const auto* known = characteristics.find(body.characteristic_item())) {
      body.set_characteristic_name(known->name);
    }
    for (const auto group : elements(stats)) {
      if (ends_with(local_name(group), "Stats")) add_values(group, {}, body);
    }
    return record;
  }
};

}  // namespace

core::Status read_qif_studies(const Xml& xml, const QifParts& parts,
                              const QifCharacteristics& characteristics, const QifResults& results,
                              const Format& format, QifRecords& records) {
  Studies studies{xml, parts, characteristics, results, format, records, {}};
  const auto statistics = child(xml.root(), "Statistics");
  for (const char* name : {"StatisticalStudiesResults", "StatisticalStudyResults"}) {
    for (const auto list : qif_all(statistics, name)) {
      for (const auto study : elements(list)) {
        if (auto added = studies.add(study); !added) return added;
      }
    }
  }
  return core::ok();
}

}  // namespace connector::record
