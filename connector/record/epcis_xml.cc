#include "record/epcis_xml.h"

#include <map>

#include "record/epcis_fields.h"

namespace connector::record {
namespace {

using core::Json;

core::Error problem(std::string_view path, const std::string& cause) {
  const std::string what = path.empty() ? cause : std::string(path) + " " + cause;
  core::Error error = core::invalid("DOCUMENT_REFUSED", what);
  error.metadata["path"] = std::string(path);
  return error;
}

// Elements of EPCIS have no namespace; some writers give them the one of the schema.
bool extends(pugi::xml_node node) {
  const std::string_view space = namespace_of(node);
  return !space.empty() && space.rfind("urn:epcglobal:epcis", 0) != 0;
}

// "prefix:name" as written; where the namespace is the default one, its name stands for the prefix.
std::string prefixed(pugi::xml_node node) {
  const std::string name = node.name();
  if (name.find(':') != std::string::npos) return name;
  const std::string space(namespace_of(node));
  const bool parted = space.empty() || space.back() == '/' || space.back() == '#';
  return space + (parted ? "" : "#") + name;
}

// Declarations and what XML Schema says about an element (xsi:type, xsi:nil) are no content.
bool is_content(pugi::xml_attribute attribute) {
  const std::string_view name = attribute.name();
  return name.rfind("xmlns", 0) != 0 && name.rfind("xsi:", 0) != 0;
}

bool is_nil(pugi::xml_node node) {
  return attribute(node, "nil") == "true" && text(node).empty();
}

// Members of an object in their order; a name that is added again makes a list.
class Members {
 public:
  bool has(const std::string& name) const { return values_.count(name) > 0; }
  bool empty() const { return order_.empty(); }
  void add(const std::string& name, Json value) {
    auto [entry, fresh] = values_.try_emplace(name);
    if (fresh) order_.push_back(name);
    entry->second.push_back(std::move(value));
  }
  Json take() {
    Json object = Json::object();
    for (const std::string& name : order_) {
      std::vector<Json>& values = values_.at(name);
      object.set(name,
                 values.size() == 1 ? std::move(values.front()) : Json::array(std::move(values)));
    }
    return object;
  }

 private:
  std::map<std::string, std::vector<Json>> values_;
  std::vector<std::string> order_;
};

// Any element: its text, or its attributes and children.
Json anything(pugi::xml_node node) {
  Members members;
  for (const pugi::xml_attribute one : node.attributes()) {
    if (is_content(one)) members.add(one.name(), Json::string(one.value()));
  }
  for (const pugi::xml_node one : elements(node)) members.add(prefixed(one), anything(one));
  const std::string words = text(node);
  if (members.empty()) return Json::string(words);
  if (!words.empty()) members.add("#text", Json::string(words));
  return members.take();
}

// A child element of a known shape: what extends it is anything, the rest is text.
void add_part(pugi::xml_node part, Members& members) {
  if (extends(part)) {
    members.add(prefixed(part), anything(part));
  } else if (!is_nil(part)) {
    members.add(std::string(local_name(part)), Json::string(text(part)));
  }
}

Json texts(pugi::xml_node list) {
  Json out = Json::array();
  for (const pugi::xml_node one : elements(list)) out.push(Json::string(text(one)));
  return out;
}

// <bizTransaction type="...">id</bizTransaction>
Json typed(pugi::xml_node list, const char* key) {
  Json out = Json::array();
  for (const pugi::xml_node one : elements(list)) {
    Json entry = Json::object();
    if (const std::string type = attribute(one, "type"); !type.empty()) {
      entry.set("type", Json::string(type));
    }
    out.push(std::move(entry.set(key, Json::string(text(one)))));
  }
  return out;
}

Json quantities(pugi::xml_node list) {
  Json out = Json::array();
  for (const pugi::xml_node one : elements(list)) {
    Members entry;
    for (const pugi::xml_node part : elements(one)) add_part(part, entry);
    out.push(entry.take());
  }
  return out;
}

Json place(pugi::xml_node node) {
  Members out;
  for (const pugi::xml_node one : elements(node)) {
    if (local_name(one) != "extension" || extends(one)) add_part(one, out);
  }
  return out.take();
}

Json disposition(pugi::xml_node node) {
  Json out = Json::object();
  for (const char* key : {"set", "unset"}) {
    Json values = Json::array();
    for (const pugi::xml_node one : children(node, key)) values.push(Json::string(text(one)));
    if (!values.items().empty()) out.set(key, std::move(values));
  }
  return out;
}

Json error_declaration(pugi::xml_node node) {
  Members out;
  for (const pugi::xml_node one : elements(node)) {
    if (local_name(one) == "correctiveEventIDs" && !extends(one)) {
      out.add("correctiveEventIDs", texts(one));
    } else {
      add_part(one, out);
    }
  }
  return out.take();
}

Json attributes(pugi::xml_node node) {
  Json out = Json::object();
  for (const pugi::xml_attribute one : node.attributes()) {
    if (is_content(one)) out.set(one.name(), Json::string(one.value()));
  }
  return out;
}

Json sensor(pugi::xml_node element) {
  Members out;
  Json reports = Json::array();
  for (const pugi::xml_node one : elements(element)) {
    const auto name = local_name(one);
    if (name == "sensorReport" && !extends(one)) {
      reports.push(attributes(one));
    } else if (name == "sensorMetadata" && !extends(one)) {
      out.add("sensorMetadata", attributes(one));
    } else {
      add_part(one, out);
    }
  }
  out.add("sensorReport", std::move(reports));
  return out.take();
}

Json sensors(pugi::xml_node list) {
  Json out = Json::array();
  for (const pugi::xml_node element : elements(list)) out.push(sensor(element));
  return out;
}

Json ilmd(pugi::xml_node node) {
  Json all = anything(node);
  return all.is_object() ? all : Json::object();
}

Json member(const std::string& name, pugi::xml_node node) {
  if (name == "bizTransactionList") return typed(node, "bizTransaction");
  if (name == "sourceList") return typed(node, "source");
  if (name == "destinationList") return typed(node, "destination");
  if (name == "readPoint" || name == "bizLocation") return place(node);
  if (name == "persistentDisposition") return disposition(node);
  if (name == "errorDeclaration") return error_declaration(node);
  if (name == "sensorElementList") return sensors(node);
  if (name == "ilmd") return ilmd(node);
  if (name.find("uantityList") != std::string::npos) return quantities(node);
  if (name == "epcList" || name == "childEPCs" || name == "inputEPCList" ||
      name == "outputEPCList") {
    return texts(node);
  }
  return Json::string(text(node));
}

// The one element that a list is made of; empty where the member is no list.
std::string_view entry_of(std::string_view list) {
  if (list == "epcList" || list == "childEPCs" || list == "inputEPCList" ||
      list == "outputEPCList") {
    return "epc";
  }
  if (list.find("uantityList") != std::string_view::npos) return "quantityElement";
  if (list == "bizTransactionList") return "bizTransaction";
  if (list == "sourceList") return "source";
  if (list == "destinationList") return "destination";
  if (list == "sensorElementList") return "sensorElement";
  return {};
}

core::Status check_entries(pugi::xml_node list) {
  const std::string_view name = entry_of(local_name(list));
  if (name.empty()) return core::ok();
  for (const pugi::xml_node one : elements(list)) {
    if (local_name(one) == name) continue;
    return problem(std::string(local_name(list)) + "/" + std::string(local_name(one)),
                   "is unknown; the list is made of " + std::string(name));
  }
  return core::ok();
}

class EventFromXml {
 public:
  EventFromXml(pb::EventType type, const XmlRules& rules) : type_(type), rules_(rules) {}

  core::Status add_all(pugi::xml_node node) {
    for (const pugi::xml_node one : elements(node)) {
      if (auto added = add(one); !added) return added;
    }
    return core::ok();
  }
  Json take(const std::string& type) {
    Json out = members_.take();
    return out.set("type", Json::string(type));
  }

 private:
  core::Status add(pugi::xml_node node) {
    const std::string name(local_name(node));
    if (extends(node)) {
      members_.add(prefixed(node), anything(node));
      return core::ok();
    }
    // EPCIS 1.2 unfolds what came later from here.
    if (name == "extension" || name == "baseExtension") return add_all(node);
    if (!event_may_have(type_, name)) {
      if (!rules_.lenient) return problem(name, "is unknown in this event, and has no namespace");
      members_.add(name, anything(node));  // kept and flagged as a term that nothing defines
      return core::ok();
    }
    if (members_.has(name) && name != "certificationInfo") return problem(name, "is given twice");
    if (name == "eventTime" && members_.has("action") && rules_.ordered && !rules_.lenient) {
      return problem(name, "stands behind action: the order of the schema has it first");
    }
    if (auto checked = check_entries(node); !checked) return checked;
    members_.add(name, member(name, node));
    return core::ok();
  }

  const pb::EventType type_;
  const XmlRules rules_;
  Members members_;
};

}  // namespace

core::Result<Json> event_from_xml(pugi::xml_node event, const XmlRules& rules) {
  const std::string name(local_name(event));
  const pb::EventType type = event_type(name);
  if (type == pb::EVENT_TYPE_UNSPECIFIED) {
    return problem("", "'" + name + "' is no EPCIS event type");
  }
  EventFromXml reading(type, rules);
  if (auto added = reading.add_all(event); !added) return std::move(added.error());
  return reading.take(name);
}

bool looks_like_event(std::string_view name) {
  return name.find("Event") != std::string_view::npos && name != "EventList";
}

}  // namespace connector::record
