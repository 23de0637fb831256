// The state machine of a contract negotiation: states, messages and who may send which when, as
// the Dataspace Protocol 2025-1 says (section "Contract Negotiation Protocol", figure and table of
// states). Transport, storage and signatures are not its business.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace connector::contract {

enum class Role { kConsumer, kProvider };

enum class State { kRequested, kOffered, kAccepted, kAgreed, kVerified, kFinalized, kTerminated };

enum class Message {
  kRequest,       // consumer: a first request or a counter-request
  kOffer,         // provider: an offer or a counter-offer
  kAccept,        // consumer: event ACCEPTED
  kAgreement,     // provider: the agreement, with its signature
  kVerification,  // consumer: the agreement is verified and signed
  kFinalization,  // provider: event FINALIZED
  kTermination,   // either, with a reason
};

// "REQUESTED" ... "TERMINATED", as the protocol writes them.
std::string_view name_of(State state);
std::optional<State> state_named(std::string_view name);
std::string_view name_of(Message message);
std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

inline bool is_final(State state) {
  return state == State::kFinalized || state == State::kTerminated;
}

// The state after a message. from: null where no negotiation exists yet. Refused with
// NEGOTIATION_STATE: a message that does not fit the state, or that its sender's role may not send.
core::Result<State> next(std::optional<State> from, Message message, Role sender);

// Whose turn it is: who must send the next message for the negotiation to go on. Null at its end.
std::optional<Role> turn(State state);

}  // namespace connector::contract
