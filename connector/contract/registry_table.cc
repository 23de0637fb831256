// The table itself. One row, one term.
#include <array>

#include "contract/registry.h"

namespace connector::contract {
namespace {

using enum Operator;
using enum Enforcer;
using enum FactSource;
using Place = Term::Place;
using Value = ValueKind;

constexpr Operators kNoOperators{};
constexpr Operators kIs{kEq};
constexpr Operators kOneOf{kEq, kIsAnyOf, kIsPartOf};
constexpr Operators kMember{kEq, kNeq, kIsAnyOf, kIsNoneOf, kIsPartOf};
constexpr Operators kPurposes{kEq, kIsA, kIsAnyOf, kIsPartOf, kIsNoneOf};
constexpr Operators kTime{kLt, kLteq, kGt, kGteq};
constexpr Operators kAtMost{kLt, kLteq, kTermLteq};
constexpr Operators kThatLong{kEq, kLt, kLteq};
constexpr Operators kLevel{kEq, kGteq, kIsAnyOf, kIsPartOf};
constexpr Operators kBefore{kLt};
constexpr Operators kSets{kEq, kIsAllOf, kIsAnyOf, kIsNoneOf, kIsPartOf};

constexpr std::string_view kLevels[] = {"idsc:BASE_SECURITY_PROFILE", "idsc:TRUST_SECURITY_PROFILE",
                                        "idsc:TRUST_PLUS_SECURITY_PROFILE"};
constexpr std::string_view kStates[] = {"idsc:encrypted", "idsc:anonymized", "idsc:pseudonymized",
                                        "idsc:combined"};
constexpr std::string_view kOccasions[] = {"idsc:ON_ALLOW", "idsc:ON_DENY",
                                           "idsc:ON_DUTY_EXERCISED"};
constexpr std::string_view kUse[] = {"policyUsage"};
constexpr std::string_view kPeriods[] = {"P1M", "P3M", "P1Y"};

// These make the rows: one parameter, one column.
// NOLINTNEXTLINE(readability-function-size)
constexpr Term operand(std::string_view name, Operators operators, Value value, Enforcer enforcer,
                       std::string_view executor, FactSource fact, std::string_view plain,
                       int ids_class = 0, std::span<const std::string_view> values = {}) {
  return {.place = Place::kConstraint,
          .name = name,
          .of = {},
          .operators = operators,
          .value = value,
          .values = values,
          .enforcer = enforcer,
          .executor = executor,
          .fact = fact,
          .plain = plain,
          .ids_class = ids_class,
          .executed = {.provider = enforces(Role::kProvider, enforcer),
                       .consumer = enforces(Role::kConsumer, enforcer)}};
}

constexpr Term at(Place place, Term term) {
  term.place = place;
  return term;
}

constexpr Term action(std::string_view name, Enforcer enforcer, std::string_view executor,
                      std::string_view plain) {
  return at(Place::kAction,
            operand(name, kNoOperators, Value::kText, enforcer, executor, kProtocol, plain));
}

constexpr Term duty(std::string_view name, Enforcer enforcer, std::string_view executor,
                    FactSource fact, std::string_view plain, int ids_class) {
  return at(Place::kDuty,
            operand(name, kNoOperators, Value::kText, enforcer, executor, fact, plain, ids_class));
}

// NOLINTNEXTLINE(readability-function-size)
constexpr Term parameter(std::string_view of, std::string_view name, Operators operators,
                         Value value, Enforcer enforcer, std::string_view plain,
                         std::span<const std::string_view> values = {}, int ids_class = 0) {
  Term term = operand(name, operators, value, enforcer, {}, kNone, plain, ids_class, values);
  term.place = Place::kDutyParameter;
  term.of = of;
  return term;
}

// Part of it, or all, is not carried out by this version.
constexpr Term not_yet(Term term, Executed executed = {}) {
  term.executed = executed;
  return term;
}

// When a duty is due: before or after each use.
constexpr Term due(std::string_view of, Enforcer enforcer) {
  return parameter(of, "event", {kLt, kGt}, Value::kOneOf, enforcer, "due before or after", kUse);
}

// Only before: what is due after a use no connector can hold against the use.
constexpr Term due_before(std::string_view of, Enforcer enforcer) {
  return parameter(of, "event", kBefore, Value::kOneOf, enforcer, "due before", kUse);
}

// A legal text of the Catena-X profile (CX-0152): agreed, signed, enforced by nobody's program.
constexpr Term legal(std::string_view name, std::string_view plain) {
  return operand(name, {kEq, kIsAnyOf, kIsAllOf, kIsNoneOf}, Value::kText, kContractual, {}, kNone,
                 plain);
}

constexpr auto kTable = std::to_array<Term>({
    // What may be done.
    action("use", kBoth, "decision at each fetch and at each use", "use the data"),
    not_yet(action("access", kProvider, "decision at each list and fetch", "see the offer")),
    action("read", kConsumer, "decision at each use", "read the data"),
    action("display", kConsumer, "decision at each use", "show the data to a person"),
    action("print", kConsumer, "decision at each use", "print the data"),
    action("execute", kConsumer, "decision at each use", "run the data in an application"),
    action("derive", kConsumer, "decision at each use", "make other data from the data"),
    not_yet(
        action("distribute", kConsumer, "decision at each onward transfer", "pass the data on")),

    // Under which conditions.
    operand("dateTime", kTime, Value::kInstant, kBoth, "decision; timer that ends what runs",
            kProtocol, "the time", 9),
    operand("elapsedTime", kThatLong, Value::kDuration, kBoth,
            "decision; timer; counted from the agreement", kProtocol,
            "the time since the agreement", 10),
    operand("count", kAtMost, Value::kCount, kConsumer, "counter, debited before release",
            kProtocol, "the number of uses", 11),
    operand("purpose", kPurposes, Value::kText, kBoth, "decision at each fetch and at each use",
            kProtocol, "the purpose", 6),
    operand("idsc:CONNECTOR", kOneOf, Value::kConnector, kBoth, "decision; certificate", kProtocol,
            "the connector", 2),
    operand("idsc:APPLICATION", kMember, Value::kText, kConsumer,
            "decision at each use; the caller's credentials on the local socket", kProtocol,
            "the application", 3),
    operand("idsc:ROLE", kMember, Value::kText, kConsumer, "decision at each use", kAdmin,
            "the user's role", 4),
    operand("spatial", kMember, Value::kText, kBoth, "decision at each fetch and at each use",
            kDeclared, "the place of use", 5),
    operand("event", kIs, Value::kText, kBoth, "decision at each fetch and at each use", kAdmin,
            "the event that has occurred", 7),
    operand("idsc:state", kMember, Value::kText, kBoth, "decision at each fetch and at each use",
            kAdmin, "the state", 21),
    operand("idsc:SECURITY_LEVEL", kLevel, Value::kOneOf, kProvider, "decision at each fetch",
            kDeclared, "the security level of the connector", 8, kLevels),
    operand("payAmount", kIs, Value::kDecimal, kProvider,
            "decision; payments recorded by the admin", kAdmin, "the amount paid", 19),
    operand("cx-policy:BusinessPartnerNumber", kMember, Value::kText, kProvider,
            "decision; identifiers confirmed by the admin", kAdmin, "the business partner number"),
    operand("cx-policy:BusinessPartnerGroup", kMember, Value::kText, kProvider,
            "decision; groups of partners.yaml", kAdmin, "the group of the partner"),
    operand("cx-policy:Membership", kIs, Value::kText, kProvider,
            "decision; groups of partners.yaml", kAdmin, "the membership"),
    operand("cx-policy:UsagePurpose", {kIsAnyOf, kEq}, Value::kText, kBoth,
            "decision at each fetch and at each use", kProtocol, "the purpose"),
    operand("cx-policy:DataUsageEndDate", kIs, Value::kInstant, kConsumer,
            "decision; timer that deletes", kProtocol, "the end of use"),
    operand("cx-policy:DataUsageEndDurationDays", kIs, Value::kCount, kConsumer,
            "decision; timer that deletes", kProtocol, "the days of use since the agreement"),
    operand("cx-policy:DataProvisioningEndDate", kIs, Value::kInstant, kProvider,
            "decision; timer that ends streams", kProtocol, "the end of provision"),
    operand("cx-policy:DataProvisioningEndDurationDays", kIs, Value::kCount, kProvider,
            "decision; timer that ends streams", kProtocol,
            "the days of provision since the agreement"),

    // To which data, and to whom.
    at(Place::kTarget,
       operand("skos:concept", kSets, Value::kText, kProvider, "row plan; labels of the dataset",
               kAdmin, "the classification of the data", 24)),
    at(Place::kTarget, operand("ids:artifact_state", kSets, Value::kOneOf, kProvider,
                               "decision; labels of the dataset, duties of the agreement", kAdmin,
                               "the state of the data", 18, kStates)),
    at(Place::kAssignee,
       operand("assignee", kIs, Value::kText, kBoth, "certificate; decision at each fetch",
               kProtocol, "the consumer", 1)),
    at(Place::kAssignee, operand("vcard:hasRole", kMember, Value::kText, kConsumer,
                                 "decision at each use", kAdmin, "the user's role", 4)),
    at(Place::kAssignee,
       operand("vcard:hasGeo", kMember, Value::kText, kProvider, "decision; table of partners",
               kAdmin, "the place of the partner", 22)),

    // Which duties come with it.
    duty("delete", kConsumer, "vault: the key is destroyed, a proof is sent", kNone,
         "delete the data", 12),
    parameter("delete", "dateTime", {kLt, kLteq}, Value::kInstant, kConsumer, "at the latest at"),
    parameter("delete", "elapsedTime", kThatLong, Value::kDuration, kConsumer,
              "at the latest after"),
    parameter("delete", "delayPeriod", kThatLong, Value::kDuration, kConsumer,
              "after the use, within"),
    due("delete", kConsumer),
    duty("idsc:REPLACE", kProvider, "field program", kNone, "replace a field before it leaves", 13),
    parameter("idsc:REPLACE", "idsc:REPLACE_WITH", kIs, Value::kText, kProvider, "with"),
    parameter("idsc:REPLACE", "idsc:JSON_PATH", kIs, Value::kText, kProvider, "the field"),
    due("idsc:REPLACE", kProvider),
    duty("anonymize", kConsumer, "vault: before the first read", kNone,
         "anonymise the data before the first read", 14),
    due("anonymize", kConsumer),
    duty("idsc:log", kBoth, "signed log", kNone, "log each use", 15),
    not_yet(parameter("idsc:log", "systemDevice", kIs, Value::kText, kBoth, "in")),
    parameter("idsc:log", "idsc:LOG_LEVEL", kIs, Value::kOneOf, kBoth, "when", kOccasions),
    due("idsc:log", kBoth),
    duty("inform", kConsumer, "outbox with retries", kNone, "inform a party of each use", 16),
    parameter("inform", "idsc:NOTIFICATION_LEVEL", kIs, Value::kOneOf, kConsumer, "when",
              kOccasions),
    parameter("inform", "recipient", kIs, Value::kText, kConsumer, "whom"),
    due("inform", kConsumer),
    not_yet(duty("nextPolicy", kConsumer, "onward transfer through the connector only", kNone,
                 "pass the data on under the named policy only", 17)),
    not_yet(due("nextPolicy", kConsumer)),
    duty("compensate", kProvider, "decision; payments recorded by the admin", kAdmin, "pay", 19),
    parameter("compensate", "payAmount", kIs, Value::kDecimal, kProvider, "the amount"),
    parameter("compensate", "timeInterval", kIs, Value::kOneOf, kProvider, "every", kPeriods, 20),
    due_before("compensate", kProvider),
    duty("obtainConsent", kProvider, "decision; row plan; list of consents", kAdmin,
         "have the consent of each person concerned", 23),
    due_before("obtainConsent", kProvider),
    duty("idsc:INCREMENT_COUNTER", kConsumer, "counter, debited before release", kNone,
         "count each use", 11),
    due("idsc:INCREMENT_COUNTER", kConsumer),
    duty("idsc:MPC", kContractual, {}, kNone, "compute with other parties without showing the data",
         25),
    parameter("idsc:MPC", "idsc:MPC_FUNCTION", kIs, Value::kText, kContractual, "the function"),
    due("idsc:MPC", kContractual),

    // What only a court enforces.
    legal("cx-policy:FrameworkAgreement", "the framework agreement"),
    legal("cx-policy:ContractReference", "the contract referred to"),
    legal("cx-policy:AffiliatesRegion", "the region of affiliates"),
    legal("cx-policy:AffiliatesBpnl", "the affiliates"),
    legal("cx-policy:ManagedLegalEntityRegion", "the region of managed legal entities"),
    legal("cx-policy:ManagedLegalEntityBpnl", "the managed legal entities"),
    legal("cx-policy:DataFrequency", "the frequency of data"),
    legal("cx-policy:VersionChanges", "changes of version"),
    legal("cx-policy:ContractTermination", "what the end of the contract means"),
    legal("cx-policy:ConfidentialInformationMeasures", "measures of confidentiality"),
    legal("cx-policy:ConfidentialInformationSharing", "sharing of confidential information"),
    legal("cx-policy:ExclusiveUsage", "exclusive use"),
    legal("cx-policy:Warranty", "warranty"),
    legal("cx-policy:WarrantyDefinition", "what warranty means"),
    legal("cx-policy:WarrantyDurationMonths", "the months of warranty"),
    legal("cx-policy:Liability", "liability"),
    legal("cx-policy:JurisdictionLocation", "the place of jurisdiction"),
    legal("cx-policy:JurisdictionLocationReference", "the reference for the place of jurisdiction"),
    legal("cx-policy:Precedence", "which text goes before"),
    legal("cx-policy:DataUsageEndDefinition", "what ends the use"),
    legal("cx-policy:UsageRestriction", "forbidden use"),
});

}  // namespace

std::span<const Term> registry() {
  return kTable;
}

const Term* find_term(Term::Place place, std::string_view name, std::string_view of) {
  for (const Term& term : kTable) {
    if (term.place == place && term.name == name && term.of == of) return &term;
  }
  return nullptr;
}

std::string_view words(Enforcer enforcer) {
  switch (enforcer) {
    case kProvider:
      return "provider enforces";
    case kConsumer:
      return "consumer's connector enforces";
    case kBoth:
      return "both enforce";
    case kContractual:
      return "contractual only";
  }
  return {};
}

std::string_view words(FactSource source) {
  switch (source) {
    case kProtocol:
      return "protocol";
    case kAdmin:
      return "own admin";
    case kDeclared:
      return "declared";
    case kNone:
      return "none";
  }
  return {};
}

}  // namespace connector::contract
