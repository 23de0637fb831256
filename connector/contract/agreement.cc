#include "contract/agreement.h"

#include <algorithm>

#include "contract/policy_json.h"
#include "contract/registry.h"
#include "core/json.h"

namespace connector::contract {
namespace {

using core::Json;

constexpr std::size_t kMaxDatasets = 1000;
constexpr std::size_t kMaxText = 200;

core::Error bad(const std::string& what) {
  return core::invalid("AGREEMENT_INVALID", "the agreement does not hold: " + what,
                       "docs/formats.md states its form");
}

Json json_of(const core::Connector& connector) {
  return Json::string(connector.str());
}

// "did:web:veldkamp.example/hengelo".
core::Result<core::Connector> connector_of(const std::string& text, const char* member) {
  const auto slash = text.rfind('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size() ||
      text.size() > kMaxText) {
    return bad(std::string(member) + " is no connector");
  }
  return core::Connector{core::ParticipantId(text.substr(0, slash)),
                         core::SiteName(text.substr(slash + 1))};
}

// Members in their one order; anything else is another format.
constexpr const char* kMembers[] = {
    "id",       "provider",          "consumer",          "offer",     "offer_digest", "datasets",
    "registry", "provider_revision", "consumer_revision", "concluded", "policy"};

core::Status check_shape(const Json& json) {
  const auto& members = json.members();
  if (members.size() != std::size(kMembers)) return bad("it has other members");
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].first != kMembers[i]) {
      return bad("\"" + std::string(kMembers[i]) + "\" is expected as member " +
                 std::to_string(i + 1));
    }
    const bool structured = members[i].first == "datasets" || members[i].first == "policy";
    if (!structured && !members[i].second.is_string()) return bad(members[i].first + " is no text");
    if (!structured && members[i].second.text().size() > kMaxText) {
      return bad(members[i].first + " is too long");
    }
  }
  return core::ok();
}

// A rule may name its parties itself; then they are those of the agreement, or groups of theirs.
bool names_others(const std::vector<Rule>& rules, const Agreement& agreement) {
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    const auto other = [](const core::ParticipantId& who) {
      return [&who](const Subject& party) {
        return (party.id.empty() ? party.source : party.id) != who.str();
      };
    };
    return std::any_of(rule.assignees.begin(), rule.assignees.end(),
                       other(agreement.consumer.participant)) ||
           std::any_of(rule.assigners.begin(), rule.assigners.end(),
                       other(agreement.provider.participant));
  });
}

core::Status check_policy(const Agreement& agreement) {
  if (agreement.policy.type != Policy::Type::kAgreement || agreement.policy.id != agreement.id) {
    return bad("its policy is not the agreement of this id");
  }
  const Policy filled =
      agreed(agreement.policy, agreement.id, agreement.provider, agreement.consumer);
  if (filled != agreement.policy || names_others(agreement.policy.permissions, agreement) ||
      names_others(agreement.policy.prohibitions, agreement) ||
      names_others(agreement.policy.obligations, agreement)) {
    return bad("its policy names other parties");
  }
  const Assessment assessment = assess(agreement.policy);
  if (assessment.enforceable()) return core::ok();
  const Refusal& first = assessment.refusals.front();
  return bad(first.path + ": " + first.what);
}

core::Result<std::vector<std::string>> datasets_of(const Json& list) {
  std::vector<std::string> datasets;
  for (const Json& one : list.items()) {
    if (!one.is_string() || one.text().empty() || one.text().size() > kMaxText) {
      return bad("datasets holds something else than names");
    }
    datasets.push_back(one.text());
  }
  if (datasets.empty() || datasets.size() > kMaxDatasets) return bad("it names no dataset");
  return datasets;
}

void compare(const std::string& path, const std::vector<Constraint>& left,
             const std::vector<Constraint>& right, std::vector<std::string>& changed) {
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    if (i >= left.size() || i >= right.size() || left[i] != right[i]) {
      changed.push_back(path + "[" + std::to_string(i) + "]");
    }
  }
}

void compare(const std::string& path, const std::vector<Rule>& left, const std::vector<Rule>& right,
             std::vector<std::string>& changed) {
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    if (i >= left.size() || i >= right.size()) {
      changed.push_back(at);
      continue;
    }
    if (left[i] == right[i]) continue;
    const std::size_t before = changed.size();
    compare(at + ".constraint", left[i].constraints, right[i].constraints, changed);
    compare(at + ".duty", left[i].duties, right[i].duties, changed);
    if (changed.size() == before) changed.push_back(at);
  }
}

}  // namespace

std::string to_text(const Agreement& agreement) {
  Json datasets = Json::array();
  for (const std::string& one : agreement.datasets) datasets.push(Json::string(one));
  return core::to_text(
      Json::object()
          .set("id", Json::string(agreement.id))
          .set("provider", json_of(agreement.provider))
          .set("consumer", json_of(agreement.consumer))
          .set("offer", Json::string(agreement.offer))
          .set("offer_digest", Json::string(core::hex(agreement.offer_digest)))
          .set("datasets", std::move(datasets))
          .set("registry", Json::string(agreement.registry))
          .set("provider_revision", Json::string(agreement.provider_revision.str()))
          .set("consumer_revision", Json::string(agreement.consumer_revision.str()))
          .set("concluded", Json::string(std::to_string(agreement.concluded_s)))
          .set("policy", to_json(agreement.policy)));
}

core::Result<Agreement> read_agreement(std::string_view payload) {
  const auto json = core::parse_untrusted(payload);
  if (!json) return bad(json.error().message);
  if (auto shaped = check_shape(*json); !shaped) return std::move(shaped.error());
  Agreement agreement;
  agreement.id = json->text_at("id");
  auto provider = connector_of(json->text_at("provider"), "provider");
  if (!provider) return std::move(provider.error());
  agreement.provider = std::move(*provider);
  auto consumer = connector_of(json->text_at("consumer"), "consumer");
  if (!consumer) return std::move(consumer.error());
  agreement.consumer = std::move(*consumer);
  agreement.offer = json->text_at("offer");
  const auto bytes = core::from_hex(json->text_at("offer_digest"));
  const auto digest = bytes ? core::digest_of_bytes(*bytes) : bytes.error();
  if (!digest) return bad("offer_digest is no digest");
  agreement.offer_digest = *digest;
  auto datasets = datasets_of(*json->find("datasets"));
  if (!datasets) return std::move(datasets.error());
  agreement.datasets = std::move(*datasets);
  agreement.registry = json->text_at("registry");
  if (agreement.registry != kRegistryVersion)
    return bad("it was read by another registry of terms");
  agreement.provider_revision = core::Revision(json->text_at("provider_revision"));
  agreement.consumer_revision = core::Revision(json->text_at("consumer_revision"));
  const auto concluded = json->find("concluded")->as_int64();
  if (!concluded || *concluded < 0) return bad("concluded is no time");
  agreement.concluded_s = *concluded;
  auto policy = from_json(*json->find("policy"));
  if (!policy) return bad(policy.error().message);
  agreement.policy = std::move(*policy);
  if (auto checked = check_policy(agreement); !checked) return std::move(checked.error());
  if (to_text(agreement) != payload) return bad("it is not in its one form");
  return agreement;
}

core::Digest digest_of(const Policy& policy) {
  return core::sha256(to_text(policy));
}

Policy agreed(Policy offered, const std::string& id, const core::Connector& provider,
              const core::Connector& consumer) {
  offered.type = Policy::Type::kAgreement;
  offered.id = id;
  offered.assigners.assign(1, {});
  offered.assigners[0].id = provider.participant.str();
  offered.assignees.assign(1, {});
  offered.assignees[0].id = consumer.participant.str();
  return offered;
}

std::vector<std::string> changed_terms(const Policy& offered, const Policy& asked) {
  std::vector<std::string> changed;
  compare("permission", offered.permissions, asked.permissions, changed);
  compare("prohibition", offered.prohibitions, asked.prohibitions, changed);
  compare("obligation", offered.obligations, asked.obligations, changed);
  return changed;
}

}  // namespace connector::contract
