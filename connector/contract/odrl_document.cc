// Documents: where policies and facts stand in them.
#include <map>
#include <set>

#include "contract/odrl_reader.h"
#include "core/limits.h"

namespace connector::contract {
namespace {

using core::Json;

const std::map<std::string_view, Policy::Type> kPolicyTypes = {
    {"Policy", Policy::Type::kSet},
    {"Set", Policy::Type::kSet},
    {"Offer", Policy::Type::kOffer},
    {"Agreement", Policy::Type::kAgreement},
    {"Request", Policy::Type::kRequest},
    {"ids:ContractOffer", Policy::Type::kOffer},
    {"ids:ContractAgreement", Policy::Type::kAgreement},
    {"ids:ContractRequest", Policy::Type::kRequest}};

// Of the Dataspace Protocol: these may hold policies, in the members below, ...
const std::set<std::string_view> kHolders = {"Catalog",
                                             "Dataset",
                                             "Distribution",
                                             "ContractRequestMessage",
                                             "ContractOfferMessage",
                                             "ContractAgreementMessage"};
const std::set<std::string_view> kHeld = {"offer",   "agreement", "hasPolicy",
                                          "dataset", "catalog",   "distribution"};
// ... and these hold none.
const std::set<std::string_view> kOthers = {"CatalogError",
                                            "CatalogRequestMessage",
                                            "DatasetRequestMessage",
                                            "ContractNegotiation",
                                            "ContractNegotiationError",
                                            "ContractAgreementVerificationMessage",
                                            "ContractNegotiationEventMessage",
                                            "ContractNegotiationTerminationMessage",
                                            "TransferProcess",
                                            "TransferError",
                                            "TransferRequestMessage",
                                            "TransferStartMessage",
                                            "TransferCompletionMessage",
                                            "TransferSuspensionMessage",
                                            "TransferTerminationMessage",
                                            "DataAddress",
                                            "DataService",
                                            "CatalogService"};

const std::set<std::string_view> kFactTypes = {"vcard:Individual",    "vcard:Organization",
                                               "vcard:Group",         "foaf:Person",
                                               "foaf:Organization",   "schema:Person",
                                               "schema:Organization", "dct:Dataset",
                                               "dcat:Dataset",        "Party",
                                               "PartyCollection",     "Asset",
                                               "AssetCollection"};

bool is_fact_member(std::string_view name) {
  for (const std::string_view prefix : {"dct:", "dce:", "ids:", "idsc:", "skos:"}) {
    if (name.starts_with(prefix)) return true;
  }
  return name == "source" || is_subject_note(name);
}

std::string bare(const std::string& type) {
  for (const std::string_view prefix : {"dspace:", "dcat:"}) {
    if (type.starts_with(prefix)) return type.substr(prefix.size());
  }
  return type;
}

bool has_rules(const Json& object, const Names& names) {
  for (const auto& [key, value] : object.members()) {
    const std::string name = names.term(key);
    for (const std::string_view rules : {"permission", "prohibition", "obligation"}) {
      if (name == rules || name == "ids:" + std::string(rules)) return true;
    }
  }
  return false;
}

}  // namespace

void Reader::document(const Node& node) {
  each(node, [&](const Node& one) { object(one, ""); });
}

void Reader::object(const Node& node, const std::string& dataset) {
  if (!node.json->is_object()) return fail(node, "a policy is expected here");
  const Names outer = names_;
  if (const Json* context = node.json->find("@context")) {
    auto inner = names_.with(*context);
    if (!inner) {
      fail(node.member("@context", *context), inner.error().message, inner.error().reason);
      return;
    }
    names_ = std::move(*inner);
  }
  const Json* type = node.json->find("@type");
  if (type == nullptr) type = node.json->find("type");
  const Node typed = type == nullptr ? node : node.member("@type", *type);
  std::vector<std::string> named;
  if (type != nullptr) named = types(typed);
  const std::string first = named.empty() ? "" : bare(named.front());

  if (const auto kind = kPolicyTypes.find(first); kind != kPolicyTypes.end()) {
    if (named.size() > 1) fail(typed, "a policy has one type");
    policies.push_back({policy(node, kind->second), 0, path_of(node), dataset});
  } else if (named.empty() && has_rules(*node.json, names_)) {
    policies.push_back({policy(node, Policy::Type::kSet), 0, path_of(node), dataset});
  } else if (kHolders.contains(first)) {
    in_message(node, first == "Dataset" ? node.json->text_at("@id") : dataset);
  } else if (kFactTypes.contains(named.empty() ? "" : named.front())) {
    fact(node, named);
  } else if (!kOthers.contains(first) && node.json->find("protocolVersions") == nullptr) {
    fail(typed, named.empty() ? "has no \"@type\" and no rule"
                              : "the type \"" + first + "\" is not known");
  }
  names_ = outer;
}

// What a message says beside its policies is no term, and not looked at here.
void Reader::in_message(const Node& node, const std::string& dataset) {
  for (const auto& [key, json] : node.json->members()) {
    if (failed()) return;
    const std::string name = bare(names_.term(key));
    if (!kHeld.contains(name)) continue;
    each(node.member(key, json), [&](const Node& held) { object(held, dataset); });
  }
}

void Reader::fact(const Node& node, const std::vector<std::string>& types) {
  Fact fact;
  fact.types = types;
  members(node, [&](const std::string& name, const Node& member) {
    if (name == "@context" || name == "@type") return true;
    if (name == "@id") {
      fact.id = id(member);
      return true;
    }
    if (!is_fact_member(name)) return false;
    fact.members.push_back(
        {name == "ids:artifact-state" ? "ids:artifact_state" : name, core::to_text(*member.json)});
    return true;
  });
  if (fact.id.empty()) fail(node, "a fact about nobody: \"@id\" is missing");
  facts.push_back(std::move(fact));
}

}  // namespace connector::contract
