#include "opa/negotiation.h"

#include <array>
#include <utility>

#include "contract/policy_json.h"
#include "core/limits.h"
#include "opa/wire.h"

namespace connector::opa {
namespace {

using core::Json;
using exchange::NegotiationVerdict;

constexpr const char* kSchema = "connector.negotiation/1";
constexpr std::array<std::pair<const char*, NegotiationVerdict>, 4> kVerdicts = {
    {{"agree", NegotiationVerdict::kAgree},
     {"counter", NegotiationVerdict::kCounter},
     {"ask", NegotiationVerdict::kAsk},
     {"refuse", NegotiationVerdict::kRefuse}}};

Json list(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push(Json::string(text));
  return array;
}

Json connector_json(const core::Connector& connector) {
  return Json::object()
      .set("participant", Json::string(connector.participant.str()))
      .set("site", Json::string(connector.site.str()));
}

}  // namespace

std::string to_text(const exchange::NegotiationQuestion& question) {
  Json input = Json::object();
  input.set("schema", Json::string(kSchema))
      .set("role", Json::string(std::string(contract::name_of(question.role))))
      .set("self", connector_json(question.self))
      .set("partner", connector_json(question.partner))
      .set("groups", list(question.groups))
      .set("offer", Json::string(question.offer))
      .set("datasets", list(question.datasets))
      .set("changed", list(question.changed))
      .set("contractual", Json::boolean(question.contractual))
      .set("before", contract::to_json(question.before))
      .set("asked", contract::to_json(question.asked));
  return core::to_text(Json::object().set("input", std::move(input)));
}

core::Result<exchange::Weighed> read_weighed(const Answer& answer, const core::Revision& expected) {
  core::JsonLimits bounds;
  bounds.bytes = core::limits::kDecisionBytes;
  const auto json = core::parse_untrusted(answer.body, bounds);
  if (!json) return policy_unavailable("OPA's answer is no JSON: " + json.error().message);
  if (answer.status != 200) {
    return policy_unavailable("OPA answered " + std::to_string(answer.status) + ": " +
                              describe_errors(*json));
  }
  const Json* result = json->find("result");
  if (result == nullptr || result->text_at("schema") != kSchema) {
    return policy_unavailable("OPA's answer about a negotiation has another schema");
  }
  if (result->text_at("revision") != expected.str()) {
    return policy_unavailable("OPA answered by another revision");
  }
  for (const auto& [word, verdict] : kVerdicts) {
    if (result->text_at("verdict") == word) {
      return exchange::Weighed{verdict, result->text_at("why"), expected};
    }
  }
  return policy_unavailable("OPA's verdict on a negotiation is not known here");
}

}  // namespace connector::opa
