// Random terms of the registry: from few values, so that they hold about as often as not.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "contract/facts.h"
#include "contract/policy.h"
#include "contract/registry.h"

namespace connector::testing {

class RandomTerms {
 public:
  using Place = contract::Term::Place;
  static constexpr core::EpochNs kConcluded = 1'780'000'000'000'000'000;  // 2026-05-28
  static constexpr core::EpochNs kDay = 86'400'000'000'000;

  explicit RandomTerms(std::uint64_t seed) : random_(seed) {}

  contract::Constraint atomic(const contract::Term& term) {
    contract::Constraint made;
    made.left = std::string(term.name);
    do {
      made.op = static_cast<contract::Operator>(below(13));
    } while (!term.operators.contains(made.op));
    made.right = {value(term)};
    if (made.op == contract::Operator::kIsAnyOf || made.op == contract::Operator::kIsNoneOf ||
        made.op == contract::Operator::kIsAllOf || made.op == contract::Operator::kIsPartOf) {
      while (once_in(2)) made.right.push_back(value(term));
    }
    if (term.name == "payAmount") made.unit = pick({"", "", "urn:euro"});
    return made;
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }
  bool once_in(std::size_t times) { return below(times) == 0; }

  // Often on a limit that terms name, or a nanosecond beside it.
  core::EpochNs moment() {
    return kConcluded + static_cast<core::EpochNs>(below(6)) * kDay -
           static_cast<core::EpochNs>(1) + static_cast<core::EpochNs>(below(3));
  }

 protected:
  std::string pick(std::initializer_list<const char*> values) {
    return values.begin()[below(values.size())];
  }
  template <typename Make>
  auto some(std::size_t most, const Make& make) -> std::vector<decltype(make())> {
    std::vector<decltype(make())> values(below(most + 1));
    for (auto& value : values) value = make();
    return values;
  }
  std::string maybe(const std::string& value) { return once_in(6) ? std::string() : value; }

  // ---- values ----

  std::string text() { return pick({"alpha", "beta", "gamma", "did:web:a.example"}); }
  // Not known, known to be none, or some.
  std::vector<std::string> texts() {
    if (once_in(5)) return {};
    if (once_in(5)) return {""};
    std::vector<std::string> list = some(2, [&] { return text(); });
    list.push_back(text());
    return list;
  }
  std::string level() {
    return pick({"idsc:BASE_SECURITY_PROFILE", "idsc:TRUST_SECURITY_PROFILE",
                 "idsc:TRUST_PLUS_SECURITY_PROFILE"});
  }
  const contract::Term& artifact_state() {
    return *contract::find_term(Place::kTarget, "ids:artifact_state");
  }
  contract::Payment payment() {
    return {*core::Decimal::parse(pick({"500", "500.00", "20"})), pick({"", "", "urn:euro"}), "",
            "", pick({"P1M", "P1Y", ""})};
  }

  contract::Value value(const contract::Term& term) {
    using Kind = contract::ValueKind;
    switch (term.value) {
      case Kind::kText:
        return {pick({"", "@id", "xsd:anyURI"}), text()};
      case Kind::kParticipant:
        return {"", pick({"did:web:a.example", "did:web:b.example"})};
      case Kind::kConnector:
        return {"", pick({"did:web:a.example/north", "did:web:b.example/south"})};
      case Kind::kInstant:
        return {"xsd:dateTime", instant()};
      case Kind::kDuration:
        return {"xsd:duration", pick({"P1D", "PT48H", "P3D", "P1M", "P400Y"})};
      case Kind::kCount:
        return {"xsd:integer", pick({"0", "1", "2", "3", "02", "999999999999999999"})};
      case Kind::kDecimal:
        return {"xsd:decimal", pick({"500.0", "+20", "0.5"})};
      case Kind::kOneOf:
        return {"", std::string(term.values[below(term.values.size())])};
    }
    return {};
  }

  std::string instant() {
    const std::string day =
        core::to_rfc3339(kConcluded + static_cast<core::EpochNs>(below(6)) * kDay);
    std::string at = day.substr(0, day.size() - 1);
    if (once_in(4)) at += pick({".0000000001", ".000000000000", ".000000001"});
    return at + pick({"Z", "Z", "+00:00"});
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace connector::testing
