#include <array>

#include "record/build.h"
#include "record/ubl_parts.h"

namespace connector::record::ubl {
namespace {

// Within "BuyerCustomerParty" and the like the party is one level down; "DeliveryParty" is one.
pugi::xml_node party_of(pugi::xml_node node) {
  const pugi::xml_node inner = child(node, "Party");
  return inner ? inner : node;
}

bool value_added_tax(pugi::xml_node tax_scheme) {
  const pugi::xml_node scheme = child(tax_scheme, "TaxScheme");
  return child_text(scheme, "TaxTypeCode") == "VAT" || child_text(scheme, "ID") == "VAT";
}

void read_accounts(Reading& reading, pb::Party& out, pugi::xml_node node, pb::Header& flags) {
  auto& ids = *out.mutable_ids();
  reading.identifier(ids, "customer-account", child(node, "CustomerAssignedAccountID"), flags);
  reading.identifier(ids, "supplier-account", child(node, "SupplierAssignedAccountID"), flags);
}

bool account(const pb::Identifier& id) {
  return id.scheme() == "customer-account" || id.scheme() == "supplier-account";
}

}  // namespace

void read_party(Reading& reading, pb::Party& out, pugi::xml_node node, pb::Header& flags) {
  if (!node) return;
  const pugi::xml_node party = party_of(node);
  auto& ids = *out.mutable_ids();
  for (const pugi::xml_node& identification : children(party, "PartyIdentification")) {
    const pugi::xml_node id = child(identification, "ID");
    reading.identifier(ids, scheme_of(id, "gln", "party"), id, flags);
  }
  const pugi::xml_node endpoint = child(party, "EndpointID");
  reading.identifier(ids, scheme_of(endpoint, "gln", "endpoint"), endpoint, flags);
  const pugi::xml_node legal = child(party, "PartyLegalEntity");
  const pugi::xml_node company = child(legal, "CompanyID");
  reading.identifier(ids, scheme_of(company, "gln", "company"), company, flags);
  for (const pugi::xml_node& tax : children(party, "PartyTaxScheme")) {
    reading.identifier(ids, value_added_tax(tax) ? "vat" : "tax", child(tax, "CompanyID"), flags);
  }
  read_accounts(reading, out, node, flags);
  std::string name = child_text(child(party, "PartyName"), "Name");
  if (name.empty()) name = child_text(legal, "RegistrationName");
  if (!name.empty()) out.set_name(std::move(name));
}

std::string owner_of(const pb::Party& party) {
  constexpr std::array kPreferred = {"gln", "bpn", "duns", "lei", "kvk", "oin", "vat"};
  const auto full = [](const pb::Identifier& id) { return id.scheme() + ":" + id.value(); };
  for (const std::string_view scheme : kPreferred) {
    for (const pb::Identifier& id : party.ids()) {
      if (id.scheme() == scheme && id.valid()) return full(id);
    }
  }
  for (const pb::Identifier& id : party.ids()) {
    if (!account(id) && (!id.has_valid() || id.valid())) return full(id);
  }
  return party.name();
}

}  // namespace connector::record::ubl
