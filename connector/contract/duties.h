// What an agreement makes each side do, and what an onward agreement must keep of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/facts.h"
#include "contract/policy.h"
#include "core/decimal.h"
#include "core/duration.h"

namespace connector::contract {

// Duties of all permissions and the obligations, in the order of the policy; each with its path.
struct Duties {
  enum class Occasion { kUse, kRefusal, kDutyDone };  // idsc:ON_ALLOW, ON_DENY, ON_DUTY_EXERCISED

  // At a time, or after a use: at once or within the delay. Never both.
  struct Delete {
    std::optional<core::EpochNs> at;  // absolute: counted from the agreement where it says so
    bool after_use = false;
    std::optional<core::Duration> delay;
    std::string path;
  };
  struct Log {
    Occasion occasion = Occasion::kUse;
    std::string device;  // "systemDevice"; may be empty: the signed log
    std::string path;
  };
  struct Inform {
    std::vector<std::string> recipients;  // none named: the provider
    Occasion occasion = Occasion::kUse;
    std::string path;
  };
  struct Replace {
    std::string json_path;  // "$.name"
    std::string with;
    std::string path;
  };
  struct NextPolicy {
    std::string policy;  // the id that is named; may be empty
    std::string path;
  };
  struct Compensate {
    std::optional<core::Decimal> amount;
    std::string unit;
    std::string interval;   // "P1M"; empty: once
    std::string frequency;  // "freq:annual"
    bool before_use = true;
    std::string path;
  };
  struct Consent {
    std::vector<std::string> persons;  // empty: each person concerned
    std::string path;
  };

  std::vector<Delete> deletes;  // ends of use of the Catena-X profile among them
  std::vector<Log> logs;
  std::vector<Inform> informs;
  std::vector<Replace> replaces;
  std::vector<NextPolicy> next_policies;
  std::vector<Compensate> compensations;
  std::vector<Consent> consents;
  std::optional<std::string> anonymize;      // its path
  bool counts = false;                       // uses are to be counted, before release
  std::optional<std::uint64_t> count_limit;  // the most uses that any permission allows
};

Duties duties_of(const Policy& agreement, core::EpochNs concluded);

// Does every constraint, prohibition and duty of the received policy stand in the onward one, or a
// stricter one? Each onward permission must lie within a received one. What counts from an
// agreement counts from the onward one there: compare with contract::with_instants(received, ...).
bool holds_all_terms(const Policy& received, const Policy& onward);

// ---- one rule of it ----

// Is each of its actions a duty of the registry?
bool is_known_duty(const Rule& duty);
// Refinements of its action and constraints of its own, conjunctions opened.
std::vector<const Constraint*> parameters_of(const Rule& duty);
// "event gt policyUsage".
bool is_due_after(const Rule& duty);
// The ids of the parties in this function: "informedParty".
std::vector<std::string> persons_of(const Rule& duty, std::string_view function);

}  // namespace connector::contract
