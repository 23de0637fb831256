#include "site/config.h"

#include <grp.h>
#include <pwd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "core/duration.h"
#include "core/limits.h"
#include "core/text.h"

namespace connector::site {
namespace {

std::optional<std::uint32_t> number_of(const std::string& text) {
  std::uint32_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

// By name or number.
std::optional<std::uint32_t> user_id(const std::string& name) {
  if (const auto number = number_of(name)) return number;
  const auto* const user = ::getpwnam(name.c_str());
  return user == nullptr ? std::nullopt : std::optional<std::uint32_t>(user->pw_uid);
}
std::optional<std::uint32_t> group_id(const std::string& name) {
  if (const auto number = number_of(name)) return number;
  const auto* const group = ::getgrnam(name.c_str());
  return group == nullptr ? std::nullopt : std::optional<std::uint32_t>(group->gr_gid);
}

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
        {"policy", [&](const YAML::Node& n) { policy(n); }},
        {"opa", [&](const YAML::Node& n) { text(n, "opa", config_.opa); }},
        {"admin", [&](const YAML::Node& n) { admin(n); }},
        {"apps", [&](const YAML::Node& n) { apps(n); }},
        {"exchange", [&](const YAML::Node& n) { exchange(n); }},
        {"edge", [&](const YAML::Node& n) { edge(n); }},
        {"retention", [&](const YAML::Node& n) { retention(n); }},
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
  // A folder, or a table with more to say.
  void policy(const YAML::Node& node) {
    if (!node.IsMap()) return text(node, "policy", config_.policy);
    each(node, "policy.",
         {{"folder", [&](const YAML::Node& n) { text(n, "policy.folder", config_.policy); }},
          {"approvals", [&](const YAML::Node& n) {
             std::uint64_t persons = 1;
             number(n, "policy.approvals", persons);
             if (persons != 1 && persons != 2) mistake(n, "'policy.approvals' must be 1 or 2");
             config_.policy_approvals = persons == 2 ? 2 : 1;
           }}});
  }
  void apps(const YAML::Node& node) {
    each(node, "apps.",
         {{"socket", [&](const YAML::Node& n) { text(n, "apps.socket", config_.apps_socket); }},
          {"group", [&](const YAML::Node& n) { text(n, "apps.group", config_.apps_group); }},
          {"applications", [&](const YAML::Node& n) { applications(n); }}});
  }
  void applications(const YAML::Node& node) {
    if (!node.IsSequence()) return mistake(node, "'apps.applications' must be a list");
    for (const auto& entry : node) {
      connector::exchange::Application application;
      std::vector<std::string> users, groups;
      const std::string prefix = "apps.applications.";
      each(
          entry, prefix,
          {{"name", [&](const YAML::Node& n) { text(n, prefix + "name", application.name); }},
           {"users", [&](const YAML::Node& n) { texts(n, prefix + "users", users); }},
           {"groups", [&](const YAML::Node& n) { texts(n, prefix + "groups", groups); }},
           {"roles", [&](const YAML::Node& n) { texts(n, prefix + "roles", application.roles); }}});
      for (const auto& user : users) add_id(entry, "user", user, user_id(user), application.uids);
      for (const auto& group : groups) {
        add_id(entry, "group", group, group_id(group), application.gids);
      }
      if (application.name.empty()) mistake(entry, "an application needs a name");
      if (users.empty() && groups.empty()) {
        mistake(entry, "application '" + application.name + "' names neither users nor groups");
      }
      config_.apps.push_back(std::move(application));
    }
  }
  void add_id(const YAML::Node& node, const char* what, const std::string& name,
              const std::optional<std::uint32_t>& id, std::vector<std::uint32_t>& out) {
    if (!id) return mistake(node, "this machine has no " + std::string(what) + " '" + name + "'");
    out.push_back(*id);
  }
  void exchange(const YAML::Node& node) {
    each(node, "exchange.",
         {{"max_unacknowledged",
           [&](const YAML::Node& n) {
             number(n, "exchange.max_unacknowledged", config_.max_unacknowledged);
           }},
          {"agreements",
           [&](const YAML::Node& n) { text(n, "exchange.agreements", config_.agreements); }}});
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
  void retention(const YAML::Node& node) {
    RetentionConfig& kept = config_.retention;
    each(node, "retention.",
         {{"decisions", [&](const YAML::Node& n) { time(n, "decisions", kept.decisions_s); }},
          {"originals", [&](const YAML::Node& n) { time(n, "originals", kept.originals_s); }},
          {"copies", [&](const YAML::Node& n) { time(n, "copies", kept.copies_s); }}});
  }
  // Months count as 31 days: nothing is forgotten before its time.
  void time(const YAML::Node& node, const std::string& key, std::optional<std::int64_t>& out) {
    std::string written;
    text(node, "retention." + key, written);
    out.reset();
    if (written == "never") return;
    const auto read = core::parse_duration(written);
    const std::int64_t seconds =
        read ? read->months * 31 * 86'400 + read->ns / 1'000'000'000 : std::int64_t{0};
    if (seconds >= 86'400) {
      out = seconds;
    } else {
      mistake(node, "'retention." + key + "' must be never or a duration of a day or more: P90D");
    }
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
                                                    {"exchange.agreements", &config.agreements},
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
  if (config.agreements != "required" && config.agreements != "optional") {
    return failed({config.origin["exchange.agreements"] +
                   ": 'exchange.agreements' must be required or optional"});
  }
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

}  // namespace connector::site
