// The configuration written out: as it is in force, and as init makes it.
#include <sstream>

#include "site/config.h"

namespace connector::site {

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
  add("policy.approvals", std::to_string(config.policy_approvals));
  add("opa", config.opa);
  add("admin.socket", config.admin_socket);
  add("admin.group", config.admin_group);
  add("admin.metrics", config.metrics_listen);
  add("apps.socket", config.apps_socket);
  add("apps.group", config.apps_group);
  add("exchange.max_unacknowledged", std::to_string(config.max_unacknowledged));
  add("exchange.agreements", config.agreements);
  add("edge.calls_per_minute", std::to_string(config.calls_per_minute));
  add("edge.bytes_per_minute", std::to_string(config.bytes_per_minute));
  const auto kept = [&](const std::string& key, const std::optional<std::int64_t>& seconds) {
    add("retention." + key,
        seconds ? "P" + std::to_string(*seconds / 86'400) + "D" : std::string("never"));
  };
  kept("decisions", config.retention.decisions_s);
  kept("originals", config.retention.originals_s);
  kept("copies", config.retention.copies_s);
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
         "# policy: {folder: policy, approvals: 2}   # a second person must approve what is "
         "published\n"
         "# opa: /usr/local/bin/opa   # default: $CONNECTOR_OPA, then the PATH\n\n"
         "admin:\n  socket: run/admin.sock\n"
         "  # group: connector-admin      # may use the socket besides the owner\n"
         "  # metrics: 127.0.0.1:9464     # /livez, /readyz and /metrics over HTTP\n\n"
         "# exchange:\n#   max_unacknowledged: 100   # receipts; beyond it further fetches are "
         "refused\n"
         "#   agreements: required      # optional: policy alone decides about fetches without "
         "one\n"
         "# retention: {decisions: P90D, originals: never, copies: never}   # what is forgotten "
         "when\n"
         "log_level: info\n";
  return out.str();
}

}  // namespace connector::site
