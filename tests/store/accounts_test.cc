#include "store_support.h"

namespace connector::testing {
namespace {

using exchange::Account;
using exchange::CloseAccount;
using exchange::Commit;
using exchange::NoteAcknowledgement;
using exchange::NoteBatch;
using exchange::OpenAccount;

Commit with_entry(const std::string& bytes, std::vector<exchange::Effect> effects) {
  Commit commit = entry(bytes);
  commit.effects = std::move(effects);
  return commit;
}

Account account(store::Store& store, bool provider, const std::string& request) {
  auto found = store.accounts().by_request(kMaker, provider, request);
  if (!found || !*found) throw std::runtime_error("no account of " + request);
  return std::move(**found);
}

std::uint64_t unacknowledged(store::Store& store) {
  return store.accounts().unacknowledged(kMaker).value();
}

// A fetch in two parts: the first broke after two batches.
void two_parts(store::Store& store) {
  const std::string head(32, 'h');
  const std::vector<Commit> commits{
      with_entry("opened", {OpenAccount{"a1", kMaker, true, "r1", "r1", "state"},
                            NoteBatch{"a1", 1, head, 10, 100, 10, ""}}),
      effect(NoteBatch{"a1", 2, head, 20, 200, 20, std::string("p\0s", 3)}),
      with_entry("broken", {CloseAccount{"a1", "broken", ""}}),
      with_entry("resumed", {OpenAccount{"a2", kMaker, true, "r1", "r2", ""},
                             NoteBatch{"a2", 3, std::string(32, 'i'), 30, 300, 30, "end"},
                             CloseAccount{"a2", "complete", "receipt"}})};
  for (const Commit& commit : commits) ASSERT_TRUE(append(store, commit));
}

TEST(Accounts, TheFirstPartStandsForTheWholeFetch) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  two_parts(*store);
  const Account first = account(*store, true, "r1");
  EXPECT_EQ(first.account, "a1");
  EXPECT_EQ(first.partner, kMaker);
  EXPECT_EQ(first.state, "state");
  EXPECT_EQ(first.outcome, "broken");
  EXPECT_EQ(first.receipt, "receipt");
  ASSERT_EQ(first.batches.size(), 1u);
  EXPECT_EQ(first.batches[0].index, 3u);
  EXPECT_EQ(first.batches[0].chain_head, std::string(32, 'i'));
  EXPECT_EQ(first.batches[0].sequence, 30u);
  EXPECT_EQ(first.batches[0].position, "end");
  EXPECT_EQ(first.entries, (std::vector<std::uint64_t>{0, 1, 2}));
  const Account second = account(*store, true, "r2");
  EXPECT_EQ(second.first_request, "r1");
  EXPECT_EQ(second.outcome, "complete");
  EXPECT_EQ(second.entries, (std::vector<std::uint64_t>{2}));
}

TEST(Accounts, TheListShowsEachPartByItselfNewestFirst) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  two_parts(*store);
  const auto list = store->accounts().list(10).value();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].account, "a2");
  EXPECT_EQ(list[0].receipt, "receipt");
  EXPECT_EQ(list[1].account, "a1");
  EXPECT_EQ(list[1].receipt, "");
  ASSERT_EQ(list[1].batches.size(), 1u);
  EXPECT_EQ(list[1].batches[0].position, std::string("p\0s", 3));
  EXPECT_EQ(list[1].entries, (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(store->accounts().list(1).value().size(), 1u);
}

TEST(Accounts, AnAcknowledgementBelongsToTheReceiptAndItsEntryToTheFetch) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  two_parts(*store);
  EXPECT_EQ(unacknowledged(*store), 1u);
  EXPECT_EQ(store->accounts().unacknowledged(kOther).value(), 0u);
  ASSERT_TRUE(append(*store, with_entry("said", {NoteAcknowledgement{kMaker, "r1", "thanks"}})));
  EXPECT_EQ(unacknowledged(*store), 0u);
  const Account first = account(*store, true, "r1");
  EXPECT_EQ(first.acknowledgement, "thanks");
  EXPECT_EQ(first.entries, (std::vector<std::uint64_t>{0, 1, 2, 3}));
}

TEST(Accounts, ANewerReceiptOfAFetchTakesTheOlderOnesPlace) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  two_parts(*store);
  ASSERT_TRUE(append(*store, with_entry("again", {OpenAccount{"a3", kMaker, true, "r1", "r3", ""},
                                                  CloseAccount{"a3", "complete", "receipt 2"}})));
  EXPECT_EQ(account(*store, true, "r1").receipt, "receipt 2");
  EXPECT_EQ(unacknowledged(*store), 1u) << "one fetch, one receipt to acknowledge";
  ASSERT_TRUE(append(*store, with_entry("said", {NoteAcknowledgement{kMaker, "r1", "thanks"}})));
  EXPECT_EQ(unacknowledged(*store), 0u);
  EXPECT_EQ(account(*store, true, "r1").acknowledgement, "thanks");
}

TEST(Accounts, OurOwnFetchesAreNoDebtOfThePartner) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, with_entry("o", {OpenAccount{"c", kMaker, false, "r1", "r1", ""},
                                              CloseAccount{"c", "complete", "receipt"}})));
  EXPECT_EQ(unacknowledged(*store), 0u);
  EXPECT_FALSE(account(*store, false, "r1").provider);
  EXPECT_FALSE(*store->accounts().by_request(kMaker, true, "r1"));
  EXPECT_FALSE(*store->accounts().by_request(kOther, false, "r1"));
}

TEST(Accounts, ARefusedRequestIsOnRecordWithItsEntry) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, with_entry("refused", {exchange::RememberRequest{
                                                       kMaker, "r9", "d", 4'000'000'000, ""}})));
  const Account refused = account(*store, true, "r9");
  EXPECT_EQ(refused.outcome, "refused");
  EXPECT_EQ(refused.entries, (std::vector<std::uint64_t>{0}));
}

// Each fetch is opened and closed by one commit, as short ones are.
Commit whole(const std::string& name, const std::string& receipt) {
  return with_entry(name, {OpenAccount{name, kMaker, true, name, name, ""},
                           NoteBatch{name, 1, std::string(32, 'h'), 1, 10, 1, ""},
                           CloseAccount{name, receipt.empty() ? "broken" : "complete", receipt}});
}

TEST(Accounts, AFetchOfOneCommitIsOnRecordAsItEnded) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  ASSERT_TRUE(append(*store, whole("r1", "receipt")));
  const Account kept = account(*store, true, "r1");
  EXPECT_EQ(kept.outcome, "complete");
  EXPECT_EQ(kept.receipt, "receipt");
  ASSERT_EQ(kept.batches.size(), 1u);
  EXPECT_EQ(kept.entries, (std::vector<std::uint64_t>{0}));
}

TEST(Accounts, UnacknowledgedReceiptsAreCountedExactlyAcrossARestart) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    for (const char* name : {"r1", "r2", "r3"}) ASSERT_TRUE(append(*store, whole(name, "receipt")));
    ASSERT_TRUE(append(*store, whole("r4", "")));
    EXPECT_EQ(unacknowledged(*store), 3u);
    const Commit said = with_entry("said", {NoteAcknowledgement{kMaker, "r2", "thanks"}});
    ASSERT_TRUE(append(*store, said));
    EXPECT_EQ(append(*store, said).error().reason, "ACKNOWLEDGED") << "said twice, counted once";
    EXPECT_EQ(unacknowledged(*store), 2u);
    two_parts(*store);  // of a fetch that has a receipt already
    EXPECT_EQ(unacknowledged(*store), 2u);
  }
  auto store = open_store(options_in(folder.path()));
  EXPECT_EQ(unacknowledged(*store), 2u);
  ASSERT_TRUE(append(*store, with_entry("3", {NoteAcknowledgement{kMaker, "r3", "thanks"}})));
  EXPECT_EQ(unacknowledged(*store), 1u);
}

TEST(Accounts, WhatWasRolledBackIsNotCounted) {
  TempDir folder;
  auto store = open_store(options_in(folder.path()));
  Commit replayed = whole("r1", "receipt");
  replayed.effects.push_back(exchange::RememberRequest{kMaker, "r0", "d", 4'000'000'000, "x"});
  Commit first = effect(exchange::RememberRequest{kMaker, "r0", "d", 4'000'000'000, "x"});
  ASSERT_TRUE(append(*store, first));
  EXPECT_FALSE(append(*store, replayed));
  EXPECT_EQ(unacknowledged(*store), 0u);
  ASSERT_TRUE(append(*store, whole("r1", "receipt")));
  EXPECT_EQ(unacknowledged(*store), 1u);
}

TEST(Accounts, SurviveReopening) {
  TempDir folder;
  {
    auto store = open_store(options_in(folder.path()));
    two_parts(*store);
  }
  auto store = open_store(options_in(folder.path()));
  EXPECT_EQ(account(*store, true, "r1").receipt, "receipt");
}

}  // namespace
}  // namespace connector::testing
