#include "record/epcis_context.h"

namespace connector::record {
namespace {

using core::Json;

void declared_in(const Json& context, std::set<std::string>& prefixes) {
  for (const auto& [prefix, target] : context.members()) prefixes.insert(prefix);
  for (const Json& one : context.items()) declared_in(one, prefixes);
}

void collect_prefixes(const Json& value, std::set<std::string>& prefixes) {
  for (const auto& [name, one] : value.members()) {
    name == "@context" ? declared_in(one, prefixes) : collect_prefixes(one, prefixes);
  }
  for (const Json& one : value.items()) collect_prefixes(one, prefixes);
}

void look_at(const Json& context, Contexts& contexts) {
  if (context.is_object()) return;  // declares prefixes
  const bool epcis = context.text().find("epcis-context.jsonld") != std::string::npos;
  (epcis ? contexts.epcis : contexts.others) = true;
}

// "vk" of "vk:name"; empty where the name is a bare word, a keyword or a full URI.
std::string prefix_of(const std::string& name) {
  const auto colon = name.find(':');
  if (colon == std::string::npos || name.front() == '@') return {};
  const bool uri = name.compare(colon, 3, "://") == 0 || name.compare(0, 4, "urn:") == 0;
  return uri ? std::string() : name.substr(0, colon);
}

// "list" above "[2]/name" is "list[2]/name".
Undeclared above(std::string path, Undeclared found) {
  if (found.path.front() != '[') path += '/';
  path += found.path;
  found.path = std::move(path);
  return found;
}

}  // namespace

Contexts contexts_of(const Json& document) {
  Contexts contexts;
  contexts.prefixes = {"epcis", "cbv", "cbvmda", "gs1", "rdf", "rdfs", "owl", "xsd", "dcterms"};
  collect_prefixes(document, contexts.prefixes);
  if (const Json* context = document.find("@context")) {
    if (!context->is_array()) look_at(*context, contexts);
    for (const Json& one : context->items()) look_at(one, contexts);
  }
  return contexts;
}

std::optional<Undeclared> undeclared_prefix(const Json& value, const Contexts& contexts) {
  for (const auto& [name, one] : value.members()) {
    if (name == "@context") continue;
    const std::string prefix = prefix_of(name);
    if (!prefix.empty() && contexts.prefixes.count(prefix) == 0) {
      return Undeclared{name, prefix, one.line(), one.column()};
    }
    if (auto found = undeclared_prefix(one, contexts)) return above(name, std::move(*found));
  }
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    if (auto found = undeclared_prefix(value.items()[i], contexts)) {
      std::string index = "[";
      index += std::to_string(i + 1);
      index += ']';
      return above(index, std::move(*found));
    }
  }
  return std::nullopt;
}

}  // namespace connector::record
