#include "contract/catena_x.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <span>

#include "contract/term.h"

namespace connector::contract {
namespace {

constexpr std::string_view kPrefix = "cx-policy:";
constexpr std::string_view kEarlier = "cx-policy-2405:";

// Where a constraint may stand.
enum Place : unsigned { kAccess = 1, kUsage = 2, kProhibition = 4, kObligation = 8 };

enum class Wanted { kOneOf, kText, kPartnerNumber, kDateTime, kInteger };

// At most one of a group in a rule.
enum class Group { kNone, kWarranty, kUsageEnd, kProvisioningEnd };

using Values = std::span<const std::string_view>;

constexpr std::string_view kActive[] = {"active"};
constexpr std::string_view kFramework[] = {"DataExchangeGovernance:1.0"};
constexpr std::string_view kMeasures[] = {"cx.confidentiality.measures:1"};
constexpr std::string_view kSharing[] = {"cx.sharing.affiliates:1",
                                         "cx.sharing.managedLegalEntity:1"};
constexpr std::string_view kTermination[] = {"cx.data.deletion:1", "cx.data.keeping:1"};
constexpr std::string_view kFrequency[] = {"cx.dataFrequency.once:1",
                                           "cx.dataFrequency.unlimited:1"};
constexpr std::string_view kUsageEnd[] = {"cx.dataUsageEnd.unlimited:1"};
constexpr std::string_view kExclusive[] = {"cx.exclusiveUsage.dataConsumer:1"};
constexpr std::string_view kLocation[] = {"cx.location.dataConsumer:1",
                                          "cx.location.contractReference:1"};
constexpr std::string_view kLiability[] = {"cx.grossNegligence:1", "cx.slightNegligence:1"};
constexpr std::string_view kPrecedence[] = {"cx.precedence.contractReference:1",
                                            "cx.precedence.rcAgreement:1"};
constexpr std::string_view kRegions[] = {"cx.region.all:1",          "cx.region.europe:1",
                                         "cx.region.northAmerica:1", "cx.region.southAmerica:1",
                                         "cx.region.africa:1",       "cx.region.asia:1",
                                         "cx.region.oceania:1",      "cx.region.antarctica:1"};
constexpr std::string_view kRestrictions[] = {
    "cx.thirdParty.forbidden:1", "cx.manipulation.forbidden:1", "cx.derivations.forbidden:1",
    "cx.extraordinaryAnalytics.forbidden:1", "cx.dataProviderRemoval.forbidden:1"};
constexpr std::string_view kVersions[] = {"cx.versionChanges.minor:1", "cx.versionChanges.major:1"};
constexpr std::string_view kWarranty[] = {"cx.warranty.none:1", "cx.warranty.contractReference:1",
                                          "cx.warranty.dataQualityIssues:1"};
constexpr std::string_view kWarrantyEnd[] = {"cx.warranty.contractEndDate:1"};

struct Row {
  std::vector<Operator> operators;  // eq takes one value, the others a list
  Wanted wanted;
  Values values;
  unsigned places;
  bool unique = false;  // no value twice
  Group group = Group::kNone;
};

const std::map<std::string_view, Row>& table() {
  const std::vector<Operator> eq = {Operator::kEq};
  const std::vector<Operator> any = {Operator::kIsAnyOf};
  const std::vector<Operator> all = {Operator::kIsAllOf};
  const std::vector<Operator> any_none = {Operator::kIsAnyOf, Operator::kIsNoneOf};
  using W = Wanted;
  // UsagePurpose lists purposes in its schema and then allows any text.
  static const std::map<std::string_view, Row> kTable = {
      {"AffiliatesBpnl", {any, W::kPartnerNumber, {}, kUsage | kProhibition, true}},
      {"AffiliatesRegion", {any, W::kOneOf, kRegions, kUsage | kProhibition}},
      {"BusinessPartnerGroup", {any_none, W::kText, {}, kAccess, true}},
      {"BusinessPartnerNumber", {any_none, W::kPartnerNumber, {}, kAccess, true}},
      {"ConfidentialInformationMeasures", {eq, W::kOneOf, kMeasures, kUsage}},
      {"ConfidentialInformationSharing", {any, W::kOneOf, kSharing, kUsage}},
      {"ContractReference", {all, W::kText, {}, kUsage, true}},
      {"ContractTermination", {eq, W::kOneOf, kTermination, kUsage}},
      {"DataFrequency", {eq, W::kOneOf, kFrequency, kUsage}},
      {"DataProvisioningEndDate",
       {eq, W::kDateTime, {}, kObligation, false, Group::kProvisioningEnd}},
      {"DataProvisioningEndDurationDays",
       {eq, W::kInteger, {}, kObligation, false, Group::kProvisioningEnd}},
      {"DataUsageEndDate", {eq, W::kDateTime, {}, kUsage, false, Group::kUsageEnd}},
      {"DataUsageEndDefinition", {eq, W::kOneOf, kUsageEnd, kUsage, false, Group::kUsageEnd}},
      {"DataUsageEndDurationDays", {eq, W::kInteger, {}, kUsage, false, Group::kUsageEnd}},
      {"ExclusiveUsage", {eq, W::kOneOf, kExclusive, kUsage}},
      {"FrameworkAgreement", {eq, W::kOneOf, kFramework, kAccess | kUsage}},
      {"JurisdictionLocation", {eq, W::kText, {}, kUsage}},
      {"JurisdictionLocationReference", {eq, W::kOneOf, kLocation, kUsage}},
      {"Liability", {eq, W::kOneOf, kLiability, kUsage}},
      {"ManagedLegalEntityBpnl", {any, W::kPartnerNumber, {}, kUsage, true}},
      {"ManagedLegalEntityRegion", {any, W::kOneOf, kRegions, kUsage}},
      {"Membership", {eq, W::kOneOf, kActive, kAccess | kUsage}},
      {"Precedence", {eq, W::kOneOf, kPrecedence, kUsage}},
      {"UsagePurpose", {any, W::kText, {}, kUsage}},
      {"UsageRestriction", {all, W::kOneOf, kRestrictions, kProhibition}},
      {"VersionChanges", {eq, W::kOneOf, kVersions, kUsage}},
      {"Warranty", {eq, W::kOneOf, kWarranty, kUsage}},
      {"WarrantyDefinition", {eq, W::kOneOf, kWarrantyEnd, kUsage, false, Group::kWarranty}},
      {"WarrantyDurationMonths", {eq, W::kInteger, {}, kUsage, false, Group::kWarranty}},
  };
  return kTable;
}

const Row* row_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return nullptr;
  const auto found = table().find(name.substr(kPrefix.size()));
  return found == table().end() ? nullptr : &found->second;
}

// "dddd-dd-ddTdd:dd:dd", then Z or "+dd:dd": the profile wants seconds and a zone.
bool is_date_time(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  constexpr std::string_view kZone = "dd:dd";
  const auto fits = [](std::string_view part, std::string_view shape) {
    return part.size() == shape.size() &&
           std::equal(part.begin(), part.end(), shape.begin(), [](char c, char wanted) {
             return wanted == 'd' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == wanted;
           });
  };
  if (!fits(text.substr(0, kShape.size()), kShape)) return false;
  const std::string_view zone = text.substr(kShape.size());
  const bool offset = zone.starts_with('+') || zone.starts_with('-');
  return zone == "Z" || (offset && fits(zone.substr(1), kZone));
}

bool is_partner_number(std::string_view text) {
  constexpr std::size_t kLength = 16;
  return text.size() == kLength && text.starts_with("BPNL") &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isdigit(c) != 0 || (c >= 'A' && c <= 'Z');
         });
}

bool fits(const Row& row, const Value& value) {
  if (row.wanted == Wanted::kInteger) return value.type == "xsd:integer";
  if (!value.type.empty()) return false;
  switch (row.wanted) {
    case Wanted::kOneOf:
      return std::find(row.values.begin(), row.values.end(), value.text) != row.values.end();
    case Wanted::kPartnerNumber:
      return is_partner_number(value.text);
    case Wanted::kDateTime:
      return is_date_time(value.text);
    case Wanted::kText:
    case Wanted::kInteger:
      return true;
  }
  return false;
}

std::string wanted(const Row& row) {
  switch (row.wanted) {
    case Wanted::kOneOf: {
      std::string words;
      for (const std::string_view value : row.values) {
        words += (words.empty() ? "" : ", ") + std::string(value);
      }
      return row.values.size() == 1 ? words : "one of " + words;
    }
    case Wanted::kPartnerNumber:
      return "a business partner number (BPNL and 12 digits or capitals)";
    case Wanted::kDateTime:
      return "a date and time with seconds and zone, as in 2027-12-15T12:00:00Z";
    case Wanted::kInteger:
      return "a whole number";
    case Wanted::kText:
      break;
  }
  return "a text";
}

class Checker {
 public:
  std::vector<Violation> violations;

  void policy(const Policy& policy);
  void atomic(const Constraint& constraint, const std::string& path, unsigned place);

 private:
  using Groups = std::map<Group, std::string>;

  void add(const std::string& path, std::string what) { violations.push_back({path, what}); }
  void rules(const std::vector<Rule>& rules, const std::string& path, unsigned place);
  void rule(const Rule& rule, const std::string& path, unsigned place);
  void constraint(const Constraint& constraint, const std::string& path, unsigned place,
                  Groups& groups);
  void values(const Constraint& constraint, const Row& row, const std::string& path);
};

std::string at(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string_view words(unsigned place) {
  switch (place) {
    case kAccess:
      return "a permission to access";
    case kUsage:
      return "a permission to use";
    case kProhibition:
      return "a prohibition";
    default:
      return "an obligation";
  }
}

void Checker::values(const Constraint& constraint, const Row& row, const std::string& path) {
  const bool list_wanted = constraint.op != Operator::kEq;
  if (constraint.list != list_wanted) {
    add(path, constraint.left + ": " + std::string(name_of(constraint.op)) + " takes " +
                  (list_wanted ? "a list" : "one value and no list"));
  }
  std::set<std::string> seen;
  for (const Value& value : constraint.right) {
    if (!fits(row, value)) {
      const std::string type = value.type.empty() ? "" : " (" + value.type + ")";
      add(path, constraint.left + ": \"" + value.text + "\"" + type + ", where the profile wants " +
                    wanted(row));
    }
    if (!seen.insert(value.text).second && row.unique) {
      add(path, constraint.left + ": \"" + value.text + "\" stands twice");
    }
  }
}

// place: 0 for anywhere.
void Checker::atomic(const Constraint& constraint, const std::string& path, unsigned place) {
  const Row* row = row_of(constraint.left);
  if (row == nullptr) {
    add(path, constraint.left + (constraint.left.starts_with(kEarlier)
                                     ? ": a term of the profile of 2024, not of 2025-9"
                                     : ": no term of the profile"));
    return;
  }
  if (place != 0 && (row->places & place) == 0) {
    add(path, constraint.left + ": not in " + std::string(words(place)));
  }
  if (!constraint.id.empty() || !constraint.unit.empty() || !constraint.data_type.empty() ||
      !constraint.frequency.empty() || !constraint.contract.empty() || !constraint.notes.empty()) {
    add(path, constraint.left + ": has more than operand, operator and value");
  }
  const auto& operators = row->operators;
  if (std::find(operators.begin(), operators.end(), constraint.op) == operators.end()) {
    add(path, constraint.left + ": the operator " + std::string(name_of(constraint.op)) +
                  ", where the profile wants " + std::string(name_of(operators.front())));
    return;
  }
  values(constraint, *row, path);
}

void Checker::constraint(const Constraint& constraint, const std::string& path, unsigned place,
                         Groups& groups) {
  if (constraint.kind == Constraint::Kind::kAnd) {
    for (std::size_t i = 0; i < constraint.operands.size(); ++i) {
      this->constraint(constraint.operands[i], at(path + ".operands", i), place, groups);
    }
    return;
  }
  if (constraint.kind != Constraint::Kind::kAtomic) {
    return add(path, "constraints are joined by \"and\" alone");
  }
  atomic(constraint, path, place);
  const Row* row = row_of(constraint.left);
  if (row == nullptr || row->group == Group::kNone) return;
  const auto [first, fresh] = groups.emplace(row->group, constraint.left);
  if (!fresh) add(path, first->second + " and " + constraint.left + " exclude each other");
}

void Checker::rule(const Rule& rule, const std::string& path, unsigned place) {
  if (rule.actions.size() != 1 || !rule.actions[0].refinements.empty()) {
    add(path, "one action without refinements is wanted");
  }
  if (!rule.duties.empty() || !rule.consequences.empty() || !rule.remedies.empty() ||
      !rule.functions.empty()) {
    add(path, "duties and party functions are no part of the profile");
  }
  if (place != kAccess && rule.constraints.empty()) {
    add(path, std::string(words(place)) + " has constraints");
  }
  Groups groups;
  for (std::size_t i = 0; i < rule.constraints.size(); ++i) {
    constraint(rule.constraints[i], at(path + ".constraints", i), place, groups);
  }
}

std::string_view action_of(const Rule& rule) {
  return rule.actions.empty() ? std::string_view() : std::string_view(rule.actions[0].name);
}

void Checker::rules(const std::vector<Rule>& rules, const std::string& path, unsigned place) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string here = at(path, i);
    if (action_of(rules[i]) != "use") {
      add(here, "the action " + std::string(action_of(rules[i])) + ", where the profile wants use");
    }
    rule(rules[i], here, place);
  }
}

void Checker::policy(const Policy& policy) {
  const auto to_access = [](const Rule& rule) { return action_of(rule) == "cx-policy:access"; };
  const auto& permissions = policy.permissions;
  const bool access = std::any_of(permissions.begin(), permissions.end(), to_access);
  if (permissions.empty() && policy.prohibitions.empty() && policy.obligations.empty()) {
    add("$", "no rule");
  }
  for (std::size_t i = 0; access && i < permissions.size(); ++i) {
    const std::string path = at("$.permissions", i);
    if (!to_access(permissions[i])) add(path, "access and use are two policies");
    rule(permissions[i], path, to_access(permissions[i]) ? kAccess : kUsage);
  }
  if (access && (!policy.prohibitions.empty() || !policy.obligations.empty())) {
    add("$", "an access policy has permissions alone");
  }
  if (!access) rules(permissions, "$.permissions", kUsage);
  rules(policy.prohibitions, "$.prohibitions", kProhibition);
  rules(policy.obligations, "$.obligations", kObligation);
}

}  // namespace

std::vector<Violation> catena_x_violations(const Policy& policy) {
  Checker checker;
  checker.policy(policy);
  return std::move(checker.violations);
}

std::vector<Violation> catena_x_violations(const Constraint& constraint) {
  Checker checker;
  checker.atomic(constraint, "$", 0);
  return std::move(checker.violations);
}

std::vector<std::string> catena_x_operands() {
  std::vector<std::string> names;
  for (const auto& [name, row] : table()) {
    names.push_back(std::string(kPrefix) + std::string(name));
  }
  return names;
}

}  // namespace connector::contract
