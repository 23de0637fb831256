// The examples of the Dataspace Protocol 2025-1: what is found in each, and that every offer and
// agreement is written back as it came.
#include <map>

#include "contract/odrl_write.h"
#include "contract/policy_json.h"
#include "contract_support.h"

namespace connector::contract::testing {
namespace {

using connector::testing::has_shared_data;
using connector::testing::shared_data_dir;
using connector::testing::shared_data_missing;

constexpr const char* kSet = "dsp-2025-1";

// Policies in each example that has one; the other examples have none.
const std::map<std::string, std::size_t> kPolicies = {
    {"catalog/example/catalog.json", 1},
    {"catalog/example/dataset.json", 1},
    {"negotiation/example/contract-agreement-message-full.json", 1},
    {"negotiation/example/contract-agreement-message.json", 1},
    {"negotiation/example/contract-offer-message.json", 1},
    {"negotiation/example/contract-offer-message_initial.json", 1},
    {"negotiation/example/contract-request-message.json", 1},
    {"negotiation/example/contract-request-message_initial.json", 1}};

TEST(DataspaceProtocol, EveryOfferAndAgreementIsWrittenBackAsItCame) {
  if (!has_shared_data(kSet)) GTEST_SKIP() << shared_data_missing(kSet);
  std::size_t files = 0;
  std::size_t policies = 0;
  for (const auto& row : expected_rows(kSet)) {
    const std::string& file = row.at(0);
    const core::Json document = json_file(shared_data_dir() / kSet / file);
    const auto reading = read_document(document);
    ASSERT_TRUE(reading) << file << ": " << reading.error().message;
    const auto expected = kPolicies.find(file);
    EXPECT_EQ(reading->policies.size(), expected == kPolicies.end() ? 0 : expected->second) << file;
    for (const Found& found : reading->policies) {
      const core::Json* original = at_path(document, found.path);
      ASSERT_NE(original, nullptr) << file << " " << found.path;
      EXPECT_TRUE(same_json(*original, to_odrl(found.policy)))
          << file << " " << found.path << "\n"
          << core::to_text(to_odrl(found.policy));
      ++policies;
    }
    ++files;
  }
  EXPECT_EQ(files, 27u);
  EXPECT_EQ(policies, kPolicies.size());
}

TEST(DataspaceProtocol, OfferOfACatalogueIsForItsDataset) {
  const Reading reading =
      reading_of(R"({"@context": "https://w3id.org/dspace/2025/1/context.jsonld",
    "@type": "Catalog", "@id": "c", "catalog": [{"@type": "Catalog", "@id": "inner", "dataset": [
      {"@type": "Dataset", "@id": "orders", "keyword": "anything", "hasPolicy": [
        {"@type": "Offer", "@id": "o1", "permission": [{"action": "use"}]},
        {"@type": "Offer", "@id": "o2", "prohibition": [{"action": "distribute"}]}]}]}]})");
  ASSERT_EQ(reading.policies.size(), 2u);
  EXPECT_EQ(reading.policies[0].dataset, "orders");
  EXPECT_EQ(reading.policies[1].path, "$.catalog[0].dataset[0].hasPolicy[1]");
  EXPECT_EQ(reading.policies[1].policy.prohibitions.at(0).actions.at(0).name, "distribute");
}

TEST(DataspaceProtocol, EarlierSpellingsWithPrefixesAreTheSame) {
  const Policy now = policy_of(R"({"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
    "@type": "ContractOfferMessage", "offer": {"@type": "Offer", "@id": "o", "target": "orders",
      "permission": [{"action": "use", "constraint": [
        {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["a", "b"]}]}]}})");
  const Policy before = policy_of(R"({"@context": {"@vocab": "https://w3id.org/edc/v0.0.1/ns/",
      "odrl": "http://www.w3.org/ns/odrl/2/", "dspace": "https://w3id.org/dspace/v0.8/"},
    "@type": "dspace:ContractOfferMessage", "dspace:offer": {"@type": "odrl:Offer", "@id": "o",
      "odrl:target": {"@id": "orders"}, "odrl:permission": {"odrl:action": {"@id": "odrl:use"},
        "odrl:constraint": {"odrl:leftOperand": {"@id": "odrl:purpose"},
          "odrl:operator": {"@id": "odrl:isAnyOf"}, "odrl:rightOperand": ["a", "b"]}}}})");
  EXPECT_EQ(to_text(now), to_text(before));
  EXPECT_EQ(now.permissions.at(0).constraints.at(0).right.at(1), (Value{"", "b"}));
}

}  // namespace
}  // namespace connector::contract::testing
