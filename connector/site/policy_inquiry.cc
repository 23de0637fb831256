// May this partner have that? Asked by an admin, of the policy and of who is a partner.
#include <algorithm>

#include "core/instant.h"
#include "opa/desk.h"
#include "site/context.h"
#include "site/policy_options.h"

namespace connector::site {
namespace {

using core::Json;

constexpr std::size_t kVersions = 1000;  // of one key that are looked through

bool flag(const Json& args, const char* key) {
  const Json* value = args.find(key);
  return value && value->as_bool();
}

// Who is meant, and what keeps it from connecting; empty: nothing.
struct Meant {
  core::Connector id;
  bool barred = false;  // by us; one that is not introduced yet is not
  std::string obstacle;
  std::string next;
};

core::Result<Meant> meant(const Context& context, const std::string& name) {
  if (const auto partner = find_partner(context.partners, name)) {
    Meant found{partner->id, false, {}, {}};
    if (partner->state != exchange::PartnerState::kActive) {
      found.barred = true;
      found.obstacle = partner->id.str() + " is " + state_name(partner->state);
      found.next = "connector partner resume " + partner->id.str();
    }
    return found;
  }
  const auto slash = name.find('/');
  const std::string participant = name.substr(0, slash);
  if (auto checked = check_participant(participant); !checked) return std::move(checked.error());
  const std::string site = slash == std::string::npos ? "main" : name.substr(slash + 1);
  return Meant{{core::ParticipantId(participant), core::SiteName(site)},
               false,
               participant + " has not been introduced yet: it cannot connect",
               "connector partner add INTRODUCTION"};
}

decision::Question question_of(const Context& context, const core::Connector& caller,
                               const exchange::DatasetInfo& dataset) {
  decision::Question question;
  question.point = "fetch";
  question.caller = caller;
  question.self = context.self();
  question.request_id = "can-i";
  question.dataset = dataset.id;
  question.dataset_labels = dataset.labels;
  question.kinds = dataset.kinds;
  question.party_ids = context.partners.party_ids(caller.participant);
  return question;
}

core::Result<exchange::DatasetInfo> dataset_of(const Config& config, const std::string& id) {
  std::string known;
  for (const DatasetConfig& one : config.datasets) {
    if (one.info.id.str() == id) return one.info;
    known += (known.empty() ? "" : ", ") + one.info.id.str();
  }
  return core::Error{core::Code::kNotFound,
                     "DATASET_NOT_FOUND",
                     "no dataset '" + id + "' is configured",
                     "configured: " + known,
                     {}};
}

// The newest version of the record with this key, or that whose content id begins so.
core::Result<std::string> record_of(const Context& context, const core::DatasetId& dataset,
                                    const std::string& key) {
  exchange::RecordQuery query;
  query.dataset = dataset;
  query.received = false;
  query.key = key;
  query.limit = kVersions;
  auto rows = context.archive.query(query);
  if (!rows) return std::move(rows.error());
  if (!rows->empty()) return std::move(rows->back().bytes);
  return core::Error{core::Code::kNotFound,
                     "RECORD_NOT_FOUND",
                     "dataset '" + dataset.str() + "' has no record '" + key + "'",
                     "connector records list --dataset " + dataset.str(),
                     {}};
}

core::Result<std::int64_t> time_of(const Context& context, const std::string& at) {
  if (at.empty()) return context.clock() / 1'000'000'000;
  const auto read = core::parse_instant(at);
  if (read) return read->epoch_ns / 1'000'000'000;
  return core::invalid("ARGUMENT_INVALID", "--at '" + at + "': " + read.error().message,
                       "a date or a time: 2026-01-31T12:00:00Z");
}

core::Result<opa::Inquiry> inquiry_of(const Context& context, const Json& args,
                                      const core::Connector& caller) {
  auto dataset = dataset_of(context.config(), args.text_at("dataset"));
  if (!dataset) return std::move(dataset.error());
  auto now = time_of(context, args.text_at("at"));
  if (!now) return std::move(now.error());
  opa::Inquiry inquiry;
  inquiry.question = question_of(context, caller, *dataset);
  inquiry.question.now_s = *now;
  inquiry.question.purpose = core::Purpose(args.text_at("purpose"));
  if (args.text_at("record").empty()) return inquiry;
  auto record = record_of(context, dataset->id, args.text_at("record"));
  if (!record) return std::move(record.error());
  inquiry.record = std::move(*record);
  return inquiry;
}

Json obstacle(const std::string& text, const std::string& next) {
  return Json::object().set("text", Json::string(text)).set("next", Json::string(next));
}

// What stands in the way beside the policy. barred: by us, or by every agreement that there is.
struct Obstacles {
  Json list = Json::array();
  bool barred = false;
};

Obstacles obstacles_of(const Context& context, const Meant& who, const Json& agreements) {
  Obstacles found;
  if (!who.obstacle.empty()) found.list.push(obstacle(who.obstacle, who.next));
  found.barred = who.barred;
  bool allowed = false;
  std::string refusals;
  for (const Json& one : agreements.items()) {
    const Json* allows = one.find("allows");
    allowed = allowed || !allows || allows->as_bool();
    if (!allows || allows->as_bool()) continue;
    refusals += (refusals.empty() ? "" : "; ") + one.text_at("id") + ": " + one.text_at("text") +
                (one.text_at("term").empty() ? "" : " (" + one.text_at("term") + ")");
  }
  if (allowed || context.config().agreements == "optional") return found;
  if (agreements.items().empty()) {
    found.list.push(obstacle("no agreement in force covers the dataset: a fetch needs one",
                             "the partner asks for an offer: connector offer list"));
  } else {
    found.barred = true;
    found.list.push(
        obstacle("no agreement in force permits it: " + refusals, "connector agreement list"));
  }
  return found;
}

// The policy's answer with what else stands in the way.
core::Result<Json> answer_of(const Context& context, const Meant& who, const opa::Inquiry& inquiry,
                             const Json& args, const Json& judged) {
  const decision::Question& asked = inquiry.question;
  auto dataset = dataset_of(context.config(), asked.dataset.str());
  if (!dataset) return std::move(dataset.error());
  auto agreements = agreements_about(
      context, {who.id, std::move(*dataset), asked.purpose, asked.now_s * 1'000'000'000});
  if (!agreements) return std::move(agreements.error());
  Obstacles obstacles = obstacles_of(context, who, *agreements);
  const Json* record = judged.find("record");
  const Json* leaves = record ? record->find("leaves") : nullptr;
  const bool policy = judged.find("allow")->as_bool() && (!leaves || leaves->as_bool());
  Json json = Json::object()
                  .set("verdict", Json::string(policy && !obstacles.barred ? "allow" : "deny"))
                  .set("partner", Json::string(who.id.str()))
                  .set("dataset", Json::string(asked.dataset.str()))
                  .set("purpose", Json::string(asked.purpose.str()))
                  .set("at", Json::string(core::to_rfc3339(asked.now_s * 1'000'000'000)))
                  .set("obstacles", std::move(obstacles.list))
                  .set("agreements", std::move(*agreements));
  if (!args.text_at("record").empty()) json.set("key", Json::string(args.text_at("record")));
  for (const auto& [key, value] : judged.members()) json.set(key, value);
  return json;
}

core::Result<Json> can_i(const Context& context, const admin::Call& call) {
  auto who = meant(context, call.args.text_at("as"));
  if (!who) return std::move(who.error());
  auto inquiry = inquiry_of(context, call.args, who->id);
  if (!inquiry) return std::move(inquiry.error());
  // Without a running connector nothing is in force: it is the edited files that one works on.
  const bool working_copy = flag(call.args, "working") || !context.policy;
  auto judged = opa::can_i(policy_options(context.config()), *inquiry, working_copy);
  if (!judged) return std::move(judged.error());
  return answer_of(context, *who, *inquiry, call.args, *judged);
}

}  // namespace

void add_policy_inquiries(const Context& context, admin::Operations& operations) {
  operations["policy.can-i"] = [context](const admin::Call& call) { return can_i(context, call); };
  operations["policy.explain"] = [context](const admin::Call& call) {
    return opa::explain(policy_options(context.config()), call.args.text_at("decision"));
  };
  operations["policy.diff"] = [context](const admin::Call& call) {
    opa::Comparison comparison;
    comparison.from = call.args.text_at("from");
    comparison.to = call.args.text_at("to");
    comparison.impact = impact_options(context, call);
    return opa::diff(policy_options(context.config()), comparison);
  };
}

}  // namespace connector::site
