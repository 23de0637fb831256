// Our operator's door: HTTP on a Unix socket, and probes and metrics on loopback if configured.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "admin/operation.h"
#include "core/metrics.h"

namespace connector::admin {

struct AdminOptions {
  std::string socket;   // path
  std::string group;    // may use it besides the owner
  std::string metrics;  // "127.0.0.1:9464"; empty: not served over TCP
};

struct Probes {
  std::function<std::vector<core::Check>()> ready;
  std::function<std::vector<core::Metric>()> metrics;
};

class Admin {
 public:
  static core::Result<std::unique_ptr<Admin>> start(const AdminOptions& options,
                                                    Operations operations, Probes probes);
  ~Admin();
  std::uint16_t metrics_port() const;  // 0 when not served

 private:
  struct State;
  explicit Admin(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connector::admin
