#include "contract/policy_json.h"

#include "contract/policy_words.h"
#include "contract/term.h"
#include "core/instant.h"

namespace connector::contract {
namespace {

using core::Json;

Json text(std::string_view value) {
  return Json::string(std::string(value));
}

Json flag(bool value) {
  return text(value ? "true" : "false");
}

template <typename T, typename Convert>
Json list(const std::vector<T>& values, const Convert& convert) {
  Json list = Json::array();
  for (const T& value : values) list.push(convert(value));
  return list;
}

Json texts(const std::vector<std::string>& values) {
  return list(values, [](const std::string& value) { return Json::string(value); });
}

Json of(const Note& note) {
  return Json::object().set("name", text(note.name)).set("json", text(note.json));
}

Json notes(const std::vector<Note>& values) {
  return list(values, [](const Note& value) { return of(value); });
}

Json of(const Value& value) {
  return Json::object()
      .set("type", text(value.type))
      .set("text", text(value.text))
      .set("instant", text(instant_of(value)));
}

Json constraints(const std::vector<Constraint>& values) {
  return list(values, [](const Constraint& value) { return to_json(value); });
}

Json of(const Action& action) {
  return Json::object()
      .set("name", text(action.name))
      .set("refinements", constraints(action.refinements))
      .set("notes", notes(action.notes));
}

Json of(const Subject& subject) {
  return Json::object()
      .set("id", text(subject.id))
      .set("source", text(subject.source))
      .set("collection", flag(subject.collection))
      .set("types", texts(subject.types))
      .set("refinements", constraints(subject.refinements))
      .set("notes", notes(subject.notes));
}

Json subjects(const std::vector<Subject>& values) {
  return list(values, [](const Subject& value) { return of(value); });
}

Json of(const Function& function) {
  return Json::object()
      .set("name", text(function.name))
      .set("subjects", subjects(function.subjects));
}

Json rules(const std::vector<Rule>& values) {
  return list(values, [](const Rule& value) { return to_json(value); });
}

// "2023-12-31T06:00Z": XML Schema wants the seconds, people leave them out.
std::string with_seconds(const std::string& written) {
  constexpr std::size_t kMinutesEnd = sizeof("2023-12-31T06:00") - 1;
  if (written.size() <= kMinutesEnd || written[kMinutesEnd] == ':') return written;
  return written.substr(0, kMinutesEnd) + ":00" + written.substr(kMinutesEnd);
}

}  // namespace

std::string instant_of(const Value& value) {
  const bool may =
      value.type.empty() || value.type == "xsd:dateTime" || value.type == "xsd:dateTimeStamp";
  if (!may || value.text.find('T') == std::string::npos) return {};
  const auto instant = core::parse_instant(with_seconds(value.text));
  if (!instant || !instant->offset_min || instant->date_only) return {};
  return core::to_rfc3339(instant->epoch_ns);
}

Json to_json(const Constraint& constraint) {
  Json json = Json::object();
  json.set("kind", text(word_of(constraint.kind))).set("id", text(constraint.id));
  if (constraint.kind == Constraint::Kind::kAtomic) {
    json.set("left", text(constraint.left))
        .set("operator", text(name_of(constraint.op)))
        .set("right", list(constraint.right, [](const Value& value) { return of(value); }))
        .set("list", flag(constraint.list))
        .set("unit", text(constraint.unit))
        .set("data_type", text(constraint.data_type))
        .set("frequency", text(constraint.frequency))
        .set("contract", text(constraint.contract));
  } else {
    json.set("operands", constraints(constraint.operands));
  }
  return json.set("notes", notes(constraint.notes));
}

Json to_json(const Rule& rule) {
  return Json::object()
      .set("kind", text(word_of(rule.kind)))
      .set("id", text(rule.id))
      .set("actions", list(rule.actions, [](const Action& value) { return of(value); }))
      .set("assigners", subjects(rule.assigners))
      .set("assignees", subjects(rule.assignees))
      .set("targets", subjects(rule.targets))
      .set("functions", list(rule.functions, [](const Function& value) { return of(value); }))
      .set("constraints", constraints(rule.constraints))
      .set("duties", rules(rule.duties))
      .set("consequences", rules(rule.consequences))
      .set("remedies", rules(rule.remedies))
      .set("next_policy", text(rule.next_policy))
      .set("notes", notes(rule.notes));
}

Json to_json(const Policy& policy) {
  return Json::object()
      .set("type", text(word_of(policy.type)))
      .set("id", text(policy.id))
      .set("profiles", texts(policy.profiles))
      .set("assigners", subjects(policy.assigners))
      .set("assignees", subjects(policy.assignees))
      .set("targets", subjects(policy.targets))
      .set("conflict", text(policy.conflict))
      .set("timestamp", text(policy.timestamp))
      .set("permissions", rules(policy.permissions))
      .set("prohibitions", rules(policy.prohibitions))
      .set("obligations", rules(policy.obligations))
      .set("notes", notes(policy.notes));
}

std::string to_text(const Policy& policy) {
  return core::to_text(to_json(policy));
}

}  // namespace connector::contract
