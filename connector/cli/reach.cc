#include "cli/reach.h"

#include <unistd.h>

#include "admin/operation.h"
#include "http/client.h"
#include "site/config.h"
#include "site/site.h"

namespace connector::cli {
namespace {

core::Result<core::Json> over_socket(const std::string& socket, const std::string& operation,
                                     const core::Json& args, const std::string& body,
                                     const std::function<void(const core::Json&)>& progress) {
  std::string target = "/v1/" + operation;
  std::string sent = core::to_text(args);
  if (!body.empty()) {
    target += "?args=" + http::escape(sent);
    sent = body;
  }
  if (progress) target += (body.empty() ? "?" : "&") + std::string("progress=1");
  const auto on_line = [&](const std::string& line) {
    const auto json = core::parse_untrusted(line);
    if (json && progress) progress(*json);
  };
  auto answer = http::ask(socket, "POST", target, sent, on_line);
  if (!answer) return std::move(answer.error());
  core::JsonLimits limits;
  limits.string_bytes = limits.bytes;
  auto json = core::parse_untrusted(answer->body, limits);
  if (!json) return core::internal("the connector's answer is not JSON: " + json.error().message);
  if (answer->status != 200) return admin::error_from_json(*json);
  return json;
}

std::string socket_of(const site::Config& config) {
  return (config.dir / config.admin_socket).string();
}

}  // namespace

bool Reach::running() const {
  const auto config = site::load_config(dir);
  return config && http::listening(socket_of(*config));
}

core::Result<core::Json> Reach::call(const std::string& operation, const core::Json& args,
                                     const std::string& body,
                                     const std::function<void(const core::Json&)>& progress) const {
  auto config = site::load_config(dir);
  if (!config) return std::move(config.error());
  const std::string socket = socket_of(*config);
  if (http::listening(socket)) return over_socket(socket, operation, args, body, progress);
  auto opened = site::Site::open(std::move(*config), site::Mode::kCommand);
  if (!opened) return std::move(opened.error());
  const admin::Operations operations = (*opened)->operations();
  const auto found = operations.find(operation);
  if (found == operations.end()) {
    return core::unavailable("CONNECTOR_NOT_RUNNING",
                             "'" + operation + "' needs the running connector",
                             "start it: connector serve --dir " + dir);
  }
  admin::Call call;
  call.args = args;
  call.body = body;
  call.uid = static_cast<std::int64_t>(::getuid());
  if (progress) {
    call.progress = [&](const core::Json& line) {
      progress(line);
      return true;
    };
  }
  return found->second(call);
}

}  // namespace connector::cli
