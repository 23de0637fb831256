// Actions, and the parties and assets of rules.
#include "contract/odrl_reader.h"
#include "contract/term.h"

namespace connector::contract {

std::vector<Action> Reader::actions(const Node& node) {
  std::vector<Action> actions;
  each(node, [&](const Node& one) { actions.push_back(action(one)); });
  return actions;
}

// "use", {"@id": "use"}, or with refinements: {"rdf:value": {"@id": "use"}, "refinement": [...]}.
Action Reader::action(const Node& node) {
  Action action;
  if (node.json->is_string()) {
    action.name = action_name(term(node));
    return action;
  }
  members(node, [&](const std::string& name, const Node& member) {
    if (name == "@id" || name == "rdf:value") {
      if (!action.name.empty()) fail(member, "an action has one name");
      action.name = action_name(term(member));
    } else if (name == "refinement") {
      action.refinements = constraints(member);
    } else if (name == "@type") {
      for (const std::string& type : types(member)) {
        if (type != "Action" && type != "ids:Action") {
          fail(member, "\"" + type + "\" is no type of an action");
        }
      }
    } else if (is_information_point(name) || is_description(name)) {
      action.notes.push_back(note(name, member));
    } else {
      return false;
    }
    return true;
  });
  if (action.name.empty()) fail(node, "an action without a name");
  return action;
}

std::vector<Subject> Reader::subjects(const Node& node) {
  std::vector<Subject> subjects;
  each(node, [&](const Node& one) { subjects.push_back(subject(one)); });
  return subjects;
}

Subject Reader::subject(const Node& node) {
  Subject subject;
  if (node.json->is_string()) {
    subject.id = id(node);
    return subject;
  }
  members(node, [&](const std::string& name, const Node& member) {
    return subject_member(subject, name, member);
  });
  if (subject.id.empty() && subject.source.empty()) {
    fail(node, "a party or an asset without uid and source");
  }
  return subject;
}

bool Reader::subject_member(Subject& subject, const std::string& name, const Node& node) {
  if (name == "@id") {
    subject.id = id(node);
  } else if (name == "source") {
    subject.source = id(node);
    subject.collection = true;
  } else if (name == "refinement") {
    subject.refinements = constraints(node);
    subject.collection = true;
  } else if (name == "@type") {
    for (const std::string& type : types(node)) {
      if (type == "PartyCollection" || type == "AssetCollection") {
        subject.collection = true;
      } else if (type != "Party" && type != "Asset") {
        subject.types.push_back(type);
      }
    }
  } else if (is_subject_note(name)) {
    subject.notes.push_back(note(name, node));
  } else {
    return false;
  }
  return true;
}

}  // namespace connector::contract
