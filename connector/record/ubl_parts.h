// Parties, items, references and deliveries: aggregates that stand in headers and lines alike.
#pragma once

#include <string>
#include <vector>

#include "record/ubl_reading.h"

namespace connector::record::ubl {

// A Party element, or one of the elements around it (BuyerCustomerParty, SellerSupplierParty ...).
// Identifiers in this order: PartyIdentification, EndpointID, legal entity, tax number, accounts.
void read_party(Reading& reading, pb::Party& out, pugi::xml_node node, pb::Header& flags);

// Who issued the numbers of this party: "<scheme>:<value>" of its best valid identifier (GLN, BPN,
// DUNS, LEI, national number, VAT, any other), else its name. Equal for both partners wherever
// both documents give the same identifiers.
std::string owner_of(const pb::Party& party);

struct Owners {
  std::string buyer;
  std::string seller;
};

// Item: identifications, name, description, properties, instances (serial numbers and lots).
void read_item(Reading& reading, pb::OrderLine& out, pugi::xml_node item, const Owners& owners,
               pb::Header& flags);

// Every "...DocumentReference" and "...Reference" child that names a document or a line of one.
void read_references(Reading& reading, pb::OrderLine& out, pugi::xml_node node);

// Delivery elements: requested and promised period (over several they span all of them, and each
// schedule becomes properties), actual delivery, ship-to.
void read_deliveries(Reading& reading, pb::OrderLine& out,
                     const std::vector<pugi::xml_node>& deliveries, pb::Header& flags);

// Identifiers of the transport handling units below a Shipment.
std::vector<pugi::xml_node> handling_units(pugi::xml_node shipment);

}  // namespace connector::record::ubl
