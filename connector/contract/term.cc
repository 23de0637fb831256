#include "contract/term.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/text.h"

namespace connector::contract {
namespace {

using Words = std::set<std::string_view>;
using Pairs = std::map<std::string_view, std::string_view>;

const Words kOdrlTerms = {
    // Classes.
    "Policy", "Agreement", "Assertion", "Offer", "Privacy", "Request", "Set", "Ticket", "Asset",
    "AssetCollection", "AssetScope", "Party", "PartyCollection", "PartyScope", "Action", "Rule",
    "Permission", "Prohibition", "Duty", "Constraint", "LogicalConstraint", "Operator",
    "LeftOperand", "RightOperand", "ConflictTerm", "UndefinedTerm",
    // Properties.
    "uid", "profile", "inheritFrom", "inheritAllowed", "inheritRelation", "conflict", "undefined",
    "permission", "prohibition", "obligation", "duty", "consequence", "remedy", "failure",
    "hasPolicy", "relation", "target", "output", "partOf", "source", "refinement", "scope",
    "action", "includedIn", "implies", "constraint", "function", "assigner", "assignee",
    "assignerOf", "assigneeOf", "leftOperand", "operator", "rightOperand", "rightOperandReference",
    "dataType", "unit", "status", "operand", "or", "xone", "and", "andSequence",
    // Party functions.
    "attributedParty", "attributingParty", "compensatedParty", "compensatingParty",
    "consentedParty", "consentingParty", "contractedParty", "contractingParty", "informedParty",
    "informingParty", "payeeParty", "trackedParty", "trackingParty",
    // Conflict strategies; undefined actions.
    "perm", "prohibit", "invalid", "ignore", "support",
    // Actions.
    "use", "transfer", "acceptTracking", "aggregate", "annotate", "anonymize", "archive",
    "attribute", "compensate", "concurrentUse", "delete", "derive", "digitize", "display",
    "distribute", "ensureExclusivity", "execute", "extract", "give", "grantUse", "include", "index",
    "inform", "install", "modify", "move", "nextPolicy", "obtainConsent", "play", "present",
    "print", "read", "reproduce", "reviewPolicy", "sell", "stream", "synchronize", "textToSpeech",
    "transform", "translate", "uninstall", "watermark",
    // Actions, deprecated.
    "adHocShare", "append", "appendTo", "attachPolicy", "attachSource", "commercialize", "copy",
    "export", "extractChar", "extractPage", "extractWord", "lease", "lend", "license", "pay",
    "preview", "secondaryUse", "share", "write", "writeTo",
    // Left operands.
    "absolutePosition", "absoluteSize", "absoluteSpatialPosition", "absoluteTemporalPosition",
    "count", "dateTime", "delayPeriod", "deliveryChannel", "device", "elapsedTime", "event",
    "fileFormat", "industry", "language", "media", "meteredTime", "payAmount", "percentage",
    "product", "purpose", "recipient", "relativePosition", "relativeSize",
    "relativeSpatialPosition", "relativeTemporalPosition", "resolution", "spatial",
    "spatialCoordinates", "system", "systemDevice", "timeInterval", "unitOfCount", "version",
    "virtualLocation",
    // Operators, right operands, scopes.
    "eq", "gt", "gteq", "hasPart", "isA", "isAllOf", "isAnyOf", "isNoneOf", "isPartOf", "lt",
    "lteq", "neq", "policyUsage", "All", "All2ndConnections", "AllConnections", "AllGroups",
    "Group", "Individual"};

const Words kFunctions = {"attributedParty",  "attributingParty",
                          "compensatedParty", "compensatingParty",
                          "consentedParty",   "consentingParty",
                          "contractedParty",  "contractingParty",
                          "informedParty",    "informingParty",
                          "payeeParty",       "trackedParty",
                          "trackingParty",    "output"};

// Actions of the IDS information model that ODRL has as well.
const Pairs kIdsActions = {{"idsc:USE", "use"},
                           {"idsc:READ", "read"},
                           {"idsc:PRINT", "print"},
                           {"idsc:MODIFY", "modify"},
                           {"idsc:AGGREGATE", "aggregate"},
                           {"idsc:ANONYMIZE", "anonymize"},
                           {"idsc:COMPENSATE", "compensate"},
                           {"idsc:DELETE", "delete"},
                           {"idsc:DISTRIBUTE", "distribute"},
                           {"idsc:GRANT_USE", "grantUse"},
                           {"idsc:NEXT_POLICY", "nextPolicy"},
                           {"idsc:NOTIFY", "inform"},
                           // One spelling for what occurs in two.
                           {"idsc:LOG", "idsc:log"}};

const Pairs kIdsOperands = {{"idsc:ABSOLUTE_SPATIAL_POSITION", "spatial"},
                            {"idsc:COUNT", "count"},
                            {"idsc:DATE_TIME", "dateTime"},
                            {"idsc:DELAY", "delayPeriod"},
                            {"idsc:ELAPSED_TIME", "elapsedTime"},
                            {"idsc:EVENT", "event"},
                            {"idsc:PAYMENT", "payAmount"},
                            {"idsc:PAY_AMOUNT", "payAmount"},
                            {"idsc:PURPOSE", "purpose"},
                            {"ids:purpose", "purpose"},
                            {"idsc:RECIPIENT", "recipient"},
                            {"idsc:SYSTEM_DEVICE", "systemDevice"},
                            {"idsc:STATE", "idsc:state"},
                            {"ids:artifact-state", "ids:artifact_state"},
                            {"idsc:ARTIFACT_STATE", "ids:artifact_state"}};

const Pairs kIdsFrequencies = {{"idsc:ANNUAL", "freq:annual"},
                               {"idsc:DAILY", "freq:daily"},
                               {"idsc:HOURLY", "freq:hourly"},
                               {"idsc:MONTHLY", "freq:monthly"},
                               {"idsc:WEEKLY", "freq:weekly"}};

constexpr std::array<std::string_view, 13> kOperators = {
    "eq",      "neq",      "lt",      "lteq",    "gt",       "gteq",     "isA",
    "hasPart", "isPartOf", "isAllOf", "isAnyOf", "isNoneOf", "term-lteq"};

const Pairs kIdsOperators = {{"idsc:EQ", "eq"},           {"idsc:EQUALS", "eq"},
                             {"idsc:SAME_AS", "eq"},      {"idsc:DEFINES_AS", "eq"},
                             {"idsc:DURATION_EQ", "eq"},  {"idsc:TEMPORAL_EQUALS", "eq"},
                             {"idsc:NEQ", "neq"},         {"idsc:LT", "lt"},
                             {"idsc:LTEQ", "lteq"},       {"idsc:GT", "gt"},
                             {"idsc:GTEQ", "gteq"},       {"idsc:SHORTER", "lt"},
                             {"idsc:SHORTER_EQ", "lteq"}, {"idsc:LONGER", "gt"},
                             {"idsc:LONGER_EQ", "gteq"},  {"idsc:BEFORE", "lt"},
                             {"idsc:AFTER", "gt"},        {"idsc:IN", "isAnyOf"},
                             {"idsc:INSIDE", "isPartOf"}, {"idsc:MEMBER_OF", "isPartOf"},
                             {"idsc:CONTAINS", "hasPart"}};

constexpr std::array<std::string_view, 24> kDataTypes = {"anyURI",
                                                         "base64Binary",
                                                         "boolean",
                                                         "byte",
                                                         "date",
                                                         "dateTime",
                                                         "dateTimeStamp",
                                                         "dayTimeDuration",
                                                         "decimal",
                                                         "double",
                                                         "duration",
                                                         "float",
                                                         "gYear",
                                                         "gYearMonth",
                                                         "int",
                                                         "integer",
                                                         "long",
                                                         "negativeInteger",
                                                         "nonNegativeInteger",
                                                         "nonPositiveInteger",
                                                         "positiveInteger",
                                                         "string",
                                                         "time",
                                                         "yearMonthDuration"};

std::string renamed(const Pairs& table, std::string name) {
  const auto found = table.find(name);
  return found == table.end() ? std::move(name) : std::string(found->second);
}

// What may stand behind a prefix: anything else keeps its whole IRI.
bool is_local_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
}

constexpr std::string_view kOdrl = "http://www.w3.org/ns/odrl/2/";

}  // namespace

bool is_odrl_term(std::string_view name) {
  return kOdrlTerms.contains(name);
}

bool is_function(std::string_view name) {
  return kFunctions.contains(name);
}

const std::vector<Prefix>& prefixes() {
  static const std::vector<Prefix> kPrefixes = {
      {"odrl", kOdrl, "odrl"},
      {"odrl", "https://www.w3.org/ns/odrl/2/", "odrl"},
      {"ids", "https://w3id.org/idsa/core/", "ids"},
      {"idsc", "https://w3id.org/idsa/code/", "idsc"},
      {"cx-policy", "https://w3id.org/catenax/2025/9/policy/", "cx-policy"},
      // The profile of 2024 has terms of its own under the same prefix; they are not the same.
      {"cx-policy", "https://w3id.org/catenax/policy/", "cx-policy-2405"},
      {"cx-policy-2405", "https://w3id.org/catenax/policy/", "cx-policy-2405"},
      {"cx-common", "https://w3id.org/catenax/ontology/common#", "cx-common"},
      {"tx", "https://w3id.org/tractusx/v0.0.1/ns/", "tx"},
      {"edc", "https://w3id.org/edc/v0.0.1/ns/", "edc"},
      {"dspace", "https://w3id.org/dspace/2025/1/", "dspace"},
      {"dspace", "https://w3id.org/dspace/2024/1/", "dspace"},
      {"dspace", "https://w3id.org/dspace/v0.8/", "dspace"},
      {"dcat", "http://www.w3.org/ns/dcat#", "dcat"},
      {"dct", "http://purl.org/dc/terms/", "dct"},
      {"dcterms", "http://purl.org/dc/terms/", "dct"},
      {"dc", "http://purl.org/dc/terms/", "dct"},
      {"dc", "http://purl.org/dc/elements/1.1/", "dce"},
      {"dce", "http://purl.org/dc/elements/1.1/", "dce"},
      {"freq", "http://purl.org/cld/freq/", "freq"},
      {"vcard", "http://www.w3.org/2006/vcard/ns#", "vcard"},
      {"foaf", "http://xmlns.com/foaf/0.1/", "foaf"},
      {"schema", "https://schema.org/", "schema"},
      {"schema", "http://schema.org/", "schema"},
      {"skos", "http://www.w3.org/2004/02/skos/core#", "skos"},
      {"cc", "http://creativecommons.org/ns#", "cc"},
      {"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"},
      {"rdfs", "http://www.w3.org/2000/01/rdf-schema#", "rdfs"},
      {"owl", "http://www.w3.org/2002/07/owl#", "owl"},
      {"xsd", "http://www.w3.org/2001/XMLSchema#", "xsd"},
  };
  return kPrefixes;
}

std::string compact(std::string_view iri) {
  for (const Prefix& row : prefixes()) {
    if (!iri.starts_with(row.iri)) continue;
    const std::string_view local = iri.substr(row.iri.size());
    if (!is_local_name(local)) continue;
    if (row.canonical == "odrl" && is_odrl_term(local)) return std::string(local);
    return std::string(row.canonical) + ":" + std::string(local);
  }
  return std::string(iri);
}

std::optional<std::string> expand(std::string_view name) {
  if (is_odrl_term(name)) return std::string(kOdrl) + std::string(name);
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view local = name.substr(colon + 1);
  for (const Prefix& row : prefixes()) {
    if (local.starts_with("//") || row.prefix != name.substr(0, colon)) continue;
    return std::string(row.iri) + std::string(local);
  }
  return std::string(name);
}

std::string action_name(std::string name) {
  return renamed(kIdsActions, std::move(name));
}

std::string operand_name(std::string name) {
  return renamed(kIdsOperands, std::move(name));
}

std::string frequency_name(std::string name) {
  return renamed(kIdsFrequencies, std::move(name));
}

std::optional<Operator> operator_of(std::string_view name) {
  const auto ids = kIdsOperators.find(name);
  const std::string_view odrl = ids == kIdsOperators.end() ? name : ids->second;
  const auto found = std::find(kOperators.begin(), kOperators.end(), odrl);
  if (found == kOperators.end()) return std::nullopt;
  return static_cast<Operator>(found - kOperators.begin());
}

std::string_view name_of(Operator op) {
  return kOperators[static_cast<std::size_t>(op)];
}

std::optional<std::string> data_type_name(std::string_view name) {
  constexpr std::string_view kXsd = "xsd:";
  if (!name.starts_with(kXsd)) return std::nullopt;
  const std::string wanted = core::lower_ascii(name.substr(kXsd.size()));
  if (wanted == "string") return "";
  for (const std::string_view type : kDataTypes) {
    if (core::lower_ascii(type) == wanted) return std::string(kXsd) + std::string(type);
  }
  return std::nullopt;
}

}  // namespace connector::contract
