#include "record/build.h"
#include "record/identifier.h"
#include "record/ubl_parts.h"

namespace connector::record::ubl {
namespace {

void read_ids(Reading& reading, pb::ItemRef& out, pugi::xml_node item, const Owners& owners,
              pb::Header& flags) {
  auto& ids = *out.mutable_ids();
  const pugi::xml_node standard = child(child(item, "StandardItemIdentification"), "ID");
  reading.identifier(ids, scheme_of(standard, "gtin", "standard-part"), standard, flags);
  reading.identifier(ids, "buyer-part", child(child(item, "BuyersItemIdentification"), "ID"), flags,
                     owners.buyer);
  reading.identifier(ids, "seller-part", child(child(item, "SellersItemIdentification"), "ID"),
                     flags, owners.seller);
  const pugi::xml_node made = child(child(item, "ManufacturersItemIdentification"), "ID");
  pb::Party manufacturer;
  read_party(reading, manufacturer, child(item, "ManufacturerParty"), flags);
  reading.identifier(ids, "manufacturer-part", made, flags, owner_of(manufacturer));
}

std::string joined(pugi::xml_node item, std::string_view name) {
  std::string all;
  for (const pugi::xml_node& part : children(item, name)) {
    if (!all.empty()) all += '\n';
    all += text(part);
  }
  return all;
}

// An instance is known by the type's identifiers together with its own serial number or lot.
void read_instance(Reading& reading, pb::OrderLine& out, pugi::xml_node node, pb::Header& flags) {
  pb::ItemRef instance;
  *instance.mutable_ids() = out.item().ids();
  const auto types = instance.ids_size();
  const pugi::xml_node lot = child(node, "LotIdentification");
  auto& ids = *instance.mutable_ids();
  reading.identifier(ids, "serial", child(node, "SerialID"), flags);
  const bool serial = instance.ids_size() > types;
  reading.identifier(ids, "lot", child(lot, "LotNumberID"), flags);
  reading.identifier(ids, "product-trace", child(node, "ProductTraceID"), flags);
  if (instance.ids_size() == types) return;
  instance.set_level(serial ? pb::ITEM_LEVEL_ITEM : pb::ITEM_LEVEL_BATCH);
  set_item_keys(instance);
  const std::string name = (serial ? "serial." : "lot.") + instance.ids(types).raw();
  for (const auto& [parent, date] :
       {std::pair{lot, "ExpiryDate"}, {node, "BestBeforeDate"}, {node, "ManufactureDate"}}) {
    const std::string value = child_text(parent, date);
    if (!value.empty()) add_property(*out.mutable_properties(), name + "." + date, value);
  }
  *out.add_instances() = std::move(instance);
}

void read_properties(pb::OrderLine& out, pugi::xml_node item) {
  auto& properties = *out.mutable_properties();
  for (const pugi::xml_node& property : children(item, "AdditionalItemProperty")) {
    std::string value = child_text(property, "Value");
    if (value.empty()) value = child_text(property, "ValueQuantity");
    add_property(properties, child_text(property, "Name"), std::move(value));
  }
  const std::string origin = child_text(child(item, "OriginCountry"), "IdentificationCode");
  if (!origin.empty()) add_property(properties, "OriginCountry", origin);
  for (const pugi::xml_node& certificate : children(item, "Certificate")) {
    add_property(properties, "Certificate." + child_text(certificate, "ID"),
                 child_text(certificate, "CertificateType"));
  }
}

}  // namespace

void read_item(Reading& reading, pb::OrderLine& out, pugi::xml_node item, const Owners& owners,
               pb::Header& flags) {
  if (elements(item).empty()) return;  // an answer may hold an empty Item
  pb::ItemRef& ref = *out.mutable_item();
  read_ids(reading, ref, item, owners, flags);
  ref.set_level(pb::ITEM_LEVEL_MODEL);
  std::string name = child_text(item, "Name");
  if (!name.empty()) ref.set_name(std::move(name));
  set_item_keys(ref);
  std::string description = joined(item, "Description");
  if (!description.empty()) out.set_description(std::move(description));
  read_properties(out, item);
  for (const pugi::xml_node& instance : children(item, "ItemInstance")) {
    read_instance(reading, out, instance, flags);
  }
  read_references(reading, out, item);
}

}  // namespace connector::record::ubl
