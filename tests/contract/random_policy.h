// Random policies in the normal form, with hostile text in every place where text may stand.
#pragma once

#include <random>

#include "contract/policy.h"

namespace connector::contract::testing {

class RandomPolicy {
 public:
  explicit RandomPolicy(std::uint64_t seed) : random_(seed) {}
  Policy policy();

 private:
  std::size_t below(std::size_t limit);
  bool once_in(std::size_t times) { return below(times) == 0; }
  template <typename T>
  T pick(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }
  template <typename T, typename Make>
  std::vector<T> some(std::size_t most, const Make& make) {
    std::vector<T> values(below(most + 1));
    for (T& value : values) value = make();
    return values;
  }

  std::string text();
  std::string maybe(const std::string& value) { return once_in(2) ? "" : value; }
  Value value(bool reference);
  Constraint constraint(std::size_t depth);
  std::vector<Constraint> constraints(std::size_t most);
  std::vector<Note> notes(std::initializer_list<const char*> names);
  Action action();
  Subject subject();
  Rule rule(Rule::Kind kind, std::size_t depth);

  std::mt19937_64 random_;
};

// Texts that other languages would take for more than text.
const std::vector<std::string>& hostile_texts();

}  // namespace connector::contract::testing
