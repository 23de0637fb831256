// Whose key was in use where in a log: what counts is the place of the entry, not the signer's
// clock.
#include "exchange/payload.h"
#include "exports.h"

namespace connector::testing {
namespace {

constexpr std::int64_t kBegin_s = 1'750'000'000;

// Three fetches, each under keys of its own.
void exchange_under_three_keys(TwoConnectors& two) {
  two.introduce();
  two.add_orders(2);
  ASSERT_TRUE(two.fetch());
  for (int i = 0; i < 2; ++i) {
    two.rotate_keys();
    const auto fetched = two.fetch();
    ASSERT_TRUE(fetched) << fetched.error().message;
  }
}

// The provider's first key, as if somebody had kept it.
KnownSigner old_key() {
  return KnownSigner(KnownKey::rfc8032(1));
}

// What the consumer's log would say had it taken this receipt. The account book has it as well.
void take_receipt(TwoConnectors& two, const AccountFacts& facts, const SignedEnvelope& receipt) {
  const auto random = [](std::size_t size) { return std::string(size, 'r'); };
  Commit commit;
  commit.entries = {
      entry_opened(facts, false, random),
      entry_closed(facts, false, {"complete", {}, core::hex(core::sha256(receipt.payload)), {}},
                   random)};
  commit.effects = {
      OpenAccount{"forged", brink(), false, facts.first_request, facts.request_id, {}},
      CloseAccount{"forged", "complete", to_json_text(receipt), {}}};
  two.consumer_side.log.append(std::move(commit), [](const core::Result<LogSpan>&) {});
  two.consumer_side.log.settle();
}

AccountFacts some_facts(TwoConnectors& two) {
  AccountFacts facts;
  facts.provider = brink();
  facts.consumer = veldkamp();
  facts.request_id = facts.first_request = "00000000-0000-4000-8000-000000000001";
  facts.dataset = core::DatasetId("orders");
  facts.purpose = core::Purpose("order-tracking");
  facts.checkpoint = *two.provider_side.checkpoint();
  facts.at = kBegin_s * 1'000'000'000;  // when the first key was in use
  return facts;
}

TEST(KeyPlaces, ReceiptsVerifyAfterTwoRotations) {
  TwoConnectors two;
  exchange_under_three_keys(two);
  for (const Side* side : {&two.provider_side, &two.consumer_side}) {
    const auto report = verified(*export_of(two, *side));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->text_at("receipts"), "3");
    EXPECT_EQ(report->text_at("acknowledgements"), "3");
  }
}

// By its time it would be good: the first key was in use then. By its place it is not.
TEST(KeyPlaces, AReceiptForgedWithAnOldKeyIsRefusedWhateverTimeItStates) {
  TwoConnectors two;
  exchange_under_three_keys(two);
  const AccountFacts facts = some_facts(two);
  take_receipt(two, facts, sign_receipt(facts, old_key()));
  const auto report = verified(*export_of(two, two.consumer_side));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().metadata.at("place"), "receipt");
  EXPECT_NE(report.error().message.find("was not in use"), std::string::npos);
}

TEST(KeyPlaces, TheSameReceiptCountsBeforeTheKeyEnded) {
  TwoConnectors two;
  two.introduce();
  const AccountFacts facts = some_facts(two);
  take_receipt(two, facts, sign_receipt(facts, old_key()));
  two.rotate_keys();
  EXPECT_EQ(verdict(*export_of(two, two.consumer_side)), "verified");
}

TEST(KeyPlaces, AReceiptBeforeItsKeyBeganIsRefused) {
  TwoConnectors two;
  two.introduce();
  const AccountFacts facts = some_facts(two);
  TwoConnectors later;
  later.rotate_keys();  // the same keys in each run
  take_receipt(two, facts, sign_receipt(facts, later.provider_side.signer));
  two.rotate_keys();
  EXPECT_NE(verdict(*export_of(two, two.consumer_side)).find("was not in use"), std::string::npos);
}

TEST(KeyPlaces, TheConsumerTakesNoReceiptOfAnOldKey) {
  TwoConnectors two;
  exchange_under_three_keys(two);
  two.wire->bend_receipt = [](SignedEnvelope& receipt) {
    receipt = sign_payload(kReceiptType, *core::parse_untrusted(receipt.payload), old_key());
  };
  EXPECT_EQ(reason_of(two.fetch()), "KEY_NOT_VALID");
}

TEST(KeyPlaces, TheProviderTakesNoAcknowledgementOfAnOldKey) {
  TwoConnectors two;
  two.introduce();
  two.add_orders(2);
  two.wire->lose_acknowledgement = true;
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched);
  two.rotate_keys();
  const Acknowledgement said{veldkamp(),
                             brink(),
                             fetched->receipt.first_request,
                             core::sha256(fetched->envelope.payload),
                             {},
                             kBegin_s * 1'000'000'000};
  two.wire->lose_acknowledgement = false;
  const auto answer =
      two.wire->acknowledge({}, sign_acknowledgement(said, KnownSigner(KnownKey::rfc8032(0))));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "KEY_NOT_VALID");
}

// The partner introduces another key while its receipt is on its way: it is not on record under a
// key that has ended, and the fetch is had again under the new one.
TEST(KeyPlaces, AReceiptThatARotationOvertakesIsHadAgain) {
  TwoConnectors two;
  two.introduce();
  two.add_orders(2);
  two.wire->bend_receipt = [&](SignedEnvelope&) { two.rotate_keys(); };
  const auto overtaken = two.fetch();
  ASSERT_EQ(reason_of(overtaken), "KEY_NOT_VALID");
  two.wire->bend_receipt = nullptr;
  const auto again = two.fetch(overtaken.error().metadata.at("resume"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->acknowledged);
  EXPECT_EQ(again->receipt.records, 2u);
  EXPECT_EQ(again->envelope.key_id, two.provider_side.signer.key_id().str());
  for (const Side* side : {&two.provider_side, &two.consumer_side}) {
    EXPECT_EQ(verdict(*export_of(two, *side)), "verified");
  }
}

// Another introduction of the same key, because of a new CA say: the receipt stands under it.
TEST(KeyPlaces, AReceiptStandsUnderANewerIntroductionOfTheSameKey) {
  TwoConnectors two;
  two.introduce();
  two.add_orders(2);
  two.wire->bend_receipt = [&](SignedEnvelope&) {
    Side& provider = two.provider_side;
    provider.issue(provider.signer.introduced(provider.key_from_s, 4'000'000'000));
    two.consumer_side.partners.put(provider.as_partner());
    provider.log_introduction(evidence::kSelfIntroduced, provider);
    two.consumer_side.log_introduction(evidence::kPartnerIntroduced, provider);
  };
  const auto fetched = two.fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_TRUE(fetched->acknowledged);
  for (const Side* side : {&two.provider_side, &two.consumer_side}) {
    EXPECT_EQ(verdict(*export_of(two, *side)), "verified");
  }
}

// Ours: the checkpoint in it must be from before the entry that ended its key.
TEST(KeyPlaces, OwnReceiptsOfAnOldKeyCountByTheCheckpointInThem) {
  for (const bool late : {false, true}) {
    TwoConnectors two;
    two.introduce();
    AccountFacts facts = some_facts(two);
    two.rotate_keys();
    if (late) facts.checkpoint = *two.provider_side.checkpoint();
    const SignedEnvelope receipt = sign_receipt(facts, old_key());
    const auto random = [](std::size_t size) { return std::string(size, 'r'); };
    Commit commit;
    commit.entries = {
        entry_opened(facts, true, random),
        entry_closed(facts, true, {"complete", {}, core::hex(core::sha256(receipt.payload)), {}},
                     random)};
    commit.effects = {
        OpenAccount{"own", veldkamp(), true, facts.first_request, facts.request_id, {}},
        CloseAccount{"own", "complete", to_json_text(receipt), {}}};
    two.provider_side.log.append(std::move(commit), [](const core::Result<LogSpan>&) {});
    two.provider_side.log.settle();
    const std::string said = verdict(*export_of(two, two.provider_side));
    EXPECT_EQ(late, said.find("was not in use") != std::string::npos) << said;
    EXPECT_EQ(late, said != "verified") << said;
  }
}

TEST(KeyPlaces, ARemovedPartnersStatementsStillVerify) {
  TwoConnectors two;
  exchange_under_three_keys(two);
  two.provider_side.log_introduction(evidence::kPartnerRemoved, two.consumer_side);
  const auto report = verified(*export_of(two, two.provider_side));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->text_at("receipts"), "3");
  EXPECT_EQ(report->text_at("acknowledgements"), "3");
  EXPECT_TRUE(report->find("unverified")->items().empty());
  EXPECT_TRUE(report->find("partners")->items().at(0).find("removed")->as_bool());
}

TEST(KeyPlaces, AfterItWasRemovedNothingOfItCounts) {
  TwoConnectors two;
  two.introduce();
  two.consumer_side.log_introduction(evidence::kPartnerRemoved, two.provider_side);
  const AccountFacts facts = some_facts(two);
  take_receipt(two, facts, sign_receipt(facts, old_key()));
  EXPECT_NE(verdict(*export_of(two, two.consumer_side)).find("was not in use"), std::string::npos);
}

// ---- introductions
// -------------------------------------------------------------------------------

TEST(KeyPlaces, AnIntroductionThatDoesNotFollowIsRefused) {
  TwoConnectors two;
  two.introduce();
  Side& brinks = two.provider_side;
  brinks.rotate(kBegin_s);
  brinks.rotate(kBegin_s + 10);  // the consumer's log knows nothing of the one in between
  two.consumer_side.log_introduction(evidence::kPartnerIntroduced, brinks);
  EXPECT_NE(verdict(*export_of(two, two.consumer_side)).find("does not follow"), std::string::npos);
}

TEST(KeyPlaces, IntroductionsAreThoseThatTheLogNames) {
  TwoConnectors two;
  exchange_under_three_keys(two);
  const Files files = *export_of(two, two.consumer_side);
  const auto index = *core::parse_untrusted(files.at("export.json"));
  const auto with = [&](const std::vector<core::Json>& introductions) {
    core::Json bent = core::Json::object();
    for (const auto& [name, value] : index.members()) {
      bent.set(name, name == "introductions" ? core::Json::array(introductions) : value);
    }
    Files touched = files;
    touched["export.json"] = core::to_pretty_text(bent);
    return verdict(touched);
  };
  std::vector<core::Json> all = index.find("introductions")->items();
  ASSERT_EQ(all.size(), 6u);  // three of each
  EXPECT_EQ(with(all), "verified");
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<core::Json> fewer = all;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(with(fewer), "verified") << i;
  }
  std::vector<core::Json> twice = all;
  twice.push_back(all.front());
  EXPECT_NE(with(twice), "verified");
  Side stranger(brink(), 2, 2);
  all.push_back(*core::parse_untrusted(evidence::to_json_text(stranger.introductions.front())));
  EXPECT_NE(with(all), "verified");
}

}  // namespace
}  // namespace connector::testing
