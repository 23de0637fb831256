// Agreements of an export: both signatures, their places in the log, and what was done under them.
#include "exchange/use_statements.h"
#include "exports.h"

namespace connector::testing {
namespace {

constexpr const char* kUnknown = "00000000-0000-4000-8000-00000000000a";

Files exported(const TwoConnectors& two, const Side& side) {
  auto files = export_of(two, side);
  EXPECT_TRUE(files) << (files ? "" : files.error().message);
  return files ? std::move(*files) : Files();
}

std::string verdict_of(const TwoConnectors& two, const Side& side) {
  return verdict(exported(two, side));
}

// agreement/0.json with another value for one member.
Files with(Files files, const std::string& member, const core::Json& value) {
  std::string& text = files.at("agreement/0.json");
  const auto json = *core::parse_untrusted(text);
  core::Json bent = core::Json::object();
  for (const auto& [name, old] : json.members()) bent.set(name, name == member ? value : old);
  text = core::to_pretty_text(bent);
  return files;
}

struct Agreed {
  Agreed() {
    two.introduce();
    two.add_orders(2);
    agreement = two.agree();
  }
  TwoConnectors two;
  std::string agreement;
};

UseEntry use_of(const std::string& agreement, const char* kind, const std::string& id,
                std::uint64_t records) {
  UseEntry use;
  use.kind = kind;
  use.self = veldkamp();
  use.partner = brink();
  use.id = id;
  use.agreement = agreement;
  use.records = records;
  return use;
}

void log_use(TwoConnectors& two, const UseEntry& use) {
  two.consumer_side.log.put_entry(
      entry_use(use, [](std::size_t bytes) { return std::string(bytes, 'u'); }));
}

TEST(ExportedAgreements, BothSidesVerifyThemAndWhatWasFetchedUnderThem) {
  Agreed agreed;
  TwoConnectors& two = agreed.two;
  const auto fetched = two.fetch({}, {}, agreed.agreement);
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->receipt.agreement_id, agreed.agreement);
  two.rotate_keys();
  two.agree();
  two.rotate_keys();
  ASSERT_TRUE(two.fetch({}, {}, agreed.agreement));
  two.delete_received(agreed.agreement);
  for (const Side* side : {&two.provider_side, &two.consumer_side}) {
    const auto report = verified(exported(two, *side));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->text_at("agreements"), "2");
    EXPECT_EQ(report->text_at("receipts"), "2");
    EXPECT_EQ(report->text_at("deletion_proofs"), "1");
    EXPECT_TRUE(report->find("after_end")->items().empty());
  }
}

TEST(ExportedAgreements, AreDsseDocumentsOfTwoSignatures) {
  Agreed agreed;
  const Files files = exported(agreed.two, agreed.two.provider_side);
  const auto json = *core::parse_untrusted(files.at("agreement/0.json"));
  const core::Json& envelope = *json.find("agreement");
  const KeptAgreement& kept = agreed.two.provider_side.agreements.at(0);
  EXPECT_EQ(envelope.text_at("payloadType"), "application/vnd.valuechain.agreement.v1+json");
  EXPECT_EQ(*core::from_base64(envelope.text_at("payload")), kept.payload);
  const auto& signatures = envelope.find("signatures")->items();
  ASSERT_EQ(signatures.size(), 2u);
  EXPECT_EQ(signatures[0].text_at("keyid"), agreed.two.provider_side.signer.key_id().str());
  EXPECT_EQ(signatures[1].text_at("keyid"), agreed.two.consumer_side.signer.key_id().str());
}

TEST(ExportedAgreements, EveryMemberIsHeldAgainstTheEntries) {
  Agreed agreed;
  agreed.two.agree();
  const Files files = exported(agreed.two, agreed.two.provider_side);
  const auto text = [](const char* value) { return core::Json::string(value); };
  const auto other = *core::parse_untrusted(files.at("agreement/1.json"));
  const std::vector<std::pair<std::string, core::Json>> changes = {
      {"role", text("consumer")},
      {"role", text("")},
      {"partner", text("did:web:other.example/hengelo")},
      {"agreed", text("0")},
      {"agreed", *other.find("agreed")},
      {"agreed", text("4000")},
      {"verified", *other.find("verified")},
      {"verified", *core::parse_untrusted(files.at("agreement/0.json"))->find("agreed")},
      {"agreement", core::Json()},
      {"agreement", core::Json::object()},
      {"agreement", *other.find("agreement")}};
  for (const auto& [member, value] : changes) {
    EXPECT_NE(verdict(with(files, member, value)), "verified")
        << member << " = " << core::to_text(value);
  }
}

TEST(ExportedAgreements, OneThatIsMissingOrThereTwiceIsFound) {
  Agreed agreed;
  Files files = exported(agreed.two, agreed.two.consumer_side);
  Files fewer = files;
  replace(fewer.at("export.json"), "\"agreements\": \"1\"", "\"agreements\": \"0\"");
  EXPECT_NE(verdict(fewer).find("names an agreement that is missing"), std::string::npos);
  files["agreement/1.json"] = files.at("agreement/0.json");
  replace(files.at("export.json"), "\"agreements\": \"1\"", "\"agreements\": \"2\"");
  EXPECT_NE(verdict(files).find("names another one as well"), std::string::npos);
}

TEST(ExportedAgreements, BothMustHaveSignedEachInItsPlace) {
  for (const int fault : {0, 1, 2, 3}) {
    TwoConnectors two;
    two.introduce();
    KeptAgreement kept = two.sign_terms();
    if (fault == 0) std::swap(kept.provider, kept.consumer);
    if (fault == 1) kept.consumer.signature[0] ^= 1;
    if (fault == 2) kept.provider = {};
    if (fault == 3) kept.consumer = sign_agreement(kept.payload, KnownSigner(KnownKey::rfc8032(2)));
    two.conclude(kept);
    EXPECT_NE(verdict_of(two, two.provider_side), "verified") << fault;
    EXPECT_NE(verdict_of(two, two.consumer_side), "verified") << fault;
  }
}

// Offline there is no word for when an agreement was signed but its place in the log.
TEST(ExportedAgreements, APartnersSignatureByAKeyThatHadEndedDoesNotCount) {
  TwoConnectors two;
  two.introduce();
  KeptAgreement kept = two.sign_terms();
  two.rotate_keys();
  kept.consumer = sign_agreement(kept.payload, two.consumer_side.signer);
  two.conclude(kept);
  EXPECT_NE(verdict_of(two, two.consumer_side).find("was not in use"), std::string::npos);
  // The provider's own: a rotation may overtake it between signature and entry; but not two.
  EXPECT_EQ(verdict_of(two, two.provider_side), "verified");
  TwoConnectors later;
  later.introduce();
  kept = later.sign_terms();
  later.rotate_keys();
  later.rotate_keys();
  kept.consumer = sign_agreement(kept.payload, later.consumer_side.signer);
  later.conclude(kept);
  EXPECT_NE(verdict_of(later, later.provider_side).find("was not in use"), std::string::npos);
}

TEST(ExportedAgreements, WhoAsksInVainUnderOneThatIsUnknownHasSoundEvidence) {
  Agreed agreed;
  EXPECT_EQ(reason_of(agreed.two.fetch({}, {}, kUnknown)), "AGREEMENT_NOT_FOUND");
  EXPECT_EQ(verdict_of(agreed.two, agreed.two.provider_side), "verified");
  EXPECT_EQ(verdict_of(agreed.two, agreed.two.consumer_side), "verified");
}

// The provider holds it in force, but its log does not say so.
TEST(ExportedAgreements, AFetchUnderOneThatTheLogDoesNotKnowIsFound) {
  TwoConnectors two;
  two.introduce();
  two.add_orders(2);
  KeptAgreement kept = two.sign_terms();
  kept.role = contract::Role::kProvider;
  kept.partner = veldkamp();
  two.provider_side.agreements.push_back(kept);
  ASSERT_TRUE(two.fetch({}, {}, kept.terms.id));
  EXPECT_NE(verdict_of(two, two.provider_side).find("was not in force"), std::string::npos);
  EXPECT_NE(verdict_of(two, two.consumer_side).find("was not in force"), std::string::npos);
}

TEST(ExportedAgreements, AFetchAfterTheEndIsShown) {
  Agreed agreed;
  TwoConnectors& two = agreed.two;
  ASSERT_TRUE(two.fetch({}, {}, agreed.agreement));
  two.end(agreed.agreement);
  ASSERT_TRUE(two.fetch({}, {}, agreed.agreement));  // the provider's book still has it in force
  for (const Side* side : {&two.provider_side, &two.consumer_side}) {
    const auto report = verified(exported(two, *side));
    ASSERT_TRUE(report) << report.error().message;
    const auto& shown = report->find("after_end")->items();
    ASSERT_EQ(shown.size(), 1u);
    const auto index = std::stoull(shown[0].text().substr(std::string("entry ").size()));
    EXPECT_EQ(entry_to_json(index, side->log.entries().at(index))->text_at("kind"), "fetch.opened");
    EXPECT_EQ(entry_to_json(index - 1, side->log.entries().at(index - 1))->text_at("kind"),
              "contract.ended");
  }
}

TEST(ExportedAgreements, AReceiptOfAnotherAgreementThanItsEntryIsFound) {
  Agreed agreed;
  TwoConnectors& two = agreed.two;
  AccountFacts facts;
  facts.provider = brink();
  facts.consumer = veldkamp();
  facts.request_id = facts.first_request = "00000000-0000-4000-8000-000000000001";
  facts.agreement_id = agreed.agreement;
  facts.dataset = core::DatasetId("orders");
  facts.checkpoint = *two.provider_side.checkpoint();
  facts.at = two.now;
  const SignedEnvelope receipt = sign_receipt(facts, two.provider_side.signer);
  facts.agreement_id.clear();
  const auto random = [](std::size_t size) { return std::string(size, 'r'); };
  Commit commit;
  commit.entries = {
      entry_opened(facts, false, random),
      entry_closed(facts, false, {"complete", {}, core::hex(core::sha256(receipt.payload)), {}},
                   random)};
  commit.effects = {OpenAccount{"bent", brink(), false, facts.first_request, facts.request_id, {}},
                    CloseAccount{"bent", "complete", to_json_text(receipt), {}}};
  two.consumer_side.log.append(std::move(commit), [](const core::Result<LogSpan>&) {});
  two.consumer_side.log.settle();
  EXPECT_NE(verdict_of(two, two.consumer_side).find("it differs from"), std::string::npos);
}

// ---- uses and statements -----------------------------------------------------------------------

TEST(ExportedAgreements, AUseOfWhatIsProvenDeletedIsFound) {
  Agreed agreed;
  TwoConnectors& two = agreed.two;
  ASSERT_TRUE(two.fetch({}, {}, agreed.agreement));
  log_use(two, use_of(agreed.agreement, evidence::kUseAllowed, "use-1", 0));
  two.delete_received(agreed.agreement);
  // Began before: its end may be written later. And one that began after, and gave nothing.
  log_use(two, use_of(agreed.agreement, evidence::kUseEnded, "use-1", 2));
  log_use(two, use_of(agreed.agreement, evidence::kUseAllowed, "use-2", 0));
  EXPECT_EQ(verdict_of(two, two.consumer_side), "verified");
  log_use(two, use_of(agreed.agreement, evidence::kUseEnded, "use-2", 1));
  EXPECT_NE(verdict_of(two, two.consumer_side).find("says is deleted"), std::string::npos);
}

TEST(ExportedAgreements, AUseUnderOneThatIsUnknownIsFound) {
  Agreed agreed;
  log_use(agreed.two, use_of(kUnknown, evidence::kUseAllowed, "use-1", 0));
  EXPECT_NE(verdict_of(agreed.two, agreed.two.consumer_side).find("was not in force"),
            std::string::npos);
}

TEST(ExportedAgreements, AStatementOfOneThatIsUnknownIsFound) {
  Agreed agreed;
  agreed.two.delete_received(kUnknown);
  for (const Side* side : {&agreed.two.provider_side, &agreed.two.consumer_side}) {
    EXPECT_NE(verdict_of(agreed.two, *side).find("was in force"), std::string::npos);
  }
}

}  // namespace
}  // namespace connector::testing
