#include "site/config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "core/limits.h"
#include "core/text.h"

namespace connector::site {
namespace {

// Reads a YAML tree into a Config and remembers every mistake with its line.
class Reader {
 public:
  Reader(Config& config, std::vector<std::string>& mistakes)
      : config_(config), mistakes_(mistakes) {}

  void read(const YAML::Node& root) {
    if (!root.IsMap()) return mistake(root, "the file must be a mapping of keys to values");
    const std::map<std::string, std::function<void(const YAML::Node&)>> keys = {
        {"version", [&](const YAML::Node& n) { version(n); }},
        {"participant", [&](const YAML::Node& n) { participant(n); }},
        {"site", [&](const YAML::Node& n) { site(n); }},
        {"name", [&](const YAML::Node& n) { text(n, "name", config_.name); }},
        {"listen", [&](const YAML::Node& n) { text(n, "listen", config_.listen); }},
        {"addresses", [&](const YAML::Node& n) { texts(n, "addresses", config_.addresses); }},
        {"datasets", [&](const YAML::Node& n) { datasets(n); }},
        {"policy", [&](const YAML::Node& n) { text(n, "policy", config_.policy); }},
        {"opa", [&](const YAML::Node& n) { text(n, "opa", config_.opa); }},
        {"admin", [&](const YAML::Node& n) { admin(n); }},
        {"exchange", [&](const YAML::Node& n) { exchange(n); }},
        {"edge", [&](const YAML::Node& n) { edge(n); }},
        {"log_level", [&](const YAML::Node& n) { log_level(n); }}};
    each(root, "", keys);
    require(root, "version");
    require(root, "participant");
    require(root, "site");
  }

 private:
  using Keys = std::map<std::string, std::function<void(const YAML::Node&)>>;

  void mistake(const YAML::Node& node, const std::string& what) {
    mistakes_.push_back(place(node) + ": " + what);
  }
  static std::string place(const YAML::Node& node) {
    return std::string(kConfigFile) + ":" + std::to_string(node.Mark().line + 1);
  }
  void require(const YAML::Node& root, const std::string& key) {
    if (!root[key]) mistake(root, "key '" + key + "' is missing");
  }

  void each(const YAML::Node& map, const std::string& prefix, const Keys& keys) {
    if (!map.IsMap()) return mistake(map, "'" + prefix + "' must be a mapping");
    std::vector<std::string> names;
    for (const auto& [name, unused] : keys) names.push_back(name);
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const auto key = entry.first.as<std::string>("");
      const auto found = keys.find(key);
      if (!seen.insert(key).second) {
        mistake(entry.first, "key '" + prefix + key + "' is given twice");
      } else if (found == keys.end()) {
        const std::string near = core::nearest(key, names);
        mistake(entry.first, "unknown key '" + prefix + key + "'" +
                                 (near.empty() ? "" : "; did you mean '" + prefix + near + "'?"));
      } else {
        config_.origin[prefix + key] = place(entry.first);
        found->second(entry.second);
      }
    }
  }

  void text(const YAML::Node& node, const std::string& key, std::string& out) {
    if (!node.IsScalar()) return mistake(node, "'" + key + "' must be a text");
    out = node.as<std::string>();
  }
  void texts(const YAML::Node& node, const std::string& key, std::vector<std::string>& out) {
    if (!node.IsSequence()) return mistake(node, "'" + key + "' must be a list of texts");
    out.clear();
    for (const auto& item : node) {
      out.emplace_back();
      text(item, key, out.back());
    }
  }
  void number(const YAML::Node& node, const std::string& key, std::uint64_t& out) {
    try {
      out = node.as<std::uint64_t>();
    } catch (const YAML::Exception&) {
      mistake(node, "'" + key + "' must be a whole number, zero or more");
    }
  }
  void checked(const YAML::Node& node, const core::Status& status) {
    if (!status) mistake(node, status.error().message);
  }

  void version(const YAML::Node& node) {
    if (node.as<std::string>("") != "1") {
      mistake(node, "version must be 1; this connector knows no other");
    }
  }
  void participant(const YAML::Node& node) {
    std::string value;
    text(node, "participant", value);
    checked(node, check_participant(value));
    config_.id.participant = core::ParticipantId(value);
  }
  void site(const YAML::Node& node) {
    std::string value;
    text(node, "site", value);
    checked(node, check_site(value));
    config_.id.site = core::SiteName(value);
  }
  void admin(const YAML::Node& node) {
    each(node, "admin.",
         {{"socket", [&](const YAML::Node& n) { text(n, "admin.socket", config_.admin_socket); }},
          {"group", [&](const YAML::Node& n) { text(n, "admin.group", config_.admin_group); }},
          {"metrics",
           [&](const YAML::Node& n) { text(n, "admin.metrics", config_.metrics_listen); }}});
  }
  void exchange(const YAML::Node& node) {
    each(node, "exchange.", {{"max_unacknowledged", [&](const YAML::Node& n) {
                                number(n, "exchange.max_unacknowledged",
                                       config_.max_unacknowledged);
                              }}});
  }
  void edge(const YAML::Node& node) {
    each(node, "edge.",
         {{"calls_per_minute",
           [&](const YAML::Node& n) {
             number(n, "edge.calls_per_minute", config_.calls_per_minute);
           }},
          {"bytes_per_minute", [&](const YAML::Node& n) {
             number(n, "edge.bytes_per_minute", config_.bytes_per_minute);
           }}});
  }
  void log_level(const YAML::Node& node) {
    text(node, "log_level", config_.log_level);
    const std::set<std::string> levels = {"debug", "info", "warn", "error"};
    if (!levels.count(config_.log_level)) {
      mistake(node, "log_level must be debug, info, warn or error");
    }
  }

  void datasets(const YAML::Node& node) {
    if (!node.IsSequence()) return mistake(node, "'datasets' must be a list");
    std::set<std::string> ids;
    for (const auto& entry : node) {
      DatasetConfig dataset;
      std::string id;
      each(entry, "datasets.",
           {{"id", [&](const YAML::Node& n) { text(n, "datasets.id", id); }},
            {"title", [&](const YAML::Node& n) { text(n, "datasets.title", dataset.info.title); }},
            {"kinds", [&](const YAML::Node& n) { kinds(n, dataset.info.kinds); }},
            {"labels",
             [&](const YAML::Node& n) { texts(n, "datasets.labels", dataset.info.labels); }},
            {"selection", [&](const YAML::Node& n) { selection(n, dataset.info.selection); }},
            {"drop", [&](const YAML::Node& n) { text(n, "datasets.drop", dataset.drop); }}});
      if (const auto status = check_site(id); !status) {
        mistake(entry, "dataset id '" + id + "' must consist of a-z, 0-9 and '-'");
      }
      if (!ids.insert(id).second) mistake(entry, "dataset '" + id + "' is given twice");
      dataset.info.id = core::DatasetId(id);
      config_.datasets.push_back(std::move(dataset));
    }
  }
  void selection(const YAML::Node& node, exchange::Selection& out) {
    each(node, "datasets.selection.",
         {{"orders",
           [&](const YAML::Node& n) { texts(n, "datasets.selection.orders", out.order_numbers); }},
          {"from",
           [&](const YAML::Node& n) { instant(n, "datasets.selection.from", out.event_from); }},
          {"to", [&](const YAML::Node& n) { instant(n, "datasets.selection.to", out.event_to); }}});
  }
  void instant(const YAML::Node& node, const std::string& key, std::optional<core::EpochNs>& out) {
    std::string written;
    text(node, key, written);
    const auto read = core::parse_instant(written);
    if (!read) return mistake(node, "'" + key + "' must be a date or time such as 2026-01-01");
    out = read->epoch_ns;
  }
  void kinds(const YAML::Node& node, std::vector<std::string>& out) {
    texts(node, "datasets.kinds", out);
    const std::vector<std::string> known = {"order_line", "event", "measurement", "characteristic",
                                            "study",      "item",  "edge"};
    for (const std::string& kind : out) {
      if (std::find(known.begin(), known.end(), kind) != known.end()) continue;
      const std::string near = core::nearest(kind, known);
      mistake(node, "unknown record kind '" + kind + "'" +
                        (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
  }

  Config& config_;
  std::vector<std::string>& mistakes_;
};

void read_environment(Config& config) {
  const std::map<std::string, std::string*> keys = {{"listen", &config.listen},
                                                    {"name", &config.name},
                                                    {"policy", &config.policy},
                                                    {"opa", &config.opa},
                                                    {"log_level", &config.log_level},
                                                    {"admin.socket", &config.admin_socket},
                                                    {"admin.metrics", &config.metrics_listen}};
  for (const auto& [key, target] : keys) {
    std::string variable = "CONNECTOR_" + key;
    for (char& c : variable) c = c == '.' ? '_' : static_cast<char>(std::toupper(c));
    if (const char* value = std::getenv(variable.c_str()); value && *value) {
      *target = value;
      config.origin[key] = variable;
    }
  }
}

core::Error failed(const std::vector<std::string>& mistakes) {
  std::string message;
  for (const std::string& mistake : mistakes) {
    message += (message.empty() ? "" : "\n") + mistake;
  }
  return core::invalid("CONFIG_INVALID", message, "correct the file, then: connector validate");
}

bool all_of(const std::string& text, const char* allowed) {
  return text.find_first_not_of(allowed) == std::string::npos;
}

}  // namespace

core::Status check_participant(const std::string& participant) {
  const std::string prefix = "did:web:";
  if (participant.rfind(prefix, 0) != 0 || participant.size() == prefix.size() ||
      participant.size() > 200 ||
      !all_of(participant.substr(prefix.size()),
              "abcdefghijklmnopqrstuvwxyz0123456789.-:%ABCDEF")) {
    return core::invalid("CONFIG_INVALID",
                         "participant '" + participant +
                             "' is not a did:web identifier such as did:web:veldkamp.example");
  }
  return core::ok();
}

core::Status check_site(const std::string& site) {
  if (site.empty() || site.size() > 63 || !all_of(site, "abcdefghijklmnopqrstuvwxyz0123456789-")) {
    return core::invalid("CONFIG_INVALID",
                         "site '" + site + "' must consist of a-z, 0-9 and '-', 63 at most");
  }
  return core::ok();
}

core::Result<Config> load_config(const std::filesystem::path& dir) {
  std::ifstream file(dir / kConfigFile, std::ios::binary);
  if (!file) {
    return core::invalid("CONFIG_MISSING", "no " + (dir / kConfigFile).string(),
                         "make one: connector init --dir " + dir.string() +
                             " --participant did:web:your-company.example");
  }
  std::stringstream text;
  text << file.rdbuf();
  if (text.str().size() > core::limits::kConfigBytes) {
    return core::invalid("CONFIG_INVALID", "the configuration is larger than 1 MiB");
  }
  Config config;
  config.dir = dir;
  std::vector<std::string> mistakes;
  try {
    Reader(config, mistakes).read(YAML::Load(text.str()));
  } catch (const YAML::Exception& error) {
    mistakes.push_back(std::string(kConfigFile) + ":" + std::to_string(error.mark.line + 1) + ": " +
                       error.msg);
  }
  if (!mistakes.empty()) return failed(mistakes);
  read_environment(config);
  if (config.addresses.empty()) config.addresses = {config.listen};
  const bool has_default =
      std::any_of(config.datasets.begin(), config.datasets.end(),
                  [](const DatasetConfig& d) { return d.info.id.str() == "default"; });
  if (!has_default) {
    config.datasets.push_back(
        {{core::DatasetId("default"), "Everything imported without a name", {}, {}}, ""});
  }
  return config;
}

core::Json to_json(const Config& config) {
  auto datasets = core::Json::array();
  for (const DatasetConfig& dataset : config.datasets) {
    auto kinds = core::Json::array();
    for (const auto& kind : dataset.info.kinds) kinds.push(core::Json::string(kind));
    auto labels = core::Json::array();
    for (const auto& label : dataset.info.labels) labels.push(core::Json::string(label));
    datasets.push(core::Json::object()
                      .set("id", core::Json::string(dataset.info.id.str()))
                      .set("title", core::Json::string(dataset.info.title))
                      .set("kinds", std::move(kinds))
                      .set("labels", std::move(labels))
                      .set("drop", core::Json::string(dataset.drop)));
  }
  auto values = core::Json::object();
  const auto add = [&](const std::string& key, const std::string& value) {
    const auto found = config.origin.find(key);
    values.set(
        key, core::Json::object()
                 .set("value", core::Json::string(value))
                 .set("origin", core::Json::string(found == config.origin.end() ? "default"
                                                                                : found->second)));
  };
  add("participant", config.id.participant.str());
  add("site", config.id.site.str());
  add("name", config.name);
  add("listen", config.listen);
  add("policy", config.policy);
  add("opa", config.opa);
  add("admin.socket", config.admin_socket);
  add("admin.group", config.admin_group);
  add("admin.metrics", config.metrics_listen);
  add("exchange.max_unacknowledged", std::to_string(config.max_unacknowledged));
  add("edge.calls_per_minute", std::to_string(config.calls_per_minute));
  add("edge.bytes_per_minute", std::to_string(config.bytes_per_minute));
  add("log_level", config.log_level);
  return core::Json::object().set("values", std::move(values)).set("datasets", std::move(datasets));
}

std::string initial_config(const core::Connector& id, const std::string& name,
                           const std::string& listen) {
  std::ostringstream out;
  out << "# Configuration of one connector. Check it with: connector validate --dir .\n"
         "# Every key can be given as an environment variable too (listen: CONNECTOR_LISTEN);\n"
         "# what is in force, and where it comes from, shows: connector config show\n"
         "version: 1\n\n"
         "# Who we are, and which of our sites this is. Both stand in the certificate.\n"
      << "participant: " << id.participant.str() << "\n"
      << "site: " << id.site.str() << "\n"
      << "name: \"" << name << "\"\n\n"
      << "# Where partners connect, and the addresses that they are told (default: listen).\n"
      << "listen: " << listen << "\n"
      << "# addresses: [connector."
      << "example:7443]\n\n"
         "# What we offer. Which partner sees what is decided by the policy, not here.\n"
         "# kinds: order_line, event, measurement, characteristic, study, item, edge; none = all.\n"
         "# selection: which of its records are offered, as in {orders: [4500017], from: "
         "2026-01-01}.\n"
         "datasets:\n"
         "  # What is imported without --dataset lands here; the example policy shows it to "
         "nobody.\n"
         "  - id: default\n    title: Not assigned yet\n    labels: [internal]\n"
         "  - id: orders\n    title: Orders, despatch and receipt\n    kinds: [order_line]\n"
         "    labels: [orders]\n    drop: drop/orders\n"
         "  - id: quality\n    title: Inspection plans and results\n"
         "    kinds: [measurement, characteristic, study]\n    labels: [quality]\n"
         "    drop: drop/quality\n"
         "  - id: traceability\n    title: Events, items and how they became one another\n"
         "    kinds: [event, item, edge]\n    labels: [traceability]\n    drop: "
         "drop/traceability\n\n"
         "# The folder that an admin edits; published with: connector policy publish\n"
         "policy: policy\n"
         "# opa: /usr/local/bin/opa   # default: $CONNECTOR_OPA, then the PATH\n\n"
         "admin:\n  socket: run/admin.sock\n"
         "  # group: connector-admin      # may use the socket besides the owner\n"
         "  # metrics: 127.0.0.1:9464     # /livez, /readyz and /metrics over HTTP\n\n"
         "# exchange:\n#   max_unacknowledged: 100   # receipts; beyond it further fetches are "
         "refused\n"
         "log_level: info\n";
  return out.str();
}

}  // namespace connector::site
