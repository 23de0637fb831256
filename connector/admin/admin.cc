#include "admin/admin.h"

#include <prometheus/text_serializer.h>

#include <algorithm>

#include "http/server.h"

namespace connector::admin {
namespace {

constexpr const char* kPrefix = "/v1/";

int http_status(core::Code code) {
  switch (code) {
    case core::Code::kInvalid:
      return 400;
    case core::Code::kUnauthenticated:
      return 401;
    case core::Code::kDenied:
      return 403;
    case core::Code::kNotFound:
      return 404;
    case core::Code::kConflict:
      return 409;
    case core::Code::kExhausted:
      return 429;
    case core::Code::kUnavailable:
      return 503;
    case core::Code::kInternal:
      return 500;
  }
  return 500;
}

http::Response failed(const core::Error& error) {
  return {http_status(error.code), "application/json", core::to_text(error_to_json(error))};
}

// Only names that mean this machine: a page in a browser must not reach us by DNS rebinding.
bool local_host(const std::string& host) {
  const std::string name = host.substr(0, host.rfind(':'));
  return name == "localhost" || name == "127.0.0.1" || host == "[::1]" || name == "[::1]";
}

}  // namespace

struct Admin::State {
  Operations operations;
  Probes probes;
  std::unique_ptr<http::Server> local;
  std::unique_ptr<http::Server> tcp;

  http::Response probe(const http::Request& request) const {
    if (request.path == "/livez") return {200, "text/plain", "ok\n"};
    if (request.path == "/readyz") return ready(request.query.count("verbose") > 0);
    if (request.path == "/metrics") {
      return {200, "text/plain; version=0.0.4; charset=utf-8", render()};
    }
    return failed({core::Code::kNotFound,
                   "NOT_FOUND",
                   "no such path: " + request.path,
                   "see /livez, /readyz?verbose and /metrics",
                   {}});
  }

  http::Response ready(bool verbose) const {
    const auto checks = probes.ready();
    const bool all = std::all_of(checks.begin(), checks.end(),
                                 [](const core::Check& check) { return check.ok; });
    std::string body;
    for (const core::Check& check : checks) {
      if (verbose || !check.ok) {
        body += (check.ok ? "[+] " : "[-] ") + check.name +
                (check.detail.empty() ? "" : ": " + check.detail) + "\n";
      }
    }
    body += all ? "ready\n" : "not ready\n";
    return {all ? 200 : 503, "text/plain", std::move(body)};
  }

  std::string render() const {
    std::map<std::string, prometheus::MetricFamily> families;
    for (const core::Metric& metric : probes.metrics()) {
      prometheus::MetricFamily& family = families[metric.name];
      const bool counter = metric.type == core::Metric::Type::kCounter;
      family.name = metric.name;
      family.help = metric.help;
      family.type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
      prometheus::ClientMetric& value = family.metric.emplace_back();
      for (const auto& [name, text] : metric.labels) value.label.push_back({name, text});
      (counter ? value.counter.value : value.gauge.value) = metric.value;
    }
    std::vector<prometheus::MetricFamily> list;
    for (auto& [name, family] : families) list.push_back(std::move(family));
    return prometheus::TextSerializer().Serialize(list);
  }

  http::Response operate(const http::Request& request, const http::Progress& progress) const {
    const auto found = operations.find(request.path.substr(std::string(kPrefix).size()));
    if (request.method != "POST" || found == operations.end()) {
      return failed({core::Code::kNotFound,
                     "NOT_FOUND",
                     "no such operation: " + request.path,
                     "is the command newer than the running connector?",
                     {}});
    }
    Call call;
    call.uid = request.uid;
    const auto args = request.query.find("args");
    if (args != request.query.end()) call.body = request.body;
    auto json = core::parse_untrusted(args == request.query.end() ? request.body : args->second);
    if (!json || !json->is_object()) {
      return failed(core::invalid("ARGUMENT_INVALID", "the arguments are not a JSON object"));
    }
    call.args = std::move(*json);
    if (request.query.count("progress")) {
      call.progress = [&](const core::Json& line) { return progress(core::to_text(line)); };
    }
    auto answer = found->second(call);
    if (!answer) return failed(answer.error());
    return {200, "application/json", core::to_text(*answer)};
  }
};

Admin::Admin(std::unique_ptr<State> state) : state_(std::move(state)) {}
Admin::~Admin() = default;

core::Result<std::unique_ptr<Admin>> Admin::start(const AdminOptions& options,
                                                  Operations operations, Probes probes) {
  auto state = std::make_unique<State>();
  state->operations = std::move(operations);
  state->probes = std::move(probes);
  const State* raw = state.get();
  http::ServerOptions local;
  local.unix_socket = options.socket;
  local.group = options.group;
  auto server = http::Server::start(
      local, [raw](const http::Request& request, const http::Progress& progress) {
        return request.path.rfind(kPrefix, 0) == 0 ? raw->operate(request, progress)
                                                   : raw->probe(request);
      });
  if (!server) return std::move(server.error());
  state->local = std::move(*server);
  if (!options.metrics.empty()) {
    http::ServerOptions tcp;
    tcp.tcp = options.metrics;
    tcp.max_body_bytes = 0;
    auto probes_server =
        http::Server::start(tcp, [raw](const http::Request& request, const http::Progress&) {
          if (!local_host(request.host)) {
            return failed(core::denied("HOST_NOT_ALLOWED", "this name is not served here"));
          }
          return raw->probe(request);
        });
    if (!probes_server) return std::move(probes_server.error());
    state->tcp = std::move(*probes_server);
  }
  return std::unique_ptr<Admin>(new Admin(std::move(state)));
}

std::uint16_t Admin::metrics_port() const {
  return state_->tcp ? state_->tcp->port() : std::uint16_t{0};
}

}  // namespace connector::admin
