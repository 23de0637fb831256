// Is it well? Readiness for probes, checks with advice for people, metrics for graphs.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

#include "core/limits.h"
#include "crypto/certificates.h"
#include "edge/edge.h"
#include "opa/policy_engine.h"
#include "site/context.h"
#include "site/keys.h"
#include "site/policy_options.h"
#include "site/received_data.h"
#include "site/trust.h"
#include "store/store.h"

namespace connector::site {
namespace {

using core::Check;
using core::Json;
using core::Metric;

constexpr std::int64_t kWarnDays = 30;

Check policy_check(const Context& context) {
  if (!context.policy) return {"policy", true, "not asked: no connector runs", {}};
  if (context.policy->available()) {
    return {"policy", true, "revision " + context.policy->revision().str(), {}};
  }
  return {"policy", false, "OPA gives no answer: every fetch is refused",
          "see the log; OPA is restarted by itself"};
}

Check certificate_check(const std::string& name, const core::Result<TlsFiles>& files,
                        core::EpochNs now) {
  if (!files) return {name, false, files.error().message, files.error().next};
  const auto info = crypto::describe_certificate(files->certificate_pem);
  if (!info) return {name, false, info.error().message, info.error().next};
  const std::int64_t days = (info->not_after_s - now / 1'000'000'000) / 86'400;
  const std::string detail = std::to_string(days) + " days left";
  if (days < 0) return {name, false, "expired", "put a new one into keys/, then send SIGHUP"};
  return {name, true, detail, days < kWarnDays ? "renew it: certs/README.md" : ""};
}

Check disk_check(const Context& context) {
  std::error_code error;
  const auto space = std::filesystem::space(context.config().dir, error);
  if (error) return {"disk", false, error.message(), "check the folder"};
  const auto free_mib = space.available >> 20;
  return {"disk", free_mib >= 256, std::to_string(free_mib) + " MiB free",
          free_mib >= 256 ? "" : "free some space: without it nothing is served"};
}

// How long one durable write takes here: the floor of every commit.
Check fsync_check(const Context& context) {
  const auto path = context.config().dir / "run" / "fsync-test";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return {"fsync", false, "cannot write in run/", "check its permissions"};
  const auto start = std::chrono::steady_clock::now();
  const bool written = ::write(file, "x", 1) == 1 && ::fdatasync(file) == 0;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  ::close(file);
  ::unlink(path.c_str());
  if (!written) return {"fsync", false, "a durable write failed", "check the disk"};
  return {"fsync", true, std::to_string(took.count()) + " us for one durable write",
          took > std::chrono::milliseconds(50) ? "a slow disk slows every request" : ""};
}

Check store_check(const Context& context, bool deep) {
  Check check = context.store.health();
  if (!check.ok) return check;
  if (const auto intact = context.store.check(deep); !intact) {
    return {"store", false, intact.error().message, intact.error().next};
  }
  return check;
}

std::vector<Check> own_checks(const Context& context, bool deep) {
  const auto now = context.clock();
  return {store_check(context, deep),
          certificate_check("server certificate", context.keys.server(), now),
          certificate_check("client certificate", context.keys.client(), now),
          disk_check(context),
          fsync_check(context),
          policy_check(context)};
}

// A warning: it hinders nothing here, and the other side is to hear of it.
Check proof_check(const Context& context) {
  Check check{"deletion proofs", true, "none is overdue", {}};
  if (context.received == nullptr) return check;
  const auto overdue = context.received->statements().overdue();
  if (!overdue) return {check.name, false, overdue.error().message, overdue.error().next};
  if (overdue->empty()) return check;
  const exchange::OverdueProof& first = overdue->front();
  check.detail = std::to_string(overdue->size()) + " overdue, of " + first.consumer.str() +
                 " under agreement " + first.agreement + " since " + core::to_rfc3339(first.due);
  check.next = "ask them: connector agreement show " + first.agreement;
  return check;
}

Check partner_check(const Context& context, const exchange::Partner& partner) {
  const std::string name = "partner " + partner.id.str();
  if (partner.state != exchange::PartnerState::kActive) {
    return {name, true, state_name(partner.state), {}};
  }
  const auto described = context.client.describe(partner);
  if (!described) {
    return {name, false, described.error().message + " (" + described.error().reason + ")",
            described.error().next};
  }
  if (described->id != partner.id) return {name, false, "it says it is another", "call them"};
  return {name, true, "reached at " + partner.addresses.front() + ", " + described->software, {}};
}

Json to_json(const std::vector<Check>& checks) {
  Json list = Json::array();
  bool healthy = true;
  for (const Check& check : checks) {
    healthy = healthy && check.ok;
    const char* result = !check.ok ? "failure" : check.next.empty() ? "success" : "warning";
    list.push(Json::object()
                  .set("check", Json::string(check.name))
                  .set("result", Json::string(result))
                  .set("detail", Json::string(check.detail))
                  .set("next", Json::string(check.next)));
  }
  return Json::object().set("healthy", Json::boolean(healthy)).set("checks", std::move(list));
}

core::Result<Json> validate(const Context& context) {
  std::vector<Check> checks = own_checks(context, false);
  checks.insert(checks.begin(), {"configuration", true, kConfigFile, {}});
  const auto policy = opa::PolicyEngine::check(policy_options(context.config()));
  checks.push_back(policy
                       ? Check{"policy files", true, "correct", {}}
                       : Check{"policy files", false, policy.error().message, policy.error().next});
  return to_json(checks);
}

core::Result<Json> doctor(const Context& context) {
  std::vector<Check> checks = own_checks(context, true);
  for (const auto& partner : context.partners.list()) {
    checks.push_back(partner_check(context, partner));
  }
  return to_json(checks);
}

std::string text(std::uint64_t value) {
  return std::to_string(value);
}

// Negotiations that one of our people has to decide; none where that cannot be read.
std::optional<std::size_t> waiting_for_persons(const Context& context) {
  const auto open = context.store.contracts().negotiations(true, core::limits::kPageSizeMax);
  if (!open) return std::nullopt;
  return std::count_if(open->begin(), open->end(), [](const auto& one) { return one.waiting; });
}

core::Result<Json> status(const Context& context) {
  const Config config = context.config();
  Json json = Json::object();
  json.set("connector", Json::string(config.id.str()))
      .set("version", Json::string(CONNECTOR_VERSION))
      .set("running", Json::boolean(context.edge != nullptr))
      .set("log_entries", Json::string(text(context.log.size())))
      .set("partners", Json::string(text(context.partners.list().size())));
  if (!context.edge)
    return json.set("next", Json::string("connector serve --dir " + config.dir.string()));
  const edge::EdgeStats stats = context.edge->stats();
  bool ready = true;
  for (const Check& check : readiness(context)) ready = ready && check.ok;
  return json.set("port", Json::integer(context.edge->port()))
      .set("since", Json::string(core::to_rfc3339(context.started)))
      .set("healthy", Json::boolean(ready))
      .set("policy_revision", Json::string(context.policy->revision().str()))
      .set("negotiations_waiting", Json::string(text(waiting_for_persons(context).value_or(0))))
      .set("open_connections", Json::string(text(stats.open_connections)))
      .set("open_streams", Json::string(text(context.provider ? context.provider->streams() : 0)))
      .set("bytes_in", Json::string(text(stats.bytes_in)))
      .set("bytes_out", Json::string(text(stats.bytes_out)));
}

}  // namespace

std::vector<Check> readiness(const Context& context) {
  const auto now = context.clock();
  return {context.store.health(), policy_check(context),
          certificate_check("server certificate", context.keys.server(), now),
          proof_check(context)};
}

std::vector<Metric> metrics(const Context& context) {
  using Type = Metric::Type;
  std::vector<Metric> all;
  const auto add = [&](const char* name, const char* help, Type type, double value,
                       std::vector<std::pair<std::string, std::string>> labels = {}) {
    all.push_back({name, help, type, std::move(labels), value});
  };
  add("connector_build_info", "Version of the program", Type::kGauge, 1,
      {{"version", CONNECTOR_VERSION}});
  add("connector_audit_log_size_records", "Entries of the log", Type::kGauge,
      static_cast<double>(context.log.size()));
  for (const Check& check : readiness(context)) {
    add("connector_ready", "1 where this part is able to serve", Type::kGauge, check.ok ? 1 : 0,
        {{"check", check.name}});
  }
  for (const auto& partner : context.partners.list()) {
    const auto open = context.accounts.unacknowledged(partner.id);
    add("connector_receipts_unacknowledged", "Receipts that a partner never acknowledged",
        Type::kGauge, open ? static_cast<double>(*open) : 0, {{"partner", partner.id.str()}});
  }
  if (const auto waiting = waiting_for_persons(context)) {
    add("connector_negotiations_waiting", "Negotiations that wait for a person of ours",
        Type::kGauge, static_cast<double>(*waiting));
  }
  if (context.received != nullptr) {
    const auto overdue = context.received->statements().overdue();
    add("connector_overdue_proofs", "Deletions that partners owe us a proof of", Type::kGauge,
        overdue ? static_cast<double>(overdue->size()) : -1);
    const auto outgoing = context.store.vault_work().outgoing();
    add("connector_statements_waiting", "Proofs and statements on their way to partners",
        Type::kGauge, outgoing ? static_cast<double>(outgoing->size()) : -1);
  }
  if (context.policy) {
    for (Metric& metric : context.policy->metrics()) all.push_back(std::move(metric));
  }
  if (!context.edge) return all;
  const edge::EdgeStats stats = context.edge->stats();
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  add("connector_open_connections", "Open connections at the door", Type::kGauge,
      number(stats.open_connections));
  add("connector_open_streams", "Fetches under way", Type::kGauge,
      number(context.provider ? context.provider->streams() : 0));
  add("connector_connections_accepted_total", "Connections accepted", Type::kCounter,
      number(stats.accepted));
  for (const auto& [cause, value] : {std::pair{"limit", stats.refused_limit},
                                     {"handshake", stats.refused_handshake},
                                     {"guard", stats.closed_by_guard},
                                     {"state", stats.closed_by_state}}) {
    add("connector_guard_closed_total", "Connections refused or closed by us", Type::kCounter,
        number(value), {{"cause", cause}});
  }
  add("connector_received_bytes_total", "Bytes from partners", Type::kCounter,
      number(stats.bytes_in));
  add("connector_sent_bytes_total", "Bytes to partners", Type::kCounter, number(stats.bytes_out));
  add("connector_certificate_expiry_timestamp_seconds", "End of the certificate's validity",
      Type::kGauge, static_cast<double>(stats.certificate_not_after_s), {{"name", "server"}});
  return all;
}

void add_health_operations(const Context& context, admin::Operations& operations) {
  operations["validate"] = [context](const admin::Call&) { return validate(context); };
  operations["doctor"] = [context](const admin::Call&) { return doctor(context); };
  operations["status"] = [context](const admin::Call&) { return status(context); };
  operations["config.show"] = [context](const admin::Call&) -> core::Result<Json> {
    return to_json(context.config());
  };
}

}  // namespace connector::site
