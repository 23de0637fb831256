// JSON-LD contexts of EPCIS documents: known by name, never fetched.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/json.h"

namespace connector::record {

struct Contexts {
  bool epcis = false;              // the document names the context of EPCIS
  bool others = false;             // and others, which may define anything
  std::set<std::string> prefixes;  // of EPCIS itself, and those that the document declares
};

// document: with the @context that counts. Declarations further down count as well.
Contexts contexts_of(const core::Json& document);

struct Undeclared {
  std::string path;  // below the value: "ilmd/vk:heat"
  std::string prefix;
  std::size_t line = 0;
  std::size_t column = 0;
};
// The first name below the value whose prefix nothing declares.
std::optional<Undeclared> undeclared_prefix(const core::Json& value, const Contexts& contexts);

}  // namespace connector::record
