#include "record/epcis.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "core/digest.h"
#include "core/text.h"
#include "record/build.h"
#include "record/epcis_derive.h"
#include "record/epcis_event.h"
#include "record/epcis_query.h"
#include "record/epcis_xml.h"

namespace connector::record {
namespace {

using core::Json;

// Leaves what an event says, without how it was spelt.
void strip_spelling(google::protobuf::Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    const std::string& name = field->name();
    const bool spelling = name == "raw" ||
                          (name.size() > 4 && name.rfind("_raw") == name.size() - 4) ||
                          (name == "text" && message.GetDescriptor()->name() == "Instant");
    if (spelling) {
      reflection->ClearField(&message, field);
    } else if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    } else if (!field->is_repeated()) {
      strip_spelling(*reflection->MutableMessage(&message, field));
    } else {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        strip_spelling(*reflection->MutableRepeatedMessage(&message, field, i));
      }
    }
  }
}

// "event/<event id>"; an event without one is known by what it says.
std::string key_of(const pb::Event& event) {
  if (event.has_event_id()) return "event/" + key_part(event.event_id());
  pb::Event bare = event;
  strip_spelling(bare);
  return "event/sha256:" + core::hex(core::sha256(bare.SerializeAsString()));
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
    if (built->event.has_error_declaration()) {
      record.mutable_header()->set_lifecycle(pb::LIFECYCLE_CORRECTED);
    }
    Derived derived = derive(built->event, key);
    if (derived.self_edge) add_flag(*record.mutable_header(), "self-edge");
    count_event(built->event, document_.counts);
    *record.mutable_event() = std::move(built->event);
    const pb::Lifecycle lifecycle = record.header().lifecycle();
    document_.records.push_back(std::move(record));
    for (pb::Record& one : derived.records) {
      const std::string its_key = one.header().key();
      set_header(one, one.header().kind(), its_key, document_.format);
      one.mutable_header()->set_lifecycle(lifecycle);
      document_.records.push_back(std::move(one));
    }
    if (document_.records.size() > core::limits::kRecordsPerDocument) {
      return core::invalid("DOCUMENT_TOO_LARGE", "the document holds too many events");
    }
    return core::ok();
  }

  Document take() { return std::move(document_); }
  Document refused(const core::Error& error, Place place) {
    const auto path = error.metadata.find("path");
    if (path != error.metadata.end() && !path->second.empty()) place.path += "/" + path->second;
    return refuse(document_.format, error.message, std::move(place));
  }

 private:
  Document document_;
  const EventRules rules_;
};

// ---- JSON-LD ---------------------------------------------------------------------------------

const Json* at(const Json* json, std::string_view key) {
  return json ? json->find(key) : nullptr;
}

struct Listed {
  std::vector<const Json*> events;
  std::string path;
};

Listed events_of(const Json& json) {
  const Json* body = json.find("epcisBody");
  Listed listed;
  const Json* list = at(body, "eventList");
  listed.path = "epcisBody/eventList";
  if (!list) {
    list = at(at(at(body, "queryResults"), "resultsBody"), "eventList");
    listed.path = "epcisBody/queryResults/resultsBody/eventList";
  }
  if (!list) {
    list = at(body, "event");
    listed.path = "epcisBody/event";
  }
  if (!list) return listed;
  if (list->is_object()) listed.events.push_back(list);
  for (const Json& one : list->items()) listed.events.push_back(&one);
  return listed;
}

std::string kind_of(const Json& json) {
  return event_type_name(json);
}

bool names_epcis_context(const Json& context, bool& others) {
  bool epcis = false;
  const auto look = [&](const Json& one) {
    if (one.is_object()) return;  // prefixes of its own
    if (one.text().find("epcis-context.jsonld") != std::string::npos) {
      epcis = true;
    } else {
      others = true;
    }
  };
  if (!context.is_array()) look(context);
  for (const Json& one : context.items()) look(one);
  return epcis;
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

// ---- XML -------------------------------------------------------------------------------------

std::vector<pugi::xml_node> events_below(pugi::xml_node node) {
  std::vector<pugi::xml_node> events;
  for (const pugi::xml_node one : elements(node)) {
    const auto name = local_name(one);
    if (name == "extension" || name == "EventList" || name == "EPCISBody" ||
        name == "QueryResults" || name == "resultsBody") {
      for (const pugi::xml_node inner : events_below(one)) events.push_back(inner);
    } else if (looks_like_event(name)) {
      events.push_back(one);
    }
  }
  return events;
}

std::string xml_version(const Xml& xml) {
  const std::string version = attribute(xml.root(), "schemaVersion");
  return version.empty() ? "2.0" : version;
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
  return document;
}

}  // namespace

bool is_epcis(const Json& json) {
  const std::string kind = kind_of(json);
  return kind == "EPCISDocument" || kind == "EPCISQueryDocument" || json.find("epcisBody") ||
         (kind.size() > 5 && kind.rfind("Event") == kind.size() - 5 && json.find("eventTime")) ||
         is_epcis_query(json);
}

Document read_epcis_json(const Json& json, const ReadOptions& options) {
  if (is_epcis_query(json)) return read_query(json);
  const std::string version = json.text_at("schemaVersion");
  const bool bare = !json.find("epcisBody");
  Format format{"EPCIS", version.empty() ? "2.0" : version, kind_of(json)};
  const Json* context = json.find("@context");
  bool others = false;
  if (!context || !names_epcis_context(*context, others)) {
    if (!options.lenient) {
      return refuse(format,
                    "@context does not name the context of EPCIS, so its terms mean nothing",
                    place_in(json, "@context"));
    }
  }
  Reading reading(format, options, others);
  if (bare) {
    auto added = reading.add(json);
    return added ? reading.take() : reading.refused(added.error(), place_in(json, format.kind));
  }
  const Listed listed = events_of(json);
  for (std::size_t i = 0; i < listed.events.size(); ++i) {
    const Json& event = *listed.events[i];
    if (auto added = reading.add(event); !added) {
      return reading.refused(added.error(),
                             place_in(event, listed.path + "[" + std::to_string(i + 1) + "]"));
    }
  }
  Document document = reading.take();
  document.facts["schema_version"] = version;
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
  Reading reading(format, options, false);
  const bool bare = looks_like_event(format.kind);
  const auto events = bare ? std::vector<pugi::xml_node>{root} : events_below(root);
  for (const pugi::xml_node event : events) {
    auto json = event_from_xml(event, options.lenient);
    const auto added = json ? reading.add(*json) : core::Status(std::move(json.error()));
    if (!added) return reading.refused(added.error(), xml.place_of(event));
  }
  Document document = reading.take();
  if (!bare) document.facts["schema_version"] = attribute(root, "schemaVersion");
  return document;
}

}  // namespace connector::record
