#include "contract/condition.h"

#include <algorithm>

#include "contract/time_limit.h"

namespace connector::contract {
namespace {

using Place = Term::Place;
using Texts = std::span<const std::string>;

// Where the texts stand that an operand is held against.
struct Source {
  Place place;
  std::string_view operand;
  std::string Facts::*one;
  std::vector<std::string> Facts::*several;
};
constexpr Source kSources[] = {
    {Place::kConstraint, "purpose", &Facts::purpose, nullptr},
    {Place::kConstraint, "cx-policy:UsagePurpose", &Facts::purpose, nullptr},
    {Place::kConstraint, "idsc:APPLICATION", &Facts::application, nullptr},
    {Place::kConstraint, "idsc:SECURITY_LEVEL", &Facts::security_level, nullptr},
    {Place::kConstraint, "idsc:ROLE", nullptr, &Facts::roles},
    {Place::kConstraint, "spatial", nullptr, &Facts::places},
    {Place::kConstraint, "event", nullptr, &Facts::events},
    {Place::kConstraint, "idsc:state", nullptr, &Facts::states},
    {Place::kConstraint, "cx-policy:BusinessPartnerNumber", nullptr, &Facts::party_ids},
    {Place::kConstraint, "cx-policy:BusinessPartnerGroup", nullptr, &Facts::groups},
    {Place::kConstraint, "cx-policy:Membership", nullptr, &Facts::memberships},
    {Place::kTarget, "skos:concept", nullptr, &Facts::labels},
    {Place::kTarget, "ids:artifact_state", nullptr, &Facts::artifact_states},
    {Place::kAssignee, "vcard:hasRole", nullptr, &Facts::roles},
    {Place::kAssignee, "vcard:hasGeo", nullptr, &Facts::partner_places},
};

Truth truth(bool holds) {
  return holds ? Truth::kYes : Truth::kNo;
}

bool is_among(std::string_view text, const std::vector<Value>& values) {
  return std::any_of(values.begin(), values.end(),
                     [&](const Value& value) { return value.text == text; });
}

bool is_among(std::string_view text, Texts texts) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

// By the order of the registry's list.
bool is_at_least(const Term& term, std::string_view found, std::string_view wanted) {
  const auto at = [&](std::string_view text) {
    return std::find(term.values.begin(), term.values.end(), text);
  };
  return at(found) != term.values.end() && at(found) >= at(wanted);
}

Truth judge_texts(const Term& term, const Constraint& constraint, Texts found) {
  if (found.empty()) return Truth::kUnknown;
  const auto meets = [&] {
    return std::any_of(found.begin(), found.end(),
                       [&](const std::string& text) { return is_among(text, constraint.right); });
  };
  switch (constraint.op) {
    case Operator::kEq:
    case Operator::kIsA:
    case Operator::kIsPartOf:
    case Operator::kIsAnyOf:
      return truth(meets());
    case Operator::kNeq:
    case Operator::kIsNoneOf:
      return truth(!meets());
    case Operator::kIsAllOf:
      return truth(std::all_of(constraint.right.begin(), constraint.right.end(),
                               [&](const Value& value) { return is_among(value.text, found); }));
    case Operator::kGteq:
      return truth(is_at_least(term, found.front(), constraint.right.front().text));
    default:
      return Truth::kUnknown;
  }
}

// The first instant at which a comparison with `at` has another answer; nothing beyond the last.
std::optional<core::EpochNs> after(core::EpochNs at) {
  core::EpochNs next = 0;
  if (__builtin_add_overflow(at, 1, &next)) return std::nullopt;
  return next;
}

Outcome judge_limit(const TimeLimit& limit, core::EpochNs now) {
  const bool is_end = limit.op == Operator::kLt || limit.op == Operator::kLteq;
  const bool excludes = limit.op == Operator::kLt || limit.op == Operator::kGteq;
  const auto turn = excludes ? std::optional(limit.at) : after(limit.at);
  const bool turned = turn && now >= *turn;
  return {truth(turned != is_end), turned ? std::nullopt : turn};
}

}  // namespace

std::optional<core::EpochNs> earliest(std::optional<core::EpochNs> a,
                                      std::optional<core::EpochNs> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

Outcome both(const Outcome& a, const Outcome& b) {
  Outcome result = b.truth < a.truth ? b : a;
  for (const Outcome* one : {&a, &b}) {
    if (one->truth != Truth::kNo || one->changes_at) continue;
    result.changes_at.reset();
    return result;
  }
  result.changes_at = earliest(a.changes_at, b.changes_at);
  return result;
}

Outcome either(const Outcome& a, const Outcome& b) {
  const bool b_tells = b.truth == a.truth && a.cause == nullptr;
  Outcome result = b.truth > a.truth || b_tells ? b : a;
  for (const Outcome* one : {&a, &b}) {
    if (one->truth != Truth::kYes || one->changes_at) continue;
    result.changes_at.reset();
    return result;
  }
  result.changes_at = earliest(a.changes_at, b.changes_at);
  return result;
}

Conditions::Conditions(const Facts& facts) : facts_(facts) {
  if (!facts.consumer.participant.empty()) connector_ = facts.consumer.str();
}

Outcome Conditions::judge(Place place, const std::vector<Constraint>& constraints) const {
  Outcome all;
  for (const Constraint& one : constraints) all = both(all, judge(place, one));
  return all;
}

Outcome Conditions::judge(Place place, const Constraint& constraint) const {
  if (constraint.kind == Constraint::Kind::kAtomic) return atomic(place, constraint);
  if (constraint.operands.empty()) return {Truth::kUnknown, {}, &constraint};
  if (constraint.kind == Constraint::Kind::kXone) return one_of(place, constraint);
  if (constraint.kind != Constraint::Kind::kOr) return judge(place, constraint.operands);
  Outcome any{Truth::kNo};
  for (const Constraint& one : constraint.operands) any = either(any, judge(place, one));
  if (any.truth != Truth::kYes) any.cause = &constraint;
  return any;
}

Outcome Conditions::one_of(Place place, const Constraint& constraint) const {
  Outcome result;
  int held = 0;
  bool unknown = false;
  for (const Constraint& one : constraint.operands) {
    const Outcome outcome = judge(place, one);
    held += outcome.truth == Truth::kYes ? 1 : 0;
    unknown |= outcome.truth == Truth::kUnknown;
    result.changes_at = earliest(result.changes_at, outcome.changes_at);
  }
  result.truth = held > 1 ? Truth::kNo : unknown ? Truth::kUnknown : truth(held == 1);
  if (result.truth != Truth::kYes) result.cause = &constraint;
  return result;
}

Outcome Conditions::atomic(Place place, const Constraint& constraint) const {
  Outcome outcome;
  const Term* term = find_term(place, constraint.left);
  if (term == nullptr || !misfit(*term, constraint).empty()) {
    outcome.truth = Truth::kUnknown;
  } else if (const auto limit = time_limit(constraint, facts_.concluded)) {
    outcome = judge_limit(*limit, facts_.now);
  } else if (term->name == "count") {
    outcome.truth = count(constraint);
  } else if (term->name == "payAmount") {
    outcome.truth = payment(constraint);
  } else {
    outcome.truth = judge_texts(*term, constraint, texts(place, constraint.left));
  }
  if (outcome.truth != Truth::kYes) outcome.cause = &constraint;
  return outcome;
}

Texts Conditions::texts(Place place, std::string_view operand) const {
  if (operand == "idsc:CONNECTOR") return {&connector_, connector_.empty() ? 0u : 1u};
  for (const Source& source : kSources) {
    if (source.place != place || source.operand != operand) continue;
    if (source.several != nullptr) return facts_.*source.several;
    const std::string& text = facts_.*source.one;
    return {&text, text.empty() ? 0u : 1u};
  }
  return {};
}

// This use is one of them.
Truth Conditions::count(const Constraint& constraint) const {
  const std::uint64_t most = std::stoull(constraint.right.front().text);
  if (constraint.op == Operator::kLt) return truth(most > 0 && facts_.count < most - 1);
  return truth(facts_.count < most);
}

// Payments of another kind cannot be compared with what is asked for; nor can several kinds be.
Truth Conditions::payment(const Constraint& constraint) const {
  if (facts_.payments.empty()) return Truth::kUnknown;
  const auto wanted = core::Decimal::parse(constraint.right.front().text);
  if (!wanted) return Truth::kUnknown;
  bool paid = false;
  for (const Payment& payment : facts_.payments) {
    if (payment.unit != constraint.unit || payment.frequency != constraint.frequency ||
        payment.contract != constraint.contract) {
      return Truth::kUnknown;
    }
    paid |= payment.amount == *wanted;
  }
  return truth(paid);
}

std::string Conditions::found(Place place, const Constraint& constraint) const {
  if (time_limit(constraint, facts_.concluded)) return core::to_rfc3339(facts_.now);
  if (constraint.left == "count") return "use " + std::to_string(facts_.count + 1);
  std::string words;
  const auto add = [&](const std::string& text) {
    words += (words.empty() ? "'" : ", '") + text + "'";
  };
  for (const std::string& text : texts(place, constraint.left)) add(text);
  if (constraint.left != "payAmount") return words;
  for (const Payment& payment : facts_.payments) add(payment.amount.text());
  return words;
}

}  // namespace connector::contract
