// Agreements and facts for the tests of what judges them.
#pragma once

#include <string>

#include "contract/facts.h"
#include "contract_support.h"

namespace connector::contract::testing {

inline core::EpochNs at(const std::string& instant) {
  const auto read = core::parse_instant(instant);
  EXPECT_TRUE(read) << instant;
  return read ? read->epoch_ns : 0;
}

// A policy of these rules: R"("permission": [...])".
inline Policy agreement_of(const std::string& rules) {
  return policy_of(
      R"({"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "uid": "urn:a", )" +
      rules + "}");
}

// One permission to use, with these members more: R"("constraint": [...])".
inline Policy permitting(const std::string& members, const std::string& action = "use") {
  return agreement_of(R"("permission": [{"action": ")" + action + "\"" +
                      (members.empty() ? "" : ", " + members) + "}]");
}

inline std::string constraint(const std::string& left, const std::string& op,
                              const std::string& right) {
  return R"({"leftOperand": ")" + left + R"(", "operator": ")" + op + R"(", "rightOperand": )" +
         right + "}";
}

inline Policy with_constraint(const std::string& left, const std::string& op,
                              const std::string& right, const std::string& action = "use") {
  return permitting(R"("constraint": [)" + constraint(left, op, right) + "]", action);
}

inline Facts facts_of(Role enforcer) {
  Facts facts;
  facts.enforcer = enforcer;
  facts.concluded = at("2026-01-31T12:00:00Z");
  facts.now = at("2026-02-01T00:00:00Z");
  facts.consumer = {core::ParticipantId("did:web:veldkamp.example"), core::SiteName("hengelo")};
  facts.dataset = "orders";
  return facts;
}

}  // namespace connector::contract::testing
