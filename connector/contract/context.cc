#include "contract/context.h"

#include <set>

#include "contract/term.h"
#include "core/limits.h"

namespace connector::contract {
namespace {

using core::Json;

enum class Bundled { kOdrl, kDataspace, kCatenaX, kOther };

// Addresses of the contexts whose names are bundled: ODRL's and the protocol's are always known.
const std::map<std::string_view, Bundled> kBundled = {
    {"http://www.w3.org/ns/odrl.jsonld", Bundled::kOdrl},
    {"https://www.w3.org/ns/odrl.jsonld", Bundled::kOdrl},
    {"http://www.w3.org/ns/odrl/2/ODRL22.json", Bundled::kOdrl},
    {"https://w3id.org/catenax/2025/9/policy/odrl.jsonld", Bundled::kOdrl},
    {"https://w3id.org/dspace/2025/1/odrl-profile.jsonld", Bundled::kOdrl},
    {"https://w3id.org/dspace/2025/1/context.jsonld", Bundled::kDataspace},
    {"https://w3id.org/dspace/2024/1/context.json", Bundled::kDataspace},
    {"https://w3id.org/catenax/2025/9/policy/context.jsonld", Bundled::kCatenaX},
    // As samples of the profile name it.
    {"https://w3id.org/catenax/2025/9/policy/", Bundled::kCatenaX},
    {"https://www.w3.org/ns/did/v1", Bundled::kOther},
};

// The published context lacks WarrantyDefinition and WarrantyDurationMonths, which the profile's
// schemas and samples use, and has WarrantyDuration, which they do not.
const std::set<std::string_view> kCatenaXNames = {"access",
                                                  "AffiliatesBpnl",
                                                  "AffiliatesRegion",
                                                  "BusinessPartnerGroup",
                                                  "BusinessPartnerNumber",
                                                  "ConfidentialInformationMeasures",
                                                  "ConfidentialInformationSharing",
                                                  "ContractReference",
                                                  "ContractTermination",
                                                  "DataFrequency",
                                                  "DataProvisioningEndDate",
                                                  "DataProvisioningEndDurationDays",
                                                  "DataUsageEndDate",
                                                  "DataUsageEndDurationDays",
                                                  "DataUsageEndDefinition",
                                                  "ExclusiveUsage",
                                                  "FrameworkAgreement",
                                                  "JurisdictionLocation",
                                                  "JurisdictionLocationReference",
                                                  "Liability",
                                                  "ManagedLegalEntityBpnl",
                                                  "ManagedLegalEntityRegion",
                                                  "Membership",
                                                  "Precedence",
                                                  "UsagePurpose",
                                                  "UsageRestriction",
                                                  "VersionChanges",
                                                  "Warranty",
                                                  "WarrantyDefinition",
                                                  "WarrantyDuration",
                                                  "WarrantyDurationMonths"};

// Names of the Dataspace Protocol: they stay bare, whatever vocabulary a document sets.
const std::set<std::string_view> kDataspaceNames = {"offer",
                                                    "agreement",
                                                    "providerPid",
                                                    "consumerPid",
                                                    "callbackAddress",
                                                    "timestamp",
                                                    "dataset",
                                                    "catalog",
                                                    "distribution",
                                                    "service",
                                                    "accessService",
                                                    "format",
                                                    "participantId",
                                                    "endpointURL",
                                                    "filter",
                                                    "code",
                                                    "reason",
                                                    "state",
                                                    "eventType",
                                                    "Catalog",
                                                    "Dataset",
                                                    "Distribution",
                                                    "DataService",
                                                    "CatalogRequestMessage",
                                                    "DatasetRequestMessage",
                                                    "CatalogError",
                                                    "ContractRequestMessage",
                                                    "ContractOfferMessage",
                                                    "ContractAgreementMessage",
                                                    "ContractAgreementVerificationMessage",
                                                    "ContractNegotiationEventMessage",
                                                    "ContractNegotiationTerminationMessage",
                                                    "ContractNegotiation",
                                                    "ContractNegotiationError"};

core::Error wrong(const std::string& what) {
  return core::invalid("CONTEXT_INVALID", what);
}

bool is_keyword_without_effect(std::string_view key) {
  return key == "@version" || key == "@protected" || key == "@import" || key == "@propagate";
}

// The one address of a definition: "odrl:use" or {"@id": "odrl:use"}.
const std::string* meaning_of(const Json& definition) {
  if (definition.is_string()) return &definition.text();
  if (definition.members().size() != 1) return nullptr;
  const auto& [key, value] = definition.members().front();
  return key == "@id" && value.is_string() ? &value.text() : nullptr;
}

bool is_prefix(std::string_view name) {
  for (const Prefix& row : prefixes()) {
    if (row.prefix == name) return true;
  }
  return false;
}

bool agrees(std::string_view prefix, std::string_view iri) {
  for (const Prefix& row : prefixes()) {
    if (row.prefix == prefix && row.iri == iri) return true;
  }
  return false;
}

}  // namespace

bool is_catena_x_name(std::string_view name) {
  return kCatenaXNames.contains(name);
}

core::Result<Names> Names::with(const Json& context) const {
  Names names = *this;
  if (context.is_array()) {
    for (const Json& part : context.items()) {
      if (auto added = names.add(part); !added) return added.error();
    }
    return names;
  }
  if (auto added = names.add(context); !added) return added.error();
  return names;
}

core::Status Names::add(const Json& context) {
  if (context.is_string()) return add_bundled(context);
  if (!context.is_object()) return wrong("a context is an address or an object");
  for (const auto& [name, meaning] : context.members()) {
    if (auto defined = define(name, meaning); !defined) return defined.error();
  }
  return core::ok();
}

core::Status Names::add_bundled(const Json& context) {
  const auto found = kBundled.find(context.text());
  if (found == kBundled.end()) {
    return core::invalid("CONTEXT_UNKNOWN",
                         "the context \"" + context.text() + "\" is not known, and none is fetched",
                         "Write the prefixes that the document uses into its \"@context\".");
  }
  catena_x_ |= found->second == Bundled::kCatenaX;
  return core::ok();
}

core::Status Names::define(const std::string& name, const Json& definition) {
  if (is_keyword_without_effect(name) && name != "@import") return core::ok();
  const std::string* meaning = meaning_of(definition);
  if (name == "@vocab" && meaning != nullptr && meaning->find("://") != std::string::npos) {
    vocabulary_ = *meaning;
    return core::ok();
  }
  if (name.empty() || name.front() == '@') return wrong("\"" + name + "\" is not understood");
  if (meaning == nullptr) {
    return wrong("\"" + name + "\" is defined by something else than an address");
  }
  if (name.find(':') != std::string::npos) return wrong("\"" + name + "\" is no name to define");
  const std::string iri = expand(with_prefix(*meaning)).value_or("");
  if (iri.find(':') == std::string::npos) {
    return wrong("\"" + name + "\" means \"" + *meaning + "\", which is no address");
  }
  const bool changes_term = is_odrl_term(name) && compact(iri) != name;
  if (changes_term || (is_prefix(name) && !agrees(name, iri))) {
    return wrong("\"" + name + "\" means \"" + *meaning + "\" here, and something else elsewhere");
  }
  if (defined_.size() >= core::limits::kContextNames) {
    return core::invalid(
        "LIMIT_EXCEEDED",
        "the context defines more than " + std::to_string(core::limits::kContextNames) + " names");
  }
  defined_[name] = iri;
  return core::ok();
}

// A prefix that the document defines, written out.
std::string Names::with_prefix(std::string_view text) const {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::string(text);
  const std::string_view local = text.substr(colon + 1);
  const auto found = defined_.find(text.substr(0, colon));
  if (found == defined_.end() || local.starts_with("//")) return std::string(text);
  return found->second + std::string(local);
}

std::string Names::term(std::string_view text) const {
  if (text.find(':') != std::string_view::npos) return reference(text);
  const auto found = defined_.find(text);
  if (found != defined_.end()) return compact(found->second);
  if (catena_x_ && is_catena_x_name(text)) return "cx-policy:" + std::string(text);
  if (is_odrl_term(text) || kDataspaceNames.contains(text) || text.starts_with("@")) {
    return std::string(text);
  }
  return vocabulary_.empty() || text.empty() ? std::string(text)
                                             : compact(vocabulary_ + std::string(text));
}

std::string Names::reference(std::string_view text) const {
  const std::string whole = with_prefix(text);
  if (whole.find(':') == std::string::npos) return whole;
  return compact(expand(whole).value_or(whole));
}

std::string Names::id(std::string_view text) const {
  return with_prefix(text);
}

}  // namespace connector::contract
