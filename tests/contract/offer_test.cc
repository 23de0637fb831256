#include "contract/offer.h"

#include <gtest/gtest.h>

#include "contract/registry.h"

namespace connector::contract {
namespace {

core::Json json(const char* text) {
  auto parsed = core::parse_untrusted(text);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? *parsed : core::Json();
}

// "Partner X may use quality data of project Y for complaint handling until June, 10 times, without
// prices", as an admin writes it.
constexpr const char* kOffer = R"({
  "version": 1, "title": "Quality of project Y", "datasets": ["quality-y"],
  "participants": ["did:web:x.example"], "purposes": ["complaint-handling"],
  "until": "2026-06-30", "uses": 10, "without": ["confidential"],
  "delete": "P6M", "log": "each-use", "inform": "did:web:maker.example",
  "replace": {"measurement.operator": "xxxx"}})";

TEST(Offer, TheShortFormBecomesThePolicyThatItMeans) {
  const auto offer = read_offer("quality-project-y", json(kOffer));
  ASSERT_TRUE(offer) << offer.error().message;
  EXPECT_EQ(offer->id, "quality-project-y");
  EXPECT_EQ(offer->policy.type, Policy::Type::kOffer);
  ASSERT_EQ(offer->policy.permissions.size(), 1u);
  const Rule& rule = offer->policy.permissions[0];

  ASSERT_EQ(rule.constraints.size(), 3u);
  EXPECT_EQ(rule.constraints[0].left, "purpose");
  EXPECT_EQ(rule.constraints[0].op, Operator::kIsAnyOf);
  EXPECT_EQ(rule.constraints[1].left, "dateTime");
  EXPECT_EQ(rule.constraints[1].right[0].text, "2026-06-30T23:59:59Z");
  EXPECT_EQ(rule.constraints[2].left, "count");
  EXPECT_EQ(rule.constraints[2].right[0].text, "10");

  ASSERT_EQ(rule.targets.size(), 1u);
  EXPECT_TRUE(rule.targets[0].collection);
  EXPECT_EQ(rule.targets[0].source, "quality-y");
  EXPECT_EQ(rule.targets[0].refinements[0].op, Operator::kIsNoneOf);

  ASSERT_EQ(rule.duties.size(), 4u);
  EXPECT_EQ(rule.duties[0].actions[0].name, "idsc:REPLACE");
  EXPECT_EQ(rule.duties[0].actions[0].refinements[1].right[0].text, "$.measurement.operator");
  EXPECT_EQ(rule.duties[1].actions[0].name, "delete");
  EXPECT_EQ(rule.duties[2].actions[0].name, "idsc:log");
  EXPECT_EQ(rule.duties[3].functions[0].subjects[0].id, "did:web:maker.example");
  EXPECT_TRUE(assess(offer->policy).enforceable());
}

TEST(Offer, ListsEveryMistakeWithItsKey) {
  const auto offer = read_offer("o", json(R"({
    "titel": "x", "datasets": [], "until": "2026-06-30T12:00:00", "for": "3 months",
    "delete": "soon", "participants": ["x.example"], "replace": {"a": 1}})"));
  ASSERT_FALSE(offer);
  EXPECT_EQ(offer.error().reason, "OFFER_INVALID");
  for (const char* part :
       {"titel: unknown key; did you mean 'title'?", "datasets: name at least one",
        "until: '2026-06-30T12:00:00' has no zone", "for: '3 months' is no duration",
        "delete: 'soon' is not", "participants: 'x.example'", "replace.a: give the text"}) {
    EXPECT_NE(offer.error().message.find(part), std::string::npos) << part;
  }
}

TEST(Offer, HoldsItsTermsAgainstTheRegistry) {
  const auto offer =
      read_offer("o", json(R"({"datasets": ["d"], "groups": ["g"], "uses": "ten"})"));
  ASSERT_FALSE(offer);
  EXPECT_NE(offer.error().message.find("permission[0].constraint[0]"), std::string::npos);
}

TEST(Offer, AStarCoversWhatBeginsAlike) {
  EXPECT_TRUE(covers("quality-*", "quality-y"));
  EXPECT_TRUE(covers("*", "orders"));
  EXPECT_TRUE(covers("orders", "orders"));
  EXPECT_FALSE(covers("quality-*", "quality"));
  EXPECT_FALSE(covers("orders", "orders2"));
  EXPECT_FALSE(covers("", "orders"));
}

}  // namespace
}  // namespace connector::contract
