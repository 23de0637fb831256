#include "opa/tables.h"

#include <valuechain/record/v1/record.pb.h>

#include <algorithm>
#include <set>

#include "opa/stated.h"
#include "opa/yaml.h"

namespace connector::opa {
namespace {

using core::Json;
using Words = std::vector<std::string>;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr const char* kPurposeCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-._:";

Json list(const Words& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push(Json::string(text));
  return array;
}

void add_paths(const Descriptor& message, const std::string& prefix, Words& paths) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string path = prefix.empty() ? field.name() : prefix + "." + field.name();
    paths.push_back(path);
    if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      add_paths(*field.message_type(), path, paths);
    }
  }
}

// Reads the tables in the order in which they refer to one another.
class Tables {
 public:
  Tables(const Snapshot& files, const Words& datasets) : files_(files), configured_(datasets) {}

  core::Result<Json> read() {
    Json tables = Json::object();
    datasets(tables);
    partners(tables);
    purposes(tables);
    labels(tables);
    fields(tables);
    contracts(tables);
    facts(tables);
    if (const auto found = files_.find(kConsentsFile); found != files_.end()) {
      check_consents(found->second, mistakes_);
    }
    if (mistakes_.empty()) return with_paths(std::move(tables));
    std::string message;
    for (const std::string& mistake : mistakes_) {
      message += (message.empty() ? "" : "\n") + mistake;
    }
    return core::invalid("POLICY_INVALID", message, "correct the files, then try again");
  }

 private:
  // The section of a file, with what reads it.
  template <typename Read>
  Json section(const std::string& file, const Words& keys, const std::string& name, Read&& read) {
    Json json = Json::object();
    const auto found = files_.find(file);
    if (found == files_.end()) {
      mistakes_.push_back(file + ":1: the file is missing");
      return json;
    }
    Table table(file, mistakes_);
    const YAML::Node top = table.parse(found->second, keys);
    if (!top.IsDefined() || !(top.IsMap() || top.IsNull())) return json;
    if (top.IsMap()) read(table, top);
    if (top.IsNull() || !top[name].IsDefined()) {
      table.mistake(top, "the key '" + name + "' is missing");
      return json;
    }
    return rows(table, top[name], name, json);
  }

  Json rows(Table& table, const YAML::Node& map, const std::string& name, Json json) {
    table.each(map, name.c_str(),
               [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
                 json.set(key, row(table, name, key, at, value));
               });
    return json;
  }

  Json row(Table& table, const std::string& section, const std::string& key, const YAML::Node& at,
           const YAML::Node& value) {
    if (section == "datasets") return dataset(table, key, at, value);
    if (section == "partners") return partner(table, key, at, value);
    if (section == "purposes") return purposes_of(table, key, at, value);
    if (section == "labels") return rules(table, key, value);
    if (section == "contracts") return answers(table, key, at, value);
    if (section == "facts") return stated_fact(table, key, at, value);
    return label_of(table, key, at, value);
  }

  void datasets(Json& tables) {
    tables.set("datasets",
               section("datasets.yaml", {"groups", "datasets"}, "datasets",
                       [&](Table& table, const YAML::Node& top) { read_groups(table, top); }));
  }

  void read_groups(Table& table, const YAML::Node& top) {
    if (!top["groups"].IsDefined()) return table.mistake(top, "the key 'groups' is missing");
    table.each(top["groups"], "groups",
               [&](const std::string& key, const YAML::Node&, const YAML::Node& value) {
                 table.text(value, "word of explanation");
                 groups_.push_back(key);
               });
  }

  Json dataset(Table& table, const std::string& key, const YAML::Node& at, const YAML::Node& map) {
    if (!configured_.empty() && !known(configured_, key)) {
      table.unknown(at, "dataset", key, configured_);
    }
    datasets_.push_back(key);
    Json json = Json::object();
    std::set<std::string> had;
    table.each_of(map, "a dataset", {"groups", "rows", "max_records", "max_bytes"},
                  [&](const std::string& name, const YAML::Node& place, const YAML::Node& value) {
                    had.insert(name);
                    if (name == "groups") {
                      json.set(name, list(table.texts(value, "group", groups_)));
                    } else if (name == "rows") {
                      json.set(name, rows_of(table, place, value));
                    } else {
                      json.set(name, limit(table, value, name));
                    }
                  });
    for (const char* needed : {"groups", "rows"}) {
      if (!had.count(needed)) table.mistake(at, std::string("the key '") + needed + "' is missing");
    }
    return json;
  }

  Json rows_of(Table& table, const YAML::Node& at, const YAML::Node& value) {
    const Words rules = table.texts(value, "rule", {"own", "company", "all"});
    if (rules.empty()) table.mistake(at, "rows needs at least one of own, company, all");
    if (known(rules, "all") && rules.size() > 1) {
      table.mistake(at, "'all' stands alone: with another rule it would mean nothing");
    }
    return list(rules);
  }

  Json limit(Table& table, const YAML::Node& value, const std::string& name) {
    const std::string text = table.text(value, "number");
    const bool digits = !text.empty() && text.size() <= 18 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
    if (digits && (text[0] != '0' || text.size() == 1)) return Json::number(text);
    table.mistake(value, name + " must be a whole number");
    return Json::number("0");
  }

  void partners(Json& tables) {
    tables.set("partners", section("partners.yaml", {"partners"}, "partners", nothing));
  }

  Json partner(Table& table, const std::string& key, const YAML::Node& at, const YAML::Node& map) {
    if (key.rfind("did:web:", 0) != 0) {
      table.mistake(at, "'" + key + "' is no participant: did:web:... is expected");
    }
    Json json = Json::object();
    bool grouped = false;
    table.each_of(map, "a partner", {"groups", "sites", "places", "memberships", "security_level"},
                  [&](const std::string& name, const YAML::Node&, const YAML::Node& value) {
                    const bool groups = name == "groups";
                    grouped = grouped || groups;
                    json.set(name, name == "security_level" ? level_of(table, value)
                                   : groups ? list(table.texts(value, "group", groups_))
                                            : list(table.texts(value, "name", {})));
                  });
    if (!grouped) table.mistake(at, "the key 'groups' is missing");
    return json;
  }

  // Of the connector, as our admin has it from the partner.
  Json level_of(Table& table, const YAML::Node& value) {
    static const Words levels{"base", "trust", "trust-plus"};
    static const Words names{"idsc:BASE_SECURITY_PROFILE", "idsc:TRUST_SECURITY_PROFILE",
                             "idsc:TRUST_PLUS_SECURITY_PROFILE"};
    const std::string level = table.text(value, "level");
    const auto found = std::find(levels.begin(), levels.end(), level);
    if (found != levels.end()) {
      return Json::string(names[static_cast<std::size_t>(found - levels.begin())]);
    }
    table.unknown(value, "level", level, levels);
    return Json::string("");
  }

  void purposes(Json& tables) {
    tables.set("purposes", section("purposes.yaml", {"purposes"}, "purposes", nothing));
  }

  Json purposes_of(Table& table, const std::string& key, const YAML::Node& at,
                   const YAML::Node& map) {
    if (!known(datasets_, key)) table.unknown(at, "dataset", key, datasets_);
    Json json = Json::object();
    table.each(map, "the purposes of a dataset",
               [&](const std::string& name, const YAML::Node& place, const YAML::Node& value) {
                 if (name.empty() || name.find_first_not_of(kPurposeCharacters) != name.npos) {
                   table.mistake(place,
                                 "a purpose has lower-case letters, digits and - . _ : only");
                 }
                 purposes_.push_back(name);
                 json.set(name, list(table.texts(value, "group", groups_)));
               });
    return json;
  }

  void labels(Json& tables) {
    tables.set("labels", section("labels.yaml", {"labels"}, "labels", nothing));
  }

  Json rules(Table& table, const std::string& key, const YAML::Node& sequence) {
    labels_.push_back(key);
    Json json = Json::array();
    if (!sequence.IsSequence()) {
      table.mistake(sequence, "a label has a list of rules: - then: show");
      return json;
    }
    for (const YAML::Node& map : sequence) json.push(rule(table, map));
    return json;
  }

  Json rule(Table& table, const YAML::Node& map) {
    Json json = Json::object();
    std::string then;
    std::string argument;
    table.each_of(map, "a rule", {"groups", "purposes", "datasets", "then", "argument"},
                  [&](const std::string& name, const YAML::Node&, const YAML::Node& value) {
                    if (name == "then") {
                      then = table.text(value, "way to treat a field");
                      json.set(name, Json::string(then));
                    } else if (name == "argument") {
                      argument = table.text(value, "argument");
                      json.set(name, Json::string(argument));
                    } else {
                      const Words& words = name == "groups"     ? groups_
                                           : name == "purposes" ? purposes_
                                                                : datasets_;
                      const std::string what = name.substr(0, name.size() - 1);
                      json.set(name, list(table.texts(value, what.c_str(), words)));
                    }
                  });
    check_operation(table, map, then, argument);
    return json;
  }

  void check_operation(Table& table, const YAML::Node& map, const std::string& then,
                       const std::string& argument) {
    static const Words known_words{"show", "drop", "replace", "hash", "truncate", "round"};
    if (then.empty()) return table.mistake(map, "the key 'then' is missing");
    if (!known(known_words, then)) {
      return table.unknown(map["then"], "way to treat a field", then, known_words);
    }
    const bool number = then == "truncate" || then == "round";
    const bool digits = !argument.empty() && argument.size() < 4 &&
                        argument.find_first_not_of("0123456789") == std::string::npos;
    if (number && !digits) table.mistake(map, "'" + then + "' needs a number as its argument");
    if (then == "replace" && argument.empty()) {
      table.mistake(map, "'replace' needs a text as its argument");
    }
    if (!number && then != "replace" && !argument.empty()) {
      table.mistake(map, "'" + then + "' takes no argument");
    }
  }

  void fields(Json& tables) {
    tables.set("fields", section("fields.yaml", {"fields"}, "fields", nothing));
  }

  Json label_of(Table& table, const std::string& path, const YAML::Node& at,
                const YAML::Node& value) {
    const Words& paths = field_paths();
    if (!std::binary_search(paths.begin(), paths.end(), path)) {
      table.unknown(at, "field", path, paths);
    }
    const std::string label = table.text(value, "label");
    if (!label.empty() && !known(labels_, label)) table.unknown(value, "label", label, labels_);
    return Json::string(label);
  }

  // What is answered to a negotiation; the file may be left out.
  void contracts(Json& tables) {
    const bool given = files_.count("contracts.yaml") > 0;
    tables.set("contracts", given ? section("contracts.yaml", {"contracts"}, "contracts", nothing)
                                  : Json::object());
  }

  Json answers(Table& table, const std::string& key, const YAML::Node& at, const YAML::Node& map) {
    static const Words cases{"offered", "received", "contractual"};
    if (!known(cases, key)) table.unknown(at, "case", key, cases);
    const Words keys = key == "offered"    ? Words{"unchanged", "changed"}
                       : key == "received" ? Words{"changed"}
                                           : Words{"terms"};
    const Words words = key == "offered"    ? Words{"agree", "counter", "ask", "refuse"}
                        : key == "received" ? Words{"agree", "ask", "refuse"}
                                            : Words{"allow", "forbid"};
    Json json = Json::object();
    table.each_of(map, "an answer", keys,
                  [&](const std::string& name, const YAML::Node&, const YAML::Node& value) {
                    const std::string word = table.text(value, "answer");
                    if (!known(words, word)) table.unknown(value, "answer", word, words);
                    if (name == "unchanged" && word == "counter") {
                      table.mistake(value, "an unchanged offer has nothing to counter");
                    }
                    json.set(name, Json::string(word));
                  });
    return json;
  }

  // What has occurred and what holds; the file may be left out.
  void facts(Json& tables) {
    const bool given = files_.count("facts.yaml") > 0;
    tables.set("facts",
               given ? section("facts.yaml", {"facts"}, "facts", nothing) : Json::object());
  }

  // fields.yaml turned round, so that a decision looks at what it needs alone: "paths" is kind ->
  // label -> paths; "around" names, for a field within another listed one, those others.
  static Json with_paths(Json tables) {
    std::map<std::string, std::map<std::string, Words>> paths;
    const Json fields = *tables.find("fields");
    Json around = Json::object();
    for (const auto& [path, label] : fields.members()) {
      paths[path.substr(0, path.find('.'))][label.text()].push_back(path);
      Json outer = Json::array();
      for (auto dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
        if (fields.find(path.substr(0, dot))) outer.push(Json::string(path.substr(0, dot)));
      }
      if (!outer.items().empty()) around.set(path, std::move(outer));
    }
    Json by_kind = Json::object();
    for (const auto& [kind, labels] : paths) {
      Json of_kind = Json::object();
      for (const auto& [label, list_of] : labels) of_kind.set(label, list(list_of));
      by_kind.set(kind, std::move(of_kind));
    }
    return tables.set("paths", std::move(by_kind)).set("around", std::move(around));
  }

  static void nothing(Table&, const YAML::Node&) {}
  static bool known(const Words& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  }

  const Snapshot& files_;
  const Words& configured_;
  Mistakes mistakes_;
  Words groups_;
  Words datasets_;
  Words purposes_;
  Words labels_;
};

}  // namespace

core::Result<Json> read_tables(const Snapshot& files, const Words& datasets) {
  try {
    return Tables(files, datasets).read();
  } catch (const YAML::Exception& error) {
    return core::invalid("POLICY_INVALID", std::string("a table cannot be read: ") + error.what());
  }
}

const Words& table_files() {
  static const Words names{"contracts.yaml", "datasets.yaml", "facts.yaml",   "fields.yaml",
                           "labels.yaml",    "partners.yaml", "purposes.yaml"};
  return names;
}

const Words& field_paths() {
  static const Words paths = [] {
    Words all;
    add_paths(*valuechain::record::v1::Record::descriptor(), "", all);
    std::sort(all.begin(), all.end());
    return all;
  }();
  return paths;
}

}  // namespace connector::opa
