#include "opa/wire.h"

#include <algorithm>

#include "core/limits.h"
#include "decision/ucast.h"

namespace connector::opa {
namespace {

using core::Json;
using decision::Decision;
namespace limits = core::limits;

constexpr const char* kInputSchema = "connector.input/1";
constexpr const char* kDecisionSchema = "connector.decision/1";
constexpr std::size_t kObligations = 10'000;
// What a partner may be told; anything else stays with us.
constexpr const char* kPartnerCodes[] = {"POLICY_DENIED", "PURPOSE_NOT_ALLOWED"};

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

core::Result<Json> parse(const Answer& answer) {
  core::JsonLimits bounds;
  bounds.bytes = limits::kDecisionBytes;
  auto json = core::parse_untrusted(answer.body, bounds);
  if (!json) return policy_unavailable("OPA's answer is no JSON: " + json.error().message);
  if (answer.status != 200) {
    return policy_unavailable("OPA answered " + std::to_string(answer.status) + ": " +
                              describe_errors(*json));
  }
  if (!json->is_object()) return policy_unavailable("OPA's answer is no object");
  return json;
}

core::Result<std::vector<std::string>> texts(const Json& result, const char* key) {
  const Json* found = result.find(key);
  if (!found || !found->is_array()) return policy_unavailable(std::string(key) + " is no list");
  std::vector<std::string> all;
  for (const Json& item : found->items()) {
    if (!item.is_string()) return policy_unavailable(std::string(key) + " holds no text");
    all.push_back(item.text());
  }
  return all;
}

std::optional<decision::FieldOp> field_op(const std::string& type) {
  using enum decision::FieldOp;
  static const std::pair<const char*, decision::FieldOp> known[] = {{"field.drop", kDrop},
                                                                    {"field.replace", kReplace},
                                                                    {"field.hash", kHash},
                                                                    {"field.truncate", kTruncate},
                                                                    {"field.round", kRound}};
  for (const auto& [name, op] : known) {
    if (type == name) return op;
  }
  return std::nullopt;
}

core::Status no_more_than(const Json& obligation, std::initializer_list<std::string_view> keys) {
  for (const auto& [key, value] : obligation.members()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return policy_unavailable("an obligation has an unknown member '" + key + "'");
    }
  }
  return core::ok();
}

// Of two limits the lower one holds.
core::Status take_limit(const Json& obligation, std::optional<std::uint64_t>& limit) {
  if (auto known = no_more_than(obligation, {"type", "value"}); !known) return known;
  const Json* value = obligation.find("value");
  const auto number = value && value->is_number() ? value->as_uint64() : std::nullopt;
  if (!number) return policy_unavailable("a limit is no whole number");
  limit = std::min(*number, limit.value_or(*number));
  return core::ok();
}

core::Status take_obligation(const Json& obligation, Decision& decision) {
  const std::string& type = obligation.text_at("type");
  if (type == "limit.records") return take_limit(obligation, decision.max_records);
  if (type == "limit.bytes") return take_limit(obligation, decision.max_bytes);
  const auto op = field_op(type);
  if (!op) return policy_unavailable("obligation '" + type + "' is not known here");
  if (auto known = no_more_than(obligation, {"type", "path", "argument"}); !known) return known;
  const Json* argument = obligation.find("argument");
  if (argument && !argument->is_string()) {
    return policy_unavailable("the argument of an obligation is no text");
  }
  if (obligation.text_at("path").empty()) {
    return policy_unavailable("obligation '" + type + "' names no path");
  }
  decision.fields.push_back({obligation.text_at("path"), *op, obligation.text_at("argument")});
  return core::ok();
}

core::Status take_obligations(const Json& result, Decision& decision) {
  const Json* obligations = result.find("obligations");
  if (!obligations || !obligations->is_array()) {
    return policy_unavailable("obligations is no list");
  }
  if (obligations->items().size() > kObligations) {
    return policy_unavailable("more than 10000 obligations");
  }
  for (const Json& obligation : obligations->items()) {
    if (auto taken = take_obligation(obligation, decision); !taken) return taken;
  }
  return core::ok();
}

void take_reasons(const Json& result, Decision& decision) {
  const Json* reasons = result.find("reasons");
  if (!reasons) return;
  for (const Json& reason : reasons->items()) {
    decision.reasons.push_back(
        {reason.text_at("code"), reason.text_at("text"), reason.text_at("hint")});
  }
}

std::string partner_code(const Json& result) {
  const std::string& said = result.text_at("partner_code");
  const auto known = std::find(std::begin(kPartnerCodes), std::end(kPartnerCodes), said);
  return known != std::end(kPartnerCodes) ? said : kPartnerCodes[0];
}

core::Status take_validity(const Json& result, std::int64_t now_s, Decision& decision) {
  const Json* until = result.find("valid_until");
  const auto seconds = until && until->is_number() ? until->as_int64() : std::nullopt;
  if (!seconds) return policy_unavailable("valid_until is no whole number");
  if (*seconds <= now_s) return policy_unavailable("valid_until has passed already");
  decision.valid_until_s = std::min(*seconds, now_s + limits::kDecisionValidity.count());
  return core::ok();
}

core::Status take_terms(const Json& result, Decision& decision) {
  auto visible = texts(result, "visible");
  if (!visible) return std::move(visible.error());
  decision.visible = std::move(*visible);
  return take_obligations(result, decision);
}

// "guard" and "company" are folders of the bundle; an admin knows the file.
std::string file_name(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

core::Error policy_unavailable(const std::string& cause) {
  return core::unavailable("POLICY_UNAVAILABLE", "no decision could be had: " + cause,
                           "try again shortly");
}

decision::Question canary(const core::Connector& self, std::int64_t now_s) {
  decision::Question question;
  question.point = "list";
  question.caller = self;
  question.self = self;
  question.request_id = "canary";
  question.now_s = now_s;
  return question;
}

Json to_json(const decision::Question& question) {
  return Json::object()
      .set("schema", Json::string(kInputSchema))
      .set("point", Json::string(question.point))
      .set("now", Json::integer(question.now_s))
      .set("request", Json::object()
                          .set("id", Json::string(question.request_id))
                          .set("purpose", Json::string(question.purpose.str())))
      .set("subject", connector_json(question.caller).set("party_ids", list(question.party_ids)))
      .set("self", connector_json(question.self))
      .set("resource", Json::object()
                           .set("dataset", Json::string(question.dataset.str()))
                           .set("labels", list(question.dataset_labels))
                           .set("kinds", list(question.kinds)))
      .set("agreement", Json::object().set("id", Json::string(question.agreement_id)));
}

// Every member that is part of the question as OPA sees it, each behind its length.
std::string cache_key(const decision::Question& question) {
  std::string key;
  const auto put = [&](std::string_view text) {
    key += std::to_string(text.size());
    key += ':';
    key += text;
  };
  const auto put_all = [&](const std::vector<std::string>& texts) {
    key += std::to_string(texts.size());
    key += '*';
    for (const std::string& text : texts) put(text);
  };
  for (const std::string* text :
       {&question.point, &question.caller.participant.str(), &question.caller.site.str(),
        &question.self.participant.str(), &question.self.site.str(), &question.purpose.str(),
        &question.dataset.str(), &question.agreement_id}) {
    put(*text);
  }
  put_all(question.dataset_labels);
  put_all(question.kinds);
  put_all(question.party_ids);
  return key;
}

core::Result<Decision> read_decision(const Answer& answer, const core::Revision& expected,
                                     std::int64_t now_s) {
  auto json = parse(answer);
  if (!json) return std::move(json.error());
  const Json* result = json->find("result");
  if (!result) return policy_unavailable("OPA's answer has no result");
  if (result->text_at("schema") != kDecisionSchema) {
    return policy_unavailable("schema '" + result->text_at("schema") + "' is not known here");
  }
  Decision decision;
  decision.revision = core::Revision(result->text_at("revision"));
  if (decision.revision != expected) {
    return policy_unavailable("another revision answered: " + decision.revision.str());
  }
  const Json* allow = result->find("allow");
  if (!allow || !allow->is_bool()) return policy_unavailable("allow is neither true nor false");
  decision.allow = allow->as_bool();
  take_reasons(*result, decision);
  if (auto taken = take_validity(*result, now_s, decision); !taken) return std::move(taken.error());
  if (!decision.allow) {
    decision.partner_code = partner_code(*result);
    return decision;
  }
  if (auto taken = take_terms(*result, decision); !taken) return std::move(taken.error());
  return decision;
}

core::Result<std::optional<decision::Predicate>> read_rows(const Answer& answer) {
  auto json = parse(answer);
  if (!json) return std::move(json.error());
  const Json* result = json->find("result");
  const Json* query = result ? result->find("query") : nullptr;
  if (!query) return std::optional<decision::Predicate>();
  auto predicate = decision::predicate_from_ucast(*query);
  if (!predicate) return policy_unavailable("the row filter: " + predicate.error().message);
  return std::optional<decision::Predicate>(std::move(*predicate));
}

std::string describe_errors(const Json& answer) {
  std::string text;
  const Json* errors = answer.find("errors");
  for (const Json& error : errors ? errors->items() : std::vector<Json>()) {
    if (!text.empty()) text += "\n";
    const Json* location = error.find("location");
    const Json* row = location ? location->find("row") : nullptr;
    if (row) text += file_name(location->text_at("file")) + ":" + row->text() + ": ";
    text += error.text_at("message");
  }
  return text.empty() ? answer.text_at("message") : text;
}

}  // namespace connector::opa
