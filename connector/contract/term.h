// Names in policies: the ODRL vocabulary, the prefixes that we know, and what the IDS codes say in
// ODRL's words. Tables only; contract/context.h applies them to a document.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/policy.h"

namespace connector::contract {

// The ODRL 2.2 vocabulary, deprecated terms included: these stand bare.
bool is_odrl_term(std::string_view name);
// Party functions of ODRL other than assigner and assignee, and "output".
bool is_function(std::string_view name);

// One namespace under one of its prefixes. Several rows may share either: a prefix that documents
// use for two namespaces ("dc"), a namespace with several prefixes ("dc", "dct", "dcterms").
struct Prefix {
  std::string_view prefix;     // as documents write it
  std::string_view iri;        // of the namespace
  std::string_view canonical;  // as the normal form writes it
};
const std::vector<Prefix>& prefixes();

// A whole IRI in its shortest form: "http://www.w3.org/ns/odrl/2/use" -> "use",
// "https://w3id.org/idsa/code/ROLE" -> "idsc:ROLE"; unchanged where no namespace of the table fits.
std::string compact(std::string_view iri);
// The other way: "use" and "idsc:ROLE" -> whole IRIs; nothing for a bare name that ODRL does not
// define; a whole IRI unchanged.
std::optional<std::string> expand(std::string_view name);

// In the terms of ODRL, where the IDS codes have a counterpart: "idsc:USE" -> "use",
// "idsc:COUNT" -> "count". Other names unchanged.
std::string action_name(std::string name);
std::string operand_name(std::string name);
std::string frequency_name(std::string name);  // "idsc:ANNUAL" -> "freq:annual"

std::optional<Operator> operator_of(std::string_view name);  // ODRL's and IDS codes
std::string_view name_of(Operator op);                       // "lteq"

// "xsd:dateTime" and the other data types of XML Schema, whatever their case; "" for xsd:string;
// nothing for a type that is not known.
std::optional<std::string> data_type_name(std::string_view name);

}  // namespace connector::contract
