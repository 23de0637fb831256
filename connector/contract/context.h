// What a name means in one document: JSON-LD contexts, as far as policies use them. Nothing is ever
// fetched: a context is one of those bundled here, or is written out in the document, where it may
// add names but never change the meaning of one of contract/term.h.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/json.h"
#include "core/result.h"

namespace connector::contract {

class Names {
 public:
  // These names and those of a "@context": an address, an object, or a list of both.
  // An error's message says what is wrong, and names an unknown context; it has no place.
  core::Result<Names> with(const core::Json& context) const;

  // A name of the normal form (contract/policy.h) for a term, a type or a member: "odrl:use" and
  // "http://www.w3.org/ns/odrl/2/use" -> "use".
  std::string term(std::string_view text) const;
  // The same for a reference ("@id"), which knows no vocabulary: only prefixes and ODRL's terms.
  std::string reference(std::string_view text) const;
  // An identifier as it stands, but for a prefix that the document itself defines.
  std::string id(std::string_view text) const;

 private:
  core::Status add(const core::Json& context);
  core::Status add_bundled(const core::Json& context);
  core::Status define(const std::string& name, const core::Json& meaning);
  std::string with_prefix(std::string_view text) const;

  std::map<std::string, std::string, std::less<>> defined_;  // name -> IRI, by the document
  std::string vocabulary_;                                   // "@vocab"
  bool catena_x_ = false;
};

// The bare names that the Catena-X context defines: "UsagePurpose".
bool is_catena_x_name(std::string_view name);

}  // namespace connector::contract
