// Within the room: one walk over one JSON document, policies out. Values are built as far as the
// document is right; the first thing that is not stops the walk and is the answer.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/context.h"
#include "contract/odrl_read.h"
#include "contract/policy.h"
#include "core/json.h"
#include "core/result.h"

namespace connector::contract {

// A JSON value and the way to it. Lives on the stack of the walk.
struct Node {
  const core::Json* json = nullptr;
  const Node* up = nullptr;
  std::string_view key = {};  // in an object
  std::size_t position = 0;   // in a list, when key is empty

  Node member(std::string_view name, const core::Json& value) const {
    return {&value, this, name, 0};
  }
  Node item(std::size_t index) const { return {&json->items()[index], this, {}, index}; }
};

// "$.permission[0].constraint[1].operator"
std::string path_of(const Node& node);

class Reader {
 public:
  explicit Reader(Names names) : names_(std::move(names)) {}

  // The whole of a document (odrl_document.cc).
  void document(const Node& node);
  // A constraint alone.
  Constraint constraint(const Node& node, std::size_t depth = 0);

  std::vector<Found> policies;
  std::vector<Fact> facts;

  const std::optional<core::Error>& error() const { return error_; }
  void fail(const Node& node, const std::string& what, std::string reason = "POLICY_UNREADABLE");

 private:
  using Each = std::function<void(const Node&)>;
  // Reads one member under its name in the normal form; false when it does not know it.
  using Member = std::function<bool(const std::string& name, const Node&)>;

  bool failed() const { return error_.has_value(); }
  bool count(const Node& node);  // against the limit of terms

  // JSON-LD (odrl_reader.cc).
  void members(const Node& object, const Member& read);
  void each(const Node& node, const Each& read);  // one value, a list, "@list" or "@set"
  std::string text(const Node& node);             // a string, "@value" or "@id", or a list of one
  std::string term(const Node& node);
  std::string id(const Node& node);
  std::vector<std::string> types(const Node& node);
  Note note(const std::string& name, const Node& node);

  // Constraints (odrl_constraint.cc).
  std::vector<Constraint> constraints(const Node& node, std::size_t depth = 0);
  bool constraint_member(Constraint& constraint, const std::string& name, const Node& node,
                         std::size_t depth);
  bool logical(Constraint& constraint, const std::string& name, const Node& node,
               std::size_t depth);
  void right_operand(Constraint& constraint, const Node& node, bool reference);
  Value value(const Node& node, bool reference);
  Value literal(const Node& object, const core::Json& text);
  void check(const Constraint& constraint, const Node& node, bool has_operator);

  // Actions, parties and assets (odrl_subject.cc).
  std::vector<Action> actions(const Node& node);
  Action action(const Node& node);
  std::vector<Subject> subjects(const Node& node);
  Subject subject(const Node& node);
  bool subject_member(Subject& subject, const std::string& name, const Node& node);

  // Rules and policies (odrl_rule.cc).
  std::vector<Rule> rules(const Node& node, Rule::Kind kind);
  Rule rule(const Node& node, Rule::Kind kind);
  bool rule_member(Rule& rule, const std::string& name, const Node& node);
  bool lesser_rules(Rule& rule, const std::string& name, const Node& node);
  void move_next_policy(Rule& rule);
  Policy policy(const Node& node, Policy::Type type);
  bool policy_member(Policy& policy, std::vector<Action>& common, const std::string& name,
                     const Node& node);

  // Documents (odrl_document.cc).
  void object(const Node& node, const std::string& dataset);
  void in_message(const Node& node, const std::string& dataset);
  void fact(const Node& node, const std::vector<std::string>& types);

  Names names_;
  std::size_t terms_ = 0;
  std::optional<core::Error> error_;
};

// Names of what has no effect, by where it may stand.
bool is_description(std::string_view name);        // anywhere: "dct:title"
bool is_subject_note(std::string_view name);       // of a party or an asset: "vcard:fn"
bool is_information_point(std::string_view name);  // of a constraint or an action

}  // namespace connector::contract
