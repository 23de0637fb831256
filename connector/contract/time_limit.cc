#include "contract/time_limit.h"

#include <algorithm>
#include <string_view>

#include "core/duration.h"

namespace connector::contract {
namespace {

constexpr std::int64_t kDayNs = 86'400'000'000'000;
constexpr std::int64_t kMostDays = 100'000;  // of which nanoseconds can be counted

enum class Counted { kInstant, kDuration, kDays };

struct Operand {
  std::string_view name;
  Counted counted;
  bool eq_is_end;  // "eq" means: until then
};
constexpr Operand kOperands[] = {
    {"dateTime", Counted::kInstant, false},
    {"elapsedTime", Counted::kDuration, true},
    {"cx-policy:DataUsageEndDate", Counted::kInstant, true},
    {"cx-policy:DataUsageEndDurationDays", Counted::kDays, true},
    {"cx-policy:DataProvisioningEndDate", Counted::kInstant, true},
    {"cx-policy:DataProvisioningEndDurationDays", Counted::kDays, true},
};

// A fraction beyond nanoseconds, which an Instant does not hold.
bool goes_beyond_ns(std::string_view text) {
  const auto point = text.find('.');
  if (point == std::string_view::npos) return false;
  const auto end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  return end > point + 10 &&
         text.substr(point + 10, end - point - 10).find_first_not_of('0') != std::string_view::npos;
}

std::optional<Operator> as_order(Operator op, const Operand& operand) {
  switch (op) {
    case Operator::kEq:
      if (!operand.eq_is_end) return std::nullopt;
      return Operator::kLteq;
    case Operator::kTermLteq:
      return Operator::kLteq;
    case Operator::kLt:
    case Operator::kLteq:
    case Operator::kGt:
    case Operator::kGteq:
      return op;
    default:
      return std::nullopt;
  }
}

std::optional<TimeLimit> at_instant(Operator op, const std::string& text) {
  const auto instant = core::parse_instant(text);
  if (!instant || !instant->offset_min || instant->date_only) return std::nullopt;
  if (goes_beyond_ns(text)) {
    if (op == Operator::kLt) op = Operator::kLteq;
    if (op == Operator::kGteq) op = Operator::kGt;
  }
  return TimeLimit{op, instant->epoch_ns};
}

std::optional<core::Duration> duration_of(Counted counted, const std::string& text) {
  if (counted == Counted::kDuration) {
    const auto duration = core::parse_duration(text);
    return duration ? std::optional(*duration) : std::nullopt;
  }
  if (text.empty() || text.size() > 18 ||
      text.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  const std::int64_t days = std::stoll(text);
  if (days > kMostDays) return core::Duration{.months = 600 * 12, .ns = 0};  // the last instant
  return core::Duration{.months = 0, .ns = days * kDayNs};
}

void write_instants(std::vector<Constraint>& constraints, core::EpochNs concluded) {
  for (Constraint& one : constraints) {
    write_instants(one.operands, concluded);
    if (one.kind != Constraint::Kind::kAtomic || one.left == "dateTime") continue;
    const auto limit = time_limit(one, concluded);
    if (!limit) continue;
    one.left = "dateTime";
    one.op = limit->op;
    one.data_type.clear();
    one.right = {{"xsd:dateTime", core::to_rfc3339(limit->at)}};
  }
}

void write_instants(std::vector<Rule>& rules, core::EpochNs concluded) {
  for (Rule& rule : rules) {
    write_instants(rule.constraints, concluded);
    for (Action& action : rule.actions) write_instants(action.refinements, concluded);
    write_instants(rule.duties, concluded);
  }
}

}  // namespace

std::optional<TimeLimit> time_limit(const Constraint& constraint, core::EpochNs concluded) {
  const auto operand =
      std::find_if(std::begin(kOperands), std::end(kOperands),
                   [&](const Operand& one) { return one.name == constraint.left; });
  if (operand == std::end(kOperands) || constraint.right.size() != 1) return std::nullopt;
  const auto op = as_order(constraint.op, *operand);
  if (!op) return std::nullopt;
  const std::string& text = constraint.right[0].text;
  if (operand->counted == Counted::kInstant) return at_instant(*op, text);
  const auto duration = duration_of(operand->counted, text);
  if (!duration) return std::nullopt;
  return TimeLimit{*op, core::add(concluded, *duration)};
}

Policy with_instants(Policy policy, core::EpochNs concluded) {
  write_instants(policy.permissions, concluded);
  write_instants(policy.prohibitions, concluded);
  write_instants(policy.obligations, concluded);
  return policy;
}

}  // namespace connector::contract
