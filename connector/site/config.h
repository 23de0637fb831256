// The one configuration file of a connector: YAML, every key known, every mistake listed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/name.h"
#include "core/result.h"
#include "exchange/local_callers.h"
#include "exchange/ports.h"

namespace connector::site {

struct DatasetConfig {
  exchange::DatasetInfo info;
  std::string drop;  // folder, relative to the connector's; empty: none
};

// For how long what is kept; none: for ever.
struct RetentionConfig {
  std::optional<std::int64_t> decisions_s = 90 * 86'400;  // the journal of decisions
  std::optional<std::int64_t> originals_s;                // documents as they were imported
  std::optional<std::int64_t> copies_s;                   // stores that a restoration or a newer
                                                          // program put aside
};

struct Config {
  core::Connector id;
  std::string name;
  std::string listen = "127.0.0.1:7443";
  std::vector<std::string> addresses;  // what partners are told; default: listen
  std::vector<DatasetConfig> datasets;
  std::string policy = "policy";  // folder
  unsigned policy_approvals = 1;  // persons that a publication takes: one or two
  std::string opa;                // path of the binary; empty: CONNECTOR_OPA, PATH, build default
  std::string admin_socket = "run/admin.sock";
  std::string admin_group;                  // group that may use it besides the owner
  std::string metrics_listen;               // "127.0.0.1:9464"; empty: none
  std::vector<exchange::Application> apps;  // our own, which may use received data
  std::string apps_socket = "run/apps.sock";
  std::string apps_group;  // that may connect to it besides the owner
  std::uint64_t max_unacknowledged = 100;
  std::string agreements = "required";  // or "optional": a fetch may go without one
  std::uint64_t calls_per_minute = 60'000;
  std::uint64_t bytes_per_minute = 64ull << 30;
  RetentionConfig retention;
  std::string log_level = "info";

  std::filesystem::path dir;  // where the file lies
  std::map<std::string, std::string>
      origin;  // key -> "connector.yaml:12", "CONNECTOR_LISTEN", "default"
};

inline constexpr const char* kConfigFile = "connector.yaml";

// Reads dir/connector.yaml, then the environment (CONNECTOR_LISTEN, CONNECTOR_LOG_LEVEL, ...).
// The error's message lists every mistake, a line each: "connector.yaml:7: unknown key 'lisen';
// did you mean 'listen'?".
core::Result<Config> load_config(const std::filesystem::path& dir);
// Effective values, each with its origin.
core::Json to_json(const Config& config);
// The commented file that `connector init` writes.
std::string initial_config(const core::Connector& id, const std::string& name,
                           const std::string& listen);
// Names are used in paths, certificates and logs: did:web per W3C did:web, sites [a-z0-9-].
core::Status check_participant(const std::string& participant);
core::Status check_site(const std::string& site);

}  // namespace connector::site
