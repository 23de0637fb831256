#include "record/epcis.h"

#include <algorithm>

#include "core/digest.h"
#include "core/text.h"
#include "record/build.h"
#include "record/epcis_context.h"
#include "record/epcis_derive.h"
#include "record/epcis_event.h"
#include "record/epcis_query.h"
#include "record/epcis_xml.h"
#include "record/statement.h"

namespace connector::record {
namespace {

using core::Json;

constexpr std::size_t kExpandedBytes = 4 * core::limits::kDocumentBytes;

// "event/<event id>"; an event without one is known by what it says. Declaring it an error does not
// change what it says: the key stays that of the event.
std::string key_of(const pb::Event& event) {
  if (event.has_event_id()) return "event/" + key_part(event.event_id());
  pb::Record bare;
  *bare.mutable_event() = event;
  bare.mutable_event()->clear_error_declaration();
  bare.mutable_event()->clear_record_time();
  auto& extensions = *bare.mutable_event()->mutable_extensions();
  extensions.erase(std::remove_if(extensions.begin(), extensions.end(),
                                  [](const pb::Property& one) {
                                    return one.name().rfind("errorDeclaration.", 0) == 0;
                                  }),
                   extensions.end());
  return "event/sha256:" + core::hex(core::sha256(statement_of(bare).SerializeAsString()));
}

void count_event(const pb::Event& event, Counts& counts) {
  const auto add = [&](const char* name, int by) {
    count(counts, name, *core::Decimal::parse(std::to_string(by)));
  };
  static const char* const kTypes[] = {"",
                                       "events_ObjectEvent",
                                       "events_AggregationEvent",
                                       "events_TransactionEvent",
                                       "events_TransformationEvent",
                                       "events_AssociationEvent"};
  add("events_total", 1);
  add(kTypes[event.type()], 1);
  add("epcs", event.items_size() + event.inputs_size() + event.outputs_size());
  add("quantity_elements", event.item_quantities_size() + event.input_quantities_size() +
                               event.output_quantities_size());
  add("parent_ids", event.has_parent() ? 1 : 0);
  add("biz_transactions", event.biz_transactions_size());
  add("sources", event.sources_size());
  add("destinations", event.destinations_size());
  add("sensor_elements", event.sensors_size());
  int reports = 0;
  for (const pb::SensorElement& sensor : event.sensors()) reports += sensor.reports_size();
  add("sensor_reports", reports);
  add("error_declarations", event.has_error_declaration() ? 1 : 0);
  add("event_ids", event.has_event_id() ? 1 : 0);
}

// Turns events into records, one after the other.
class Reading {
 public:
  Reading(Format format, const ReadOptions& options, bool other_contexts)
      : rules_{options.lenient, other_contexts} {
    document_.outcome = Outcome::kRead;
    document_.format = std::move(format);
    for (const char* name :
         {"events_total", "events_ObjectEvent", "events_AggregationEvent",
          "events_TransactionEvent", "events_TransformationEvent", "events_AssociationEvent"}) {
      document_.counts[name] = core::Decimal();
    }
  }

  core::Status add(const Json& json) {
    auto built = build_event(json, rules_);
    if (!built) return std::move(built.error());
    const std::string key = key_of(built->event);
    pb::Record record;
    set_header(record, pb::KIND_EVENT, key, document_.format);
    for (std::string& flag : built->flags) add_flag(*record.mutable_header(), std::move(flag));
    const bool wrong = built->event.has_error_declaration();
    if (wrong) record.mutable_header()->set_lifecycle(pb::LIFECYCLE_CORRECTED);
    Derived derived = derive(built->event, key);
    if (derived.too_many) return too_large("more items and edges follow from the event");
    if (derived.self_edge) add_flag(*record.mutable_header(), "self-edge");
    count_event(built->event, document_.counts);
    *record.mutable_event() = std::move(built->event);
    if (auto kept = keep(std::move(record)); !kept) return kept;
    return keep_derived(std::move(derived.records), wrong);
  }

  Document take() { return std::move(document_); }
  Document refused(const core::Error& error, Place place) {
    const auto path = error.metadata.find("path");
    if (path != error.metadata.end() && !path->second.empty()) {
      place.path += (place.path.empty() ? "" : "/") + path->second;
    }
    return refuse(document_.format, error.message, std::move(place));
  }

 private:
  static core::Error too_large(const std::string& what) {
    return core::invalid("DOCUMENT_REFUSED", what + " than one document may give; split it");
  }

  core::Status keep(pb::Record record) {
    bytes_ += record.ByteSizeLong();
    document_.records.push_back(std::move(record));
    return bytes_ > kExpandedBytes || document_.records.size() > core::limits::kRecordsPerDocument
               ? core::Status(too_large("the document gives more records"))
               : core::ok();
  }

  core::Status keep_derived(std::vector<pb::Record> records, bool wrong) {
    for (pb::Record& one : records) {
      const std::string key = one.header().key();
      set_header(one, one.header().kind(), key, document_.format);
      if (wrong) one.mutable_header()->set_lifecycle(pb::LIFECYCLE_CORRECTED);
      if (auto kept = keep(std::move(one)); !kept) return kept;
    }
    return core::ok();
  }

  Document document_;
  const EventRules rules_;
  std::size_t bytes_ = 0;
};

// ---- JSON-LD ---------------------------------------------------------------------------------

const Json* at(const Json* json, std::string_view key) {
  return json ? json->find(key) : nullptr;
}

struct Listed {
  const Json* list = nullptr;  // an array of events, or one event
  std::string path;
};

// Where the body has its events.
Listed events_in(const Json* body) {
  const Json* results = at(at(at(body, "queryResults"), "resultsBody"), "eventList");
  if (results) return {results, "epcisBody/queryResults/resultsBody/eventList"};
  if (const Json* list = at(body, "eventList")) return {list, "epcisBody/eventList"};
  return {at(body, "event"), "epcisBody/event"};
}

std::string kind_of(const Json& json) {
  return event_type_name(json);
}

Place place_in(const Json& json, std::string path) {
  return {std::move(path), json.line(), json.column()};
}

Document read_query(const Json& json) {
  const Format format{"EPCIS", "2.0", "Query"};
  if (auto checked = check_query(json); !checked) {
    return refuse(format, checked.error().message,
                  place_in(json, checked.error().metadata["path"]));
  }
  Document document;
  document.outcome = Outcome::kRead;
  document.format = format;
  return document;
}

// What the JSON schema of EPCIS 2.0 asks of a document, but for the context.
std::string missing_in(const Json& json) {
  for (const char* name : {"schemaVersion", "epcisBody"}) {
    if (!json.find(name)) return name;
  }
  return json.find("epcisBody")->is_object() ? "" : "epcisBody";
}

Document read_events(Reading& reading, const Json& list, const std::string& path) {
  const auto& events = list.items();
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (auto added = reading.add(events[i]); !added) {
      return reading.refused(added.error(),
                             place_in(events[i], path + "[" + std::to_string(i + 1) + "]"));
    }
  }
  return reading.take();
}

Document read_one(Reading& reading, const Json& event, std::string path) {
  if (auto added = reading.add(event); !added) {
    return reading.refused(added.error(), place_in(event, std::move(path)));
  }
  return reading.take();
}

Document read_document(Reading& reading, const Format& format, const Json& json) {
  if (const std::string missing = missing_in(json); !missing.empty()) {
    return refuse(format, missing + " is missing", place_in(json, missing));
  }
  const Listed listed = events_in(json.find("epcisBody"));
  if (!listed.list) return reading.take();
  if (listed.list->is_array()) return read_events(reading, *listed.list, listed.path);
  return read_one(reading, *listed.list, listed.path);
}

bool is_event_like(const Json& json) {
  const std::string kind = kind_of(json);
  return kind.size() > 5 && kind.rfind("Event") == kind.size() - 5 &&
         (json.find("eventTime") || json.find("eventTimeZoneOffset"));
}

bool is_document(const std::string& kind) {
  return kind == "EPCISDocument" || kind == "EPCISQueryDocument";
}

// ---- XML -------------------------------------------------------------------------------------

bool holds_events(std::string_view name) {
  return name == "extension" || name == "EventList" || name == "EPCISBody" ||
         name == "QueryResults" || name == "resultsBody";
}

// Every element of an EventList is an event, or pretends to be one.
void events_below(pugi::xml_node node, bool listed, std::vector<pugi::xml_node>& events) {
  for (const pugi::xml_node one : elements(node)) {
    const auto name = local_name(one);
    if (holds_events(name)) {
      events_below(one, listed || name == "EventList", events);
    } else if (listed) {
      events.push_back(one);
    }
  }
}

std::string xml_version(const Xml& xml) {
  const std::string version = attribute(xml.root(), "schemaVersion");
  return version.empty() ? "2.0" : version;
}

// As the document states it; a bare event need not.
void keep_version(pugi::xml_node root, Document& document) {
  const std::string version = attribute(root, "schemaVersion");
  if (!version.empty()) document.facts["schema_version"] = version;
}

Document check_poll(const Xml& xml, Format format, pugi::xml_node poll) {
  format.kind = "Query";
  if (auto checked = check_query(poll); !checked) {
    Place place = xml.place_of(poll);
    place.path += "/" + checked.error().metadata["path"];
    return refuse(std::move(format), checked.error().message, std::move(place));
  }
  Document document;
  document.outcome = Outcome::kRead;
  document.format = std::move(format);
  keep_version(xml.root(), document);
  return document;
}

}  // namespace

bool is_epcis(const Json& json) {
  if (json.is_array()) return !json.items().empty() && is_event_like(json.items().front());
  return is_document(kind_of(json)) || json.find("epcisBody") || is_event_like(json) ||
         is_epcis_query(json);
}

Document read_epcis_json(const Json& json, const ReadOptions& options) {
  if (is_epcis_query(json)) return read_query(json);
  const Json& first = json.is_array() ? json.items().front() : json;
  const std::string version = first.text_at("schemaVersion");
  const Format format{"EPCIS", version.empty() ? "2.0" : version,
                      json.is_array() ? "events" : kind_of(json)};
  const Contexts contexts = contexts_of(first);
  if (!contexts.epcis && !options.lenient) {
    return refuse(format, "@context does not name the context of EPCIS, so its terms mean nothing",
                  place_in(first, "@context"));
  }
  if (!contexts.others && !options.lenient) {
    if (auto undeclared = undeclared_prefix(json, contexts)) {
      return refuse(format, "the prefix '" + undeclared->prefix + "' is not declared in @context",
                    {undeclared->path, undeclared->line, undeclared->column});
    }
  }
  Reading reading(format, options, contexts.others);
  if (json.is_array()) return read_events(reading, json, "");
  if (!is_document(format.kind) && !json.find("epcisBody")) {
    return read_one(reading, json, format.kind);
  }
  Document document = read_document(reading, format, json);
  if (document.outcome == Outcome::kRead) document.facts["schema_version"] = version;
  return document;
}

bool is_epcis(const Xml& xml) {
  const std::string space(namespace_of(xml.root()));
  const std::string name(local_name(xml.root()));
  return space.rfind("urn:epcglobal:epcis", 0) == 0 || name == "EPCISDocument" ||
         name == "EPCISQueryDocument" || (looks_like_event(name) && child(xml.root(), "eventTime"));
}

Document read_epcis_xml(const Xml& xml, const ReadOptions& options) {
  const pugi::xml_node root = xml.root();
  Format format{"EPCIS", xml_version(xml), std::string(local_name(root))};
  if (const pugi::xml_node poll = child(child(root, "EPCISBody"), "Poll")) {
    return check_poll(xml, std::move(format), poll);
  }
  const bool bare = looks_like_event(format.kind);
  if (!bare && !child(root, "EPCISBody")) {
    return refuse(std::move(format), "EPCISBody is missing", xml.place_of(root));
  }
  Reading reading(format, options, false);
  std::vector<pugi::xml_node> events;
  bare ? events.push_back(root) : events_below(root, false, events);
  const XmlRules rules{options.lenient, format.version.rfind("1.", 0) != 0};
  for (const pugi::xml_node event : events) {
    auto json = event_from_xml(event, rules);
    const auto added = json ? reading.add(*json) : core::Status(std::move(json.error()));
    if (!added) return reading.refused(added.error(), xml.place_of(event));
  }
  Document document = reading.take();
  keep_version(root, document);
  return document;
}

}  // namespace connector::record
