// What the parts of the UBL reader share while one document is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "record/document.h"
#include "record/xml.h"

namespace connector::record::ubl {

// A document type of the order chain and what the schema demands of it.
struct DocumentType {
  std::string_view name;
  std::string_view line;  // element of its lines; empty if it has none
  bool needs_lines;
  bool needs_order;
  bool from_seller;  // who issues it
};

struct Refusal {
  std::string cause;
  Place place;
};

// One document on its way. The first failure is kept, later ones are consequences of it.
class Reading {
 public:
  Reading(const Xml& xml, const DocumentType& type) : xml_(xml), type_(type) {}

  const Xml& xml() const { return xml_; }
  const DocumentType& type() const { return type_; }
  bool is(std::string_view name) const { return type_.name == name; }
  const std::optional<Refusal>& refusal() const { return refusal_; }

  void refuse(std::string cause, pugi::xml_node at);
  // Text of a child that must be there and not be empty.
  std::string required(pugi::xml_node parent, std::string_view name);

  // Each does nothing where the node or its text is absent, and refuses what cannot be read.
  void decimal(pb::Decimal& out, pugi::xml_node node);
  void quantity(pb::Quantity& out, pugi::xml_node node, pb::Header& flags);
  void money(pb::Money& out, pugi::xml_node node);
  // A date element and the time element beside it. False where there is none.
  bool instant(pb::Instant& out, pugi::xml_node parent, std::string_view date,
               std::string_view time);
  void period(pb::Period& out, pugi::xml_node node);
  // Appends the identifier once; flags an invalid one with its path.
  void identifier(google::protobuf::RepeatedPtrField<pb::Identifier>& ids, std::string_view scheme,
                  pugi::xml_node node, pb::Header& flags, std::string_view owner = {});

  // Appends a finished record; refuses one whose key was there before, or that goes beyond what a
  // record or a document may give.
  void emit(std::vector<pb::Record>& out, pb::Record record, pugi::xml_node at);

 private:
  const Xml& xml_;
  const DocumentType& type_;
  std::optional<Refusal> refusal_;
  std::unordered_set<std::string> keys_;
  std::size_t bytes_ = 0;  // of all records so far
};

// The scheme of an identifier by its schemeID, or by schemeAgencyID 9 (GS1); `otherwise` where it
// states none.
std::string scheme_of(pugi::xml_node id, std::string_view gs1, std::string_view otherwise);

}  // namespace connector::record::ubl
