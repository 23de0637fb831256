#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <random>
#include <set>

#include "offices.h"

namespace connector::testing {
namespace {

std::string name(const char* kind, std::size_t number) {
  return kind + std::to_string(number);
}

// Offers to random groups and participants, whose groups and sites are random, too.
OfferTable random_table(std::mt19937& random, std::size_t count) {
  std::vector<contract::Offer> offers(count);
  for (std::size_t i = 0; i < count; ++i) {
    offers[i].id = name("offer", i);
    for (std::size_t n = random() % 3; n > 0; --n) {
      offers[i].groups.push_back(name("group", random() % 6));
    }
    for (std::size_t n = random() % 2; n > 0; --n) {
      offers[i].participants.emplace_back(name("did:web:company", random() % 30));
    }
  }
  StatedFacts stated;
  for (std::size_t i = 0; i < 20; ++i) {
    PartnerGroups& partner = stated.partners[core::ParticipantId(name("did:web:company", i))];
    for (std::size_t n = random() % 3; n > 0; --n) {
      partner.groups.push_back(name("group", random() % 6));
    }
    if (random() % 3 == 0) partner.sites = {"east"};
  }
  return {core::Revision("r"), std::move(offers), std::move(stated)};
}

TEST(OfferTable, ListAndGetAgreeForEachPair) {
  std::mt19937 random(20261125);
  std::size_t pairs = 0;
  std::size_t seen = 0;
  while (pairs < 100'000) {
    const OfferTable table = random_table(random, 200);
    for (std::size_t company = 0; company < 31; ++company) {
      for (const char* site : {"east", "west"}) {
        const core::Connector caller{core::ParticipantId(name("did:web:company", company)),
                                     core::SiteName(site)};
        std::set<std::string> listed;
        std::string after;
        for (;;) {
          const auto page = table.page(caller, after, 7);
          for (const auto* offer : page) EXPECT_TRUE(listed.insert(offer->id).second);
          if (page.size() < 7) break;
          after = page.back()->id;
        }
        for (const contract::Offer& offer : table.all()) {
          ++pairs;
          seen += listed.count(offer.id);
          ASSERT_EQ(table.find(caller, offer.id) != nullptr, listed.count(offer.id) > 0)
              << caller.str() << " " << offer.id;
        }
      }
    }
  }
  // Neither all nor none: the comparison means something.
  EXPECT_GT(seen, pairs / 20);
  EXPECT_LT(seen, pairs / 2);
}

// Prints what a page costs; docs/performance.md states it.
TEST(OfferTable, APageOfAHundredThousandOffers) {
  const contract::Offer like = quality_offer();
  std::vector<contract::Offer> offers(100'000, like);
  for (std::size_t i = 0; i < offers.size(); ++i) {
    offers[i].id = name("offer", 100'000 + i);
    if (i % 2 == 1) offers[i].participants = {core::ParticipantId("did:web:other.example")};
  }
  TwoOffices two;
  two.provider.offer(std::move(offers));
  OfferQuery query;
  std::size_t pages = 0;
  const auto start = std::chrono::steady_clock::now();
  std::set<std::string> ids;
  for (; pages < 20; ++pages) {
    const auto page = two.provider.contracting().list_offers({maker(), {}}, query);
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->offers.size(), 50u);
    for (const OfferItem& item : page->offers) ids.insert(item.id);
    query.page_token = page->next_page_token;
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_EQ(*ids.rbegin(), "offer101998");  // of every second one the thousandth
  std::cout << "a page of 50 among 100,000 offers: " << took.count() / 20 << " ms\n";
}

TEST(OfferTable, PagesAreInTheOrderOfIdsAndHoldEachOfferOnce) {
  auto both = quality_offer();
  both.groups = {"customer"};
  StatedFacts stated;
  stated.partners[maker().participant].groups = {"customer", "customer"};
  std::vector<contract::Offer> offers;
  for (const char* id : {"c", "a", "b"}) {
    offers.push_back(both);
    offers.back().id = id;
  }
  const OfferTable table(core::Revision("r"), offers, stated);
  const auto page = table.page(maker(), "", 10);
  ASSERT_EQ(page.size(), 3u);
  EXPECT_EQ(page[0]->id, "a");
  EXPECT_EQ(page[2]->id, "c");
  EXPECT_EQ(table.page(maker(), "b", 10).size(), 1u);
}

contract::Payment euros(const char* amount) {
  return {*core::Decimal::parse(amount), "urn:euro", {}, {}, {}};
}

TEST(OfferTable, APaymentHoldsForItsAgreementOrOfferUntilItLapses) {
  StatedFacts stated;
  stated.payments["a1"] = {{euros("500"), std::nullopt}};
  stated.payments[paid_for(maker().participant, "rent")] = {{euros("7"), 100}, {euros("8"), 50}};
  const OfferTable table(core::Revision("r"), {}, stated);
  contract::Agreement agreement;
  agreement.id = "a1";
  agreement.offer = "rent";
  agreement.consumer = maker();
  const auto paid_at = [&](core::EpochNs now) {
    contract::Facts facts;
    facts.now = now;
    const auto lapse = table.add_payments(agreement, facts);
    return std::pair(facts.payments.size(), lapse);
  };
  EXPECT_EQ(paid_at(49), std::pair(std::size_t{3}, std::optional<core::EpochNs>(50)));
  EXPECT_EQ(paid_at(50), std::pair(std::size_t{2}, std::optional<core::EpochNs>(100)));
  EXPECT_EQ(paid_at(100), std::pair(std::size_t{1}, std::optional<core::EpochNs>()));
  agreement.id = "a2";
  EXPECT_EQ(paid_at(49).first, 2u);
  agreement.consumer = supplier();
  EXPECT_EQ(paid_at(49).first, 0u);
}

}  // namespace
}  // namespace connector::testing
