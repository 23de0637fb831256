#include <algorithm>

#include "record/build.h"
#include "record/ubl_codes.h"
#include "record/ubl_document.h"

namespace connector::record::ubl {
namespace {

void state(Reading& reading, pb::Record& record, pb::QuantityState state, pugi::xml_node node,
           std::string reason = {}) {
  if (!node) return;
  pb::StatedQuantity& stated = *record.mutable_order_line()->add_quantities();
  stated.set_state(state);
  reading.quantity(*stated.mutable_quantity(), node, *record.mutable_header());
  if (!reason.empty()) stated.set_reason(std::move(reason));
}

// A line's own code; where an answer has none for the line, the answer of the whole counts.
void read_status(Reading& reading, pb::Record& record, pugi::xml_node line) {
  pb::OrderLine& out = *record.mutable_order_line();
  const pugi::xml_node node = child(line, "LineStatusCode");
  const std::string code = text(node);
  if (!code.empty()) out.set_status_raw(code);
  const auto status = line_status(code, reading.type().from_seller);
  if (!status)
    return add_flag(*record.mutable_header(), "unknown-code:" + reading.xml().path_of(node));
  if (code.empty() && out.has_accepted()) {
    return out.set_status(out.accepted() ? pb::LINE_STATUS_ACCEPTED : pb::LINE_STATUS_REJECTED);
  }
  // Goods that move say nothing about what was agreed, unless they do so in a code.
  const bool moves = reading.is("DespatchAdvice") || reading.is("ReceiptAdvice");
  if (!moves || *status != pb::LINE_STATUS_OPEN) out.set_status(*status);
}

// What LineItem/Quantity means depends on who says it, and on what becomes of the line.
pb::QuantityState state_of_order_line(const Reading& reading, const pb::OrderLine& line) {
  if (line.status() == pb::LINE_STATUS_CANCELLED) return pb::QUANTITY_STATE_CANCELLED;
  if (!reading.type().from_seller) return pb::QUANTITY_STATE_ORDERED;
  return line.status() == pb::LINE_STATUS_REJECTED ? pb::QUANTITY_STATE_REJECTED
                                                   : pb::QUANTITY_STATE_CONFIRMED;
}

void read_price(Reading& reading, pb::Record& record, pugi::xml_node item_line) {
  pb::OrderLine& out = *record.mutable_order_line();
  const pugi::xml_node price = child(item_line, "Price");
  if (const auto amount = child(price, "PriceAmount")) {
    reading.money(*out.mutable_price(), amount);
  }
  if (const auto base = child(price, "BaseQuantity")) {
    reading.quantity(*out.mutable_price_base(), base, *record.mutable_header());
  }
  if (const auto amount = child(item_line, "LineExtensionAmount")) {
    reading.money(*out.mutable_line_amount(), amount);
  }
}

// Order line and line number of the order that the first reference names.
void read_order_line(Reading& reading, pb::Record& record, const Head& head, pugi::xml_node line) {
  pb::OrderLine& out = *record.mutable_order_line();
  const auto references = children(line, "OrderLineReference");
  if (head.orders.size() == 1) out.set_order_number(head.orders[0]);
  if (reading.is("Order")) return;
  if (!references.empty()) {
    const std::string line_no = child_text(references[0], "LineID");
    if (!line_no.empty()) out.set_order_line_no(line_no);
    const pugi::xml_node order = child(references[0], "OrderReference");
    const std::string number = child_text(order, "ID");
    if (!number.empty()) out.set_order_number(number);
    const std::string seller_number = child_text(order, "SalesOrderID");
    if (!seller_number.empty()) out.set_order_number_seller(seller_number);
  }
  if (references.size() > 1) add_flag(*record.mutable_header(), "several-order-lines");
  if (!out.has_order_number()) add_flag(*record.mutable_header(), "no-order-reference");
}

void read_notes(pb::OrderLine& out, pugi::xml_node line) {
  for (const pugi::xml_node& note : children(line, "Note")) {
    std::string said = text(note);
    if (!said.empty()) out.add_notes(std::move(said));
  }
}

void read_handling_units(pb::OrderLine& out, const Head& head, pugi::xml_node line) {
  for (const std::string& assigned : {std::string{}, out.line_no()}) {
    const auto units = head.handling_units.find(assigned);
    if (units == head.handling_units.end()) continue;
    for (const std::string& id : units->second) out.add_handling_units(id);
  }
  for (const pugi::xml_node& shipment : children(line, "Shipment")) {
    for (const pugi::xml_node& unit : handling_units(shipment)) {
      const std::string id = child_text(unit, "ID");
      if (!id.empty()) out.add_handling_units(id);
    }
  }
}

// What a response offers instead of what was ordered (Peppol, UBL 2.1).
void read_substitutes(pb::OrderLine& out, pugi::xml_node line) {
  for (const char* name : {"SellerSubstitutedLineItem", "SellerProposedSubstituteLineItem",
                           "BuyerProposedSubstituteLineItem"}) {
    for (const pugi::xml_node& substitute : children(line, name)) {
      const pugi::xml_node item = child(substitute, "Item");
      std::string what = child_text(child(item, "SellersItemIdentification"), "ID");
      if (what.empty()) what = child_text(item, "Name");
      add_property(*out.mutable_properties(), name, std::move(what));
    }
  }
}

// LineItem or SubLineItem; `around` holds notes and references beside it (OrderLine), or is the
// same element.
pb::Record read_line_item(Reading& reading, const Head& head, pugi::xml_node around,
                          pugi::xml_node item_line) {
  pb::Record record = head.record;
  pb::OrderLine& out = *record.mutable_order_line();
  out.set_line_no(reading.required(item_line, "ID"));
  read_order_line(reading, record, head, around);
  // Changes and answers repeat the numbers of the order where they do not refer to them.
  if (!reading.is("Order") && !out.has_order_line_no()) out.set_order_line_no(out.line_no());
  read_status(reading, record, item_line);
  state(reading, record, state_of_order_line(reading, out), child(item_line, "Quantity"));
  read_price(reading, record, item_line);
  read_notes(out, around);
  if (around != item_line) read_notes(out, item_line);
  read_references(reading, out, around);
  read_substitutes(out, around);
  const auto deliveries = children(item_line, "Delivery");
  read_deliveries(reading, out, deliveries, *record.mutable_header());
  read_item(reading, out, child(item_line, "Item"), head.owners, *record.mutable_header());
  return record;
}

std::string way_below(std::string way, std::string_view number) {
  way.append("/").append(key_part(number));
  return way;
}

// Sub-lines of sub-lines nest as deep as elements may (limits::kXmlDepth). `way` is the key's way
// from the order line down to the parent.
void read_sub_lines(Reading& reading, const Head& head, pugi::xml_node item_line,
                    const std::string& parent, const std::string& way,
                    std::vector<pb::Record>& out) {
  for (const pugi::xml_node& sub : children(item_line, "SubLineItem")) {
    pb::Record record = read_line_item(reading, head, sub, sub);
    pb::OrderLine& line = *record.mutable_order_line();
    line.set_parent_line_no(parent);
    if (line.has_order_line_no()) line.set_order_line_no(line.line_no());
    const std::string number = line.line_no();
    record.mutable_header()->set_key(key_of(head, line, way));
    reading.emit(out, std::move(record), sub);
    if (reading.refusal()) return;
    read_sub_lines(reading, head, sub, number, way_below(way, number), out);
  }
}

// A despatched or received line.
pb::Record read_moved_line(Reading& reading, const Head& head, pugi::xml_node line) {
  pb::Record record = head.record;
  pb::OrderLine& out = *record.mutable_order_line();
  out.set_line_no(reading.required(line, "ID"));
  read_order_line(reading, record, head, line);
  read_status(reading, record, line);
  read_notes(out, line);
  read_references(reading, out, line);
  std::vector<pugi::xml_node> deliveries;
  for (const pugi::xml_node& shipment : children(line, "Shipment")) {
    for (const pugi::xml_node& delivery : children(shipment, "Delivery")) {
      deliveries.push_back(delivery);
    }
  }
  read_deliveries(reading, out, deliveries, *record.mutable_header());
  read_handling_units(out, head, line);
  read_item(reading, out, child(line, "Item"), head.owners, *record.mutable_header());
  return record;
}

pb::Record read_despatch_line(Reading& reading, const Head& head, pugi::xml_node line) {
  pb::Record record = read_moved_line(reading, head, line);
  state(reading, record, pb::QUANTITY_STATE_SHIPPED, child(line, "DeliveredQuantity"));
  // Both are still to come; a document that gives both counts the back order within the rest.
  const pugi::xml_node outstanding = child(line, "OutstandingQuantity");
  const pugi::xml_node back_order = child(line, "BackorderQuantity");
  const std::string reason = child_text(line, "BackorderReason");
  if (outstanding) {
    std::string why = child_text(line, "OutstandingReason");
    state(reading, record, pb::QUANTITY_STATE_OUTSTANDING, outstanding,
          why.empty() ? reason : std::move(why));
    if (back_order) {
      add_property(*record.mutable_order_line()->mutable_properties(), "BackorderQuantity",
                   text(back_order));
    }
  } else {
    state(reading, record, pb::QUANTITY_STATE_OUTSTANDING, back_order, reason);
  }
  state(reading, record, pb::QUANTITY_STATE_OVER, child(line, "OversupplyQuantity"));
  return record;
}

pb::Record read_receipt_line(Reading& reading, const Head& head, pugi::xml_node line) {
  pb::Record record = read_moved_line(reading, head, line);
  state(reading, record, pb::QUANTITY_STATE_RECEIVED, child(line, "ReceivedQuantity"));
  state(reading, record, pb::QUANTITY_STATE_SHORT, child(line, "ShortQuantity"),
        child_text(line, "ShortageActionCode"));
  std::string why = child_text(line, "RejectReason");
  if (why.empty()) why = child_text(line, "RejectReasonCode");
  state(reading, record, pb::QUANTITY_STATE_REJECTED, child(line, "RejectedQuantity"),
        std::move(why));
  state(reading, record, pb::QUANTITY_STATE_OVER, child(line, "OversupplyQuantity"));
  pb::Instant received;
  if (reading.instant(received, line, "ReceivedDate", {})) {
    *record.mutable_order_line()->mutable_actual_delivery() = received;
  }
  return record;
}

}  // namespace

void read_line(Reading& reading, const Head& head, pugi::xml_node line,
               std::vector<pb::Record>& out) {
  if (reading.type().line != "OrderLine") {
    pb::Record record = reading.is("DespatchAdvice") ? read_despatch_line(reading, head, line)
                                                     : read_receipt_line(reading, head, line);
    record.mutable_header()->set_key(key_of(head, record.order_line()));
    return reading.emit(out, std::move(record), line);
  }
  const pugi::xml_node item_line = child(line, "LineItem");
  if (!item_line) return (void)reading.required(line, "LineItem");
  pb::Record record = read_line_item(reading, head, line, item_line);
  record.mutable_header()->set_key(key_of(head, record.order_line()));
  const std::string number = record.order_line().line_no();
  reading.emit(out, std::move(record), line);
  if (reading.refusal()) return;
  read_sub_lines(reading, head, item_line, number, way_below({}, number), out);
}

std::string key_of(const Head& head, const pb::OrderLine& line, std::string_view way) {
  std::string key = "order/";
  key += line.has_order_number() ? key_part(line.order_number()) : std::string("-");
  key.append("/").append(line.document_type());
  key.append("/").append(key_part(line.document_id()));
  key.append(way);
  if (line.has_line_no()) key.append("/").append(key_part(line.line_no()));
  if (!head.issuer.empty()) key.append("@").append(head.issuer);
  return key;
}

}  // namespace connector::record::ubl
