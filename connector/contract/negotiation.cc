#include "contract/negotiation.h"

#include <array>

namespace connector::contract {
namespace {

struct StateName {
  State state;
  std::string_view name;
};
constexpr std::array<StateName, 7> kStates = {{{State::kRequested, "REQUESTED"},
                                               {State::kOffered, "OFFERED"},
                                               {State::kAccepted, "ACCEPTED"},
                                               {State::kAgreed, "AGREED"},
                                               {State::kVerified, "VERIFIED"},
                                               {State::kFinalized, "FINALIZED"},
                                               {State::kTerminated, "TERMINATED"}}};

struct Step {
  std::optional<State> from;
  Message message;
  Role sender;
  State to;
};
// All steps but the termination, which either may send in every state that is not final.
constexpr std::array<Step, 9> kSteps = {{
    {std::nullopt, Message::kRequest, Role::kConsumer, State::kRequested},
    {std::nullopt, Message::kOffer, Role::kProvider, State::kOffered},
    {State::kRequested, Message::kOffer, Role::kProvider, State::kOffered},
    {State::kRequested, Message::kAgreement, Role::kProvider, State::kAgreed},
    {State::kOffered, Message::kRequest, Role::kConsumer, State::kRequested},
    {State::kOffered, Message::kAccept, Role::kConsumer, State::kAccepted},
    {State::kAccepted, Message::kAgreement, Role::kProvider, State::kAgreed},
    {State::kAgreed, Message::kVerification, Role::kConsumer, State::kVerified},
    {State::kVerified, Message::kFinalization, Role::kProvider, State::kFinalized},
}};

core::Error misplaced(std::optional<State> from, Message message, Role sender) {
  return {core::Code::kConflict,
          "NEGOTIATION_STATE",
          "the " + std::string(name_of(sender)) + " may not send " + std::string(name_of(message)) +
              (from ? " in state " + std::string(name_of(*from)) : " to begin with"),
          "ask for the negotiation's state",
          {}};
}

}  // namespace

std::string_view name_of(State state) {
  return kStates[static_cast<std::size_t>(state)].name;
}

std::optional<State> state_named(std::string_view name) {
  for (const StateName& one : kStates) {
    if (one.name == name) return one.state;
  }
  return std::nullopt;
}

std::string_view name_of(Message message) {
  switch (message) {
    case Message::kRequest:
      return "a request";
    case Message::kOffer:
      return "an offer";
    case Message::kAccept:
      return "an acceptance";
    case Message::kAgreement:
      return "an agreement";
    case Message::kVerification:
      return "a verification";
    case Message::kFinalization:
      return "a finalisation";
    case Message::kTermination:
      return "a termination";
  }
  return {};
}

std::string_view name_of(Role role) {
  return role == Role::kConsumer ? "consumer" : "provider";
}

std::optional<Role> role_named(std::string_view name) {
  if (name == "consumer") return Role::kConsumer;
  if (name == "provider") return Role::kProvider;
  return std::nullopt;
}

core::Result<State> next(std::optional<State> from, Message message, Role sender) {
  if (message == Message::kTermination && from && !is_final(*from)) return State::kTerminated;
  for (const Step& step : kSteps) {
    if (step.from == from && step.message == message && step.sender == sender) return step.to;
  }
  return misplaced(from, message, sender);
}

std::optional<Role> turn(State state) {
  switch (state) {
    case State::kRequested:
    case State::kAccepted:
    case State::kVerified:
      return Role::kProvider;
    case State::kOffered:
    case State::kAgreed:
      return Role::kConsumer;
    case State::kFinalized:
    case State::kTerminated:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace connector::contract
