// Identifiers against vectors of the standards: GS1 General Specifications and Tag Data Standard
// (check digits, URN and element string pairs), ISO 17442, Peppol's list of ISO 6523 codes.
#include "record/identifier.h"

#include <gtest/gtest.h>

#include "core/digest.h"
#include "record/gs1.h"

namespace connector::record {
namespace {

std::string text_of(const pb::Identifier& id) {
  return (id.valid() ? "" : "!") + id.scheme() + ":" + id.value();
}

std::string made(std::string_view scheme, std::string_view raw) {
  return text_of(make_identifier(scheme, raw));
}

std::string of_uri(std::string_view uri) {
  const pb::Identifier id = identifier_from_uri(uri);
  EXPECT_EQ(id.raw(), uri);
  return text_of(id);
}

// By hand: 4006381333931 is 4*1+0*3+0*1+6*3+3*1+8*3+1*1+3*3+3*1+3*3+9*1+3*3 = 89, so 1.
TEST(IdentifierTest, CheckDigitsOfGs1) {
  EXPECT_EQ(gs1::check_digit("400638133393"), '1');
  EXPECT_EQ(gs1::check_digit("0871234600012"), '6');
  EXPECT_TRUE(gs1::check_digit_holds("106141412345678908"));
  EXPECT_FALSE(gs1::check_digit_holds("106141412345678909"));
  EXPECT_FALSE(gs1::check_digit_holds("4006381333932"));
  EXPECT_FALSE(gs1::check_digit_holds("400638133393X"));
  EXPECT_FALSE(gs1::check_digit_holds(""));
}

TEST(IdentifierTest, GtinsArePaddedToFourteenDigits) {
  EXPECT_EQ(made("gtin", "4006381333931"), "gtin:04006381333931");
  EXPECT_EQ(made("gtin", " 96385074 "), "gtin:00000096385074");
  EXPECT_EQ(made("gtin", "036000291452"), "gtin:00036000291452");
  EXPECT_EQ(made("gtin", "80614141123458"), "gtin:80614141123458");
  EXPECT_EQ(made("gtin", "4006381333932"), "!gtin:4006381333932");
  EXPECT_EQ(made("gtin", "400638133393"), "!gtin:400638133393");
  EXPECT_EQ(made("gtin", "ABC"), "!gtin:ABC");
  EXPECT_EQ(made("gtin", ""), "!gtin:");
}

TEST(IdentifierTest, PartiesAndPlaces) {
  EXPECT_EQ(made("gln", "0614141123452"), "gln:0614141123452");
  EXPECT_EQ(made("gln", "0614141123453"), "!gln:0614141123453");
  EXPECT_EQ(made("lei", "5493001kjtiigc8y1r12"), "lei:5493001KJTIIGC8Y1R12");
  EXPECT_EQ(made("lei", "5493001KJTIIGC8Y1R13"), "!lei:5493001KJTIIGC8Y1R13");
  EXPECT_EQ(made("bpn", "bpnl00000003CRHK"), "bpn:BPNL00000003CRHK");
  EXPECT_EQ(made("bpn", "BPNX00000003CRHK"), "!bpn:BPNX00000003CRHK");
  EXPECT_EQ(made("duns", "31-415-9265"), "duns:314159265");
  EXPECT_EQ(made("duns", "31415926"), "!duns:31415926");
  EXPECT_EQ(made("kvk", "12345678"), "kvk:12345678");
  EXPECT_EQ(made("kvk", "1234567"), "!kvk:1234567");
  EXPECT_EQ(made("vat", "NL 1234.56.789 B01"), "vat:NL123456789B01");
  EXPECT_EQ(made("vat", "123456789"), "!vat:123456789");
  EXPECT_EQ(made("uuid", "URN:UUID:0B6F1D6E-4A0C-4F0E-9A55-0F6F0A3F0001"),
            "uuid:0b6f1d6e-4a0c-4f0e-9a55-0f6f0a3f0001");
  EXPECT_EQ(made("uuid", "0b6f1d6e-4a0c-4f0e-9a55"), "!uuid:0b6f1d6e-4a0c-4f0e-9a55");
}

TEST(IdentifierTest, NumbersOfAnOwnerKeepIt) {
  const pb::Identifier id = make_identifier("seller-part", " A-17 ", "gln:0614141123452");
  EXPECT_EQ(id.value(), "A-17");
  EXPECT_EQ(id.raw(), " A-17 ");
  EXPECT_EQ(id.owner(), "gln:0614141123452");
  EXPECT_TRUE(id.valid());
}

TEST(IdentifierTest, CodesOfSchemes) {
  EXPECT_EQ(scheme_of_code("GLN"), "gln");
  EXPECT_EQ(scheme_of_code("0088"), "gln");
  EXPECT_EQ(scheme_of_code("0160"), "gtin");
  EXPECT_EQ(scheme_of_code("DUNS"), "duns");
  EXPECT_EQ(scheme_of_code("0060"), "duns");
  EXPECT_EQ(scheme_of_code("0199"), "lei");
  EXPECT_EQ(scheme_of_code("NL:KVK"), "kvk");
  EXPECT_EQ(scheme_of_code("0106"), "kvk");
  EXPECT_EQ(scheme_of_code("VAT"), "vat");
  EXPECT_EQ(scheme_of_code(" BPNL "), "bpn");
  EXPECT_EQ(scheme_of_code("SIRET"), "siret");
}

// The Tag Data Standard gives each of these pairs as an example.
TEST(IdentifierTest, UrnsAndElementStringsOfTheTagDataStandard) {
  EXPECT_EQ(of_uri("urn:epc:id:sgtin:0614141.812345.6789"), "sgtin:80614141123458.6789");
  EXPECT_EQ(of_uri("urn:epc:id:sscc:0614141.1234567890"), "sscc:106141412345678908");
  EXPECT_EQ(of_uri("urn:epc:id:sgln:0614141.12345.400"), "sgln:0614141123452.400");
  EXPECT_EQ(of_uri("urn:epc:id:sgln:0614141.12345.0"), "sgln:0614141123452");
  EXPECT_EQ(of_uri("urn:epc:id:grai:0614141.12345.400"), "grai:0614141123452.400");
  EXPECT_EQ(of_uri("urn:epc:id:giai:0614141.12345400"), "giai:061414112345400");
  EXPECT_EQ(of_uri("urn:epc:id:gsrn:0614141.1234567890"), "gsrn:061414112345678902");
  EXPECT_EQ(of_uri("urn:epc:id:gdti:0614141.12345.400"), "gdti:0614141123452.400");
  EXPECT_EQ(of_uri("urn:epc:id:cpi:0614141.123ABC.123456789"), "cpid:0614141123ABC.123456789");
  EXPECT_EQ(of_uri("urn:epc:id:sgcn:4012345.67890.04711"), "sgcn:4012345678901.04711");
  EXPECT_EQ(of_uri("urn:epc:id:ginc:0614141.xyz47%2F11"), "ginc:0614141xyz47/11");
  EXPECT_EQ(of_uri("urn:epc:id:gsin:0614141.123456789"), "gsin:06141411234567890");
  EXPECT_EQ(of_uri("urn:epc:id:itip:4012345.012345.01.02.987"), "itip:040123451234560102.987");
  EXPECT_EQ(of_uri("urn:epc:id:pgln:1234567.89012"), "gln:1234567890128");
}

TEST(IdentifierTest, DigitalLinksGiveTheSameAsTheirUrns) {
  const std::pair<const char*, const char*> pairs[] = {
      {"https://id.gs1.org/01/80614141123458/21/6789", "urn:epc:id:sgtin:0614141.812345.6789"},
      {"https://veldkamp.example/p/01/80614141123458/10/L%2F1?11=260101",
       "urn:epc:class:lgtin:0614141.812345.L%2F1"},
      {"https://id.gs1.org/01/80614141123458", "urn:epc:idpat:sgtin:0614141.812345.*"},
      {"https://id.gs1.org/00/106141412345678908", "urn:epc:id:sscc:0614141.1234567890"},
      {"https://id.gs1.org/414/0614141123452/254/400", "urn:epc:id:sgln:0614141.12345.400"},
      {"https://id.gs1.org/414/0614141123452", "urn:epc:id:sgln:0614141.12345.0"},
      {"https://id.gs1.org/417/1234567890128", "urn:epc:id:pgln:1234567.89012"},
      {"https://id.gs1.org/8003/00614141123452400", "urn:epc:id:grai:0614141.12345.400"},
      {"https://id.gs1.org/8003/00614141123452", "urn:epc:idpat:grai:0614141.12345.*"},
      {"https://id.gs1.org/8004/061414112345400", "urn:epc:id:giai:0614141.12345400"},
      {"https://id.gs1.org/8018/061414112345678902", "urn:epc:id:gsrn:0614141.1234567890"},
      {"https://id.gs1.org/253/0614141123452400", "urn:epc:id:gdti:0614141.12345.400"},
      {"https://id.gs1.org/8010/0614141123ABC/8011/123456789",
       "urn:epc:id:cpi:0614141.123ABC.123456789"},
      {"https://id.gs1.org/255/401234567890104711", "urn:epc:id:sgcn:4012345.67890.04711"},
      {"https://id.gs1.org/402/06141411234567890", "urn:epc:id:gsin:0614141.123456789"},
      {"https://id.gs1.org/8006/040123451234560102/21/987",
       "urn:epc:id:itip:4012345.012345.01.02.987"}};
  for (const auto& [link, urn] : pairs) {
    EXPECT_EQ(of_uri(link), of_uri(urn));
    EXPECT_TRUE(identifier_from_uri(link).valid()) << link;
    EXPECT_EQ(item_from_epc(link).item_keys(0), item_from_epc(urn).item_keys(0)) << link;
    EXPECT_EQ(item_from_epc(link).level(), item_from_epc(urn).level()) << link;
  }
}

TEST(IdentifierTest, WhatBreaksTheRulesIsKeptAndSaidToBeInvalid) {
  EXPECT_EQ(of_uri("urn:epc:class:lgtin:6000001.recycled-copper.batch-2032-03"),
            "!lgtin:6000001.recycled-copper.batch-2032-03");
  EXPECT_EQ(of_uri("urn:epc:id:sgtin:0614141.12345.6789"), "!sgtin:0614141.12345.6789");
  EXPECT_EQ(of_uri("urn:epc:id:sgtin:0614141.812345.123456789012345678901"),
            "!sgtin:80614141123458.123456789012345678901");
  EXPECT_EQ(of_uri("urn:epc:id:sgln:0614141.12345"), "!sgln:0614141.12345");
  EXPECT_EQ(of_uri("https://id.gs1.org/01/80614141123457/21/1"), "!sgtin:80614141123457.1");
  EXPECT_EQ(of_uri("https://id.gs1.org/00/106141412345678909"), "!sscc:106141412345678909");
  EXPECT_EQ(of_uri("no uri at all"), "!uri:no uri at all");
  EXPECT_EQ(of_uri(""), "!uri:");
}

TEST(IdentifierTest, OtherUrisStayWhatTheyAre) {
  EXPECT_EQ(of_uri("https://veldkamp.example/01/alpha"), "uri:https://veldkamp.example/01/alpha");
  EXPECT_EQ(of_uri("urn:epcglobal:cbv:bt:0614141123452:1152"),
            "uri:urn:epcglobal:cbv:bt:0614141123452:1152");
  EXPECT_EQ(of_uri("urn:uuid:0B6F1D6E-4A0C-4F0E-9A55-0F6F0A3F0001"),
            "uuid:0b6f1d6e-4a0c-4f0e-9a55-0f6f0a3f0001");
  EXPECT_EQ(of_uri("urn:epc:id:gid:952056.2718.1414"), "gid:952056.2718.1414");
}

// ---- items ----

TEST(IdentifierTest, LevelsOfItems) {
  EXPECT_EQ(item_from_epc("urn:epc:id:sgtin:0614141.812345.6789").level(), pb::ITEM_LEVEL_ITEM);
  EXPECT_EQ(item_from_epc("urn:epc:class:lgtin:0614141.812345.L").level(), pb::ITEM_LEVEL_BATCH);
  EXPECT_EQ(item_from_epc("urn:epc:idpat:sgtin:0614141.812345.*").level(), pb::ITEM_LEVEL_MODEL);
  EXPECT_EQ(item_from_epc("https://id.gs1.org/01/80614141123458").level(), pb::ITEM_LEVEL_MODEL);
  EXPECT_EQ(item_from_epc("urn:epc:id:sscc:0614141.1234567890").level(), pb::ITEM_LEVEL_ITEM);
  EXPECT_EQ(item_from_epc("urn:epc:class:lgtin:1.x.y").level(), pb::ITEM_LEVEL_BATCH);
}

std::string key_hex(const pb::ItemRef& item, int at = 0) {
  return at < item.item_keys_size() ? core::hex(item.item_keys(at)) : "none";
}

// Computed with Python's hashlib over the tuple as identifier.h describes it.
TEST(IdentifierTest, ItemKeysAreThoseOfTheDescription) {
  EXPECT_EQ(key_hex(item_from_epc("urn:epc:id:sgtin:8712346.000012.E1")),
            "30b903d7b2083733b0a2e106d9fec7f9");
  EXPECT_EQ(key_hex(item_from_epc("urn:epc:class:lgtin:8712346.000012.L-7")),
            "a7940ef12dc0517f1ba1012d4052e303");
  EXPECT_EQ(key_hex(item_from_epc("https://id.gs1.org/01/8712346000126")),
            "edf4cac0bc90a7b928e351d888bdecfb");
  EXPECT_EQ(key_hex(item_from_epc("urn:epc:id:giai:8712346.SENSOR1")),
            "d9819fdc01a25da098689116cf2f4526");
  pb::ItemRef part;
  *part.add_ids() = make_identifier("seller-part", "A-17", "gln:8712346000010");
  *part.add_ids() = make_identifier("lot", "L-7");
  set_item_keys(part);
  ASSERT_EQ(part.item_keys_size(), 1);
  EXPECT_EQ(key_hex(part), "ce0bde9cda258f1615062189c1b3f95a");
}

TEST(IdentifierTest, ALotOfADespatchAdviceIsTheLotOfAnEvent) {
  pb::ItemRef despatched;
  *despatched.add_ids() = make_identifier("gtin", "8712346000126");
  *despatched.add_ids() = make_identifier("lot", "L-7");
  set_item_keys(despatched);
  EXPECT_EQ(key_hex(despatched), key_hex(item_from_epc("urn:epc:class:lgtin:8712346.000012.L-7")));
  *despatched.add_ids() = make_identifier("serial", "E1");
  set_item_keys(despatched);
  EXPECT_EQ(key_hex(despatched),
            key_hex(item_from_epc("https://veldkamp.example/01/08712346000126/21/E1")));
}

TEST(IdentifierTest, OneKeyForEachStatedScheme) {
  pb::ItemRef item;
  *item.add_ids() = make_identifier("gtin", "8712346000126");
  *item.add_ids() = make_identifier("seller-part", "A-17", "gln:8712346000010");
  *item.add_ids() = make_identifier("buyer-part", "900");  // of nobody: names nothing
  *item.add_ids() = make_identifier("serial", "E1");
  set_item_keys(item);
  EXPECT_EQ(item.item_keys_size(), 2);
  EXPECT_NE(key_hex(item, 0), key_hex(item, 1));
  for (const std::string& key : item.item_keys()) EXPECT_EQ(key.size(), 16u);
}

TEST(IdentifierTest, KeysDifferByInstanceOwnerAndLevel) {
  const auto part = [](const char* owner, const char* scheme, const char* number) {
    pb::ItemRef item;
    *item.add_ids() = make_identifier("seller-part", "A-17", owner);
    if (*number != '\0') *item.add_ids() = make_identifier(scheme, number);
    set_item_keys(item);
    return key_hex(item);
  };
  const std::string serial = part("gln:8712346000010", "serial", "1");
  EXPECT_NE(serial, part("gln:8712346000010", "lot", "1"));
  EXPECT_NE(serial, part("gln:8712346000010", "serial", "2"));
  EXPECT_NE(serial, part("gln:9506000134376", "serial", "1"));
  EXPECT_NE(serial, part("gln:8712346000010", "serial", ""));
}

}  // namespace
}  // namespace connector::record
