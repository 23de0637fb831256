#include "core/text.h"
#include "record/build.h"
#include "record/ubl_codes.h"
#include "record/ubl_document.h"

namespace connector::record::ubl {
namespace {

// The first of these elements that is there.
pugi::xml_node first_of(pugi::xml_node root, std::string_view preferred, std::string_view other) {
  const pugi::xml_node node = child(root, preferred);
  return node ? node : child(root, other);
}

// Despatch and receipt advices of UBL 2.0 name their parties by what they do there only.
void read_parties(Reading& reading, pb::OrderLine& out, pugi::xml_node root, pb::Header& flags) {
  const auto customer = child(root, "DeliveryCustomerParty");
  const auto buyer = first_of(root, "BuyerCustomerParty", "DeliveryCustomerParty");
  const auto seller = first_of(root, "SellerSupplierParty", "DespatchSupplierParty");
  if (buyer) read_party(reading, *out.mutable_buyer(), buyer, flags);
  if (seller) read_party(reading, *out.mutable_seller(), seller, flags);
  if (customer) read_party(reading, *out.mutable_ship_to(), customer, flags);
}

std::vector<pugi::xml_node> deliveries_of(pugi::xml_node root) {
  std::vector<pugi::xml_node> found = children(root, "Delivery");
  for (const pugi::xml_node& shipment : children(root, "Shipment")) {
    for (const pugi::xml_node& delivery : children(shipment, "Delivery")) found.push_back(delivery);
  }
  return found;
}

// SCSN sends a changed order as a whole order of the same number that says "Changed"; what tells
// its versions apart is the time of issue.
std::string version_of(const pb::OrderLine& line, pugi::xml_node root) {
  for (const char* name : {"SequenceNumberID", "VersionID"}) {
    std::string stated = child_text(root, name);
    if (!stated.empty()) return stated;
  }
  const bool changed = core::lower_ascii(line.order_type()) == "changed";
  return changed ? line.issued().text() : std::string{};
}

void read_codes(Reading& reading, pb::OrderLine& out, pugi::xml_node root) {
  auto& properties = *out.mutable_properties();
  const std::string type = child_text(root, "OrderTypeCode");
  if (!type.empty()) out.set_order_type(type);
  for (const char* name : {"DocumentStatusCode", "OrderResponseCode", "DespatchAdviceTypeCode",
                           "ReceiptAdviceTypeCode", "OrderChangeTypeCode"}) {
    const std::string code = child_text(root, name);
    if (!code.empty()) add_property(properties, name, code);
  }
  const std::string terms = child_text(child(root, "DeliveryTerms"), "ID");
  if (!terms.empty()) add_property(properties, "DeliveryTerms", terms);
  const pugi::xml_node indicator = child(root, "AcceptedIndicator");
  if (const std::string said = text(indicator); said == "true" || said == "1") {
    out.set_accepted(true);
  } else if (said == "false" || said == "0") {
    out.set_accepted(false);
  } else if (reading.is("OrderResponseSimple")) {
    if (said.empty()) (void)reading.required(root, "AcceptedIndicator");
    reading.refuse("AcceptedIndicator is neither true nor false", indicator);
  } else if (const auto answer = accepted(child_text(root, "OrderResponseCode"))) {
    out.set_accepted(*answer);
  }
}

void read_orders(Reading& reading, Head& head, pugi::xml_node root) {
  pb::OrderLine& line = *head.record.mutable_order_line();
  if (reading.is("Order")) {
    head.orders = {line.document_id()};
    const std::string seller_number = child_text(root, "SalesOrderID");
    if (!seller_number.empty()) line.set_order_number_seller(seller_number);
    return;
  }
  const auto references = children(root, "OrderReference");
  if (references.empty() && reading.type().needs_order) {
    (void)reading.required(root, "OrderReference");
  }
  for (const pugi::xml_node& reference : references) {
    head.orders.push_back(reading.required(reference, "ID"));
  }
  if (references.size() == 1) {
    const std::string seller_number = child_text(references[0], "SalesOrderID");
    if (!seller_number.empty()) line.set_order_number_seller(seller_number);
  }
}

void read_notes(pb::OrderLine& out, pugi::xml_node root, bool has_lines) {
  for (const pugi::xml_node& note : children(root, "Note")) {
    if (has_lines) {
      add_property(*out.mutable_properties(), "DocumentNote", text(note));
    } else {
      out.add_notes(text(note));
    }
  }
  std::string reason;
  for (const char* name : {"CancellationNote", "RejectionNote"}) {
    for (const pugi::xml_node& note : children(root, name)) {
      if (!reason.empty()) reason += '\n';
      reason += text(note);
    }
  }
  if (!reason.empty()) out.set_reason(std::move(reason));
}

void read_handling_units(Head& head, pugi::xml_node root) {
  for (const pugi::xml_node& shipment : children(root, "Shipment")) {
    for (const pugi::xml_node& unit : handling_units(shipment)) {
      const std::string id = child_text(unit, "ID");
      if (id.empty()) continue;
      const auto lines = children(unit, "HandlingUnitDespatchLine");
      if (lines.empty()) head.handling_units[""].push_back(id);
      for (const pugi::xml_node& line : lines) {
        head.handling_units[child_text(line, "ID")].push_back(id);
      }
    }
  }
}

void read_despatch(Reading& reading, pb::OrderLine& out, pugi::xml_node root) {
  for (const pugi::xml_node& shipment : children(root, "Shipment")) {
    const pugi::xml_node delivery = child(shipment, "Delivery");
    pb::Instant at;
    if (reading.instant(at, child(delivery, "Despatch"), "ActualDespatchDate",
                        "ActualDespatchTime")) {
      add_property(*out.mutable_properties(), "ActualDespatch", at.text());
    }
    const std::string tracking = child_text(delivery, "TrackingID");
    if (!tracking.empty()) add_property(*out.mutable_properties(), "TrackingID", tracking);
  }
}

}  // namespace

Head read_head(Reading& reading, pugi::xml_node root, const Format& format) {
  Head head;
  set_header(head.record, pb::KIND_ORDER_LINE, {}, format);
  pb::Header& flags = *head.record.mutable_header();
  pb::OrderLine& line = *head.record.mutable_order_line();
  line.set_document_type(std::string(reading.type().name));
  line.set_document_id(reading.required(root, "ID"));
  const std::string uuid = child_text(root, "UUID");
  if (!uuid.empty()) line.set_document_uuid(uuid);
  (void)reading.required(root, "IssueDate");
  (void)reading.instant(*line.mutable_issued(), root, "IssueDate", "IssueTime");
  const std::string currency = child_text(root, "DocumentCurrencyCode");
  if (!currency.empty()) line.set_currency(currency);
  read_parties(reading, line, root, flags);
  head.owners = {.buyer = owner_of(line.buyer()), .seller = owner_of(line.seller())};
  head.issuer = reading.type().from_seller ? head.owners.seller : head.owners.buyer;
  read_codes(reading, line, root);
  if (std::string version = version_of(line, root); !version.empty()) {
    line.set_document_version(std::move(version));
  }
  read_orders(reading, head, root);
  read_notes(line, root, !reading.type().line.empty());
  read_references(reading, line, root);
  read_deliveries(reading, line, deliveries_of(root), flags);
  read_despatch(reading, line, root);
  read_handling_units(head, root);
  return head;
}

}  // namespace connector::record::ubl
