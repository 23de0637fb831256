#include <pthread.h>

#include <csignal>
#include <iostream>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "core/limits.h"
#include "site/site.h"

namespace connector::cli {
namespace {

constexpr int kPatienceMs = 5000;

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

// Signals are waited for here and nowhere else: blocked before the first thread starts.
int serve_command(const Common& common) {
  const sigset_t signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto config = site::load_config(common.dir);
  if (!config) return report(config.error(), common.json);
  auto opened = site::Site::open(std::move(*config), site::Mode::kServe);
  if (!opened) return report(opened.error(), common.json);
  site::Site& connector = **opened;
  if (auto started = connector.start(); !started) return report(started.error(), common.json);
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) break;
    if (auto reloaded = connector.reload(); !reloaded) {
      std::cerr << connector.log_line("error", "not reloaded: " + reloaded.error().message) << "\n";
    }
  }
  connector.stop(kPatienceMs);
  return 0;
}

int version_command(const Common& common) {
  using core::Json;
  const Json json = Json::object()
                        .set("program", Json::string(CONNECTOR_VERSION))
                        .set("protocol", Json::string("v1"))
                        .set("store_schema", Json::integer(core::limits::kSchemaVersion))
                        .set("configuration", Json::string("1"));
  std::cout << (common.json ? core::to_pretty_text(json) + "\n" : to_human("version", json));
  return 0;
}

}  // namespace connector::cli
