// The object graph of one connector, built from one folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "admin/operation.h"
#include "core/result.h"
#include "site/config.h"

namespace connector::site {

enum class Mode {
  kServe,    // everything: listeners, OPA, drop folders
  kCommand,  // for one command while no connector runs: store and keys; OPA only if asked for
};

class Site {
 public:
  static core::Result<std::unique_ptr<Site>> open(Config config, Mode mode);
  ~Site();

  // What an operator can do. In kCommand only what needs no running connector.
  admin::Operations operations();
  // Starts listening; returns when ready. kServe only.
  core::Status start();
  // Configuration and certificates anew, without losing a call; the old ones stay on an error.
  core::Status reload();
  // Ends streams in order, within the patience, and stops listening.
  void stop(int patience_ms);
  std::uint16_t port() const;  // of the door
  std::string log_line(const std::string& level, const std::string& message);

 private:
  struct State;
  explicit Site(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What `connector init` does: configuration, keys, trial certificates, example policy, empty
// store. Never overwrites. The report lists what was made and the next three commands.
struct InitOptions {
  std::filesystem::path dir;
  std::string participant;
  std::string site = "main";
  std::string name;
  std::string listen = "127.0.0.1:7443";
};
core::Result<core::Json> init(const InitOptions& options);

}  // namespace connector::site
