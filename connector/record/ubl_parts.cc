#include "record/ubl_parts.h"

#include <algorithm>

#include "record/build.h"

namespace connector::record::ubl {
namespace {

constexpr std::string_view kDocumentReference = "DocumentReference";

pb::DocumentRef& add_reference(Reading& reading, pb::OrderLine& out, std::string type,
                               pugi::xml_node node) {
  pb::DocumentRef& ref = *out.add_references();
  ref.set_type(std::move(type));
  const std::string id = child_text(node, "ID");
  if (!id.empty()) ref.set_id(id);
  pb::Instant issued;
  if (reading.instant(issued, node, "IssueDate", "IssueTime")) *ref.mutable_issued() = issued;
  return ref;
}

// "DespatchDocumentReference" -> "DespatchAdvice"
std::string referenced_type(pugi::xml_node node) {
  std::string_view name = local_name(node);
  name.remove_suffix(kDocumentReference.size());
  if (name == "Despatch" || name == "Receipt") return std::string(name) + "Advice";
  if (!name.empty() && name != "Additional") return std::string(name);
  std::string stated = child_text(node, "DocumentType");
  if (stated.empty()) stated = child_text(node, "DocumentTypeCode");
  return stated.empty() ? "Document" : stated;
}

// "OrderLineReference", "DespatchLineReference", "ReceiptLineReference": a line, and in it perhaps
// its document.
void read_line_reference(Reading& reading, pb::OrderLine& out, pugi::xml_node node) {
  const std::string_view name = local_name(node);
  const bool order = name == "OrderLineReference";
  std::string type = order                             ? "Order"
                     : name == "DespatchLineReference" ? "DespatchAdvice"
                                                       : "ReceiptAdvice";
  const pugi::xml_node document = child(node, order ? "OrderReference" : kDocumentReference);
  pb::DocumentRef& ref = add_reference(reading, out, std::move(type), document);
  const std::string line = child_text(node, "LineID");
  if (!line.empty()) ref.set_line(line);
}

bool stated(const pb::Period& period) {
  return period.has_from() || period.has_to();
}

// To the earliest and the latest time that either names.
void widen(pb::Period& out, pb::Period by) {
  if (stated(out) && stated(by)) {
    for (pb::Period* period : {&out, &by}) {
      if (!period->has_from()) *period->mutable_from() = period->to();
      if (!period->has_to()) *period->mutable_to() = period->from();
    }
  }
  const auto earlier = [](const pb::Instant& a, const pb::Instant& b) {
    return a.epoch_ns() < b.epoch_ns();
  };
  if (by.has_from() && (!out.has_from() || earlier(by.from(), out.from()))) {
    *out.mutable_from() = by.from();
  }
  if (by.has_to() && (!out.has_to() || earlier(out.to(), by.to()))) *out.mutable_to() = by.to();
}

std::string shown(const pb::Period& period) {
  return period.from().text() + ".." + period.to().text();
}

// An entry of the delivery schedule of a line (SCSN): its own number, quantity and period.
void read_schedule(pb::OrderLine& out, pugi::xml_node delivery, std::size_t position,
                   const pb::Period& requested, const pb::Period& promised) {
  std::string number = child_text(delivery, "ID");
  if (number.empty()) number = std::to_string(position);
  const std::string prefix = "schedule." + number + ".";
  const pugi::xml_node quantity = child(delivery, "Quantity");
  auto& properties = *out.mutable_properties();
  if (quantity) add_property(properties, prefix + "quantity", text(quantity));
  if (stated(requested)) {
    add_property(properties, prefix + "requested", shown(requested));
  }
  if (stated(promised)) {
    add_property(properties, prefix + "promised", shown(promised));
  }
}

pb::Party read_ship_to(Reading& reading, pugi::xml_node delivery, pb::Header& flags) {
  pb::Party party;
  read_party(reading, party, child(delivery, "DeliveryParty"), flags);
  const pugi::xml_node location = child(delivery, "DeliveryLocation");
  const pugi::xml_node address =
      location ? child(location, "Address") : child(delivery, "DeliveryAddress");
  for (const pugi::xml_node& id : {child(location, "ID"), child(address, "ID")}) {
    reading.identifier(*party.mutable_ids(), scheme_of(id, "gln", "location"), id, flags);
  }
  if (!party.has_name()) {
    const std::string name = child_text(location, "Name");
    if (!name.empty()) party.set_name(name);
  }
  return party;
}

pb::Period read_promise(Reading& reading, pugi::xml_node delivery) {
  pb::Period promised;
  for (const char* name : {"PromisedDeliveryPeriod", "EstimatedDeliveryPeriod"}) {
    if (!stated(promised)) reading.period(promised, child(delivery, name));
  }
  return promised;
}

}  // namespace

void read_references(Reading& reading, pb::OrderLine& out, pugi::xml_node node) {
  for (const pugi::xml_node& candidate : node.children()) {
    const std::string_view name = local_name(candidate);
    if (name.ends_with(kDocumentReference)) {
      add_reference(reading, out, referenced_type(candidate), candidate);
    } else if (name == "OrderReference" || name == "Contract") {
      add_reference(reading, out, name == "Contract" ? "Contract" : "Order", candidate);
    } else if (name == "OrderLineReference" || name == "DespatchLineReference" ||
               name == "ReceiptLineReference") {
      read_line_reference(reading, out, candidate);
    }
  }
}

void read_deliveries(Reading& reading, pb::OrderLine& out,
                     const std::vector<pugi::xml_node>& deliveries, pb::Header& flags) {
  pb::Period requested_span;
  pb::Period promised_span;
  pb::Party ship_to;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    const pugi::xml_node delivery = deliveries[i];
    pb::Period requested;
    reading.period(requested, child(delivery, "RequestedDeliveryPeriod"));
    const pb::Period promised = read_promise(reading, delivery);
    widen(requested_span, requested);
    widen(promised_span, promised);
    if (deliveries.size() > 1) read_schedule(out, delivery, i + 1, requested, promised);
    pb::Instant actual;
    if (reading.instant(actual, delivery, "ActualDeliveryDate", "ActualDeliveryTime")) {
      *out.mutable_actual_delivery() = actual;
    }
    // Of several places the first counts.
    if (ship_to.ids_size() == 0 && !ship_to.has_name()) {
      ship_to = read_ship_to(reading, delivery, flags);
    }
  }
  if (ship_to.ids_size() > 0 || ship_to.has_name()) *out.mutable_ship_to() = std::move(ship_to);
  if (stated(requested_span)) *out.mutable_requested_delivery() = requested_span;
  if (stated(promised_span)) *out.mutable_promised_delivery() = promised_span;
}

std::vector<pugi::xml_node> handling_units(pugi::xml_node shipment) {
  std::vector<pugi::xml_node> units = children(shipment, "TransportHandlingUnit");
  for (const pugi::xml_node& consignment : children(shipment, "Consignment")) {
    for (const pugi::xml_node& unit : children(consignment, "TransportHandlingUnit")) {
      units.push_back(unit);
    }
  }
  return units;
}

}  // namespace connector::record::ubl
