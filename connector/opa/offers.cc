#include "opa/offers.h"

#include <algorithm>
#include <map>
#include <set>

#include "contract/odrl_read.h"
#include "contract/registry.h"
#include "core/text.h"
#include "opa/bundle.h"
#include "opa/history.h"
#include "opa/stated.h"
#include "opa/yaml.h"

namespace connector::opa {
namespace {

using contract::Offer;
using core::Json;

constexpr std::string_view kFolder = "offers/";
constexpr std::string_view kShort = ".yaml";
constexpr std::string_view kOdrl = ".odrl.json";
constexpr int kDepth = 8;
constexpr std::size_t kIdBytes = 100;

bool good_id(std::string_view id) {
  // OPA reads a file of this name in any folder of its bundle.
  if (id.empty() || id.size() > kIdBytes || id == "data") return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == std::string_view::npos;
}

Json value_of(const YAML::Node& node, int depth) {
  if (depth == kDepth) return {};
  if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    // Quoted ("true") is a text, plain is what it looks like.
    if (node.Tag() == "?" && (text == "true" || text == "false")) {
      return Json::boolean(text == "true");
    }
    return Json::string(text);
  }
  if (node.IsSequence()) {
    Json array = Json::array();
    for (const YAML::Node& item : node) array.push(value_of(item, depth + 1));
    return array;
  }
  if (!node.IsMap()) return {};
  Json object = Json::object();
  for (const auto& entry : node) {
    if (entry.first.IsScalar() && object.find(entry.first.Scalar()) == nullptr) {
      object.set(entry.first.Scalar(), value_of(entry.second, depth + 1));
    }
  }
  return object;
}

// Reads the files one after the other; collects every mistake.
class Offers {
 public:
  explicit Offers(const OfferWords& words) : words_(words) {}

  void read(const std::string& file, const std::string& content) {
    const std::string_view name = std::string_view(file).substr(kFolder.size());
    const bool odrl = name.ends_with(kOdrl);
    const std::string id(name.substr(0, name.size() - (odrl ? kOdrl : kShort).size()));
    if (!good_id(id)) {
      mistakes_.push_back(file + ":1: an offer's name has up to 100 of a-z, 0-9, '-', '.', '_'");
      return;
    }
    if (!ids_.insert({id, file}).second) {
      mistakes_.push_back(file + ":1: " + ids_[id] + " is an offer of the same id");
      return;
    }
    if (odrl) {
      from_odrl(file, id, content);
    } else {
      from_short_form(file, id, content);
    }
  }

  core::Result<std::vector<Offer>> finish() {
    if (mistakes_.empty()) return std::move(offers_);
    std::string message;
    for (const std::string& one : mistakes_) message += (message.empty() ? "" : "\n") + one;
    return core::invalid("POLICY_INVALID", message, "correct the files, then try again");
  }

 private:
  void from_short_form(const std::string& file, const std::string& id, const std::string& content) {
    Table table(file, mistakes_);
    const std::size_t before = mistakes_.size();
    Json form = Json::object();
    std::map<std::string, int> lines;
    const YAML::Node top = table.parse(content, contract::offer_keys());
    table.each(top, "the offer",
               [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
                 lines[key] = at.Mark().line + 1;
                 form.set(key, value_of(value, 0));
               });
    if (mistakes_.size() != before) return;
    auto offer = contract::read_offer(id, form);
    if (!offer) return explain(file, offer.error().message, lines);
    check_words(file, *offer, lines);
    if (mistakes_.size() == before) offers_.push_back(std::move(*offer));
  }

  // "uses: ..." becomes "offers/x.yaml:7: uses: ...".
  void explain(const std::string& file, const std::string& mistakes,
               const std::map<std::string, int>& lines) {
    for (const std::string_view mistake : core::split(mistakes, '\n')) {
      const std::string key(mistake.substr(0, mistake.find_first_of(".:[")));
      const auto line = lines.find(key);
      mistakes_.push_back(file + ":" + std::to_string(line == lines.end() ? 1 : line->second) +
                          ": " + std::string(mistake));
    }
  }

  using Lines = std::map<std::string, int>;

  void check_words(const std::string& file, const Offer& offer, const Lines& lines) {
    for (const std::string& group : offer.groups) {
      check_word(file, "groups: datasets.yaml has no group", group, words_.groups, lines);
    }
    for (const std::string& dataset : offer.datasets) {
      const bool covered =
          std::any_of(words_.datasets.begin(), words_.datasets.end(),
                      [&](const auto& one) { return contract::covers(dataset, one); });
      if (covered) continue;
      check_word(file, "datasets: datasets.yaml has no dataset", dataset, words_.datasets, lines);
    }
    for (const contract::Rule& rule : offer.policy.permissions) {
      for (const contract::Constraint& one : rule.constraints) {
        if (one.left != "purpose") continue;
        check_values(file, "purposes: purposes.yaml opens nothing for", one, words_.purposes,
                     lines);
      }
      for (const contract::Subject& target : rule.targets) {
        for (const contract::Constraint& one : target.refinements) {
          // A list of what is not to be among the data; else datasets are meant, by their labels.
          if (one.left != "skos:concept" || one.op != contract::Operator::kIsNoneOf) continue;
          check_values(file, "without: labels.yaml has no label", one, words_.labels, lines);
        }
      }
    }
  }

  void check_values(const std::string& file, const std::string& what,
                    const contract::Constraint& constraint, const std::vector<std::string>& words,
                    const Lines& lines) {
    for (const contract::Value& value : constraint.right) {
      check_word(file, what, value.text, words, lines);
    }
  }

  void check_word(const std::string& file, const std::string& what, const std::string& word,
                  const std::vector<std::string>& words, const Lines& lines) {
    if (words.empty() || contains(words, word)) return;
    const std::string found = core::nearest(word, words);
    explain(file,
            what + " '" + word + "'" + (found.empty() ? "" : "; did you mean '" + found + "'?"),
            lines);
  }

  static bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  }
  // Datasets are the targets, and who may see it are the assignees: ODRL knows no groups of ours.
  void from_odrl(const std::string& file, const std::string& id, const std::string& content) {
    auto reading = contract::read_text(content);
    if (!reading) {
      mistakes_.push_back(file + ":" + line_of(reading.error()) + ": " + reading.error().message);
      return;
    }
    if (reading->policies.size() != 1) {
      mistakes_.push_back(file + ":1: one policy is expected, not " +
                          std::to_string(reading->policies.size()));
      return;
    }
    Offer offer;
    offer.id = id;
    offer.policy = std::move(reading->policies[0].policy);
    offer.policy.type = contract::Policy::Type::kOffer;
    collect(offer);
    const std::size_t before = mistakes_.size();
    if (offer.datasets.empty()) mistakes_.push_back(file + ":1: the policy names no target");
    if (offer.participants.empty()) {
      mistakes_.push_back(file + ":1: the policy names no assignee did:web:...");
    }
    for (const contract::Refusal& refusal : contract::assess(offer.policy).refusals) {
      mistakes_.push_back(file + ":1: " + refusal.path + ": " + refusal.what + "; " +
                          refusal.instead);
    }
    check_words(file, offer, {});
    if (mistakes_.size() == before) offers_.push_back(std::move(offer));
  }

  static std::string line_of(const core::Error& error) {
    const auto line = error.metadata.find("line");
    return line == error.metadata.end() ? "1" : line->second;
  }

  static void collect(Offer& offer) {
    add(offer, offer.policy.targets, offer.policy.assignees);
    for (const auto* rules : {&offer.policy.permissions, &offer.policy.prohibitions}) {
      for (const contract::Rule& rule : *rules) add(offer, rule.targets, rule.assignees);
    }
  }

  static void add(Offer& offer, const std::vector<contract::Subject>& targets,
                  const std::vector<contract::Subject>& assignees) {
    for (const contract::Subject& target : targets) {
      const std::string& name = target.id.empty() ? target.source : target.id;
      if (!contains(offer.datasets, name)) offer.datasets.push_back(name);
    }
    for (const contract::Subject& assignee : assignees) {
      const std::string& name = assignee.id.empty() ? assignee.source : assignee.id;
      if (!name.starts_with("did:web:")) continue;
      auto& all = offer.participants;
      const bool known =
          std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.str() == name; });
      if (!known) all.emplace_back(name);
    }
  }

  const OfferWords& words_;
  std::map<std::string, std::string> ids_;
  std::vector<Offer> offers_;
  std::vector<std::string> mistakes_;
};

}  // namespace

bool is_offer_file(const std::string& name) {
  return name.starts_with(kFolder) && (name.ends_with(kShort) || name.ends_with(kOdrl));
}

OfferWords words_of(const Json& tables) {
  OfferWords words;
  std::set<std::string> groups;
  std::set<std::string> purposes;
  for (const auto& [dataset, row] : tables.find("datasets")->members()) {
    words.datasets.push_back(dataset);
    for (const Json& group : row.find("groups")->items()) groups.insert(group.text());
  }
  for (const auto& [dataset, open] : tables.find("purposes")->members()) {
    for (const auto& [purpose, to] : open.members()) purposes.insert(purpose);
  }
  for (const auto& [label, rule] : tables.find("labels")->members()) words.labels.push_back(label);
  words.groups.assign(groups.begin(), groups.end());
  words.purposes.assign(purposes.begin(), purposes.end());
  return words;
}

core::Result<std::vector<Offer>> read_offers(const Snapshot& files, const OfferWords& words) {
  Offers offers(words);
  for (const auto& [name, content] : files) {
    if (is_offer_file(name)) offers.read(name, content);
  }
  return offers.finish();
}

core::Result<std::vector<Offer>> offers_in_force(const std::filesystem::path& dir) {
  auto history = History::read(dir);
  if (!history) return std::move(history.error());
  const auto revision = history->current();
  if (!revision) return std::vector<Offer>();
  auto files = stored_offers(History::bundle(dir, *revision));
  if (!files) return std::move(files.error());
  return read_offers(*files, {});
}

core::Result<exchange::OfferTable> offer_table(const std::filesystem::path& bundle,
                                               const core::Revision& revision) {
  auto files = stored_offers(bundle);
  if (!files) return std::move(files.error());
  auto offers = read_offers(*files, {});
  if (!offers) return std::move(offers.error());
  const auto tables = stored_tables(bundle);
  if (!tables) return tables.error();
  auto consents = stored_consents(bundle);
  if (!consents) return std::move(consents.error());
  return exchange::OfferTable(revision, std::move(*offers),
                              stated_facts(*tables, std::move(*consents)));
}

core::Result<std::vector<Offer>> offers_edited(const std::filesystem::path& folder,
                                               const std::vector<std::string>& datasets) {
  auto snapshot = take_snapshot(folder);
  if (!snapshot) return std::move(snapshot.error());
  auto tables = read_tables(*snapshot, datasets);
  if (!tables) return std::move(tables.error());
  return read_offers(*snapshot, words_of(*tables));
}

}  // namespace connector::opa
