#include "contract/odrl_reader.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/limits.h"
#include "core/text.h"

namespace connector::contract {
namespace {

using core::Json;

// Spellings of members that mean the same: the left ones are read as the right ones. preDuty and
// postDuty stay: they say when the duty is due.
const std::map<std::string_view, std::string_view> kMembers = {
    {"uid", "@id"},
    {"type", "@type"},
    {"dspace:timestamp", "timestamp"},
    {"dspace:offer", "offer"},
    {"dspace:agreement", "agreement"},
    {"dcat:dataset", "dataset"},
    {"dcat:catalog", "catalog"},
    {"dcat:distribution", "distribution"},
    {"dct:frequency", "frequency"},
    {"ids:action", "action"},
    {"ids:actionRefinement", "refinement"},
    {"ids:assetRefinement", "refinement"},
    {"ids:assignee", "assignee"},
    {"ids:assigner", "assigner"},
    {"ids:constraint", "constraint"},
    {"ids:consumer", "assignee"},
    {"ids:contract", "contract"},
    {"ids:frequency", "frequency"},
    {"ids:leftOperand", "leftOperand"},
    {"ids:obligation", "obligation"},
    {"ids:operator", "operator"},
    {"ids:permission", "permission"},
    {"ids:prohibition", "prohibition"},
    {"ids:provider", "assigner"},
    {"ids:refinement", "refinement"},
    {"ids:rightOperand", "rightOperand"},
    {"ids:rightOperandReference", "rightOperandReference"},
    {"ids:target", "target"},
    {"ids:unit", "unit"},
};

const std::set<std::string_view> kDescriptions = {
    "dct:abstract",    "dct:alternative", "dct:contributor", "dct:created",    "dct:creator",
    "dct:date",        "dct:description", "dct:hasVersion",  "dct:identifier", "dct:isReplacedBy",
    "dct:isVersionOf", "dct:issued",      "dct:language",    "dct:modified",   "dct:publisher",
    "dct:replaces",    "dct:source",      "dct:subject",     "dct:title",      "dce:creator",
    "dce:date",        "dce:description", "dce:identifier",  "dce:publisher",  "dce:source",
    "dce:subject",     "dce:title",       "rdfs:comment",    "rdfs:label",     "skos:definition",
    "skos:note",       "skos:prefLabel",  "skos:scopeNote"};

constexpr std::size_t kShown = 80;

std::string shown(std::string_view text) {
  const bool cut = text.size() > kShown;
  return core::to_text(Json::string(std::string(text.substr(0, kShown)))) + (cut ? "..." : "");
}

// The list that a value stands for.
const Json* listed(const Json& value) {
  if (value.is_array()) return &value;
  if (value.members().size() != 1) return nullptr;
  const auto& [key, inner] = value.members().front();
  return (key == "@list" || key == "@set") && inner.is_array() ? &inner : nullptr;
}

}  // namespace

std::string path_of(const Node& node) {
  if (node.up == nullptr) return "$";
  std::string path = path_of(*node.up);
  if (node.key.empty()) return path + "[" + std::to_string(node.position) + "]";
  const bool plain = std::all_of(node.key.begin(), node.key.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '@' || c == '-';
  });
  return plain ? path + "." + std::string(node.key) : path + "[" + shown(node.key) + "]";
}

bool is_description(std::string_view name) {
  return kDescriptions.contains(name);
}

bool is_subject_note(std::string_view name) {
  for (const std::string_view prefix : {"vcard:", "foaf:", "schema:"}) {
    if (name.starts_with(prefix)) return true;
  }
  return name == "partOf" || is_description(name);
}

bool is_information_point(std::string_view name) {
  return name == "ids:pipEndpoint" || name == "ids:pxpEndpoint";
}

void Reader::fail(const Node& node, const std::string& what, std::string reason) {
  if (failed()) return;
  const std::string path = path_of(node);
  const std::string line = std::to_string(node.json->line());
  const std::string column = std::to_string(node.json->column());
  error_ = core::invalid(std::move(reason),
                         path + ": " + what + " (line " + line + ", column " + column + ")");
  error_->metadata = {{"path", path}, {"line", line}, {"column", column}};
}

bool Reader::count(const Node& node) {
  if (++terms_ <= core::limits::kPolicyTerms) return true;
  fail(node, "more than " + std::to_string(core::limits::kPolicyTerms) + " terms",
       "LIMIT_EXCEEDED");
  return false;
}

void Reader::members(const Node& object, const Member& read) {
  if (!object.json->is_object()) return fail(object, "an object is expected here");
  std::set<std::string, std::less<>> seen;
  for (const auto& [key, json] : object.json->members()) {
    const Node node = object.member(key, json);
    if (!count(node)) return;
    const std::string resolved = names_.term(key);
    const auto known = kMembers.find(resolved);
    const std::string name = known == kMembers.end() ? resolved : std::string(known->second);
    if (!seen.insert(name).second) return fail(node, "stands twice, in two spellings");
    if (!read(name, node)) fail(node, "is not understood here");
    if (failed()) return;
  }
}

void Reader::each(const Node& node, const Each& read) {
  const Json* list = listed(*node.json);
  if (list == nullptr) return read(node);
  const Node inside{list, node.up, node.key, node.position};
  for (std::size_t i = 0; i < list->items().size() && !failed(); ++i) {
    const Node item = inside.item(i);
    if (!count(item)) return;
    if (const Json* deeper = listed(*item.json); deeper != nullptr && !item.json->is_array()) {
      each(item, read);  // [{"@list": [...]}], as expanded JSON-LD has it
    } else {
      read(item);
    }
  }
}

std::string Reader::text(const Node& node) {
  const Json& json = *node.json;
  if (json.is_string()) return json.text();
  if (json.is_array() && json.items().size() == 1) return text(node.item(0));
  if (json.members().size() == 1) {
    const auto& [key, inner] = json.members().front();
    const bool wraps = key == "@id" || key == "@value" || key == "uid";
    if (wraps && inner.is_string()) return inner.text();
  }
  fail(node, "a string is expected here");
  return {};
}

std::string Reader::term(const Node& node) {
  const std::string written = text(node);
  if (written.empty()) fail(node, "a name is expected here");
  return names_.term(written);
}

std::string Reader::id(const Node& node) {
  const std::string written = text(node);
  if (written.empty()) fail(node, "an identifier is expected here");
  return names_.id(written);
}

std::vector<std::string> Reader::types(const Node& node) {
  std::vector<std::string> types;
  each(node, [&](const Node& type) { types.push_back(term(type)); });
  return types;
}

Note Reader::note(const std::string& name, const Node& node) {
  return {name, core::to_text(*node.json)};
}

}  // namespace connector::contract
