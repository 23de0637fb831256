#include "opa/world.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "contract/odrl_read.h"
#include "contract/term.h"
#include "core/instant.h"

namespace connector::opa {
namespace {

using core::Json;

constexpr std::string_view kDeonticStates[] = {"Fulfilled", "Violated", "NonSet"};

core::Error unreadable(const Json& json, const std::string& path, const std::string& what) {
  const std::string line = std::to_string(json.line());
  const std::string column = std::to_string(json.column());
  core::Error error = core::invalid(
      "POLICY_UNREADABLE", path + ": " + what + " (line " + line + ", column " + column + ")");
  error.metadata = {{"path", path}, {"line", line}, {"column", column}};
  return error;
}

// Reads one member; false when it does not know its name.
using Member = std::function<core::Result<bool>(const std::string& name, const Json&,
                                                const std::string& path)>;

core::Status members(const Json& object, const std::string& path, const Member& read) {
  if (!object.is_object()) return unreadable(object, path, "an object is expected here");
  for (const auto& [name, json] : object.members()) {
    const std::string below = path + "." + name;
    const auto known = read(name, json, below);
    if (!known) return known.error();
    if (!*known) return unreadable(json, below, "is not understood here");
  }
  return core::ok();
}

using Item = std::function<core::Status(const Json&, const std::string& path)>;

core::Status items(const Json& list, const std::string& path, const Item& read) {
  if (!list.is_array()) return unreadable(list, path, "a list is expected here");
  for (std::size_t i = 0; i < list.items().size(); ++i) {
    auto done = read(list.items()[i], path + "[" + std::to_string(i) + "]");
    if (!done) return done;
  }
  return core::ok();
}

core::Result<bool> known(core::Status status) {
  if (!status) return std::move(status.error());
  return true;
}

core::Result<bool> take_text(Json& into, const char* key, const Json& json,
                             const std::string& path) {
  if (!json.is_string()) return unreadable(json, path, "a string is expected here");
  into.set(key, json);
  return true;
}

core::Result<bool> take_instant(Json& into, const char* key, const Json& json,
                                const std::string& path) {
  if (!core::parse_instant(json.text())) {
    return unreadable(json, path, "a date-time is expected here");
  }
  return take_text(into, key, json, path);
}

// Names of collections and classes, in the form that right operands have.
core::Result<bool> take_names(Json& into, const char* key, const Json& json,
                              const std::string& path) {
  Json names = Json::array();
  const Json list = json.is_array() ? json : Json::array({json});
  auto read = items(list, path, [&](const Json& name, const std::string& at) -> core::Status {
    if (!name.is_string()) return unreadable(name, at, "a string is expected here");
    names.push(Json::string(contract::compact(name.text())));
    return core::ok();
  });
  into.set(key, std::move(names));
  return known(std::move(read));
}

// ---- facts: values are spelled as the right operands of constraints are
// --------------------------

core::Error at_place(core::Error error, const std::string& path) {
  const std::string read_as = "$.rightOperand";
  const std::string place = error.metadata["path"];
  if (place.rfind(read_as, 0) != 0) return error;
  const std::string full = path + place.substr(read_as.size());
  error.message = full + error.message.substr(place.size());
  error.metadata["path"] = full;
  return error;
}

struct Fact {
  std::string operand;
  Json value;
};

// As an operand of "value is this": what the reader of policies takes for a right operand.
core::Result<Fact> read_fact(const std::string& operand, const Json& written,
                             const std::string& path) {
  Json value = written;
  Json as_constraint =
      Json::object().set("leftOperand", Json::string(operand)).set("operator", Json::string("eq"));
  if (written.is_object() && written.find("unit") != nullptr) {
    value = Json::object();
    for (const auto& [key, json] : written.members()) {
      if (key != "unit") value.set(key, json);
    }
    as_constraint.set("unit", *written.find("unit"));
  }
  as_constraint.set("rightOperand", std::move(value));
  auto read = contract::read_constraint(as_constraint);
  if (!read) return at_place(std::move(read.error()), path);
  if (read->right.size() != 1) return unreadable(written, path, "one value is expected here");
  Json fact = Json::object()
                  .set("type", Json::string(read->right[0].type))
                  .set("text", Json::string(read->right[0].text));
  if (!read->unit.empty()) fact.set("unit", Json::string(read->unit));
  return Fact{std::move(read->left), std::move(fact)};
}

core::Status take_facts(Json& into, const Json& json, const std::string& path) {
  std::map<std::string, Json> facts;
  const auto take = [&](const std::string& name, const Json& value,
                        const std::string& at) -> core::Status {
    auto fact = read_fact(name, value, at);
    if (!fact) return std::move(fact.error());
    facts.try_emplace(fact->operand, Json::array()).first->second.push(std::move(fact->value));
    return core::ok();
  };
  auto read = members(
      json, path,
      [&](const std::string& name, const Json& value, const std::string& at) -> core::Result<bool> {
        if (!value.is_array()) return known(take(name, value, at));
        return known(items(value, at, [&](const Json& one, const std::string& below) {
          return take(name, one, below);
        }));
      });
  Json all = Json::object();
  for (auto& [operand, values] : facts) all.set(operand, std::move(values));
  into.set("facts", std::move(all));
  return read;
}

// ---- members and reports
// -------------------------------------------------------------------------

core::Result<Json> read_member(const Json& json, const std::string& path) {
  Json member = Json::object();
  auto read = members(
      json, path,
      [&](const std::string& name, const Json& value, const std::string& at) -> core::Result<bool> {
        if (name == "uid") {
          if (!value.is_string()) return unreadable(value, at, "a string is expected here");
          member.set("uid", Json::string(contract::compact(value.text())));
          return true;
        }
        if (name == "type") return take_names(member, "types", value, at);
        if (name == "partOf") return take_names(member, "part_of", value, at);
        if (name == "facts") return known(take_facts(member, value, at));
        return false;
      });
  if (!read) return std::move(read.error());
  if (!member.find("uid")) return unreadable(json, path, "has no uid");
  return member;
}

// What one report says about one rule; its own names have no effect.
core::Result<Json> read_rule_report(const Json& json, const std::string& path) {
  Json report = Json::object();
  auto read = members(
      json, path,
      [&](const std::string& name, const Json& value, const std::string& at) -> core::Result<bool> {
        if (name == "rule") return take_text(report, "rule", value, at);
        if (name == "deonticState") {
          if (std::count(std::begin(kDeonticStates), std::end(kDeonticStates), value.text()) == 0) {
            return core::Result<bool>(
                unreadable(value, at, "Fulfilled, Violated or NonSet is expected here"));
          }
          return take_text(report, "state", value, at);
        }
        return name == "uid" || name == "ruleKind" || name == "attemptState" ||
               name == "performanceState" || name == "activationState";
      });
  if (!read) return std::move(read.error());
  if (!report.find("rule")) return unreadable(json, path, "has no rule");
  return report;
}

core::Status read_report(const Json& json, const std::string& path, Json& reports) {
  Json common = Json::object();
  std::vector<Json> rules;
  auto read = members(
      json, path,
      [&](const std::string& name, const Json& value, const std::string& at) -> core::Result<bool> {
        if (name == "created") return take_instant(common, "created", value, at);
        if (name == "policy") return take_text(common, "policy", value, at);
        if (name == "rules") {
          return known(
              items(value, at, [&](const Json& rule, const std::string& below) -> core::Status {
                auto report = read_rule_report(rule, below);
                if (!report) return std::move(report.error());
                rules.push_back(std::move(*report));
                return core::ok();
              }));
        }
        return name == "uid";
      });
  for (Json& rule : rules) {
    if (!rule.find("state")) continue;  // nothing about what is owed
    for (const auto& [key, value] : common.members()) rule.set(key, value);
    reports.push(std::move(rule));
  }
  return read;
}

}  // namespace

core::Result<Json> read_world(const Json& document) {
  Json world = Json::object();
  Json entries = Json::array();
  Json reports = Json::array();
  auto read = members(
      document, "$",
      [&](const std::string& name, const Json& value, const std::string& at) -> core::Result<bool> {
        if (name == "currentTime") return take_instant(world, "current_time", value, at);
        if (name == "facts") return known(take_facts(world, value, at));
        if (name == "members") {
          return known(
              items(value, at, [&](const Json& one, const std::string& below) -> core::Status {
                auto member = read_member(one, below);
                if (!member) return std::move(member.error());
                entries.push(std::move(*member));
                return core::ok();
              }));
        }
        if (name == "reports") {
          return known(items(value, at, [&](const Json& one, const std::string& below) {
            return read_report(one, below, reports);
          }));
        }
        return name == "uid";
      });
  if (!read) return std::move(read.error());
  world.set("members", std::move(entries)).set("reports", std::move(reports));
  return world;
}

}  // namespace connector::opa
