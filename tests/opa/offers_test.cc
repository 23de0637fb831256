// Offers in the company's folder: read, checked and published with the policy.
#include "opa/offers.h"

#include <filesystem>

#include "opa/company.h"

namespace connector::testing {
namespace {

namespace fs = std::filesystem;
using opa::read_offers;

constexpr const char* kQuality = R"(version: 1
title: Quality of project Y
datasets: [quality]
participants: [did:web:x.example]
purposes: [complaint-handling]
until: 2026-06-30
uses: 10
without: [confidential]
)";

std::string message_of(const opa::Snapshot& files, const opa::OfferWords& words = {}) {
  const auto offers = read_offers(files, words);
  return offers ? std::string() : offers.error().message;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Offers, AreReadFromTheirFiles) {
  const auto offers =
      read_offers({{"offers/quality-y.yaml", kQuality}, {"datasets.yaml", "not an offer"}}, {});
  ASSERT_TRUE(offers) << offers.error().message;
  ASSERT_EQ(offers->size(), 1u);
  EXPECT_EQ(offers->front().id, "quality-y");
  EXPECT_EQ(offers->front().policy.permissions[0].constraints.size(), 3u);
}

TEST(Offers, OdrlNamesDatasetsAndParticipantsItself) {
  const auto offers = read_offers({{"offers/o.odrl.json", R"({
    "@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Offer", "uid": "urn:uuid:1",
    "permission": [{"target": "quality", "assignee": "did:web:x.example", "action": "use",
      "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": "3"}]}]})"}},
                                  {});
  ASSERT_TRUE(offers) << offers.error().message;
  EXPECT_EQ(offers->front().datasets, std::vector<std::string>{"quality"});
  EXPECT_EQ(offers->front().participants[0].str(), "did:web:x.example");
}

TEST(Offers, EveryMistakeNamesFileAndLine) {
  EXPECT_TRUE(
      has(message_of({{"offers/o.yaml", "version: 1\ndatasets: [q]\ngroups: [g]\nuse: 3\n"}}),
          "offers/o.yaml:4: unknown key 'use'; did you mean 'uses'?"));
  EXPECT_TRUE(has(message_of({{"offers/o.yaml", "datasets: [q]\ngroups: [g]\nuses: ten\n"}}),
                  "offers/o.yaml:1: permission[0].constraint[0]"));
  EXPECT_TRUE(has(message_of({{"offers/o.yaml", "datasets: [q]\ngroups: [g]\n\nfor: long\n"}}),
                  "offers/o.yaml:4: for: 'long' is no duration"));
  EXPECT_TRUE(has(message_of({{"offers/o.yaml", "a: [\n"}}), "offers/o.yaml:"));
  EXPECT_TRUE(has(message_of({{"offers/data.yaml", kQuality}}), "offers/data.yaml:1:"));
  EXPECT_TRUE(has(message_of({{"offers/Q.yaml", kQuality}}), "offers/Q.yaml:1:"));
  EXPECT_TRUE(has(message_of({{"offers/o.odrl.json", "{\"a\":\n,}"}}), "offers/o.odrl.json:2:"));
  EXPECT_TRUE(has(message_of({{"offers/o.odrl.json", "{}"}, {"offers/o.yaml", kQuality}}),
                  "an offer of the same id"));
}

TEST(Offers, UseTheWordsOfTheTables) {
  const opa::OfferWords words{
      {"customer"}, {"orders", "quality"}, {"tracking"}, {"open", "secret"}};
  const std::string message = message_of({{"offers/o.yaml", R"(version: 1
datasets: [qualty]
groups: [custmer]
purposes: [trackng]
without: [secrt]
)"}},
                                         words);
  EXPECT_TRUE(has(message,
                  "offers/o.yaml:2: datasets: datasets.yaml has no dataset 'qualty'; did "
                  "you mean 'quality'?"));
  EXPECT_TRUE(has(message, "offers/o.yaml:3: groups: datasets.yaml has no group 'custmer'"));
  EXPECT_TRUE(has(message, "offers/o.yaml:4: purposes: purposes.yaml opens nothing for 'trackng'"));
  EXPECT_TRUE(has(message, "offers/o.yaml:5: without: labels.yaml has no label 'secrt'"));
  EXPECT_EQ(message_of({{"offers/o.yaml", "datasets: ['q*']\ngroups: [customer]\n"}}, words), "");
}

// What is not to be among the data are labels of fields; else labels of datasets are meant.
TEST(Offers, OnlyWhatIsWithheldIsALabelOfTheTables) {
  const opa::OfferWords words{{"customer"}, {"quality"}, {"tracking"}, {"open", "secret"}};
  const auto offer_with = [&](const char* left, const char* op, const char* value) {
    return message_of(
        {{"offers/o.odrl.json", std::string(R"({
      "@context": ["http://www.w3.org/ns/odrl.jsonld", {"ids": "https://w3id.org/idsa/core/",
        "skos": "http://www.w3.org/2004/02/skos/core#"}],
      "@type": "Offer", "uid": "urn:uuid:1", "assignee": "did:web:x.example",
      "permission": [{"action": "use", "target": {"@type": "AssetCollection", "source": "quality",
        "refinement": [{"leftOperand": ")") +
                                    left + R"(", "operator": ")" + op + R"(", "rightOperand": [")" +
                                    value + R"("]}]}}]})"}},
        words);
  };
  EXPECT_EQ(offer_with("ids:artifact_state", "isAllOf", "idsc:encrypted"), "");
  EXPECT_EQ(offer_with("skos:concept", "isPartOf", "automotive"), "");
  EXPECT_EQ(offer_with("skos:concept", "isNoneOf", "secret"), "");
  EXPECT_TRUE(has(offer_with("skos:concept", "isNoneOf", "secrt"), "did you mean 'secret'?"));
}

TEST(Offers, ArePublishedWithThePolicyUnderOneRevision) {
  Company company;
  const auto engine = company.start();
  const auto before = engine->revision();
  company.write("offers/all-orders.yaml", "datasets: [orders]\ngroups: [customer]\n");
  EXPECT_TRUE(opa::offers_in_force(company.path("data"))->empty());
  ASSERT_TRUE(engine->publish());
  EXPECT_NE(engine->revision(), before);
  ASSERT_EQ(opa::offers_in_force(company.path("data"))->size(), 1u);

  company.write("offers/all-orders.yaml", "datasets: [orders]\ngroups: [costumer]\n");
  const auto refused = engine->publish();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(has(refused.error().message, "offers/all-orders.yaml:2: groups:"));
  EXPECT_EQ(opa::offers_in_force(company.path("data"))->size(), 1u);

  ASSERT_TRUE(engine->rollback(""));
  EXPECT_TRUE(opa::offers_in_force(company.path("data"))->empty());
}

}  // namespace
}  // namespace connector::testing
