// The normal form's JSON text, read back. First its shape, member for member; then, by reading the
// policy once more as ODRL, that no name or value could have been put otherwise.
#include <initializer_list>

#include "contract/odrl_read.h"
#include "contract/odrl_write.h"
#include "contract/policy_json.h"
#include "contract/policy_words.h"
#include "contract/term.h"
#include "core/limits.h"

namespace connector::contract {
namespace {

using core::Json;

core::Error not_normal(const std::string& path, const std::string& what) {
  core::Error error = core::invalid("POLICY_NOT_NORMAL", path + ": " + what);
  error.metadata["path"] = path;
  return error;
}

// What is missing or wrong is the default; the first fault is kept.
class NormalReader {
 public:
  Policy policy(const Json& json);
  const std::optional<core::Error>& error() const { return error_; }

 private:
  // An object of the documented members: exactly these, in this order.
  class Object;

  void fail(const std::string& path, const std::string& what) {
    if (!error_) error_ = not_normal(path, what);
  }
  Constraint constraint(const Json& json, const std::string& path, std::size_t depth);
  Subject subject(const Json& json, const std::string& path);
  Action action(const Json& json, const std::string& path);
  Rule rule(const Json& json, const std::string& path, Rule::Kind kind);
  Note note(const Json& json, const std::string& path);
  Value value(const Json& json, const std::string& path);
  Function function(const Json& json, const std::string& path);

  std::optional<core::Error> error_;
};

class NormalReader::Object {
 public:
  Object(NormalReader& reader, const Json& json, std::string path,
         std::initializer_list<std::string_view> names)
      : reader_(reader), path_(std::move(path)) {
    if (check(json, names)) json_ = &json;
  }

  std::string text(std::string_view name) const {
    const Json& member = at(name);
    if (json_ != nullptr && !member.is_string()) reader_.fail(below(name), "is no string");
    return member.is_string() ? member.text() : "";
  }
  bool flag(std::string_view name) const {
    const std::string written = text(name);
    if (written != "true" && written != "false") {
      reader_.fail(below(name), "is neither \"true\" nor \"false\"");
    }
    return written == "true";
  }
  template <typename Enum, std::size_t N>
  Enum word(std::string_view name, const std::array<std::string_view, N>& words) const {
    const auto found = of_word<Enum>(words, text(name));
    if (!found) reader_.fail(below(name), "\"" + text(name) + "\" is not known");
    return found.value_or(static_cast<Enum>(0));
  }
  template <typename Convert>
  auto list(std::string_view name, const Convert& convert) const {
    const Json& member = at(name);
    if (json_ != nullptr && !member.is_array()) reader_.fail(below(name), "is no list");
    std::vector<decltype(convert(member, std::string()))> values;
    for (const Json& item : member.items()) {
      if (reader_.error()) break;
      values.push_back(convert(item, below(name) + "[" + std::to_string(values.size()) + "]"));
    }
    return values;
  }
  std::vector<std::string> texts(std::string_view name) const {
    return list(name, [&](const Json& item, const std::string& path) {
      if (!item.is_string()) reader_.fail(path, "is no string");
      return item.text();
    });
  }
  std::vector<Subject> subjects(std::string_view name) const {
    return list(name, [&](const Json& item, const std::string& path) {
      return reader_.subject(item, path);
    });
  }
  std::vector<Note> notes() const {
    return list("notes", [&](const Json& item, const std::string& path) {
      return reader_.note(item, path);
    });
  }
  std::vector<Constraint> constraints(std::string_view name, std::size_t depth = 0) const {
    return list(name, [&](const Json& item, const std::string& path) {
      return reader_.constraint(item, path, depth);
    });
  }
  std::vector<Rule> rules(std::string_view name, Rule::Kind kind) const {
    return list(name, [&](const Json& item, const std::string& path) {
      return reader_.rule(item, path, kind);
    });
  }

 private:
  bool check(const Json& json, std::initializer_list<std::string_view> names) {
    const auto& members = json.members();
    std::size_t at = 0;
    for (const std::string_view name : names) {
      if (at == members.size() || members[at].first != name) {
        reader_.fail(
            path_, "\"" + std::string(name) + "\" is expected as member " + std::to_string(at + 1));
        return false;
      }
      ++at;
    }
    if (at < members.size()) reader_.fail(path_, "more members than are documented");
    return at == members.size();
  }
  const Json& at(std::string_view name) const {
    static const Json kNone;
    const Json* member = json_ == nullptr ? nullptr : json_->find(name);
    return member == nullptr ? kNone : *member;
  }
  std::string below(std::string_view name) const { return path_ + "." + std::string(name); }

  NormalReader& reader_;
  std::string path_;
  const Json* json_ = nullptr;
};

Note NormalReader::note(const Json& json, const std::string& path) {
  const Object object(*this, json, path, {"name", "json"});
  return {object.text("name"), object.text("json")};
}

Value NormalReader::value(const Json& json, const std::string& path) {
  const Object object(*this, json, path, {"type", "text", "instant"});
  Value value{object.text("type"), object.text("text")};
  if (object.text("instant") != instant_of(value))
    fail(path, "the instant is not that of the text");
  return value;
}

Constraint NormalReader::constraint(const Json& json, const std::string& path, std::size_t depth) {
  Constraint constraint;
  if (depth >= core::limits::kConstraintDepth) {
    fail(path, "constraints nested too deep");
    return constraint;
  }
  if (json.text_at("kind") != word_of(Constraint::Kind::kAtomic)) {
    const Object object(*this, json, path, {"kind", "id", "operands", "notes"});
    constraint.kind = object.word<Constraint::Kind>("kind", kConstraintWords);
    constraint.id = object.text("id");
    constraint.operands = object.constraints("operands", depth + 1);
    constraint.notes = object.notes();
    return constraint;
  }
  const Object object(*this, json, path,
                      {"kind", "id", "left", "operator", "right", "list", "unit", "data_type",
                       "frequency", "contract", "notes"});
  constraint.id = object.text("id");
  constraint.left = object.text("left");
  const std::string word = object.text("operator");
  const auto op = operator_of(word);
  if (!op || name_of(*op) != word) fail(path + ".operator", "\"" + word + "\" is not known");
  constraint.op = op.value_or(Operator::kEq);
  constraint.right = object.list(
      "right", [&](const Json& item, const std::string& place) { return value(item, place); });
  constraint.list = object.flag("list");
  constraint.unit = object.text("unit");
  constraint.data_type = object.text("data_type");
  constraint.frequency = object.text("frequency");
  constraint.contract = object.text("contract");
  constraint.notes = object.notes();
  return constraint;
}

Subject NormalReader::subject(const Json& json, const std::string& path) {
  const Object object(*this, json, path,
                      {"id", "source", "collection", "types", "refinements", "notes"});
  Subject subject;
  subject.id = object.text("id");
  subject.source = object.text("source");
  subject.collection = object.flag("collection");
  subject.types = object.texts("types");
  subject.refinements = object.constraints("refinements");
  subject.notes = object.notes();
  return subject;
}

Action NormalReader::action(const Json& json, const std::string& path) {
  const Object object(*this, json, path, {"name", "refinements", "notes"});
  return {object.text("name"), object.constraints("refinements"), object.notes()};
}

Function NormalReader::function(const Json& json, const std::string& path) {
  const Object object(*this, json, path, {"name", "subjects"});
  return {object.text("name"), object.subjects("subjects")};
}

Rule NormalReader::rule(const Json& json, const std::string& path, Rule::Kind kind) {
  const Object object(
      *this, json, path,
      {"kind", "id", "actions", "assigners", "assignees", "targets", "functions", "constraints",
       "duties", "consequences", "remedies", "next_policy", "notes"});
  Rule rule;
  rule.kind = object.word<Rule::Kind>("kind", kRuleWords);
  if (rule.kind != kind) fail(path + ".kind", "is not what stands in this list");
  rule.id = object.text("id");
  rule.actions = object.list(
      "actions", [&](const Json& item, const std::string& place) { return action(item, place); });
  rule.assigners = object.subjects("assigners");
  rule.assignees = object.subjects("assignees");
  rule.targets = object.subjects("targets");
  rule.functions = object.list("functions", [&](const Json& item, const std::string& place) {
    return function(item, place);
  });
  rule.constraints = object.constraints("constraints");
  rule.duties = object.rules("duties", Rule::Kind::kDuty);
  rule.consequences = object.rules("consequences", Rule::Kind::kConsequence);
  rule.remedies = object.rules("remedies", Rule::Kind::kRemedy);
  rule.next_policy = object.text("next_policy");
  rule.notes = object.notes();
  return rule;
}

Policy NormalReader::policy(const Json& json) {
  const Object object(*this, json, "$",
                      {"type", "id", "profiles", "assigners", "assignees", "targets", "conflict",
                       "timestamp", "permissions", "prohibitions", "obligations", "notes"});
  Policy policy;
  policy.type = object.word<Policy::Type>("type", kPolicyWords);
  policy.id = object.text("id");
  policy.profiles = object.texts("profiles");
  policy.assigners = object.subjects("assigners");
  policy.assignees = object.subjects("assignees");
  policy.targets = object.subjects("targets");
  policy.conflict = object.text("conflict");
  policy.timestamp = object.text("timestamp");
  policy.permissions = object.rules("permissions", Rule::Kind::kPermission);
  policy.prohibitions = object.rules("prohibitions", Rule::Kind::kProhibition);
  policy.obligations = object.rules("obligations", Rule::Kind::kObligation);
  policy.notes = object.notes();
  return policy;
}

// The way to the first value in which the two differ.
std::string difference(const Json& a, const Json& b, const std::string& path) {
  if (a.is_object()) {
    for (const auto& [name, member] : a.members()) {
      const Json* other = b.find(name);
      if (other == nullptr) return path;
      if (core::to_text(member) != core::to_text(*other)) {
        return difference(member, *other, path + "." + name);
      }
    }
  }
  for (std::size_t i = 0; i < a.items().size() && i < b.items().size(); ++i) {
    if (core::to_text(a.items()[i]) != core::to_text(b.items()[i])) {
      return difference(a.items()[i], b.items()[i], path + "[" + std::to_string(i) + "]");
    }
  }
  return path;
}

}  // namespace

core::Result<Policy> from_json(const Json& json) {
  NormalReader reader;
  Policy policy = reader.policy(json);
  if (reader.error()) return *reader.error();
  const auto again = read_policy(to_odrl(policy));
  if (!again) return not_normal("$", "is no policy: " + again.error().message);
  if (*again != policy) {
    return not_normal(difference(json, to_json(*again), "$"), "is not in the normal form");
  }
  return policy;
}

}  // namespace connector::contract
