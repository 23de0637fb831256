#include <fstream>

#include "crypto/vault_key.h"
#include "evidence/log_entry.h"
#include "exchange/statements.h"
#include "houses.h"

namespace connector::testing {
namespace {

constexpr const char* kFiveDays =
    R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"],
        "delete": "P5D"})";
constexpr const char* kTenTimes =
    R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"],
        "uses": 10})";

constexpr core::EpochNs kStart = kConcluded * kSecond;

struct Pair {
  explicit Pair(const char* offer) : provider(offer, consumer_key().public_key()), wire(provider) {}
  Provider provider;
  Wire wire;
  TempDir dir;
};

std::vector<exchange::KeepStatement> kept(Provider& provider, const std::string& kind) {
  auto all = provider.store().vault_work().statements(kAgreementId).value();
  std::erase_if(all, [&](const auto& one) { return one.kind != kind; });
  return all;
}

TEST(Duties, DataIsDeletedInTimeAndProven) {
  Pair pair(kFiveDays);
  Consumer house(pair.dir.path(), kFiveDays, &pair.wire);
  ASSERT_TRUE(house.receive({order_line("A", 1), order_line("A", 2)}));
  EXPECT_EQ(house.schedule.next(), kStart + 5 * kDayNs);
  house.wall = kStart + 5 * kDayNs - kSecond;
  ASSERT_TRUE(house.settle());
  EXPECT_EQ(house.use(), "order/A/1 order/A/2");
  house.wall = kStart + 5 * kDayNs;
  pair.provider.wall = house.wall.load();
  ASSERT_TRUE(house.settle());
  EXPECT_EQ(house.use(), "DATA_DELETED");
  EXPECT_FALSE(house.keys->find(kAgreementId));
  const auto proofs = kept(pair.provider, "deletion-proof");
  ASSERT_EQ(proofs.size(), 1u);
  const auto proof =
      exchange::deletion_facts(exchange::envelope_from_json(proofs[0].envelope).value()).value();
  EXPECT_EQ(proof.records, 2u);
  EXPECT_EQ(proof.uses, 1u);
  EXPECT_EQ(proof.due, kStart + 5 * kDayNs);
  EXPECT_EQ(proof.provider, kProvider);
  EXPECT_NE(proof.duty, "");
}

// The provider's log holds the proof's digest and countersigns the consumer's log.
TEST(Duties, AProofIsInBothLogs) {
  Pair pair(kFiveDays);
  Consumer house(pair.dir.path(), kFiveDays, &pair.wire);
  ASSERT_TRUE(house.receive({order_line("A", 1)}));
  house.wall = kStart + 6 * kDayNs;
  pair.provider.wall = house.wall.load();
  ASSERT_TRUE(house.settle());
  const std::string digest = kept(pair.provider, "deletion-proof").at(0).digest;
  const auto entry_in = [](store::Store& store, const std::string& kind) {
    for (std::uint64_t i = 0; i < store.log().size(); ++i) {
      auto entry = evidence::read_log_entry(store.log().entry(i).value()).value();
      if (entry.kind == kind) return entry;
    }
    return evidence::LogEntry{};
  };
  EXPECT_EQ(entry_in(*house.store, "data.deleted").subject, digest);
  const auto theirs = entry_in(pair.provider.store(), "statement.received");
  EXPECT_EQ(theirs.subject, digest);
  EXPECT_EQ(theirs.detail, "deletion-proof");
  EXPECT_EQ(theirs.partner, kConsumer);
  EXPECT_FALSE(theirs.checkpoint.empty());
}

// Plain text, ciphertext and the data key: database, WAL and key files, free pages included.
TEST(Duties, NothingOfIsLeftInAnyFile) {
  Pair pair(kFiveDays);
  Consumer house(pair.dir.path(), kFiveDays, &pair.wire);
  std::vector<pb::Record> many;
  for (int i = 0; i < 300; ++i) many.push_back(order_line("Canary order " + std::to_string(i), 1));
  ASSERT_TRUE(house.receive(many));
  const auto page = house.store->vault().page(kAgreementId, {}, 0, 1000).value();
  ASSERT_EQ(page.size(), 300u);
  ASSERT_TRUE(found_in_files(pair.dir.path(), page[7].sealed));
  std::ifstream file(pair.dir.path() / "keys" / "keys-1");
  std::string agreement, wrapped;
  file >> agreement >> wrapped;
  const std::string kek = [&] {
    std::ifstream one(pair.dir.path() / "keys" / "kek-1");
    std::string text;
    one >> text;
    return text;
  }();
  ASSERT_TRUE(found_in_files(pair.dir.path(), wrapped));
  ASSERT_TRUE(found_in_files(pair.dir.path(), kek));
  house.wall = kStart + 6 * kDayNs;
  ASSERT_TRUE(house.settle());
  EXPECT_FALSE(found_in_files(pair.dir.path(), "Canary"));
  for (const auto& object : page) {
    ASSERT_FALSE(found_in_files(pair.dir.path(), object.sealed.substr(0, 24)));
  }
  EXPECT_FALSE(found_in_files(pair.dir.path(), wrapped));
  EXPECT_FALSE(found_in_files(pair.dir.path(), kek));
}

TEST(Duties, WhatIsOverdueIsNotGivenAlthoughNothingDeletedItYet) {
  Pair pair(kFiveDays);
  Consumer house(pair.dir.path(), kFiveDays, &pair.wire);
  ASSERT_TRUE(house.receive({order_line("A", 1)}));
  house.wall = kStart - 3650 * kDayNs;  // set back, so that no timer fires
  house.steady = 5 * kDayNs;
  EXPECT_EQ(house.use(), "DATA_DELETED");
  pair.provider.wall = kStart + 5 * kDayNs;
  ASSERT_TRUE(house.settle());
  EXPECT_FALSE(house.keys->find(kAgreementId)) << "and the attempt has it deleted";
}

TEST(Duties, WhatWasMissedIsMadeUpAtTheStart) {
  Pair pair(kFiveDays);
  {
    Consumer house(pair.dir.path(), kFiveDays, &pair.wire);
    ASSERT_TRUE(house.receive({order_line("A", 1)}));
  }
  Consumer later(pair.dir.path(), kFiveDays, &pair.wire, kStart + 30 * kDayNs);
  pair.provider.wall = later.wall.load();
  ASSERT_TRUE(later.custody->make_up());
  EXPECT_EQ(later.use(), "DATA_DELETED");
  EXPECT_EQ(kept(pair.provider, "deletion-proof").size(), 1u);
}

// Stopped after the key was destroyed and before anything else was.
TEST(Duties, ADeletionThatStoppedHalfWayIsFinishedAtTheStart) {
  Pair pair(kFiveDays);
  {
    Consumer house(pair.dir.path(), kFiveDays, &pair.wire);
    ASSERT_TRUE(house.receive({order_line("A", 1), order_line("A", 2)}));
    ASSERT_TRUE(house.keys->destroy(kAgreementId));
    EXPECT_EQ(house.use(), "KEY_DESTROYED");
  }
  Consumer later(pair.dir.path(), kFiveDays, &pair.wire, kStart + kDayNs);
  pair.provider.wall = later.wall.load();
  ASSERT_TRUE(later.custody->make_up());
  EXPECT_EQ(later.use(), "DATA_DELETED");
  EXPECT_EQ(later.facts().objects, 2u) << "what the proof states";
  const auto proofs = kept(pair.provider, "deletion-proof");
  ASSERT_EQ(proofs.size(), 1u);
}

TEST(Duties, DataThatIsToBeDeletedAfterItsUseIsUsedOnce) {
  const char* const offer =
      R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"],
          "delete": "after-use"})";
  Pair pair(offer);
  Consumer house(pair.dir.path(), offer, &pair.wire);
  ASSERT_TRUE(house.receive({order_line("A", 1)}));
  EXPECT_EQ(house.use(), "order/A/1");
  ASSERT_TRUE(house.settle());
  EXPECT_EQ(house.use(), "DATA_DELETED");
  EXPECT_EQ(kept(pair.provider, "deletion-proof").size(), 1u);
}

TEST(Duties, AStatementWaitsForThePartnerWithLongerPauses) {
  Pair pair(kTenTimes);
  Consumer house(pair.dir.path(), kTenTimes, &pair.wire);
  ASSERT_TRUE(house.receive({order_line("A", 1)}));
  ASSERT_EQ(house.use(), "order/A/1");
  ASSERT_EQ(kept(pair.provider, "use-statement").size(), 1u);
  pair.wire.reachable = false;
  ASSERT_EQ(house.use(), "order/A/1");
  std::vector<core::EpochNs> pauses;
  for (int i = 0; i < 16; ++i) {
    const auto outgoing = house.store->vault_work().outgoing().value();
    ASSERT_EQ(outgoing.size(), 1u);
    pauses.push_back((outgoing[0].next - house.wall) / kSecond);
    house.wall = outgoing[0].next;
    house.schedule.run_due(house.wall);
  }
  EXPECT_EQ(pauses.front(), 1);
  EXPECT_EQ(pauses[3], 8);
  EXPECT_EQ(pauses.back(), 3600);
  pair.wire.reachable = true;
  house.wall = house.store->vault_work().outgoing().value().at(0).next;
  pair.provider.wall = house.wall.load();
  ASSERT_TRUE(house.settle());
  EXPECT_TRUE(house.store->vault_work().outgoing()->empty());
  EXPECT_EQ(kept(pair.provider, "use-statement").at(0).uses, 2u);
}

TEST(Duties, ThePartiesToInformAreInformedOfEachUse) {
  const char* const offer =
      R"({"datasets": ["quality"], "groups": ["customer"], "purposes": ["complaint-handling"],
          "inform": "did:web:brink.example"})";
  Pair pair(offer);
  Consumer house(pair.dir.path(), offer, &pair.wire);
  ASSERT_TRUE(house.receive({order_line("A", 1)}));
  ASSERT_EQ(house.use(), "order/A/1");
  pair.wire.reachable = false;
  ASSERT_EQ(house.use(), "order/A/1");
  EXPECT_EQ(kept(pair.provider, "use-statement").size(), 1u);
  pair.wire.reachable = true;
  house.wall = house.wall + kSecond;
  pair.provider.wall = house.wall.load();
  ASSERT_TRUE(house.settle());
  const auto said = kept(pair.provider, "use-statement");
  ASSERT_EQ(said.size(), 2u);
  const auto facts =
      exchange::use_facts(exchange::envelope_from_json(said[0].envelope).value()).value();
  EXPECT_EQ(facts.occasion, "use");
  EXPECT_EQ(facts.purpose, "complaint-handling");
  EXPECT_EQ(facts.application, "erp");
}

TEST(Duties, ProofsThatAreOverdueAreNamed) {
  Pair pair(kFiveDays);
  const auto overdue = [&] { return pair.provider.received().overdue().value(); };
  pair.provider.wall = kStart + 5 * kDayNs + kDayNs - kSecond;
  EXPECT_TRUE(overdue().empty()) << "a day of grace";
  pair.provider.wall = kStart + 6 * kDayNs;
  ASSERT_EQ(overdue().size(), 1u);
  EXPECT_EQ(overdue()[0].agreement, kAgreementId);
  EXPECT_EQ(overdue()[0].due, kStart + 5 * kDayNs);
  Consumer house(pair.dir.path(), kFiveDays, &pair.wire, pair.provider.wall);
  ASSERT_TRUE(house.receive({order_line("A", 1)}));
  ASSERT_TRUE(house.settle());
  EXPECT_TRUE(overdue().empty());
}

TEST(Duties, OnlyTheConsumersOwnStatementsAreTaken) {
  Pair pair(kFiveDays);
  exchange::DeletionProof proof;
  proof.consumer = kConsumer;
  proof.provider = kProvider;
  proof.agreement = kAgreementId;
  proof.checkpoint = "note";
  proof.at = kStart;
  const auto answer = [&](const exchange::SignedEnvelope& said) {
    const auto heard = pair.wire.report({}, said);
    return heard ? std::string("taken") : heard.error().reason;
  };
  const crypto::Ed25519Signer good(
      std::shared_ptr<const crypto::SigningKey>(std::shared_ptr<void>(), &consumer_key()));
  const auto other_key =
      std::make_shared<const crypto::SigningKey>(crypto::SigningKey::generate().value());
  EXPECT_EQ(answer(sign_deletion_proof(proof, crypto::Ed25519Signer(other_key))), "KEY_UNKNOWN");
  auto altered = sign_deletion_proof(proof, good);
  altered.payload[20] ^= 1;
  EXPECT_EQ(answer(altered), "SIGNATURE_INVALID");
  auto wrong = proof;
  wrong.provider = kConsumer;
  EXPECT_EQ(answer(sign_deletion_proof(wrong, good)), "EVIDENCE_MISMATCH");
  wrong = proof;
  wrong.agreement = "6f0c3a52-7f0e-4f5e-9d55-6a4f2f6d1b11";
  EXPECT_EQ(answer(sign_deletion_proof(wrong, good)), "EVIDENCE_MISMATCH");
  const std::uint64_t before = pair.provider.store().log().size();
  EXPECT_EQ(answer(sign_deletion_proof(proof, good)), "taken");
  EXPECT_EQ(answer(sign_deletion_proof(proof, good)), "taken") << "again";
  EXPECT_EQ(pair.provider.store().log().size(), before + 1) << "logged once";
}

}  // namespace
}  // namespace connector::testing
