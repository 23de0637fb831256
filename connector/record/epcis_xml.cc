#include "record/epcis_xml.h"

#include <algorithm>
#include <map>

#include "record/epcis_fields.h"

namespace connector::record {
namespace {

using core::Json;

core::Error problem(std::string_view path, const std::string& cause) {
  core::Error error = core::invalid("DOCUMENT_REFUSED", std::string(path) + " " + cause);
  error.metadata["path"] = std::string(path);
  return error;
}

bool extends(pugi::xml_node node) {
  return !namespace_of(node).empty();
}

std::string prefixed(pugi::xml_node node) {
  return node.name();
}

// Any element: its text, or its attributes and children.
Json anything(pugi::xml_node node) {
  std::map<std::string, Json> members;
  std::vector<std::string> order;
  const auto add = [&](const std::string& name, Json value) {
    if (!members.count(name)) {
      members.emplace(name, Json::array());
      order.push_back(name);
    }
    members.at(name).push(std::move(value));
  };
  for (const pugi::xml_attribute one : node.attributes()) {
    const std::string_view name = one.name();
    if (name.rfind("xmlns", 0) != 0) add(std::string(name), Json::string(one.value()));
  }
  for (const pugi::xml_node one : elements(node)) add(prefixed(one), anything(one));
  const std::string words = text(node);
  if (members.empty()) return Json::string(words);
  Json object = Json::object();
  for (const std::string& name : order) {
    Json& values = members.at(name);
    object.set(name, values.items().size() == 1 ? values.items().front() : std::move(values));
  }
  if (!words.empty()) object.set("#text", Json::string(words));
  return object;
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
    Json entry = Json::object();
    for (const pugi::xml_node part : elements(one)) {
      const std::string name = extends(part) ? prefixed(part) : std::string(local_name(part));
      if (!entry.find(name)) entry.set(name, Json::string(text(part)));
    }
    out.push(std::move(entry));
  }
  return out;
}

Json place(pugi::xml_node node) {
  Json out = Json::object();
  for (const pugi::xml_node one : elements(node)) {
    const std::string name = extends(one) ? prefixed(one) : std::string(local_name(one));
    if (name == "extension" || out.find(name)) continue;
    out.set(name, extends(one) ? anything(one) : Json::string(text(one)));
  }
  return out;
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
  Json out = Json::object();
  for (const pugi::xml_node one : elements(node)) {
    const std::string name = extends(one) ? prefixed(one) : std::string(local_name(one));
    if (out.find(name)) continue;
    out.set(name, name == "correctiveEventIDs" ? texts(one)
                  : extends(one)               ? anything(one)
                                               : Json::string(text(one)));
  }
  return out;
}

Json attributes(pugi::xml_node node) {
  Json out = Json::object();
  for (const pugi::xml_attribute one : node.attributes()) {
    const std::string name = one.name();
    if (name.rfind("xmlns", 0) != 0 && !out.find(name)) out.set(name, Json::string(one.value()));
  }
  return out;
}

Json sensors(pugi::xml_node list) {
  Json out = Json::array();
  for (const pugi::xml_node element : elements(list)) {
    Json entry = Json::object();
    Json reports = Json::array();
    for (const pugi::xml_node one : elements(element)) {
      if (local_name(one) == "sensorReport" && !extends(one)) {
        reports.push(attributes(one));
      } else if (local_name(one) == "sensorMetadata" && !extends(one)) {
        if (!entry.find("sensorMetadata")) entry.set("sensorMetadata", attributes(one));
      } else if (!entry.find(prefixed(one))) {
        entry.set(prefixed(one), anything(one));
      }
    }
    out.push(std::move(entry.set("sensorReport", std::move(reports))));
  }
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

class EventFromXml {
 public:
  EventFromXml(pb::EventType type, bool lenient) : type_(type), lenient_(lenient) {}

  core::Status add_all(pugi::xml_node node) {
    for (const pugi::xml_node one : elements(node)) {
      if (auto added = add(one); !added) return added;
    }
    return core::ok();
  }
  Json take(const std::string& type) {
    Json out = Json::object().set("type", Json::string(type));
    for (auto& [name, value] : members_) {
      const bool single = value.items().size() == 1;
      out.set(name, single ? value.items().front() : std::move(value));
    }
    return out;
  }

 private:
  core::Status add(pugi::xml_node node) {
    const std::string name(local_name(node));
    if (extends(node)) {
      collect(prefixed(node), anything(node));
      return core::ok();
    }
    // EPCIS 1.2 unfolds what came later from here.
    if (name == "extension" || name == "baseExtension") return add_all(node);
    const int order = xml_order(type_, name);
    if (order < 0) {
      return lenient_
                 ? core::ok()
                 : core::Status(problem(name, "is unknown in this event, and has no namespace"));
    }
    if (order < last_ && !lenient_ && !unfolded(node)) {
      return problem(name, "stands out of the order of the schema");
    }
    last_ = std::max(last_, order);
    if (has(name)) return problem(name, "is given twice");
    collect(name, member(name, node));
    return core::ok();
  }

  // What version 1.2 keeps in an extension has its own order.
  static bool unfolded(pugi::xml_node node) {
    const auto parent = local_name(node.parent());
    return parent == "extension" || parent == "baseExtension";
  }
  bool has(const std::string& name) const {
    for (const auto& [known, value] : members_) {
      if (known == name) return true;
    }
    return false;
  }
  void collect(const std::string& name, Json value) {
    for (auto& [known, values] : members_) {
      if (known == name) {
        values.push(std::move(value));
        return;
      }
    }
    // A list stands for itself, so that an empty one stays a list.
    Json list = Json::array();
    list.push(std::move(value));
    members_.emplace_back(name, std::move(list));
  }

  const pb::EventType type_;
  const bool lenient_;
  int last_ = -1;
  std::vector<std::pair<std::string, Json>> members_;
};

}  // namespace

core::Result<Json> event_from_xml(pugi::xml_node event, bool lenient) {
  const std::string name(local_name(event));
  const pb::EventType type = event_type(name);
  if (type == pb::EVENT_TYPE_UNSPECIFIED) {
    return problem("", "'" + name + "' is no EPCIS event type");
  }
  EventFromXml reading(type, lenient);
  if (auto added = reading.add_all(event); !added) return std::move(added.error());
  return reading.take(name);
}

bool looks_like_event(std::string_view name) {
  return name.find("Event") != std::string_view::npos && name != "EventList";
}

}  // namespace connector::record
