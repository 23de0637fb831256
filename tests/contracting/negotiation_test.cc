#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "contract/registry.h"
#include "evidence/log_entry.h"
#include "offices.h"

namespace connector::testing {
namespace {

using contract::State;

std::vector<KeptAgreement> kept_by(Office& office) {
  return *office.contracts().agreements({}, 1000);
}

std::vector<Negotiation> rows_of(Office& office) {
  return *office.contracts().negotiations(false, 1000);
}

// Each side holds the same bytes, signed by both.
void expect_same_agreement(TwoOffices& two) {
  const auto ours = kept_by(two.consumer);
  const auto theirs = kept_by(two.provider);
  ASSERT_EQ(ours.size(), 1u);
  ASSERT_EQ(theirs.size(), 1u);
  EXPECT_EQ(ours[0].payload, theirs[0].payload);
  EXPECT_EQ(ours[0].state, AgreementState::kInForce);
  EXPECT_EQ(theirs[0].state, AgreementState::kInForce);
  EXPECT_EQ(ours[0].provider.signature, theirs[0].provider.signature);
  EXPECT_EQ(ours[0].consumer.signature, theirs[0].consumer.signature);
  EXPECT_EQ(ours[0].provider.signature.size(), 64u);
  EXPECT_EQ(ours[0].consumer.signature.size(), 64u);
}

TEST(Negotiation, AnOfferAsItStandsIsAgreedByBoth) {
  TwoOffices two;
  const auto row = two.ask();
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(row->state, State::kFinalized);
  expect_same_agreement(two);
  EXPECT_EQ(rows_of(two.provider).at(0).state, State::kFinalized);
  const auto kept = kept_by(two.consumer).at(0);
  EXPECT_EQ(kept.terms.provider, supplier());
  EXPECT_EQ(kept.terms.consumer, maker());
  EXPECT_EQ(kept.terms.datasets, std::vector<std::string>{"quality-*"});
  EXPECT_EQ(kept.terms.registry, contract::kRegistryVersion);
  EXPECT_EQ(kept.terms.provider_revision.str(), "revision-1");
}

TEST(Negotiation, TheLogsOfBothNameTheBytesThatAreSigned) {
  TwoOffices two;
  ASSERT_TRUE(two.ask());
  for (Office* office : {&two.provider, &two.consumer}) {
    const std::string digest = core::hex(core::sha256(kept_by(*office).at(0).payload));
    std::vector<std::string> naming;
    Log& log = office->store().log();
    for (std::uint64_t i = 0; i < log.size(); ++i) {
      const auto entry = evidence::read_log_entry(*log.entry(i));
      ASSERT_TRUE(entry);
      if (entry->subject == digest) naming.push_back(entry->kind);
    }
    EXPECT_EQ(naming, (std::vector<std::string>{"contract.agreement", "contract.verification"}));
  }
}

TEST(Negotiation, AnAgreementIsNotOverwrittenByAnotherOfItsId) {
  TwoOffices two;
  ASSERT_TRUE(two.ask());
  const KeptAgreement kept = kept_by(two.consumer).at(0);
  const auto put = [&](KeptAgreement other) {
    auto promise = std::make_shared<std::promise<std::string>>();
    auto answer = promise->get_future();
    two.consumer.store().log().append(
        {.entries = {}, .effects = {PutAgreement{std::move(other)}}, .on_behalf_of = {}},
        [promise](core::Result<LogSpan> span) {
          promise->set_value(span ? "kept" : span.error().reason);
        });
    return answer.get();
  };
  KeptAgreement other = kept;
  other.terms.concluded_s += 1;
  other.payload = contract::to_text(other.terms);
  EXPECT_EQ(put(other), "NEGOTIATION_MISMATCH");
  other = kept;
  other.partner = {core::ParticipantId("did:web:other.example"), core::SiteName("main")};
  EXPECT_EQ(put(other), "NEGOTIATION_MISMATCH");
  EXPECT_EQ(kept_by(two.consumer).at(0).payload, kept.payload);
  other = kept;
  other.state = AgreementState::kEnded;
  EXPECT_EQ(put(other), "kept");
  EXPECT_EQ(kept_by(two.consumer).at(0).state, AgreementState::kEnded);
}

TEST(Negotiation, TheSameIsNotNegotiatedTwice) {
  TwoOffices two;
  const auto first = two.ask();
  ASSERT_TRUE(first) << first.error().message;
  const auto second = two.ask();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->agreement, first->agreement);
  EXPECT_EQ(kept_by(two.provider).size(), 1u);
  const auto anew = two.ask({}, false, true);
  ASSERT_TRUE(anew) << anew.error().message;
  EXPECT_NE(anew->agreement, first->agreement);
}

TEST(Negotiation, ManyWhoAskForTheSameAtOnceMakeOneAgreement) {
  TwoOffices two;
  const OfferItem item = two.consumer.catalogued("quality", two.provider);
  std::vector<std::thread> threads;
  std::vector<std::string> agreements(64);
  for (std::size_t i = 0; i < agreements.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto row = two.consumer.contracting().ask({supplier(), item, {}, false, false, -1});
      agreements[i] = row ? row->agreement : row.error().message;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& one : agreements) EXPECT_EQ(one, agreements.front());
  EXPECT_EQ(kept_by(two.provider).size(), 1u);
  expect_same_agreement(two);
}

TEST(Negotiation, OtherTermsAreAnsweredWithACounterOffer) {
  TwoOffices two;
  const OfferItem item = two.consumer.catalogued("quality", two.provider);
  const auto row = two.ask(with_uses(item, "20"));
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(row->state, State::kOffered);
  EXPECT_TRUE(row->waiting);
  // The maker asked for one use of the data more often; that is the term that came back changed.
  EXPECT_EQ(row->changed, std::vector<std::string>{"permission[0].constraint[1]"});
  EXPECT_EQ(rows_of(two.provider).at(0).changed,
            std::vector<std::string>{"permission[0].constraint[1]"});
  EXPECT_TRUE(kept_by(two.provider).empty());
  const auto approved = two.consumer.contracting().approve(row->id, 1000);
  ASSERT_TRUE(approved) << approved.error().message;
  EXPECT_EQ(approved->state, State::kFinalized);
  expect_same_agreement(two);
  EXPECT_EQ(kept_by(two.consumer)[0].terms.policy.permissions[0].constraints[1].right[0].text,
            "10");
}

TEST(Negotiation, ACounterOfferIsAcceptedUnseenWhereThatWasSaid) {
  TwoOffices two;
  const OfferItem item = two.consumer.catalogued("quality", two.provider);
  const auto row = two.ask(with_uses(item, "20"), true);
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(row->state, State::kFinalized);
  expect_same_agreement(two);
}

TEST(Negotiation, APersonOfTheProviderDecides) {
  TwoOffices two;
  two.provider.policy.unchanged = NegotiationVerdict::kAsk;
  const auto row = two.ask();
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(row->state, State::kRequested);
  EXPECT_FALSE(row->waiting);
  const Negotiation theirs = rows_of(two.provider).at(0);
  EXPECT_TRUE(theirs.waiting);
  const auto approved = two.provider.contracting().approve(theirs.id, 1000);
  ASSERT_TRUE(approved) << approved.error().message;
  EXPECT_EQ(approved->state, State::kFinalized);
  EXPECT_EQ(rows_of(two.consumer).at(0).state, State::kFinalized);
  expect_same_agreement(two);
  const auto again = two.provider.contracting().approve(theirs.id, 1000);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "NEGOTIATION_NOT_WAITING");
}

TEST(Negotiation, APersonRefusesAndThePartnerHearsWhy) {
  TwoOffices two;
  two.provider.policy.unchanged = NegotiationVerdict::kAsk;
  ASSERT_TRUE(two.ask());
  const Negotiation theirs = rows_of(two.provider).at(0);
  ASSERT_TRUE(two.provider.contracting().reject(theirs.id, "not in this quarter", 1000));
  const Negotiation ours = rows_of(two.consumer).at(0);
  EXPECT_EQ(ours.state, State::kTerminated);
  EXPECT_EQ(ours.reason, "TERMS_REFUSED: not in this quarter");
  EXPECT_TRUE(kept_by(two.consumer).empty());
}

TEST(Negotiation, NobodyDecidesInTimeAndItEnds) {
  TwoOffices two;
  two.provider.close();
  two.provider.person_time = std::chrono::seconds(1);
  two.provider.open();
  two.provider.policy.unchanged = NegotiationVerdict::kAsk;
  ASSERT_TRUE(two.ask());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (rows_of(two.consumer).at(0).state != State::kTerminated &&
         std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(rows_of(two.consumer).at(0).state, State::kTerminated);
  EXPECT_EQ(rows_of(two.provider).at(0).state, State::kTerminated);
}

TEST(Negotiation, AnOfferThatChangedIsNotAgreedUnderItsOldTerms) {
  TwoOffices two;
  const OfferItem item = two.consumer.catalogued("quality", two.provider);
  two.provider.offer({quality_offer("3")});
  const auto row = two.consumer.contracting().ask({supplier(), item, {}, false, false, -1});
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().reason, "OFFER_CHANGED");
  EXPECT_EQ(rows_of(two.consumer).at(0).state, State::kTerminated);
  EXPECT_TRUE(kept_by(two.provider).empty());
}

TEST(Negotiation, WhatIsNotOfferedCannotBeToldFromWhatDoesNotExist) {
  TwoOffices two;
  OfferItem item = two.consumer.catalogued("quality", two.provider);
  auto hidden = quality_offer();
  hidden.participants = {core::ParticipantId("did:web:other.example")};
  two.provider.offer({hidden});
  const auto refused = two.consumer.contracting().ask({supplier(), item, {}, false, false, -1});
  two.provider.offer({});
  const auto absent = two.consumer.contracting().ask({supplier(), item, {}, false, false, -1});
  ASSERT_FALSE(refused);
  ASSERT_FALSE(absent);
  EXPECT_EQ(refused.error().reason, "OFFER_NOT_FOUND");
  EXPECT_EQ(refused.error().message, absent.error().message);
}

TEST(Negotiation, ATermThatNobodyCanEnforceIsRefusedByBothSides) {
  TwoOffices two;
  const OfferItem item = two.consumer.catalogued("quality", two.provider);
  auto terms = with_uses(item, "10");
  contract::Constraint moon;
  moon.left = "moonPhase";
  moon.right = {{{}, "full"}};
  terms.permissions[0].constraints.push_back(moon);
  const auto row = two.ask(terms);
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().reason, "TERM_NOT_ENFORCEABLE");
  EXPECT_NE(row.error().message.find("moonPhase"), std::string::npos);
  EXPECT_TRUE(rows_of(two.consumer).empty());
}

// The key goes while the provider is away from the consumer: what was signed with it is signed
// anew.
TEST(Negotiation, AKeyThatWasRotatedOutOnTheWayHoldsNothingUp) {
  for (const bool provider : {true, false}) {
    SCOPED_TRACE(provider ? "of the provider" : "of the consumer");
    TwoOffices two;
    const OfferItem item = two.consumer.catalogued("quality", two.provider);
    // The last step before the other side hears: the signed row is kept, the machine stops.
    (provider ? two.provider : two.consumer).power.cut_after(provider ? 2 : 6);
    const auto cut = two.consumer.contracting().ask({supplier(), item, {}, false, false, -1});
    EXPECT_FALSE(cut);
    Office& rotates = provider ? two.provider : two.consumer;
    Office& other = provider ? two.consumer : two.provider;
    const auto before = kept_by(rotates);
    ASSERT_EQ(before.size(), 1u);
    rotates.signer.use(KnownKey::rfc8032(2));
    other.meet(rotates);
    two.restart();
    expect_same_agreement(two);
    const auto after = kept_by(other).at(0);
    EXPECT_EQ((provider ? after.provider : after.consumer).key_id, rotates.signer.key_id().str());
    EXPECT_EQ(after.payload, before[0].payload);
  }
}

TEST(Negotiation, AnAgreementEndsForBothSides) {
  TwoOffices two;
  const auto row = two.ask();
  ASSERT_TRUE(row) << row.error().message;
  const auto ended = two.provider.contracting().end(row->agreement, "project Y is over", 1000);
  ASSERT_TRUE(ended) << ended.error().message;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (kept_by(two.consumer)[0].state != AgreementState::kEnded &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(kept_by(two.consumer)[0].state, AgreementState::kEnded);
  EXPECT_EQ(kept_by(two.consumer)[0].ended_by, supplier().str());
  EXPECT_EQ(kept_by(two.consumer)[0].reason, "project Y is over");
  EXPECT_EQ(kept_by(two.provider)[0].state, AgreementState::kEnded);
  const auto held = two.consumer.contracting().agreement(row->agreement);
  ASSERT_TRUE(held && *held);
  EXPECT_EQ((*held)->state, AgreementState::kEnded);
}

TEST(Negotiation, AnIdleConnectorSaysNothing) {
  TwoOffices two;
  ASSERT_TRUE(two.ask());
  const int said = two.consumer.line.calls + two.provider.line.calls;
  const std::uint64_t entries = two.consumer.store().log().size();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(two.consumer.line.calls + two.provider.line.calls, said);
  EXPECT_EQ(two.consumer.store().log().size(), entries);
}

// ---- power cuts ----------------------------------------------------------------------------

enum class Story { kAgreed, kCountered, kByPerson };

// Runs the story with the power of one side cut after so many steps, then both start again. What
// was asked for is then agreed by both, or known to neither as agreed.
void cut_and_compare(Story story, bool provider, int steps) {
  SCOPED_TRACE("story " + std::to_string(static_cast<int>(story)) +
               (provider ? " provider" : " consumer") + " after " + std::to_string(steps));
  TwoOffices two;
  if (story == Story::kByPerson) two.provider.policy.unchanged = NegotiationVerdict::kAsk;
  const OfferItem item = two.consumer.catalogued("quality", two.provider);
  (provider ? two.provider : two.consumer).power.cut_after(steps);
  const bool counter = story == Story::kCountered;
  auto asked = two.consumer.contracting().ask(
      {supplier(), item,
       counter ? std::optional(with_uses(item, "20")) : std::optional<contract::Policy>(), counter,
       false, -1});
  if (story == Story::kByPerson) {
    for (const Negotiation& row : rows_of(two.provider)) {
      if (row.waiting) {
        [[maybe_unused]] const auto approved = two.provider.contracting().approve(row.id, 1000);
      }
    }
  }
  two.restart();
  if (story == Story::kByPerson) {
    for (const Negotiation& row : rows_of(two.provider)) {
      if (row.waiting) {
        ASSERT_TRUE(two.provider.contracting().approve(row.id, 1000));
      }
    }
    two.wait_until_quiet();
  }
  const auto ours = rows_of(two.consumer);
  const auto theirs = rows_of(two.provider);
  if (ours.empty()) {  // cut before the first word was kept
    EXPECT_TRUE(theirs.empty());
    return;
  }
  ASSERT_EQ(ours.size(), 1u);
  ASSERT_EQ(theirs.size(), 1u);
  EXPECT_EQ(ours[0].state, State::kFinalized);
  EXPECT_EQ(theirs[0].state, ours[0].state);
  EXPECT_EQ(theirs[0].agreement, ours[0].agreement);
  expect_same_agreement(two);
}

class PowerCuts : public ::testing::TestWithParam<std::tuple<Story, bool>> {};

TEST_P(PowerCuts, BothSidesEndInTheSameState) {
  const auto [story, provider] = GetParam();
  // More steps than the longest story takes: the last runs are not cut at all.
  for (int steps = 1; steps <= 18; ++steps) cut_and_compare(story, provider, steps);
}

INSTANTIATE_TEST_SUITE_P(EveryStep, PowerCuts,
                         ::testing::Combine(::testing::Values(Story::kAgreed, Story::kCountered,
                                                              Story::kByPerson),
                                            ::testing::Bool()));

}  // namespace
}  // namespace connector::testing
