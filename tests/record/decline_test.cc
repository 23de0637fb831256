// Documents that are not read are told what they are, by their content alone.
#include <gtest/gtest.h>

#include "record/document.h"

namespace connector::record {
namespace {

std::string declined(const std::string& bytes) {
  const Document document = read(bytes);
  EXPECT_EQ(document.outcome, Outcome::kDeclined) << bytes << ": " << document.cause;
  EXPECT_TRUE(document.records.empty());
  EXPECT_TRUE(document.counts.empty());
  return document.cause;
}

void expect_declined(const std::string& bytes, const std::string& what) {
  EXPECT_EQ(declined(bytes), what + " is recognised, but not supported yet") << bytes;
}

TEST(Decline, CatenaXIsKnownByItsUrnOrItsShape) {
  expect_declined(
      R"({"semanticId":"urn:samm:io.catenax.serial_part:3.0.0#SerialPart","payload":{}})",
      "Catena-X aspect 3.0.0 SerialPart");
  expect_declined(R"({"aspectType":"urn:bamm:io.catenax.batch:1.0.2#Batch"})",
                  "Catena-X aspect 1.0.2 Batch");
  expect_declined(R"({"direction":"INBOUND","materialGlobalAssetId":"urn:uuid:1",
                      "allocatedDaysOfSupply":[]})",
                  "Catena-X aspect 2.0.0 DaysOfSupply");
  expect_declined(R"({"https://catenax.io/schema/TestDataContainer/1.0.0":[]})",
                  "Catena-X container 1.0.0 TestDataContainer");
}

TEST(Decline, FootprintsOfPactAndOfCatenaXAreToldApart) {
  expect_declined(R"({"specVersion":"3.0.0","id":"1","pcf":{}})", "PACT 3.0.0 ProductFootprint");
  expect_declined(R"({"specVersion":"2.2.0","id":"1","pcf":{}})", "PACT 2.2.0 ProductFootprint");
  expect_declined(R"({"specVersion":"2.0.1","pcf":{},"partialFullPcf":"Cradle-to-gate"})",
                  "Catena-X aspect 4.0.0, 5.0.0, 6.0.0 Pcf");
}

TEST(Decline, AdministrationShellsAreNamedByTheirSubmodel) {
  expect_declined(R"({"submodels":[{"idShort":"PurchaseOrder","kind":"Template",
                      "administration":{"version":"1","revision":"2"},"submodelElements":[]}]})",
                  "AAS 1.2 submodel template PurchaseOrder");
  expect_declined(R"({"modelType":"Submodel","idShort":"TechnicalData"})",
                  "AAS submodel TechnicalData");
  expect_declined(R"({"assetAdministrationShells":[],"submodels":[]})", "AAS environment");
}

TEST(Decline, TraceServiceAnswersAreNotTakenForShells) {
  expect_declined(R"({"job":{},"relationships":[],"submodels":[]})", "IRS job response");
  expect_declined(R"({"relationships":[]})", "IRS relationships");
  expect_declined(R"({"submodels":[{"aspectType":"x","payload":{}}]})", "IRS submodels");
}

TEST(Decline, PassportsAreNamedByTypeAndSchema) {
  expect_declined(R"({"digitalProductPassportId":"1","dppSchemaVersion":"EN 18223:2026"})",
                  "DPP EN 18223:2026 passport");
  expect_declined(R"({"@context":["https://ref.gs1.org/voc/x","https://openepcis.io/c"],
                      "@type":["gs1:Organization"]})",
                  "DPP gs1:Organization");
  expect_declined(R"({"Battery_Passport":{}})", "DPP battery passport (GEFEG form)");
}

TEST(Decline, PoliciesAndMessagesAreNamed) {
  expect_declined(R"({"@type":"Set","permission":[]})", "ODRL Set");
  expect_declined(R"({"@type":"ids:ContractOffer","ids:permission":[]})", "ODRL ids:ContractOffer");
  expect_declined(R"([{"http://www.w3.org/ns/odrl/2/permission":[]}])", "ODRL policy");
  expect_declined(R"({"leftOperand":"a","operator":"eq","rightOperand":"b"})", "ODRL constraint");
  expect_declined(R"({"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],
                      "@type":"CatalogRequestMessage"})",
                  "Dataspace Protocol 2025-1 CatalogRequestMessage");
  expect_declined(R"({"$schema":"http://json-schema.org/draft-07/schema#","title":"Order"})",
                  "JSON Schema Order");
  expect_declined(R"({"@context":{"a":"http://example.org/a"}})", "JSON-LD context");
  expect_declined("# terms\n@prefix odrl: <http://www.w3.org/ns/odrl/2/> .\n", "RDF Turtle");
}

TEST(Decline, XmlIsNamedByItsRoot) {
  expect_declined(
      "<d:digitalCalibrationCertificate xmlns:d='https://ptb.de/dcc' "
      "schemaVersion='3.2.1'/>",
      "DCC 3.2.1 calibration certificate");
  expect_declined("<Forecast xmlns='urn:oasis:names:specification:ubl:schema:xsd:Forecast-2'/>",
                  "UBL Forecast");
}

TEST(Decline, TheUnknownIsCalledUnknownAndDescribed) {
  EXPECT_EQ(declined("<hello><a/></hello>"),
            "this XML document is not recognised (root element hello)");
  EXPECT_EQ(declined(R"({"b":1,"a":2})"), "this JSON document is not recognised (members: b, a)");
  EXPECT_EQ(declined(R"({"a":1,"b":1,"c":1,"d":1,"e":1})"),
            "this JSON document is not recognised (members: a, b, c, d ...)");
  EXPECT_EQ(declined("{}"), "this JSON document is not recognised (no members)");
  EXPECT_EQ(declined("[1,2]"), "this JSON document is not recognised (a list of 2)");
  EXPECT_EQ(declined("[]"), "this JSON document is not recognised (a list of 0)");
}

// Names that a document chooses are shown on one line and cut, between characters.
TEST(Decline, NamesOfTheDocumentAreCut) {
  std::string type;
  for (int i = 0; i < 100; ++i) type += "\xC3\xA9";
  const std::string cause = declined("{\"@type\":\"a\\nb" + type + "\",\"permission\":[]}");
  EXPECT_LT(cause.size(), 150u);
  EXPECT_EQ(cause.find('\n'), std::string::npos);
  EXPECT_EQ(cause.rfind("ODRL a b\xC3\xA9", 0), 0u) << cause;
  EXPECT_NE(cause.find("\xC3\xA9... is recognised"), std::string::npos) << cause;
}

}  // namespace
}  // namespace connector::record
