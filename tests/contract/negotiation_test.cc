#include "contract/negotiation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <vector>

namespace connector::contract {
namespace {

using enum State;
using enum Role;
using M = Message;

const std::vector<std::optional<State>> kFrom = {std::nullopt, kRequested, kOffered,   kAccepted,
                                                 kAgreed,      kVerified,  kFinalized, kTerminated};
const std::vector<Message> kMessages = {M::kRequest,    M::kOffer,        M::kAccept,
                                        M::kAgreement,  M::kVerification, M::kFinalization,
                                        M::kTermination};

using Key = std::tuple<std::optional<State>, Message, Role>;

// The arrows of the protocol's diagram, written down here by hand.
const std::vector<std::pair<Key, State>>& diagram() {
  static const std::vector<std::pair<Key, State>> arrows = {
      {{std::nullopt, M::kRequest, kConsumer}, kRequested},
      {{std::nullopt, M::kOffer, kProvider}, kOffered},
      {{kRequested, M::kOffer, kProvider}, kOffered},
      {{kRequested, M::kAgreement, kProvider}, kAgreed},
      {{kOffered, M::kRequest, kConsumer}, kRequested},
      {{kOffered, M::kAccept, kConsumer}, kAccepted},
      {{kAccepted, M::kAgreement, kProvider}, kAgreed},
      {{kAgreed, M::kVerification, kConsumer}, kVerified},
      {{kVerified, M::kFinalization, kProvider}, kFinalized},
  };
  return arrows;
}

std::optional<State> expected(const Key& key) {
  const auto& [from, message, role] = key;
  if (message == M::kTermination) {
    const bool runs = from && *from != kFinalized && *from != kTerminated;
    return runs ? std::optional(kTerminated) : std::nullopt;
  }
  for (const auto& [arrow, to] : diagram()) {
    if (arrow == key) return to;
  }
  return std::nullopt;
}

TEST(Negotiation, TakesTheArrowsOfTheProtocolAndNoOther) {
  int taken = 0;
  for (const auto& from : kFrom) {
    for (const Message message : kMessages) {
      for (const Role role : {kConsumer, kProvider}) {
        const auto to = next(from, message, role);
        const auto wanted = expected({from, message, role});
        ASSERT_EQ(to.has_value(), wanted.has_value())
            << name_of(role) << " sends " << name_of(message);
        if (!wanted) {
          EXPECT_EQ(to.error().reason, "NEGOTIATION_STATE");
          continue;
        }
        EXPECT_EQ(*to, *wanted);
        ++taken;
      }
    }
  }
  EXPECT_EQ(taken, 9 + 5 * 2);
}

TEST(Negotiation, NamesItsStatesAsTheProtocolDoes) {
  std::set<std::string_view> names;
  for (const auto& state : kFrom) {
    if (!state) continue;
    names.insert(name_of(*state));
    EXPECT_EQ(state_named(name_of(*state)), state);
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"REQUESTED", "OFFERED", "ACCEPTED", "AGREED",
                                               "VERIFIED", "FINALIZED", "TERMINATED"}));
  EXPECT_EQ(state_named("requested"), std::nullopt);
}

// Who has the turn can always send something that leads on.
TEST(Negotiation, TheOneWhoseTurnItIsCanGoOn) {
  for (const auto& state : kFrom) {
    if (!state) continue;
    const auto role = turn(*state);
    EXPECT_EQ(role.has_value(), !is_final(*state));
    if (!role) continue;
    EXPECT_TRUE(std::any_of(kMessages.begin(), kMessages.end(), [&](Message message) {
      return message != M::kTermination && next(state, message, *role);
    })) << name_of(*state);
  }
}

}  // namespace
}  // namespace connector::contract
