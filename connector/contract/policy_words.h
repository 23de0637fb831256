// The words of the normal form for its enumerations.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "contract/policy.h"

namespace connector::contract {

inline constexpr std::array<std::string_view, 5> kConstraintWords = {"atomic", "and", "or", "xone",
                                                                     "andSequence"};
inline constexpr std::array<std::string_view, 6> kRuleWords = {
    "permission", "prohibition", "obligation", "duty", "consequence", "remedy"};
inline constexpr std::array<std::string_view, 4> kPolicyWords = {"set", "offer", "agreement",
                                                                 "request"};

inline std::string_view word_of(Constraint::Kind kind) {
  return kConstraintWords[static_cast<std::size_t>(kind)];
}
inline std::string_view word_of(Rule::Kind kind) {
  return kRuleWords[static_cast<std::size_t>(kind)];
}
inline std::string_view word_of(Policy::Type type) {
  return kPolicyWords[static_cast<std::size_t>(type)];
}

template <typename Enum, std::size_t N>
std::optional<Enum> of_word(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace connector::contract
