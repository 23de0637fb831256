// Untrusted XML, parsed. Nothing is resolved or fetched: no entities, no external DTD.
#pragma once

#include <cstdint>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "record/document.h"

namespace connector::record {

// A well-formed document that passed the guards of parse_xml. Nodes are valid as long as the Xml
// lives, also after it was moved. Not for several threads at once: paths are remembered.
class Xml {
 public:
  pugi::xml_node root() const { return document_.document_element(); }

  // "Order/OrderLine[2]/LineItem/Quantity": local names; an index only where siblings share the
  // name. Linear in the size of the document over any number of calls.
  std::string path_of(pugi::xml_node element) const;
  std::string path_of(pugi::xml_node element, std::string_view attribute) const;  // ".../@name"
  // The path with line and column (both from 1, column in bytes) of the element's start tag.
  Place place_of(pugi::xml_node element) const;

 private:
  friend core::Result<Xml> parse_xml(std::string_view bytes);

  pugi::xml_document document_;
  std::vector<std::uint32_t> line_starts_;
  // Index among siblings of the same name, 0 for an only one; filled parent by parent.
  mutable std::unordered_map<std::size_t, std::uint32_t> index_;
};

// DOCUMENT_REFUSED, with "line" and "column" in the metadata where they are known: not UTF-8 (or
// declared as something else), a document type with an internal subset (a bare one is read past),
// a reference to an entity that XML does not predefine, a character that XML forbids, an attribute
// given twice, more than one root, malformed or truncated input, nesting beyond limits::kXmlDepth,
// a text or attribute beyond limits::kXmlTextBytes, more bytes than limits::kDocumentBytes, more
// than 4,000,000 elements and attributes.
core::Result<Xml> parse_xml(std::string_view bytes);

// True where the bytes look like markup: first character after a byte order mark and white space.
bool looks_like_xml(std::string_view bytes);

std::string_view local_name(pugi::xml_node node);
std::string_view local_name(pugi::xml_attribute attribute);
// The namespace that the prefix (or its absence) is bound to; "" if none.
std::string_view namespace_of(pugi::xml_node node);

// By local name, whatever the prefix. Empty node if there is none.
pugi::xml_node child(pugi::xml_node node, std::string_view name);
std::vector<pugi::xml_node> children(pugi::xml_node node, std::string_view name);
std::vector<pugi::xml_node> elements(pugi::xml_node node);  // all child elements

// Text of the element's own character data, joined over comments and CDATA sections (white space
// that stands alone between them is dropped), without outer white space.
std::string text(pugi::xml_node node);
// text(child(node, name)); "" if there is none.
std::string child_text(pugi::xml_node node, std::string_view name);
// An attribute by local name, trimmed; "" if there is none.
std::string attribute(pugi::xml_node node, std::string_view name);

}  // namespace connector::record
