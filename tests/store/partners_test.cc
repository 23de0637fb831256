#include "store_support.h"

namespace connector::testing {
namespace {

using exchange::PartnerState;
using exchange::PutPartner;
using exchange::PutPartyId;

TEST(Partners, ComeBackAsTheyWereAfterReopening) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    exchange::Partner suspended = partner(kMaker);
    suspended.state = PartnerState::kSuspended;
    ASSERT_TRUE(append(*store, effect(PutPartner{suspended})));
    ASSERT_TRUE(append(*store, effect(PutPartner{partner(kOther)})));
    ASSERT_TRUE(append(*store, effect(exchange::RemovePartner{kOther})));
    EXPECT_FALSE(store->partners().find(kOther));
  }
  auto store = open_store(options_in(folder.path()));
  EXPECT_FALSE(store->partners().find(kOther));
  ASSERT_EQ(store->partners().list().size(), 1u);
  const exchange::Partner found = store->partners().find(kMaker).value();
  const exchange::Partner given = partner(kMaker);
  EXPECT_EQ(found.id, given.id);
  EXPECT_EQ(found.state, PartnerState::kSuspended);
  EXPECT_EQ(found.name, given.name);
  EXPECT_EQ(found.addresses, given.addresses);
  EXPECT_EQ(found.anchor_pem, given.anchor_pem);
  ASSERT_EQ(found.keys.size(), 1u);
  EXPECT_EQ(found.keys[0].id, given.keys[0].id);
  EXPECT_EQ(found.keys[0].public_key, given.keys[0].public_key);
  EXPECT_EQ(found.keys[0].valid_from_s, 10);
  EXPECT_EQ(found.keys[0].valid_to_s, 20);
  EXPECT_EQ(found.log_key, given.log_key);
  EXPECT_EQ(found.introduction_sequence, 3u);
  EXPECT_EQ(found.introduction_digest, given.introduction_digest);
  EXPECT_EQ(found.introduction, given.introduction);
}

TEST(Partners, AChangeMadeFromAnOldCopyDoesNotForgetANewerCheckpoint) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  const exchange::Partner old = partner(kMaker);
  ASSERT_TRUE(append(*store, effect(PutPartner{old})));
  ASSERT_TRUE(append(*store, effect(exchange::SeenCheckpoint{kMaker, "checkpoint 7"})));
  ASSERT_TRUE(append(*store, effect(PutPartner{old})));
  EXPECT_EQ(store->partners().find(kMaker)->last_checkpoint, "checkpoint 7");
  exchange::Partner new_log = old;
  new_log.log_key = "another log";
  ASSERT_TRUE(append(*store, effect(PutPartner{new_log})));
  EXPECT_EQ(store->partners().find(kMaker)->last_checkpoint, "") << "that was of the other log";
}

TEST(Partners, ACheckpointOfAPartnerThatIsGoneChangesNothing) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  EXPECT_TRUE(append(*store, effect(exchange::SeenCheckpoint{kMaker, "checkpoint"})));
  EXPECT_FALSE(store->partners().find(kMaker));
}

TEST(Partners, AnIdentifierBelongsToOneParticipant) {
  TempDir folder;
  const std::string gln = "gln:8712345000004";
  {
    auto store = open_store(options_in(folder.path()));
    ASSERT_TRUE(append(*store, effect(PutPartyId{gln, kMaker.participant})));
    EXPECT_EQ(reason_of(append(*store, effect(PutPartyId{gln, kOther.participant}))),
              "IDENTIFIER_TAKEN");
    // Not the owner's to withdraw for the other.
    ASSERT_TRUE(append(*store, effect(PutPartyId{gln, kOther.participant, true})));
    EXPECT_EQ(store->partners().party_ids(kMaker.participant), std::vector<std::string>{gln});
    EXPECT_TRUE(store->partners().party_ids(kOther.participant).empty());
    exchange::Commit both = effect(PutPartyId{"vat:1", kMaker.participant});
    both.effects.push_back(PutPartyId{"vat:1", kOther.participant});
    EXPECT_EQ(reason_of(append(*store, both)), "IDENTIFIER_TAKEN") << "in one commit as well";
  }
  auto store = open_store(options_in(folder.path()));
  EXPECT_EQ(store->partners().party_ids(kMaker.participant), std::vector<std::string>{gln});
  ASSERT_TRUE(append(*store, effect(PutPartyId{gln, kMaker.participant, true})));
  EXPECT_TRUE(store->partners().party_ids(kMaker.participant).empty());
  EXPECT_TRUE(append(*store, effect(PutPartyId{gln, kOther.participant})));
}

}  // namespace
}  // namespace connector::testing
