#include "record/ubl.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "record/build.h"
#include "record/ubl_document.h"

namespace connector::record {
namespace {

using ubl::DocumentType;
using ubl::Head;
using ubl::Reading;

constexpr std::string_view kUbl = "urn:oasis:names:specification:ubl:schema:xsd:";
constexpr std::string_view kScsn = "SmartConnectedSupplierNetwork:schema:xsd:";
constexpr std::array<std::string_view, 5> kVersions = {"2.0", "2.1", "2.2", "2.3", "2.4"};

constexpr std::array kTypes = {
    DocumentType{"Order", "OrderLine", true, false, false},
    DocumentType{"OrderChange", "OrderLine", true, true, false},
    DocumentType{"OrderCancellation", "", false, true, false},
    DocumentType{"OrderResponse", "OrderLine", false, true, true},
    DocumentType{"OrderResponseSimple", "", false, true, true},
    DocumentType{"DespatchAdvice", "DespatchLine", true, false, true},
    DocumentType{"ReceiptAdvice", "ReceiptLine", true, false, false},
    DocumentType{"FulfilmentCancellation", "", false, false, false},
};

bool contains(std::string_view text, std::string_view word) {
  return core::lower_ascii(text).find(word) != std::string::npos;
}

bool names_scsn(pugi::xml_node root) {
  for (const pugi::xml_attribute& declared : root.attributes()) {
    if (std::string_view(declared.value()).find(kScsn) != std::string_view::npos) return true;
  }
  return contains(child_text(root, "CustomizationID"), "scsn") ||
         contains(child_text(root, "ProfileID"), "scsn");
}

std::string customization_of(pugi::xml_node root) {
  if (names_scsn(root)) return "scsn";
  const bool peppol = contains(child_text(root, "CustomizationID"), "peppol") ||
                      contains(child_text(root, "ProfileID"), "peppol");
  return peppol ? "peppol" : "ubl";
}

// "urn:...:xsd:Order-2" -> ("Order", "2")
struct Schema {
  std::string_view name;
  std::string_view major;
};

Schema schema_of(pugi::xml_node root) {
  std::string_view uri = namespace_of(root);
  for (const std::string_view family : {kUbl, kScsn}) {
    const std::size_t at = uri.find(family);
    if (at == std::string_view::npos) continue;
    uri.remove_prefix(at + family.size());
    const std::size_t dash = uri.rfind('-');
    if (dash == std::string_view::npos) return {uri, "2"};
    return {uri.substr(0, dash), uri.substr(dash + 1)};
  }
  return {};
}

Format format_of(pugi::xml_node root) {
  const bool scsn = namespace_of(root).find(kScsn) != std::string_view::npos;
  Format format{.name = "UBL",
                .version = child_text(root, "UBLVersionID"),
                .kind = std::string(local_name(root))};
  const std::string_view major = schema_of(root).major;
  if (!scsn && major != "2" && format.version.empty()) format.version = std::string(major);
  return format;
}

const DocumentType* type_of(std::string_view kind) {
  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [kind](const DocumentType& known) { return known.name == kind; });
  return type == kTypes.end() ? nullptr : &*type;
}

bool supported_version(const Format& format, const ReadOptions& options) {
  if (format.version.empty()) return true;
  if (std::find(kVersions.begin(), kVersions.end(), format.version) != kVersions.end()) return true;
  return options.lenient && format.version.starts_with("2.");
}

void note_facts(Document& document, pugi::xml_node root, const std::string& customization) {
  const auto note = [&](const char* fact, std::string value) {
    if (!value.empty()) document.facts[fact] = std::move(value);
  };
  note("document_id", child_text(root, "ID"));
  note("issue_date", child_text(root, "IssueDate"));
  note("currency", child_text(root, "DocumentCurrencyCode"));
  note("order_reference", child_text(child(root, "OrderReference"), "ID"));
  note("despatch_reference", child_text(child(root, "DespatchDocumentReference"), "ID"));
  note("receipt_reference", child_text(child(root, "ReceiptDocumentReference"), "ID"));
  note("quotation_reference", child_text(child(root, "QuotationDocumentReference"), "ID"));
  note("customization", customization);
}

// One record per order that a document without lines is about.
void read_whole(Reading& reading, const Head& head, pugi::xml_node root,
                std::vector<pb::Record>& out) {
  std::vector<std::string> orders = head.orders;
  if (orders.empty()) orders.emplace_back();
  for (const std::string& order : orders) {
    pb::Record record = head.record;
    pb::OrderLine& line = *record.mutable_order_line();
    if (order.empty()) {
      add_flag(*record.mutable_header(), "no-order-reference");
    } else {
      line.set_order_number(order);
    }
    const bool cancels = reading.is("OrderCancellation") || reading.is("FulfilmentCancellation");
    if (cancels) {
      line.set_status(pb::LINE_STATUS_CANCELLED);
    } else if (line.has_accepted()) {
      line.set_status(line.accepted() ? pb::LINE_STATUS_ACCEPTED : pb::LINE_STATUS_REJECTED);
    }
    record.mutable_header()->set_key(key_of(head, line));
    reading.emit(out, std::move(record), root);
    if (reading.refusal()) return;
  }
}

void read_lines(Reading& reading, const Head& head, pugi::xml_node root,
                std::vector<pb::Record>& out) {
  for (const pugi::xml_node& line : root.children()) {
    if (reading.type().line.empty() || local_name(line) != reading.type().line) continue;
    read_line(reading, head, line, out);
    if (reading.refusal()) return;
  }
  if (!out.empty()) return;
  if (reading.type().needs_lines) {
    (void)reading.required(root, reading.type().line);
  } else {
    read_whole(reading, head, root, out);
  }
}

// The quantity that a line is about: ordered, confirmed, shipped, received. What is still to come
// or went wrong beside it is not counted.
const pb::Quantity* main_quantity(const pb::OrderLine& line) {
  for (const pb::StatedQuantity& stated : line.quantities()) {
    switch (stated.state()) {
      case pb::QUANTITY_STATE_OUTSTANDING:
      case pb::QUANTITY_STATE_SHORT:
      case pb::QUANTITY_STATE_OVER:
        continue;
      case pb::QUANTITY_STATE_REJECTED:
        if (line.document_type() == "ReceiptAdvice") continue;
        [[fallthrough]];
      default:
        return &stated.quantity();
    }
  }
  return nullptr;
}

void count_lines(Document& document) {
  document.counts["lines"] = core::Decimal();
  for (const pb::Record& record : document.records) {
    const pb::OrderLine& line = record.order_line();
    if (!line.has_line_no()) continue;
    if (line.has_parent_line_no()) {
      count(document.counts, "sub_lines");
      continue;
    }
    count(document.counts, "lines");
    const pb::Quantity* quantity = main_quantity(line);
    if (quantity == nullptr) continue;
    count(document.counts, "lines_with_quantity");
    if (const auto value = core::Decimal::parse(quantity->value().text())) {
      count(document.counts, "quantity_sum[" + quantity->unit_raw() + "]", *value);
    }
  }
}

Document read_as(const Xml& xml, const DocumentType& type, const Format& format, bool known) {
  Reading reading(xml, type);
  Head head = ubl::read_head(reading, xml.root(), format);
  const std::string customization = customization_of(xml.root());
  head.record.mutable_order_line()->set_customization(customization);
  if (!known) add_flag(*head.record.mutable_header(), "unknown-version");
  Document document;
  if (!reading.refusal()) read_lines(reading, head, xml.root(), document.records);
  if (reading.refusal()) {
    return refuse(format, reading.refusal()->cause, reading.refusal()->place);
  }
  document.outcome = Outcome::kRead;
  document.format = format;
  document.version = head.record.order_line().document_version();
  document.document_key = std::string(type.name) + "/" + key_part(head.issuer) + "/" +
                          key_part(head.record.order_line().document_id());
  note_facts(document, xml.root(), customization);
  count_lines(document);
  return document;
}

}  // namespace

bool is_ubl(const Xml& xml) {
  const Schema schema = schema_of(xml.root());
  return !schema.name.empty() && !schema.name.starts_with("Common");
}

Document read_ubl(const Xml& xml, const ReadOptions& options) {
  const Format format = format_of(xml.root());
  const Schema schema = schema_of(xml.root());
  const DocumentType* type = type_of(format.kind);
  if (schema.name != format.kind) {
    return refuse(format,
                  "the root element '" + format.kind + "' stands in the namespace of '" +
                      std::string(schema.name) + "'",
                  xml.place_of(xml.root()));
  }
  if (type == nullptr || schema.major != "2" || !supported_version(format, options)) {
    Format named = format;
    if (namespace_of(xml.root()).find(kScsn) != std::string_view::npos) named.name = "SCSN";
    return decline(std::move(named));
  }
  return read_as(xml, *type, format, supported_version(format, {}));
}

}  // namespace connector::record
